# A thin front for Meson and Ninja: what there is to do, and nothing about how.
.DEFAULT_GOAL := build
.SUFFIXES:

BUILD ?= build
DIR ?= .
PORT ?= 8080
PREFIX ?= /usr/local
DESTDIR ?=
# Debian's own, which has the packages that scripts/setup installs.
PYTHON := /usr/bin/python3
PYTEST := SLUICE_BUILD_DIR=$(abspath $(BUILD)) $(PYTHON) -m pytest -q $(PYTEST_OPTIONS)

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## /make \1: /p' Makefile

.PHONY: build
build: ## compile: build/sluice, libsluice, the test programs
	@scripts/setup build
	@test -f $(BUILD)/build.ninja || meson setup --prefix $(abspath $(PREFIX)) $(BUILD)
	@ninja -C $(BUILD) --quiet

.PHONY: run
run: build ## build, then serve a folder: make run [DIR=.] [PORT=8080]
	@exec $(BUILD)/sluice serve $(DIR) -p $(PORT)

.PHONY: test
test: build ## run every test but the long ones
	@scripts/setup test
	@$(PYTEST) -n 3 -m 'not long' tests

.PHONY: test-long
test-long: build ## run the long tests: gigabytes, minutes, other kernels
	@scripts/setup test
	@scripts/setup vm || echo 'make: without these packages tests/vm is skipped' >&2
	@$(PYTEST) -n 2 --dist loadfile -m long tests

.PHONY: lint
lint: build ## run the formatters' checks and the analysers
	@scripts/setup lint
	@BUILD=$(BUILD) scripts/lint

.PHONY: bench
bench: build ## measure against other servers; results in bench/results
	@scripts/setup bench
	@bench/run

.PHONY: install
install: build ## install below PREFIX: make install [PREFIX=/usr/local] [DESTDIR=]
	@meson configure $(BUILD) --prefix $(abspath $(PREFIX))
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

.PHONY: clean
clean: ## remove what was built
	@rm -rf $(BUILD)

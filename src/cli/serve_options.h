/* The options of `sluice serve`, a file a group. */
#pragma once

#include "cli/options.h"
#include "serve/serve.h"

#define FIELD(name) offsetof(struct serve_options, name)

extern const struct option_group serve_options_configuration;
extern const struct option_group serve_options_network;
extern const struct option_group serve_options_tls;
extern const struct option_group serve_options_site;
extern const struct option_group serve_options_files;
extern const struct option_group serve_options_limits;
extern const struct option_group serve_options_process;

"""The command line of bench/run."""

import argparse

from harness.places import RESULTS, SOURCE


def comma_list(text):
    return [part for part in text.split(",") if part]


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Runs sluice beside other servers and bare loops, and prints what each cost.")
    parser.add_argument("--workloads", type=comma_list, metavar="A,B", help="only these")
    parser.add_argument("--servers", type=comma_list, metavar="A,B", help="only these")
    parser.add_argument("--rounds", type=int, default=None, help="samples a server (7; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, one round")
    parser.add_argument("--out", default=RESULTS, metavar="DIR",
                        help="results and test files (bench/results)")
    parser.add_argument("--build", default=SOURCE / "build", metavar="DIR", help="where it is built")
    parser.add_argument("--list", action="store_true", help="name workloads and servers")
    parser.add_argument("--report", metavar="JSON", nargs="+",
                        help="print the report of kept runs again; a later one's workloads replace "
                             "an earlier one's")
    parser.add_argument("--write-docs", metavar="JSON", nargs="+",
                        help="write docs/PERFORMANCE.md from kept runs")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = 1 if options.quick else 7
    return options

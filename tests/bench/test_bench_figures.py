"""What the bench computes from its samples."""

import pytest

from harness import bars, digest, figures, reference


def test_a_quantile_lies_between_the_nearest_values():
    assert figures.quantile([4, 1, 3, 2], 0.5) == 2.5
    assert figures.quantile([1, 2, 3], 0) == 1
    assert figures.quantile([1, 2, 3], 1) == 3


def test_a_summary_has_the_median_and_the_spread():
    summary = figures.summary([10, 30, 20, 50, 40])
    assert (summary["median"], summary["quartile_low"], summary["quartile_high"]) == (30, 20, 40)
    assert (summary["min"], summary["max"], summary["samples"]) == (10, 50, 5)


def test_a_ratio_of_steady_values_is_trusted():
    ratio = figures.ratio({0: 5.0, 1: 5.1, 2: 4.9, 3: 5.0}, {0: 10, 1: 10, 2: 10.1, 3: 9.9})
    assert ratio["value"] == pytest.approx(0.5)
    assert ratio["low"] <= 0.5 <= ratio["high"]
    assert not ratio["noisy"]


def test_a_ratio_of_scattered_values_is_too_noisy():
    ratio = figures.ratio({0: 1, 1: 9, 2: 4, 3: 2}, {0: 5, 1: 1, 2: 8, 3: 3})
    assert ratio["noisy"]


def test_two_rounds_are_too_few_to_trust():
    assert figures.ratio({0: 1, 1: 1}, {0: 2, 1: 2})["noisy"]


def test_only_shared_rounds_make_a_ratio():
    assert figures.ratio({0: 1, 5: 100}, {0: 2, 1: 8})["value"] == 0.5
    assert figures.ratio({0: 1}, {1: 1}) is None
    assert figures.ratio({0: 1}, {0: 0}) is None


@pytest.mark.parametrize("low, value, high, at_least, expected", [
    (0.50, 0.55, 0.58, False, "met"),
    (0.62, 0.65, 0.68, False, "missed"),
    (0.55, 0.59, 0.64, False, "too noisy"),
    (2.6, 2.7, 2.8, True, "met"),
    (0.5, 0.55, 0.58, True, "missed"),
])
def test_a_verdict_is_given_when_the_interval_leaves_no_doubt(low, value, high, at_least, expected):
    bound = 0.6 if not at_least or value < 1 else 2.5
    measured = {"low": low, "value": value, "high": high, "samples": 5, "noisy": False}
    assert figures.verdict(measured, bound, at_least) == expected


def test_one_sample_gives_no_verdict():
    assert figures.verdict(figures.level({0: 0.3}), 2.0) == "too few rounds"


def sample(server, number, us, reference_ns):
    return {"workload": "small-1k", "server": server, "round": number,
            "metrics": {"cpu_us_per_request": us},
            "reference": {"reference_ns": reference_ns, "drifted": False}}


def record():
    # In round 1 the machine is half as fast, for both servers and for the reference.
    samples = [sample("sluice", 0, 5, 100), sample("nginx", 0, 10, 100),
               sample("sluice", 1, 10, 200), sample("nginx", 1, 20, 200),
               sample("sluice", 2, 5, 100), sample("nginx", 2, 10, 100)]
    return {"samples": samples, "host": {}, "at": "", "rounds": 3, "quick": False,
            "comparable": True, "failures": [], "skipped": []}


def test_processor_times_are_normalised_by_the_reference():
    table, = digest.digest(record())["tables"]
    ours, = (row for row in table["rows"] if row["server"] == "sluice")
    assert ours["figures"]["cpu_us_per_request"]["min"] == pytest.approx(5)
    assert ours["figures"]["cpu_us_per_request"]["max"] == pytest.approx(5)
    assert ours["ratio"]["value"] == pytest.approx(0.5)


def test_only_what_was_equally_far_apart_is_compared():
    """In round 1 the hypervisor moved the two cores apart between the samples."""
    moved = record()
    for entry, distance in zip(moved["samples"], (120, 130, 125, 370, 360, 370)):
        entry["reference"]["distance_ns"] = distance
    moved["samples"][3]["metrics"]["cpu_us_per_request"] = 400
    table, = digest.digest(moved)["tables"]
    ours, = (row for row in table["rows"] if row["server"] == "sluice")
    assert (ours["ratio"]["value"], ours["ratio"]["samples"]) == (pytest.approx(0.5), 2)
    assert digest.digest(moved)["distance_ns"] == (120, 370)


def test_a_sample_during_which_the_cores_moved_is_done_again():
    assert not reference.bracket((100, 120), (110, 150))["drifted"]
    assert reference.bracket((100, 120), (110, 370))["drifted"]
    assert reference.bracket((100, 120), (120, 120))["drifted"]


def test_a_bar_is_judged_by_its_ratio():
    rows = [row for row in digest.digest(record())["bars"] if row["must"] == 0.60]
    assert [row["verdict"] for row in rows] == ["met"]


def test_every_bar_names_a_workload_and_metric_that_exist():
    from harness.workloads import WORKLOADS
    for bar in bars.BARS:
        workload = WORKLOADS[bar.workload]
        assert bar.metric in workload.metrics
        assert bar.subject in workload.servers
        assert bar.against is None or bar.against in workload.servers


def test_values_far_apart_are_drawn_by_powers_of_ten():
    from harness import drawing
    near = drawing.bars("near", [("a", figures.summary([1, 2]), "1"), ("b", figures.summary([50]), "2")])
    far = drawing.bars("far", [("a", figures.summary([1, 2]), "1"), ("b", figures.summary([5000]), "2")])
    assert "logarithmic" not in near
    assert "logarithmic" in far


def test_a_later_run_replaces_the_workloads_it_measured_again():
    again = record()
    again["samples"] = [sample("sluice", 0, 7, 100)]
    merged = digest.merge([record(), again])
    assert [s["metrics"]["cpu_us_per_request"] for s in merged["samples"]] == [7]
    other = record()
    other["samples"] = [dict(sample("sluice", 0, 7, 100), workload="many-4k")]
    assert len(digest.merge([record(), other])["samples"]) == 7

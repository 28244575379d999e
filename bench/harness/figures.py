"""Medians, spreads and ratios, and whether a ratio can be trusted. Pure."""

import random
from statistics import median

RESAMPLES = 2000
CONFIDENCE = 0.95
# A ratio whose interval is wider than this share of it is too noisy to trust.
NOISY_WIDTH = 0.15
ROUNDS_MIN = 3


def quantile(values, share):
    """Linear between the two nearest; share 0..1."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(values):
    return {
        "median": median(values),
        "quartile_low": quantile(values, 0.25),
        "quartile_high": quantile(values, 0.75),
        "min": min(values),
        "max": max(values),
        "samples": len(values),
    }


def _interval(draws):
    tail = (1 - CONFIDENCE) / 2
    return quantile(draws, tail), quantile(draws, 1 - tail)


def _judged(value, draws, samples):
    low, high = _interval(draws)
    wide = value <= 0 or (high - low) / value > NOISY_WIDTH
    return {"value": value, "low": low, "high": high, "samples": samples,
            "noisy": wide or samples < ROUNDS_MIN}


def ratio(above, below, seed=1):
    """above and below: {round: value}. The ratio of their medians over the rounds they share.

    Bootstrap by whole rounds, so that what both felt in a round stays together. None when
    nothing is shared.
    """
    rounds = sorted(set(above) & set(below))
    if not rounds or median(below[r] for r in rounds) <= 0:
        return None
    value = median(above[r] for r in rounds) / median(below[r] for r in rounds)
    source = random.Random(seed)
    draws = []
    for _ in range(RESAMPLES):
        drawn = source.choices(rounds, k=len(rounds))
        lower = median(below[r] for r in drawn)
        if lower > 0:
            draws.append(median(above[r] for r in drawn) / lower)
    return _judged(value, draws, len(rounds))


def level(values, seed=1):
    """values: {round: value}. The median with its interval, for bars that are absolute."""
    rounds = sorted(values)
    if not rounds:
        return None
    source = random.Random(seed)
    draws = [median(values[r] for r in source.choices(rounds, k=len(rounds)))
             for _ in range(RESAMPLES)]
    return _judged(median(values.values()), draws, len(rounds))


def verdict(measured, bound, at_least=False):
    """"met", "missed"; or why neither: the interval has the bound inside, or too few rounds."""
    if measured is None:
        return "not measured"
    if measured["samples"] < ROUNDS_MIN:
        return "too few rounds"
    if measured["low"] <= bound <= measured["high"] and measured["low"] < measured["high"]:
        return "too noisy"
    good = measured["value"] >= bound if at_least else measured["value"] <= bound
    return "met" if good else "missed"

"""Waiting for what comes by itself, but not for ever."""

import time


def wait_until(is_so, seconds=10, told=None):
    """What is_so() returns once that is true. told: says more when it never is."""
    deadline = time.monotonic() + seconds
    while not (result := is_so()):
        assert time.monotonic() < deadline, told() if told else f"not so within {seconds} s"
        time.sleep(0.01)
    return result

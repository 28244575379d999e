"""The keeper, when the process that serves dies, or a signal goes astray."""

import os
import signal
import time

import pytest

from support.raw import connect, get


def wait_for(what, seconds=10):
    deadline = time.monotonic() + seconds
    while not (result := what()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.002)
    return result


@pytest.fixture
def kept(site, server):
    (site / "a.txt").write_bytes(b"hello")
    return server(site)


def starts(server):
    return server.output().count("Ctrl-C stops")


def kill_the_serving_process(server, number=signal.SIGKILL):
    before = starts(server)
    os.kill(server.serving_pids()[-1], number)
    wait_for(lambda: starts(server) > before)


def test_a_serving_process_that_dies_is_replaced(kept):
    for _ in range(2):
        kill_the_serving_process(kept)
        assert get(kept, "/a.txt").body == b"hello"
    kept.wait_for_log("sluice: the serving process was killed by signal 9 (Killed)")
    kept.wait_for_log("sluice: starts another serving process")
    assert len(kept.serving_pids()) == 1


def test_who_connects_meanwhile_waits(kept):
    os.kill(kept.keeper_pid(), signal.SIGSTOP)
    os.kill(kept.serving_pids()[-1], signal.SIGKILL)
    with connect(kept) as connection:
        connection.sendall(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.2)
        os.kill(kept.keeper_pid(), signal.SIGCONT)
        assert connection.recv(4096).endswith(b"hello")


def test_one_that_dies_again_and_again_is_given_up(kept):
    for _ in range(5):
        kill_the_serving_process(kept)
    kept.expect_exit = 1
    os.kill(kept.serving_pids()[-1], signal.SIGKILL)
    assert kept.wait() == 1
    assert "5 serving processes have died within 60 s: gives up" in kept.output()
    assert kept.output().count("starts another") == 5


def test_one_that_cannot_begin_again_ends_the_program(kept, site):
    (site / "a.txt").unlink()
    os.rmdir(site)
    kept.expect_exit = 1
    os.kill(kept.serving_pids()[-1], signal.SIGKILL)
    assert kept.wait() == 1
    assert kept.output().count("starts another") == 1


def test_a_reload_after_a_death_and_a_death_after_a_reload(kept):
    kill_the_serving_process(kept)
    before = starts(kept)
    kept.signal(signal.SIGHUP)
    wait_for(lambda: starts(kept) > before)
    wait_for(lambda: len(kept.serving_pids()) == 1)
    kill_the_serving_process(kept)
    assert get(kept, "/a.txt").body == b"hello"


def test_a_reload_that_waited_for_one_that_died(kept):
    """SIGHUP while the new process is not ready; it dies, and the former one serves on."""
    former = kept.serving_pids()
    for _ in range(30):
        before = starts(kept)
        former = wait_for(lambda: (now := kept.serving_pids()) and len(now) == 1 and now)
        kept.signal(signal.SIGHUP)
        new = wait_for(lambda: [pid for pid in kept.serving_pids() if pid not in former])[0]
        os.kill(new, signal.SIGSTOP)
        time.sleep(0.05)
        if starts(kept) == before:
            break
        os.kill(new, signal.SIGCONT)
    else:
        pytest.skip("IT IS READY TOO SOON TO BE STOPPED HERE")
    kept.signal(signal.SIGHUP)
    time.sleep(0.2)
    os.kill(new, signal.SIGKILL)
    kept.wait_for_log("sluice: goes on as it was")
    wait_for(lambda: starts(kept) > before)
    assert get(kept, "/a.txt").body == b"hello"

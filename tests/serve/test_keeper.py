"""The keeper, when the process that serves dies, or a signal goes astray."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from support.files import write_random
from support.raw import connect, get, parse_response, receive_all
from support.waiting import wait_until


@pytest.fixture
def kept(site, server):
    (site / "a.txt").write_bytes(b"hello")
    return server(site)


def kill_the_serving_process(server, number=signal.SIGKILL):
    before = server.banners()
    os.kill(server.serving_pids()[-1], number)
    wait_until(lambda: server.banners() > before)


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


def test_giving_up_is_a_failure_though_a_former_one_ends_well(site, server):
    write_random(site / "big.bin", 64 << 20)
    kept = server(site)
    with connect(kept, timeout=30, receive_buffer=4096) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        data = connection.recv(1000)
        kept.reload()
        for _ in range(5):
            kill_the_serving_process(kept)
        kept.expect_exit = 1
        os.kill(kept.serving_pids()[-1], signal.SIGKILL)
        kept.wait_for_log("gives up")
        data += receive_all(connection, timeout=60)
    assert parse_response(data).complete
    assert kept.wait() == 1


def test_one_that_cannot_begin_again_ends_the_program(kept, site):
    (site / "a.txt").unlink()
    os.rmdir(site)
    kept.expect_exit = 1
    os.kill(kept.serving_pids()[-1], signal.SIGKILL)
    assert kept.wait() == 1
    assert kept.output().count("starts another") == 1


def test_a_reload_after_a_death_and_a_death_after_a_reload(kept):
    kill_the_serving_process(kept)
    before = kept.banners()
    kept.signal(signal.SIGHUP)
    wait_until(lambda: kept.banners() > before)
    wait_until(lambda: len(kept.serving_pids()) == 1)
    kill_the_serving_process(kept)
    assert get(kept, "/a.txt").body == b"hello"


def test_a_reload_that_waited_for_one_that_died(kept):
    """SIGHUP while the new process is not ready; it dies, and the former one serves on."""
    former = kept.serving_pids()
    for _ in range(30):
        before = kept.banners()
        former = wait_until(lambda: (now := kept.serving_pids()) and len(now) == 1 and now)
        kept.signal(signal.SIGHUP)
        new = wait_until(lambda: [pid for pid in kept.serving_pids() if pid not in former])[0]
        os.kill(new, signal.SIGSTOP)
        time.sleep(0.05)
        if kept.banners() == before:
            break
        os.kill(new, signal.SIGCONT)
    else:
        pytest.skip("IT IS READY TOO SOON TO BE STOPPED HERE")
    kept.signal(signal.SIGHUP)
    time.sleep(0.2)
    os.kill(new, signal.SIGKILL)
    kept.wait_for_log("sluice: goes on as it was")
    wait_until(lambda: kept.banners() > before)
    assert get(kept, "/a.txt").body == b"hello"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR2])
def test_a_reload_that_the_serving_process_is_asked_for(kept, number):
    """As by kill $(pidof -s sluice), which finds the youngest."""
    before = kept.banners()
    os.kill(kept.serving_pids()[-1], number)
    wait_until(lambda: kept.banners() > before)
    assert get(kept, "/a.txt").body == b"hello"


def test_logs_that_the_serving_process_is_asked_to_open_anew(site, server, tmp_path):
    log = tmp_path / "access.log"
    running = server(site, options=["--access-log", log])
    log.unlink()
    os.kill(running.pid, signal.SIGUSR1)
    wait_until(log.exists)


def test_a_stop_that_the_serving_process_is_asked_for(kept):
    os.kill(kept.pid, signal.SIGTERM)
    assert kept.wait() == 0


@pytest.mark.parametrize("first", ["the keeper", "the serving process"])
def test_a_stop_that_both_are_asked_for_is_one(site, server, first):
    """As systemd does it: the second one would mean to end at once."""
    write_random(site / "big.bin", 32 << 20)
    running = server(site)
    with connect(running, receive_buffer=8192) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        data = connection.recv(1000)
        pids = [running.keeper_pid(), running.pid]
        for pid in pids if first == "the keeper" else reversed(pids):
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.05)
        time.sleep(0.2)
        data += receive_all(connection, timeout=30)
    assert parse_response(data).body == (site / "big.bin").read_bytes()
    assert running.wait() == 0


def test_twice_is_at_once_whoever_is_asked(site, server):
    write_random(site / "big.bin", 32 << 20)
    running = server(site)
    with connect(running, receive_buffer=8192) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(1000)
        for _ in range(2):
            os.kill(running.pid, signal.SIGTERM)
            time.sleep(0.2)
        running.expect_exit = 128 + signal.SIGTERM
        assert running.wait(3) == running.expect_exit


def test_the_file_says_who_takes_signals(site, server, tmp_path):
    file = tmp_path / "pid"
    running = server(site, options=["--pid-file", file])
    assert int(file.read_text()) == running.process.pid
    before = running.banners()
    os.kill(int(file.read_text()), signal.SIGHUP)
    wait_until(lambda: running.banners() > before)
    assert int(file.read_text()) == running.process.pid
    running.stop()
    assert not file.exists()


def test_a_file_that_is_anothers_now_stays(site, server, tmp_path):
    file = tmp_path / "pid"
    running = server(site, options=["--pid-file", file])
    file.write_text("1\n")
    running.stop()
    assert file.read_text() == "1\n"


@pytest.mark.parametrize("name", ["nowhere/pid", "link"])
def test_a_file_that_cannot_be_written_is_an_error(sluice_binary, site, tmp_path, name):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    result = subprocess.run([sluice_binary, "serve", site, "-p", "0", "--pid-file", pathlib.Path(tmp_path / name)],
                            capture_output=True, text=True, timeout=10, check=False)
    assert result.returncode == 1 and f"cannot write the file '{tmp_path}/{name}'" in result.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_threads_leave_all_signals_but_those_of_their_own_faults(kept):
    """A blocked SIGSEGV kills past every handler, and no sanitizer says where."""
    serving, masks = kept.serving_pids()[-1], []
    for thread in pathlib.Path(f"/proc/{serving}/task").iterdir():
        if thread.name != str(serving):
            masks.append(int((thread / "status").read_text().split("SigBlk:")[1].split()[0], 16))
    blocked = [[bool(mask >> (number - 1) & 1) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV,
                                                              signal.SIGBUS)] for mask in masks]
    assert blocked and all(each == [True, True, False, False] for each in blocked)

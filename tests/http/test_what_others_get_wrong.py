"""What nginx, lighttpd, Apache or Caddy were measured to get wrong (issue 5): each has a test. Some are here, the
others are named in TESTED."""

import email.utils
import os
import pathlib
import re
import threading
import time

import pytest

from support.raw import connect, get, parse_response

TESTED = {
    "Last-Modified later than Date": "http/test_what_others_get_wrong.py::test_last_modified_is_never_later_than_date",
    "If-Modified-Since overriding the conditions by tag": "http/test_basic.py::test_not_modified_by_date",
    "HEAD with Range answered 206": "http/test_request_bodies.py::test_head_ignores_range",
    "405 without Allow": "http/test_errors.py::test_other_methods_are_not_allowed",
    "the body cut when the client half-closes": "http/test_half_close.py::test_body_comes_whole_after_the_clients_fin",
    "a core burnt at descriptor exhaustion":
        "http/test_faults.py::test_out_of_descriptors_waits_without_spinning_and_recovers",
    "two bytes a second hold a connection for ever": "http/test_half_close.py::test_a_head_has_an_absolute_deadline",
    "FIFOs and sockets hang or answer 500":
        "http/test_root.py::test_what_is_no_regular_file_is_not_found_and_does_not_hang",
    "ttys hang or answer 500": "http/test_what_others_get_wrong.py::test_a_terminal_is_not_there",
    "a symlink swapped between check and open":
        "http/test_what_others_get_wrong.py::test_a_symlink_swapped_all_the_time_never_leads_out",
    "stale files from a stat cache": "http/test_cache.py::test_nothing_is_staler_than_promised",
    "a hundred ranges never finish": "http/test_ranges.py::test_a_hundred_ranges_finish",
    "zsync never finishes": "http/test_downloaders.py::test_zsync_fetches_what_differs",
    "an open redirect through //host": "http/test_basic.py::test_redirect_never_leads_to_another_host",
    "a connection kept open after what may be smuggled":
        "http/test_request_bodies.py::test_malformed_chunks_end_the_connection",
    "a 400 whose answer a reset takes along":
        "http/test_half_close.py::test_answer_reaches_a_client_that_first_sends_everything",
}


@pytest.mark.parametrize("wrong", TESTED)
def test_it_is_tested(wrong):
    file, _, name = TESTED[wrong].partition("::")
    text = (pathlib.Path(__file__).parent.parent / file).read_text()
    assert re.search(rf"^def {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("ahead", [0, 1, 3600, 10 ** 9])
def test_last_modified_is_never_later_than_date(site, server, size, ahead):
    (site / "file.txt").write_bytes(bytes(size))
    when = time.time() + ahead
    os.utime(site / "file.txt", (when, when))
    running = server(site)
    for _ in range(2):  # opened, then from the cache
        response = get(running, "/file.txt")
        modified, date = (email.utils.parsedate_to_datetime(response.headers[name])
                          for name in ("last-modified", "date"))
        assert modified <= date
        # Nor is it taken for unchanged by a date of that future.
        later = email.utils.formatdate(when - 60, usegmt=True)
        assert ahead < 3600 or get(running, "/file.txt", f"If-Unmodified-Since: {later}").status == 200


def test_a_terminal_is_not_there(site, server):
    """Nor is it opened in a way that would make it the server's own."""
    main, terminal = os.openpty()
    try:
        device = os.fstat(terminal).st_rdev
        try:
            os.mknod(site / "tty", 0o666 | 0o020000, device)
            os.mknod(site / "own", 0o666 | 0o020000, os.makedev(5, 0))
        except PermissionError:
            pytest.skip("NO DEVICE CAN BE MADE HERE: TERMINALS WERE NOT TRIED")
        running = server(site)
        for name in ("tty", "own"):
            begin = time.monotonic()
            assert get(running, f"/{name}", timeout=3).status == 404
            assert time.monotonic() - begin < 1
    finally:
        os.close(main)
        os.close(terminal)


def test_a_symlink_swapped_all_the_time_never_leads_out(site, server, tmp_path):
    """The file and the folders on the way to it, by renames, as fast as it goes."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file.txt").write_bytes(b"secret")
    (site / "inside").mkdir()
    (site / "inside" / "file.txt").write_bytes(b"public")
    running = server(site, options=["--cache-entries", "0", "-q"])
    ending = threading.Event()

    def swap():
        number = 0
        while not ending.is_set():
            number += 1
            for link, inner, outer in (("file.txt", "inside/file.txt", outside / "file.txt"),
                                       ("folder", "inside", outside)):
                os.symlink(inner if number % 2 else outer, site / "new")
                os.rename(site / "new", site / link)

    swapper = threading.Thread(target=swap)
    swapper.start()
    statuses = set()
    try:
        with connect(running) as connection:
            end = time.monotonic() + 2
            while time.monotonic() < end:
                for target in ("/file.txt", "/folder/file.txt"):
                    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                    data = b""
                    while b"\r\n\r\n" not in data or not parse_response(data).complete:
                        data += connection.recv(65536)
                    response = parse_response(data)
                    assert b"secret" not in data and (response.status == 404 or response.body == b"public")
                    statuses.add(response.status)
    finally:
        ending.set()
        swapper.join()
    assert statuses == {200, 404}, "it was not swapped often enough to show anything"

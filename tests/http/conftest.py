"""A small site that most tests of the server share."""

import pytest

from support.site import fill


class Site:
    """folder: what is served; server: who serves it."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()


@pytest.fixture
def small_site(site, server):
    fill(site)
    return Site(site, server(site))

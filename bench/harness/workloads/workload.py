"""What a workload is."""

ALL = ("sluice", "nginx", "nginx-aio", "lighttpd", "bare-sendfile", "bare-memory", "bare-uring")
REAL = ("sluice", "nginx", "nginx-aio", "lighttpd", "bare-sendfile")


class Workload:
    """name, what it is in words, the files it needs, the servers it makes sense for, the
    metrics it gives (the first is the one that is compared), and the server whose figure
    the others are divided by."""

    name = ""
    meaning = ""
    file_sets = ()
    servers = ALL
    metrics = ()
    against = "nginx"

    def missing(self):
        """Why it cannot run here, or None."""
        return None

    def verify(self, places, server_name):
        """Fetches everything once and compares every byte. Raises client.WrongBytes."""

    def sample(self, places, server_name, quick):
        """One measurement with a server of its own: {metric: value}."""
        raise NotImplementedError

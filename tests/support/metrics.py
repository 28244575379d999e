"""What a server's --admin address says."""

from support.raw import get


class Monitor:
    """Asks there as raw.get() and raw.connect() want it."""

    host, unix_path, tls = "127.0.0.1", None, None

    def __init__(self, port):
        self.port = port

    def metrics(self):
        """By name: the value."""
        text = get(self, "/metrics").body.decode()
        found = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name] = float(value)
        return found

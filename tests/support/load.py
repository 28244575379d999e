"""Clients that ask all the time."""

import threading

from support.raw import connect, receive_response


class Load:
    """Clients that ask all the time: new connections, and kept ones."""

    def __init__(self, server, path, body):
        self.server, self.path, self.body = server, path, body
        self.failures, self.count, self.ending = [], 0, False
        self.threads = [threading.Thread(target=self._run, args=(keep,)) for keep in (False, True, True)]
        for thread in self.threads:
            thread.start()

    def _run(self, keep):
        fields = "Host: a\r\n" if keep else "Host: a\r\nConnection: close\r\n"
        request = f"GET {self.path} HTTP/1.1\r\n{fields}\r\n".encode()
        connection = None
        while not self.ending:
            try:
                if connection is None:
                    connection = connect(self.server, timeout=10)
                connection.sendall(request)
                response = receive_response(connection)
                if response.status != 200 or response.body != self.body:
                    raise ValueError(response.status)
                self.count += 1
                if response.headers.get("connection") == "close":
                    connection.close()
                    connection = None
            except (OSError, ValueError) as error:
                self.failures.append(repr(error))
                connection = None
        if connection:
            connection.close()

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join()

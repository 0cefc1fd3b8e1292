"""A host of files on 127.0.0.1 that cuts answers where it is asked to."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Served(ThreadingHTTPServer):
    """A host of files on 127.0.0.1. `files` maps a path to its bytes; `cuts` how many bytes of an answer pass first."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cuts, self.asked = {}, {}, []
        self.ranges = True

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range") if self.server.ranges else None
        self.server.asked.append((self.path, wanted))
        body = self.server.files.get(self.path)
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        if body is None:
            return self.answer(404, b"")
        if wanted and start >= len(body):
            return self.answer(416, b"", f"bytes */{len(body)}")
        content_range = f"bytes {start}-{len(body) - 1}/{len(body)}" if wanted else ""
        self.answer(206 if wanted else 200, body[start:], content_range)

    def answer(self, status, body, content_range=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        cuts = self.server.cuts.get(self.path)
        self.wfile.write(body[: cuts.pop(0)] if cuts else body)

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    served = Served()
    thread = threading.Thread(target=served.serve_forever, args=(0.01,))
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def nowhere(server):
    """A host that nobody serves."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        return f"http://127.0.0.1:{closed.server_port}"

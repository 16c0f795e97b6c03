"""A server of files for tests: ETags, ranges, and faults on demand; over TLS if it has one."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Fault = Callable[["Answering"], bool]


@dataclass
class Files:
    """What is served, and what was asked.

    ``faults`` are tried in turn, one a request: each may answer by itself and say so.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    authorization: str | None = None
    with_etag: bool = True
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    files: Files

    def do_GET(self) -> None:
        self.files.asked.append((self.path, dict(self.headers)))
        if self.files.authorization not in (None, self.headers.get("Authorization")):
            self.short(401)
        elif not (self.files.faults and self.files.faults.pop(0)(self)):
            self.whole()

    def whole(self) -> None:
        content = self.files.content.get(self.path)
        if content is None:
            self.short(404)
            return
        etag = f'"{md5(content, usedforsecurity=False).hexdigest()}"'
        if self.files.with_etag and self.headers.get("If-None-Match") == etag:
            self.short(304)
            return
        start = 0
        if "Range" in self.headers and self.headers.get("If-Range") in (None, etag):
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        if self.files.with_etag:
            self.send_header("ETag", etag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:])

    def short(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def status(code: int, **headers: str) -> Fault:
    """Answers with a status alone."""

    def fault(answering: Answering) -> bool:
        answering.short(code, **headers)
        return True

    return fault


def cut_after(size: int) -> Fault:
    """Announces the whole file, and hangs up after so many of its bytes."""

    def fault(answering: Answering) -> bool:
        content = answering.files.content[answering.path]
        etag = f'"{md5(content, usedforsecurity=False).hexdigest()}"'
        answering.send_response(200)
        answering.send_header("ETag", etag)
        answering.send_header("Content-Length", str(len(content)))
        answering.end_headers()
        answering.wfile.write(content[:size])
        answering.wfile.flush()
        answering.close_connection = True
        return True

    return fault


def endless(answering: Answering) -> bool:
    """Sends without end and says no length."""
    answering.send_response(200)
    answering.send_header("Connection", "close")
    answering.end_headers()
    try:
        while True:
            answering.wfile.write(b"0" * 65_536)
    except OSError:
        answering.close_connection = True
        return True


@contextmanager
def serving(certificate: tuple[str, str] | None = None) -> Iterator[Files]:
    """A server on a free port of this machine; ``certificate`` is its file and that of its key."""
    files = Files()
    handler = type("Handler", (Answering,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda request, client_address: None  # noqa: ARG005 - refused by us
        scheme = "https"
    files.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

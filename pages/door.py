"""The door: nothing is answered to whoever has not signed in.

An ASGI middleware before everything the application serves: pages, websocket, data service,
downloads, assets. Open are only the sign-in page and the health check.
"""

import ipaddress
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.records.engine import Actor
from ingest.records.tokens import account_of_token
from pages.cookie import SESSION_COOKIE, session_of
from queries.records import Account, open_records
from queries.settings import Settings

SIGN_IN = "/sign-in"
HEALTH = "/_stcore/health"
OPEN_PATHS = frozenset({SIGN_IN, HEALTH})

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_PAGES = ("/static/", "/media/", "/component/")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

# What the browser may fetch: nothing that is not from here. Streamlit builds styles and scripts
# on the fly and evaluates chart expressions, hence the two "unsafe" words.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class DoorError(ValueError):
    """The application must not start like this; the message says why and what to set."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from, put into ``scope["fenggu.caller"]`` by the gate.

    Attributes:
        session_id: Of the cookie's session; None for a token.
        may_write: Whether the data service may change records for this caller.
        address: The client's network address.
    """

    account: Account
    session_id: str | None
    may_write: bool
    address: str

    @property
    def actor(self) -> Actor:
        """The caller as the audit names it."""
        return Actor(self.account.user_name, self.account.role, self.address)


def caller_of(connection: HTTPConnection) -> Caller:
    """Who asks. Only for routes behind the gate, where there always is somebody."""
    return connection.scope["fenggu.caller"]


def caller_address(connection: HTTPConnection) -> str:
    """The client's network address; empty where the server knows none (a Unix socket)."""
    return connection.client.host if connection.client else ""


def refuse_public_demo(settings: Settings) -> None:
    """Stop before demo mode, which asks for no password, listens where others can reach it.

    Raises:
        DoorError: ``FENGGU_DEMO`` is on and ``FENGGU_HOST`` is not a loopback address.
    """
    if settings.demo and not is_loopback(settings.host):
        raise DoorError(
            f"demo mode signs in without a password, so it may listen on this machine only, "
            f"not on '{settings.host}'. Set FENGGU_HOST=127.0.0.1, or FENGGU_DEMO=0 and create "
            "accounts with `fenggu account add`."
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Gate:
    """Pass on requests with a valid session or, for the data service, a valid token."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Guard ``app``."""
        self.app = app
        self.settings = settings
        self.engine = open_records(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse before the application sees anything."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        refusal = self._misplaced(connection)
        if refusal is None and scope["path"] not in OPEN_PATHS:
            caller = await self._caller(connection)
            if caller is None:
                refusal = _not_signed_in(connection)
            else:
                scope["fenggu.caller"] = caller
        if scope["type"] == "websocket":
            if refusal is not None:
                await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403
            else:
                await self.app(scope, receive, send)
            return
        await (refusal or self.app)(scope, receive, _with_headers(send))

    def _misplaced(self, connection: HTTPConnection) -> Response | None:
        """Refuse what comes from the wrong machine or the wrong site, signed in or not."""
        if self.settings.demo and not _is_from_this_machine(connection):
            return PlainTextResponse(
                "Demo mode answers this machine only. Open it at http://127.0.0.1, "
                "or switch FENGGU_DEMO off and sign in with an account.",
                403,
            )
        acts = connection.scope["type"] == "websocket" or (
            connection.scope["method"] not in _SAFE_METHODS
        )
        if acts and not _bearer(connection) and not _is_same_origin(connection.headers):
            return PlainTextResponse(
                "This request comes from another site. Start it from Fenggu's own pages.", 403
            )
        return None

    async def _caller(self, connection: HTTPConnection) -> Caller | None:
        address = caller_address(connection)
        token = _bearer(connection)
        if token:
            held = await to_thread.run_sync(account_of_token, self.engine, token)
            if held is None or (held[0].is_demo and not self.settings.demo):
                return None
            return Caller(held[0], None, held[1], address)
        value = connection.cookies.get(SESSION_COOKIE)
        session = await to_thread.run_sync(session_of, self.settings, self.engine, value)
        if session is None:
            return None
        return Caller(session.account, session.session_id, may_write=True, address=address)


def _bearer(connection: HTTPConnection) -> str | None:
    """The API token of a request to the data service; tokens open nothing else."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    is_for_api = _is_api(connection.scope["path"]) and connection.scope["type"] == "http"
    return token.strip() if is_for_api and kind.lower() == "bearer" else None


def _is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _is_same_origin(headers: Headers) -> bool:
    """Whether a browser sent this from one of our own pages.

    A browser names the origin with every websocket and every request that changes something.
    """
    origin, host = headers.get("origin"), headers.get("host")
    return bool(origin and host) and urlsplit(origin).netloc == host


def _is_from_this_machine(connection: HTTPConnection) -> bool:
    headers = connection.headers
    if "forwarded" in headers or "x-forwarded-for" in headers:
        return False  # a proxy speaks for somebody else
    # The Host header too: another site's name may resolve to this machine (DNS rebinding).
    return is_loopback(caller_address(connection)) and is_loopback(
        _host_name(headers.get("host", ""))
    )


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _not_signed_in(connection: HTTPConnection) -> Response:
    # Not connection.url: that is built from the Host header, which anybody can write.
    path, query = connection.scope["path"], connection.scope["query_string"].decode("latin-1")
    if _is_api(path):
        return JSONResponse(
            {"error": "not signed in", "expected": "a session cookie or 'Authorization: Bearer'"},
            401,
            {"www-authenticate": "Bearer"},
        )
    is_page = not path.startswith(_NOT_PAGES) and "/_stcore/" not in path
    if connection.scope.get("method") != "GET" or not is_page:
        return PlainTextResponse("Not signed in. Open /sign-in first.", 401)
    goal = f"{path}?{query}" if query else path
    return RedirectResponse(f"{SIGN_IN}?next={quote(goal, safe='')}", 303)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=_mutable(message))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


def _mutable(message: Message) -> MutableMapping[str, Any]:
    message["headers"] = list(message.get("headers", []))
    return message

"""Sign in and out: plain HTML, without scripts and without anything fetched from elsewhere."""

from functools import cache, partial
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ingest.records import sign_in as records
from ingest.records.accounts import demo_name, set_language
from ingest.records.engine import Actor
from pages.cookie import (
    LANGUAGE_COOKIE,
    LONGEST_SESSION,
    SESSION_COOKIE,
    issue,
    session_of,
)
from pages.door import SIGN_IN, caller_address, caller_of
from pages.text import LANGUAGES, best_language, t_in
from queries.records import Account, account, open_records
from queries.scope import ROLES
from queries.settings import Settings

LONGEST_FORM = 8192
"""Bytes of a form: two short fields and an address to go on to."""

# Hashing a password takes 64 MiB: two at a time, so that guessing cannot exhaust the machine.
_HASHING = CapacityLimiter(2)

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_BRAND = Path(__file__).parent / "brand"


def routes(settings: Settings) -> list[Route]:
    """The routes of the door itself, for ``st.App``."""
    return [
        Route(SIGN_IN, partial(_show, settings), methods=["GET"]),
        Route(SIGN_IN, partial(_check, settings), methods=["POST"]),
        Route("/sign-out", partial(_sign_out, settings), methods=["POST"]),
        Route("/demo-role", partial(_demo_role, settings), methods=["POST"]),
    ]


async def _show(settings: Settings, request: Request) -> Response:
    engine, goal = open_records(settings), local_path(request.query_params.get("next"))
    value = request.cookies.get(SESSION_COOKIE)
    if await to_thread.run_sync(session_of, settings, engine, value):
        return _go_on(goal)
    if settings.demo:
        planner = await to_thread.run_sync(account, engine, demo_name("planner"))
        if planner is not None:
            return _signed_in(settings, request, planner, goal)
    chosen = request.query_params.get("lang")
    response = _form(_language(request), goal)
    if chosen in LANGUAGES:
        _set_cookie(request, response, LANGUAGE_COOKIE, chosen)
    return response


async def _check(settings: Settings, request: Request) -> Response:
    engine, language = open_records(settings), _language(request)
    fields = await _fields(request)
    if fields is None:
        return _form(language, "/", message=t_in(language, "door.form_too_long"), status=413)
    goal, address = local_path(fields.get("next")), caller_address(request)
    name, password = fields.get("user_name", ""), fields.get("password", "")
    check = partial(records.sign_in, engine, name, password, address=address)
    found = await to_thread.run_sync(check, limiter=_HASHING)
    if isinstance(found, records.Refused):
        return _refused(language, goal, name, found)
    wish = request.cookies.get(LANGUAGE_COOKIE)
    if wish in LANGUAGES and wish != found.language:
        actor = Actor(found.user_name, found.role, address)
        await to_thread.run_sync(set_language, engine, actor, found.user_name, wish)
    return _signed_in(settings, request, found, goal)


async def _sign_out(settings: Settings, request: Request) -> Response:
    caller = caller_of(request)
    engine, actor = open_records(settings), caller.actor
    if caller.session_id:
        await to_thread.run_sync(records.end_session, engine, actor, caller.session_id)
    response = RedirectResponse(SIGN_IN, 303)
    response.delete_cookie(SESSION_COOKIE)
    if caller.account.language:
        _set_cookie(request, response, LANGUAGE_COOKIE, caller.account.language)
    return response


async def _demo_role(settings: Settings, request: Request) -> Response:
    fields = await _fields(request) or {}
    role = fields.get("role", "")
    if not settings.demo or role not in ROLES:
        return PlainTextResponse("Only demo mode switches roles, to one of its own.", 404)
    player = await to_thread.run_sync(account, open_records(settings), demo_name(role))
    if player is None:
        return PlainTextResponse(f"The demo has no account for the role {role}.", 404)
    return _signed_in(settings, request, player, local_path(fields.get("next")))


def local_path(goal: str | None) -> str:
    r"""Where to go on to: a path of this application, never another site.

    >>> local_path("/load-curve?first=2016-01-01"), local_path("//evil"), local_path("/\\evil")
    ('/load-curve?first=2016-01-01', '/', '/')
    """
    if not goal or not goal.startswith("/") or goal.startswith("//"):
        return "/"
    if "\\" in goal or not goal.isprintable():
        return "/"
    try:
        parts = urlsplit(goal)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path == SIGN_IN else goal


async def _fields(request: Request) -> dict[str, str] | None:
    """The fields of a posted form; None when it is longer than any honest one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return None
    pairs = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in pairs.items()}


def _signed_in(settings: Settings, request: Request, found: Account, goal: str) -> Response:
    response = _go_on(goal)
    age = int(LONGEST_SESSION.total_seconds())
    _set_cookie(request, response, SESSION_COOKIE, issue(settings, found), age)
    response.delete_cookie(LANGUAGE_COOKIE)  # from here on the account remembers
    return response


def _go_on(goal: str) -> RedirectResponse:
    return RedirectResponse(goal, 303)


def _set_cookie(
    request: Request, response: Response, name: str, value: str, age_s: int | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=age_s,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _language(request: Request) -> str:
    return best_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language"),
    )


def _refused(language: str, goal: str, user_name: str, refused: records.Refused) -> Response:
    if refused.wait_s == 0:
        message = t_in(language, "door.wrong")
        return _form(language, goal, message=message, user_name=user_name, status=403)
    message = t_in(language, "door.wait", seconds=refused.wait_s)
    response = _form(language, goal, message=message, user_name=user_name, status=429)
    response.headers["retry-after"] = str(refused.wait_s)
    return response


def _form(
    language: str, goal: str, *, message: str = "", user_name: str = "", status: int = 200
) -> HTMLResponse:
    words = {
        name: escape(t_in(language, f"door.{name}"))
        for name in ("title", "subtitle", "user_name", "password", "submit", "forgotten")
    }
    switch = "".join(
        f'<a href="{SIGN_IN}?lang={code}&amp;next={quote(goal, safe="")}" hreflang="{code}"'
        f'{" aria-current=true" if code == language else ""} lang="{code}">{name}</a>'
        for code, name in LANGUAGES.items()
    )
    page = _template().substitute(
        words,
        language="zh-CN" if language == "zh" else language,
        switch=switch,
        mark=(_BRAND / "mark.svg").read_text(encoding="utf-8"),
        icon=quote((_BRAND / "mark.svg").read_text(encoding="utf-8")),
        message=f'<p class="message" role="alert">{escape(message)}</p>' if message else "",
        name_value=escape(user_name, quote=True),
        name_focus="" if user_name else " autofocus",
        password_focus=" autofocus" if user_name else "",
        goal=escape(goal, quote=True),
    )
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
    return HTMLResponse(page, status, headers)


@cache
def _template() -> Template:
    return Template((Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8"))

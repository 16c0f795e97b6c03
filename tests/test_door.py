"""Nothing is answered to whoever has not signed in: tried on the real server."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from ingest.records.accounts import create_account, deactivate, set_password
from ingest.records.engine import SYSTEM, upgrade
from ingest.records.sign_in import KEPT
from ingest.records.tokens import create_token
from pages.cookie import (
    LONGEST_SESSION,
    SESSION_COOKIE,
    SecretError,
    issue,
    session_of,
    signing_key,
)
from pages.door import DoorError, refuse_public_demo
from pages.menu import PAGES
from pages.sign_in import local_path
from queries.records import Account
from queries.settings import Settings

PASSWORD = "long enough 峰谷"  # noqa: S105
STREAM = "/_stcore/stream"
STREAMLIT_ASSETS = ("/static/js/index.js", "/_stcore/host-config", "/media/x", "/component/x")


@pytest.fixture(scope="module")
def server(serve: Callable, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return serve(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def demo(serve: Callable, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return serve(tmp_path_factory.mktemp("demo"), FENGGU_DEMO="1")


@pytest.fixture(scope="module")
def settings(server: Any) -> Settings:
    return Settings(data=server.data, database="", secret="", demo=False)


@pytest.fixture
def account(settings: Settings, request: pytest.FixtureRequest) -> Account:
    name = f"u{abs(hash(request.node.name))}"
    engine = upgrade(settings)
    return create_account(engine, SYSTEM, name, role="planner", password=PASSWORD)


def _get(server: Any, path: str, value: str | None = None, **headers: str) -> httpx.Response:
    if value is not None:
        headers["cookie"] = f"{SESSION_COOKIE}={value}"
    return httpx.get(f"{server.url}{path}", headers=headers)


def _sign_in(server: Any, name: str, password: str, **headers: str) -> httpx.Response:
    fields = {"user_name": name, "password": password, "next": "/load-curve"}
    headers = {"origin": server.url} | headers
    return httpx.post(f"{server.url}/sign-in", data=fields, headers=headers)


def _connect(server: Any, value: str | None, origin: str | None) -> int:
    """HTTP status of a websocket handshake; 101 is an open websocket."""
    headers = {} if value is None else {"cookie": f"{SESSION_COOKIE}={value}"}
    address = server.url.replace("http", "ws") + STREAM
    given_origin = None if origin is None else Origin(origin)
    try:
        with connect(address, origin=given_origin, additional_headers=headers) as found:
            return found.response.status_code if found.response else 0
    except InvalidStatus as refused:
        return refused.response.status_code


def test_the_first_request_of_all_is_turned_to_sign_in(server: Any):
    for page in PAGES:
        answer = _get(server, f"/{page.url_path}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/sign-in?next=%2F{page.url_path}"


@pytest.mark.parametrize("path", ["/api", "/api/v1/ping", "/api/docs", "/api/openapi.json"])
def test_the_data_service_answers_nobody_unknown(server: Any, path: str):
    answer = _get(server, path)
    assert answer.status_code == 401
    assert answer.json()["error"] == "not signed in"


@pytest.mark.parametrize("path", STREAMLIT_ASSETS)
def test_assets_downloads_and_configuration_are_behind_the_door(server: Any, path: str):
    assert _get(server, path).status_code == 401


@pytest.mark.parametrize(
    "path", ["//", "/_stcore/health/", "/sign-in/", "/SIGN-IN", "/sign-in/../x", "/%2e/sign-in"]
)
def test_no_other_spelling_of_an_open_path_is_open(server: Any, path: str):
    assert _get(server, path).status_code in {303, 401}


def test_the_health_check_is_open_and_says_nothing_else(server: Any):
    assert _get(server, "/_stcore/health").text == "ok"


def test_an_anonymous_websocket_is_refused(server: Any):
    assert _connect(server, None, server.url) == 403
    assert _connect(server, "nonsense", server.url) == 403


def test_a_websocket_must_come_from_our_own_page(server: Any, settings: Settings, account: Account):
    value = issue(settings, account)
    assert _connect(server, value, server.url) == 101
    assert _connect(server, value, "http://evil.example") == 403
    assert _connect(server, value, "null") == 403
    assert _connect(server, value, None) == 403


def test_a_cookie_signed_with_another_key_is_refused(server: Any, account: Account):
    forged = issue(Settings(secret="x" * 40), account)
    assert _get(server, "/", forged).status_code == 303


def test_an_altered_cookie_is_refused(server: Any, settings: Settings, account: Account):
    value = issue(settings, account)
    assert _get(server, "/", value).status_code == 200
    assert _get(server, "/", "x" + value[1:]).status_code == 303


class _Yesterday(TimestampSigner):
    """Signs as if the longest session had just passed."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - int(LONGEST_SESSION.total_seconds()) - 2


def test_a_session_ends_after_a_working_day(server: Any, settings: Settings, account: Account):
    content = {"user": account.user_name, "epoch": 0, "session": "s1"}
    old = URLSafeTimedSerializer(signing_key(settings), salt="fenggu.session", signer=_Yesterday)
    assert _get(server, "/", old.dumps(content)).status_code == 303
    new = URLSafeTimedSerializer(signing_key(settings), salt="fenggu.session")
    assert _get(server, "/", new.dumps(content)).status_code == 200


@pytest.mark.parametrize("deed", [deactivate, set_password])
def test_a_new_password_and_deactivation_end_sessions_at_once(
    server: Any, settings: Settings, account: Account, deed: Callable
):
    value = issue(settings, account)
    more = ("another one, 谷峰",) if deed is set_password else ()
    deed(upgrade(settings), SYSTEM, account.user_name, *more)
    assert _get(server, "/", value).status_code == 303
    assert _connect(server, value, server.url) == 403


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(server: Any, account: Account):
    answer = _sign_in(server, account.user_name, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/load-curve")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert _get(server, "/", answer.cookies[SESSION_COOKIE]).status_code == 200


def test_behind_a_tls_proxy_the_cookie_travels_encrypted_only(server: Any, account: Account):
    answer = _sign_in(server, account.user_name, PASSWORD, **{"x-forwarded-proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_wrong_password_sets_no_cookie_and_repeats_no_input_as_html(server: Any):
    answer = _sign_in(server, '"><script>', "wrong")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "<script>" not in answer.text


def test_guessing_is_slowed_down(server: Any, account: Account):
    answers = [_sign_in(server, account.user_name, f"guess {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_another_site_cannot_sign_a_browser_in(server: Any, account: Account, origin: str):
    answer = _sign_in(server, account.user_name, PASSWORD, origin=origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_another_site_cannot_sign_a_browser_out(server: Any, settings: Settings, account: Account):
    value = issue(settings, account)
    headers = {"cookie": f"{SESSION_COOKIE}={value}", "origin": "http://evil.example"}
    assert httpx.post(f"{server.url}/sign-out", headers=headers).status_code == 403
    assert _get(server, "/", value).status_code == 200


def test_after_signing_out_no_copy_of_the_cookie_works(
    server: Any, settings: Settings, account: Account
):
    value = issue(settings, account)
    headers = {"cookie": f"{SESSION_COOKIE}={value}", "origin": server.url}
    assert httpx.post(f"{server.url}/sign-out", headers=headers).status_code == 303
    assert _get(server, "/", value).status_code == 303


def test_a_form_longer_than_any_honest_one_is_refused(server: Any):
    assert _sign_in(server, "x" * 10_000, "x").status_code == 413


def test_a_token_opens_the_data_service_and_nothing_else(
    server: Any, settings: Settings, account: Account
):
    _, token = create_token(upgrade(settings), SYSTEM, account.user_name, label="test")
    held = {"authorization": f"Bearer {token}"}
    assert _get(server, "/api/v1/nothing-here", **held).status_code != 401
    assert _get(server, "/", **held).status_code == 303
    assert _get(server, "/api/v1/nothing-here", authorization="Bearer x").status_code == 401


def test_every_answer_forbids_fetching_from_elsewhere(server: Any):
    for path in ("/", "/sign-in", "/api/v1/ping", "/_stcore/health"):
        policy = _get(server, path).headers["content-security-policy"]
        assert policy.startswith(("default-src 'self'", "default-src 'none'"))
        assert "http" not in policy


@pytest.mark.parametrize(("language", "word"), [("zh-CN,zh;q=0.9", "密码"), ("en-GB", "Password")])
def test_sign_in_speaks_the_browsers_language(server: Any, language: str, word: str):
    assert word in _get(server, "/sign-in", **{"accept-language": language}).text


def test_the_language_chosen_at_sign_in_is_kept_for_the_next_page(server: Any):
    answer = _get(server, "/sign-in?lang=en", **{"accept-language": "zh"})
    assert "Password" in answer.text
    assert "fenggu_language=en" in answer.headers["set-cookie"]


def test_demo_mode_signs_in_by_itself(demo: Any):
    answer = _get(demo, "/sign-in?next=/load-curve")
    assert (answer.status_code, answer.headers["location"]) == (303, "/load-curve")
    assert _get(demo, "/", answer.cookies[SESSION_COOKIE]).status_code == 200
    assert _get(demo, "/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # a name that resolves to 127.0.0.1
        {"host": "192.168.1.2:8501"},
        {"x-forwarded-for": "192.168.1.9"},  # through a proxy on this machine
        {"forwarded": "for=192.168.1.9"},
    ],
)
def test_demo_mode_answers_this_machine_only(demo: Any, headers: dict[str, str]):
    assert _get(demo, "/sign-in", **headers).status_code == 403


def test_a_demo_cookie_opens_no_real_installation(demo: Any):
    settings = Settings(data=demo.data, database="", secret="", demo=True)
    value = _get(demo, "/sign-in").cookies[SESSION_COOKIE]
    engine = upgrade(settings)
    assert session_of(settings, engine, value) is not None
    real = settings.model_copy(update={"demo": False})
    assert session_of(real, engine, value) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "fenggu.example"])  # noqa: S104
def test_demo_mode_does_not_start_where_others_can_reach_it(host: str):
    with pytest.raises(DoorError, match="without a password"):
        refuse_public_demo(Settings(demo=True, host=host))
    refuse_public_demo(Settings(demo=False, host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_demo_mode_starts_on_this_machine(host: str):
    refuse_public_demo(Settings(demo=True, host=host))


def test_the_signing_key_is_made_once_and_nobody_else_can_read_it(server: Any, settings: Settings):
    key = server.data / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() == signing_key(settings)


def test_a_short_signing_key_is_refused(tmp_path: Path):
    with pytest.raises(SecretError, match="at least 32"):
        signing_key(Settings(secret="x" * 31))
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(SecretError, match=r"secret\.key"):
        signing_key(Settings(data=tmp_path, secret=""))


@given(st.text() | st.text("/\\:@?#.%\t\n ehtp", max_size=12).map("/".__add__))
def test_the_page_to_go_on_to_is_always_one_of_ours(goal: str):
    # A browser drops tabs and line breaks and reads a backslash as a slash.
    read = "".join(c for c in local_path(goal) if c not in "\t\r\n").replace("\\", "/")
    found = urlsplit(urljoin("http://fenggu.test/sign-in", read))
    assert (found.scheme, found.netloc) == ("http", "fenggu.test")


def test_sessions_outlive_no_ended_session_list():
    # An ended session is forgotten after KEPT: its cookie must have expired long before.
    assert LONGEST_SESSION + timedelta(days=1) < KEPT

"""Second factors in a real browser: an authenticator app (codes by RFC 6238), a passkey on a virtual authenticator, and their limits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.cache import cache

from bifocal.core.models import Refusal
from bifocal.core.seal import MARK
from tests.chromium import find
from tests.test_browser import FLAGS, PASSWORD, signed_in

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        made = p.chromium.launch(executable_path=find(), args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def home(server: str) -> Iterator[str]:
    """The server under the name that browsers let passkeys have without HTTPS."""
    cache.clear()
    yield server.replace("127.0.0.1", "localhost")
    cache.clear()


def code(secret: str, at: float | None = None) -> str:
    """RFC 6238: HMAC-SHA-1 over the count of half minutes, truncated to six digits."""
    count = struct.pack(">Q", int((at or time.time()) // 30))
    mac = hmac.new(base64.b32decode(secret), count, hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_codes_are_those_of_the_rfc() -> None:
    """RFC 6238, appendix B, SHA-1: the last six of the eight digits printed there."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [code(secret, t) for t in (59, 1111111109, 1234567890, 20000000000)] == ["287082", "081804", "005924", "353130"]


def again(page: Any) -> None:
    """The password once more, where a change of the second factor asks for it."""
    if "/reauthenticate/" in page.url:
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")


def sign_out(page: Any, home: str) -> None:
    page.goto(f"{home}/account/logout/")
    with page.expect_navigation():
        page.click("main form button")


def test_an_authenticator_app_is_set_up_asked_for_and_refused_when_wrong(browser: Any, home: str) -> None:
    page = signed_in(browser, home, "books")
    broken: list[str] = []
    page.on("console", lambda m: broken.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto(f"{home}/account/2fa/totp/activate/")
    again(page)
    secret = page.input_value("#authenticator_secret")
    page.fill("[name=code]", code(secret))
    page.click("main form button")
    page.wait_for_url("**/recovery-codes/**")
    from allauth.mfa.models import Authenticator

    row = Authenticator.objects.get(user__email="books@harbor.example", type="totp")
    assert row.data["secret"].startswith(MARK) and secret not in row.data["secret"], "sealed in the database"
    sign_out(page, home)
    page.goto(f"{home}/account/login/")
    page.fill("[name=login]", "books@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("#password_login button")
    page.wait_for_url("**/2fa/authenticate/**")
    page.goto(f"{home}/money")
    assert "/account/" in page.url and "/money" not in page.url.split("?")[0], "the password alone opens nothing"
    page.goto(f"{home}/account/2fa/authenticate/")
    page.fill("[name=code]", "000000")
    page.click("main form button")
    assert page.get_by_text("Incorrect code").count()
    cache.clear()  # the code of this half minute was used at the set-up; allauth takes none twice
    page.fill("[name=code]", code(secret))
    page.click("main form button")
    page.wait_for_selector("nav.rail, nav.bottom", state="attached")
    assert broken == []
    refused = httpx.post(f"{home}/api/v1/sign-in", json={"email": "books@harbor.example", "password": PASSWORD})
    assert refused.status_code == 403 and "second factor" in refused.json()["title"]


def test_a_passkey_is_made_and_signs_in_without_a_password(browser: Any, home: str) -> None:
    page = signed_in(browser, home, "pm")
    broken: list[str] = []
    page.on("console", lambda m: broken.append(m.text) if "Content Security Policy" in m.text else None)
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    how = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device = wire.send("WebAuthn.addVirtualAuthenticator", {"options": how})["authenticatorId"]
    page.goto(f"{home}/account/2fa/webauthn/add/")
    again(page)
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    assert len(wire.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    sign_out(page, home)
    page.goto(f"{home}/account/login/")
    page.click("#passkey_login")
    page.wait_for_selector("nav.rail, nav.bottom", state="attached")
    assert "Priya Raman" in page.text_content("header")
    assert broken == []
    sign_out(page, home)
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{home}/account/login/")
    page.click("#passkey_login")
    page.wait_for_timeout(700)
    assert "/account/login/" in page.url, "whoever holds the device but not its owner's finger stays outside"


def test_sign_ins_are_limited_and_the_refusals_are_kept(browser: Any, home: str) -> None:
    cache.clear()
    with httpx.Client(base_url=home) as page:
        page.get("/account/login/")
        fields = {"login": "super@harbor.example", "password": "wrong-wrong-wrong", "csrfmiddlewaretoken": page.cookies["csrftoken"]}
        said = [page.post("/account/login/", data=fields).text for _ in range(7)]
        right = page.post("/account/login/", data={**fields, "password": PASSWORD})
    assert "Too many failed" in said[-1] and right.status_code == 200, "the sixth is not looked at any more, right or wrong"
    kept = Refusal.objects.filter(what="sign in", why__startswith="super@harbor.example from 127.0.0.1")
    assert kept.count() == 5
    tokens = [
        httpx.post(f"{home}/api/v1/sign-in", json={"email": "dispatch2@harbor.example", "password": "wrong"}).status_code for _ in range(6)
    ]
    assert set(tokens) == {403}
    late = httpx.post(f"{home}/api/v1/sign-in", json={"email": "dispatch2@harbor.example", "password": PASSWORD})
    assert late.status_code == 403


def test_a_page_or_a_batch_that_is_refused_is_in_the_access_log(browser: Any, home: str) -> None:
    page = signed_in(browser, home, "viewer")
    assert page.goto(f"{home}/settings").status == 403
    assert Refusal.objects.filter(what="/settings", why__contains="settings.edit").count() == 1
    cache.clear()
    token = httpx.post(f"{home}/api/v1/sign-in", json={"email": "viewer@harbor.example", "password": PASSWORD}).json()["token"]
    batch = {
        "commands": [
            {"command": "site.set", "args": {"address": "http://x.example"}, "call": {"request_id": "01900000-0000-7000-8000-000000000001"}}
        ]
    }
    reply = httpx.post(f"{home}/api/v1/commands", json=batch, headers={"Authorization": f"Bearer {token}"})
    assert reply.json()["results"][0]["problem"]["status"] == 403
    assert Refusal.objects.filter(what="batch: site.set").count() == 1

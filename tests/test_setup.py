"""The set-up page: address, HTTPS and cookies, sealed mail, certificates; what a browser is told."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from bifocal.core.models import Company, Fact, Request
from bifocal.core.seal import seal, unseal
from bifocal.front.setup import certificates, site
from bifocal.front.setup.rules import Https, checked_address, client_of, host_of
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from tests.conftest import run

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"
PROXY = {"HTTP_HOST": "shop.example", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "198.51.100.7", "REMOTE_ADDR": "10.0.0.2"}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    site.forget()
    yield
    site.forget()


def posted(page: Client, path: str, **fields: Any) -> Any:
    return page.post(path, fields)


# Address, HTTPS, cookies


@pytest.mark.parametrize(
    ("address", "https", "wanted"),
    [("https://Shop.example/", Https.PROXY, SHOP), ("http://10.1.2.3:8000", Https.OFF, "http://10.1.2.3:8000"), ("https://[::1]:8443", Https.CERTIFICATE, "https://[::1]:8443")],
)  # fmt: skip
def test_an_address_is_kept_without_its_last_slash(address: str, https: Https, wanted: str) -> None:
    assert checked_address(address, https) == wanted


@pytest.mark.parametrize(
    ("address", "https", "said"),
    [("shop.example", Https.OFF, "not an address"), ("ftp://shop.example", Https.OFF, "not an address"), ("https://shop.example/app", Https.PROXY, "not an address"),
     ("https://me@shop.example", Https.PROXY, "not an address"), ("http://shop.example:99999", Https.OFF, "port"), ("http://shop.example", Https.PROXY, "begins with https"),
     ("https://shop.example", Https.OFF, "say whether")],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_what_to_do(address: str, https: Https, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        checked_address(address, https)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [("10.0.0.2", "198.51.100.7", "198.51.100.7"), ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"), ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
     ("10.0.0.2", "127.0.0.1", "10.0.0.2"), ("10.0.0.2", "::1", "10.0.0.2"), ("10.0.0.2", "<script>", "10.0.0.2"), ("10.0.0.2", "", "10.0.0.2")],
)  # fmt: skip
def test_a_proxys_word_on_who_asks_is_believed_only_from_near_and_never_as_this_machine(peer: str, forwarded: str, client: str) -> None:
    assert client_of(peer, forwarded) == client


def test_https_by_a_proxy_takes_effect_at_once_without_the_environment() -> None:
    page = Client()
    assert page.get("/account/login/", HTTP_HOST="localhost").status_code == 200
    run("site.set", "owner", address=SHOP, https="proxy")
    plain = page.get("/jobs?x=1", HTTP_HOST="shop.example", REMOTE_ADDR="10.0.0.2")
    assert (plain.status_code, plain["Location"]) == (301, f"{SHOP}/jobs?x=1")
    assert page.post("/do/job.hold", HTTP_HOST="shop.example", REMOTE_ADDR="10.0.0.2").status_code == 403
    reply = page.get("/account/login/", **PROXY)
    assert reply.status_code == 200 and reply["Strict-Transport-Security"] == "max-age=31536000"
    assert reply.cookies["csrftoken"]["secure"]
    far = page.get("/account/login/", **{**PROXY, "REMOTE_ADDR": "203.0.113.9"})
    assert far.status_code == 301, "a header from far away is not believed"


def test_cookies_are_secure_unless_the_request_came_in_the_clear() -> None:
    page = Client()
    page.login(email="owner@harbor.example", password="harbor-demo-2026")
    reply = page.post("/account/login/", {"login": "tech@harbor.example", "password": "harbor-demo-2026"})
    assert not any(c["secure"] for c in reply.cookies.values())
    run("site.set", "owner", address=SHOP, https="proxy")
    reply = Client().post("/account/login/", {"login": "tech@harbor.example", "password": "harbor-demo-2026"}, **PROXY)
    assert reply.status_code == 302 and reply.cookies["sessionid"]["secure"] and reply.cookies["sessionid"]["httponly"]


def test_a_wrong_address_never_locks_out_whoever_sits_at_the_server() -> None:
    run("site.set", "owner", address="https://no-such-proxy.example", https="proxy")
    assert Client().get("/account/login/", HTTP_HOST="localhost:8000", REMOTE_ADDR="127.0.0.1").status_code == 200
    spoofed = Client().get("/account/login/", HTTP_HOST="localhost", REMOTE_ADDR="10.0.0.2")
    assert spoofed.status_code == 301
    through = Client().get("/account/login/", HTTP_HOST="localhost", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert through.status_code == 301, "what a proxy on this machine passes on is not from this machine"


def test_names_that_are_not_ours_are_refused_and_bare_addresses_are_not() -> None:
    run("site.set", "owner", address="http://shop.example")
    page = Client()
    for known in ("shop.example", "SHOP.EXAMPLE:8000", "localhost", "192.168.1.20:8000", "[fe80::1]:8000"):
        assert page.get("/account/login/", HTTP_HOST=known).status_code == 200, known
    for strange in ("evil.example", "shop.example.evil.example", "localhost.evil.example"):
        reply = page.get("/account/login/", HTTP_HOST=strange)
        assert reply.status_code == 400 and "does not answer" in reply.content.decode(), strange
    assert host_of("Shop.Example.:8000") == "shop.example"


def test_figures_for_prometheus_never_leave_the_machine_through_a_proxy() -> None:
    run("site.set", "owner", address=SHOP, https="proxy")
    assert Client().get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert Client().get("/metrics", **{**PROXY, "REMOTE_ADDR": "127.0.0.1"}).status_code == 404
    assert Client().get("/metrics", **{**PROXY, "HTTP_X_FORWARDED_FOR": "127.0.0.1"}).status_code == 404


def test_a_link_to_a_new_password_names_our_address_whatever_name_the_request_came_by() -> None:
    run("site.set", "owner", address="http://shop.example")
    Client().post("/account/password/reset/", {"email": "owner@harbor.example"}, HTTP_HOST="198.51.100.66")
    letter = mail.outbox[-1]
    assert "http://shop.example/account/password/reset/key/" in letter.body and "198.51.100.66" not in letter.body
    assert letter.from_email == "Harbor Mechanical & Electric <office@harbor.example>"


def test_only_the_owner_changes_the_set_up() -> None:
    for command, args in (("site.set", {"address": "http://x.example"}), ("mail.set", {"host": "x"}), ("mail.test", {"to": "a@example.com"}), ("certificate.keep", {"certificate": "x", "key": "y"})):  # fmt: skip
        for key in ("dispatch", "books", "viewer"):
            with pytest.raises(NotAllowed):
                run(command, key, **args)


def test_a_field_of_the_letterhead_can_be_emptied_on_the_page() -> None:
    page = Client()
    page.login(email="owner@harbor.example", password="harbor-demo-2026")
    assert Company.get().license
    reply = posted(page, "/do/company.set", **{"name": "Harbor", "license=": "", "phone=": "410-555-0177"})
    assert reply.status_code == 302
    row = Company.objects.get()
    assert (row.name, row.license, row.phone) == ("Harbor", "", "410-555-0177") and row.address


# Mail


@contextlib.contextmanager
def mail_server(**options: Any) -> Iterator[tuple[int, list[Any]]]:
    from aiosmtpd.controller import Controller

    got: list[Any] = []

    class Keep:
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any) -> str:
            if address.startswith("nobody@"):
                return "550 no such mailbox here"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            got.append((session, envelope))
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    control = Controller(Keep(), hostname="127.0.0.1", port=port, **options)
    control.start()
    try:
        yield port, got
    finally:
        control.stop()


def test_send_me_a_test_goes_through_the_server_that_was_just_set_with_its_user_and_password() -> None:
    from aiosmtpd.smtp import AuthResult

    seen: list[Any] = []

    def sign_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    with mail_server(authenticator=sign_in, auth_require_tls=False) as (port, got):
        run("mail.set", "owner", host="127.0.0.1", port=port, security="none", user="shop", password="s3cret-of-mail")
        run("mail.test", "owner", to="ruth@example.com")
    assert seen == [(b"shop", b"s3cret-of-mail")]
    assert got[0][1].rcpt_tos == ["ruth@example.com"] and b"Mail works" in got[0][1].content


def test_a_mail_server_that_refuses_is_quoted_and_one_that_is_not_there_is_named() -> None:
    with pytest.raises(Refused, match="No mail server is set"):
        run("mail.test", "owner", to="ruth@example.com")
    with mail_server() as (port, _got):
        run("mail.set", "owner", host="127.0.0.1", port=port, security="none")
        with pytest.raises(Refused, match=r"127\.0\.0\.1:\d+ did not take it: .*no such mailbox"):
            run("mail.test", "owner", to="nobody@example.com")
    with pytest.raises(Refused, match="did not take it: Connection refused"):
        run("mail.test", "owner", to="ruth@example.com")


def test_the_mail_password_lies_sealed_and_is_in_no_fact_answer_or_page() -> None:
    run("mail.set", "owner", host="smtp.example", user="shop", password="s3cret-of-mail")
    row = Company.objects.get()
    assert "s3cret" not in row.mail_password and unseal(row.mail_password) == "s3cret-of-mail"
    run("mail.set", "owner", host="smtp2.example", user="shop")
    assert unseal(Company.objects.get().mail_password) == "s3cret-of-mail", "left out: it stays"
    told = json.dumps([list(Fact.objects.values_list("payload", flat=True)), list(Request.objects.values_list("answer", "body_hash"))])
    page = Client()
    page.login(email="owner@harbor.example", password="harbor-demo-2026")
    assert "s3cret" not in told and "s3cret" not in page.get("/settings").content.decode()


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(Invalid, match="never sent in the clear"):
        run("mail.set", "owner", host="smtp.example", security="none", user="shop", password="x")


def test_a_secret_sealed_with_another_key_says_what_to_do(settings: Any) -> None:
    sealed = seal("top")
    settings.SECRET_KEY = "another installation's"
    with pytest.raises(Refused, match="Type it again"):
        unseal(sealed)


# A certificate of our own


def pair(name: str = "shop.example", days: int = 90) -> tuple[str, str]:
    """A self-signed certificate and its key, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365)).not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return made.public_bytes(serialization.Encoding.PEM).decode(), text


def test_a_certificate_is_kept_with_its_key_unreadable_to_others(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    with pytest.raises(Refused, match="Bring the certificate"):
        run("site.set", "owner", address=SHOP, https="certificate")
    cert, key = pair()
    told = run("certificate.keep", "owner", certificate=cert, key=key)
    assert told["names"] == ["shop.example"]
    assert certificates.files()[1].stat().st_mode & 0o077 == 0
    assert run("site.set", "owner", address=SHOP, https="certificate")["https"] == "certificate"
    assert "PRIVATE KEY" not in json.dumps(list(Fact.objects.values_list("payload", flat=True)))


def test_a_key_of_another_certificate_or_one_that_has_run_out_changes_nothing(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    cert, key = pair()
    run("certificate.keep", "owner", certificate=cert, key=key)
    for bad, said in (((pair()[0], key), "does not belong"), (pair(days=-1), "has run out"), (("hello", key), "not a certificate")):
        with pytest.raises(Invalid, match=said):
            run("certificate.keep", "owner", certificate=bad[0], key=bad[1])
    assert certificates.files()[0].read_text().strip() == cert.strip() and sorted(p.name for p in tmp_path.glob("tls/*")) == [
        "certificate.pem",
        "key.pem",
    ]


# What a browser is told


def test_the_content_security_policy_allows_no_inline_script_style_or_eval() -> None:
    policy = Client().get("/account/login/", HTTP_HOST="localhost:8000")["Content-Security-Policy"]
    assert "unsafe" not in policy and "script-src 'self';" in policy and "style-src 'self';" in policy
    assert "connect-src 'self' http://localhost:8001;" in policy
    sources = "\n".join(p.read_text() for p in (Path(__file__).parents[1] / "src/bifocal/front/templates").rglob("*.html"))
    assert not re.search(r"<script(?![^>]*(src=|application/json))|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", sources)
    assert "allowEval = false" in (Path(__file__).parents[1] / "frontend/src/main.ts").read_text()

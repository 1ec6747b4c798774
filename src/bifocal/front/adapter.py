"""Sign-in: accounts are made by the owner, nobody signs up; secrets of second factors are sealed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from bifocal.core import refusals
from bifocal.core.models import Company
from bifocal.core.seal import MARK, seal, unseal
from bifocal.front.setup import site
from bifocal.kernel.messages.commands import sender


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """The company invites; strangers don't register. Letters come from the company and name its own address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        refusals.note(who="stranger", what="sign in", why=f"{credentials.get('email', '')} from {request.META.get('REMOTE_ADDR', '')}")

    def get_from_email(self) -> str:
        return sender()

    def format_email_subject(self, subject: str) -> str:
        return f"[{Company.get().name}] {subject}"

    def render_mail(self, template_prefix: str, email: Any, context: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        us = SimpleNamespace(name=Company.get().name, domain=urlsplit(site.current().address).netloc)
        return super().render_mail(template_prefix, email, {**context, "current_site": us}, headers)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From the set address, never from the name that the request came by: a stranger could forge that."""
        url, address = str(super().get_reset_password_from_key_url(key)), site.current().address
        return address + urlsplit(url).path if address else url


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """The keys of authenticator apps and recovery codes lie encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text) if encrypted_text.startswith(MARK) else encrypted_text

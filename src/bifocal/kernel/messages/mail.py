"""Django's mail backend over the company's own mail settings; without them, letters are kept under var/outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.filebased import EmailBackend as Files
from django.core.mail.backends.smtp import EmailBackend as Smtp

from bifocal.core.models import Company
from bifocal.core.seal import unseal


class CompanyBackend(BaseEmailBackend):
    """Chooses at each sending, so that a change on the set-up page works at once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(fail_silently=bool(options.get("fail_silently")))
        self.timeout = int(options.get("timeout") or 20)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return self._way().send_messages(list(email_messages))

    def _way(self) -> BaseEmailBackend:
        company = Company.get()
        if not company.mail_host:
            return Files()
        return Smtp(
            host=company.mail_host, port=company.mail_port, username=company.mail_user, password=unseal(company.mail_password),
            use_tls=company.mail_security == "starttls", use_ssl=company.mail_security == "tls", timeout=self.timeout,
        )  # fmt: skip

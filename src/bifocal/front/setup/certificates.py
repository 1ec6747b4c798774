"""A certificate of the company's own: var/tls/certificate.pem and var/tls/key.pem (0600), read by web server and live events."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings

from bifocal.lib.errors import Invalid


def files() -> tuple[Path, Path]:
    """Where certificate (with its chain) and key lie."""
    return settings.VAR / "tls" / "certificate.pem", settings.VAR / "tls" / "key.pem"


def about(pem: bytes) -> dict[str, object]:
    """Names, last day and days left of the first certificate of a PEM text. Raises Invalid when it is none."""
    try:
        cert = x509.load_pem_x509_certificate(pem)
    except ValueError as bad:
        raise Invalid("This is not a certificate in PEM form (-----BEGIN CERTIFICATE-----).", field="certificate") from bad
    try:
        names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = [str(n.value) for n in names]
    except x509.ExtensionNotFound:
        known = []
    until = cert.not_valid_after_utc
    return {"names": known, "until": until, "days": (until - datetime.now(UTC)).days}


def keep(certificate: str, key: str) -> dict[str, object]:
    """Check that the two belong together and are in force, then keep them. Raises Invalid; then nothing has changed."""
    told = about(certificate.encode())
    if int(str(told["days"])) < 0:
        raise Invalid("This certificate has run out. Get a new one from who gave it.", field="certificate")
    folder = files()[0].parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    drafts = []
    for path, text in zip(files(), (certificate, key), strict=True):
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.write(text)
        drafts.append(draft)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(drafts[0], drafts[1], password="")
    except (ssl.SSLError, OSError) as bad:
        for draft in drafts:
            draft.unlink()
        raise Invalid("The key does not belong to this certificate, or is locked by a password.", field="key") from bad
    for draft, path in zip(drafts, files(), strict=True):
        draft.replace(path)
    return told


def kept() -> dict[str, object] | None:
    """What is kept, or None."""
    path = files()[0]
    return about(path.read_bytes()) if path.exists() and files()[1].exists() else None

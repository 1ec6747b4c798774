"""Secrets that must be read again (a mail password, a second factor's key) lie sealed in the database.

The key comes from the installation's signing key, which is not in the database: a stolen dump opens nothing.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac

from bifocal.lib.errors import Refused

MARK = "sealed:"


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("bifocal.seal", "1", secret, algorithm="sha256").digest()))


def seal(text: str) -> str:
    """The text, encrypted and authenticated (Fernet). An empty text stays empty."""
    return MARK + _box(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """What was sealed. Raises Refused when it was sealed with another installation's key."""
    if not sealed:
        return ""
    try:
        return _box(settings.SECRET_KEY).decrypt(sealed.removeprefix(MARK).encode()).decode()
    except InvalidToken as other:
        raise Refused("A stored secret can't be read with this installation's key (var/secret-key). Type it again in Settings.") from other

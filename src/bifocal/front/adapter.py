"""Sign-in: accounts are made by the owner, nobody signs up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """The company invites; strangers don't register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

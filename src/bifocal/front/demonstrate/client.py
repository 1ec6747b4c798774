"""Somebody at the public API: signs in, sends commands, reads."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx


class Failed(Exception):
    """A step of the story did not go as a user would expect."""


class Caller:
    """One user (or the holder of a link) at a running server."""

    def __init__(self, base: str, name: str, authorization: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=f"{base.rstrip('/')}/api/v1", headers={"Authorization": authorization}, timeout=60)
        self.last_request = ""

    @classmethod
    def signed_in(cls, base: str, name: str, email: str, password: str) -> Caller:
        """Sign in with e-mail and password."""
        reply = httpx.post(
            f"{base.rstrip('/')}/api/v1/sign-in",
            json={"email": email, "password": password, "name": "demonstrate"},
            timeout=60,
        )
        if reply.status_code != 200:
            raise Failed(f"{name} could not sign in: {reply.text}")
        return cls(base, name, f"Bearer {reply.json()['token']}")

    def do(
        self, command: str, /, *, at: str | None = None, request_id: str = "", version: int | None = None, **args: Any
    ) -> dict[str, Any]:
        """Send one command; raises Failed with the server's sentence when it is refused."""
        reply = self.send(command, at=at, request_id=request_id, version=version, **args)
        if reply.status_code != 200:
            raise Failed(f"{self.name} could not {command}: {reply.status_code} {_title(reply)}")
        answer: dict[str, Any] = reply.json()
        return answer

    def send(
        self, command: str, /, *, at: str | None = None, request_id: str = "", version: int | None = None, **args: Any
    ) -> httpx.Response:
        """Send one command and return the reply as it is."""
        self.last_request = request_id or str(uuid4())
        call = {"request_id": self.last_request, "occurred_at": at, "expected_version": version}
        body = json.dumps({**args, "call": call}, default=str)
        return self.http.post(f"/commands/{command}", content=body, headers={"Content-Type": "application/json"})

    def refused(self, command: str, /, *, at: str | None = None, **args: Any) -> str:
        """Send a command that must be refused; returns the sentence. Raises Failed when it was not."""
        reply = self.send(command, at=at, **args)
        if reply.status_code < 400 or reply.status_code >= 500:
            raise Failed(f"{command} should have been refused, but the server said {reply.status_code}")
        return _title(reply)

    def read(self, path: str, **params: Any) -> Any:
        """Read something; raises Failed."""
        reply = self.http.get(path, params=params)
        if reply.status_code != 200:
            raise Failed(f"{self.name} could not read {path}: {reply.status_code} {_title(reply)}")
        if reply.headers["content-type"].startswith("application/json"):
            return reply.json()
        return reply.content


def _title(reply: httpx.Response) -> str:
    try:
        return str(reply.json().get("title", reply.text))
    except ValueError:
        return reply.text[:300]

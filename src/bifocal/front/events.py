"""Server-sent events: which records changed, for open boards. One LISTEN connection however many boards are open (decision 8)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.core import signing

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
listeners: set[asyncio.Queue[str]] = set()
SALT, AGE = "events", 12 * 3600


def ticket(user_key: str) -> str:
    """A signed pass to the stream, put into the page; it says nothing but who asked and when."""
    return signing.dumps(user_key, salt=SALT)


async def listen() -> None:
    """Hand each notification to every open board; connect again after trouble."""
    db = settings.DATABASES["default"]
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            conn = await psycopg.AsyncConnection.connect(
                dbname=db["NAME"], user=db["USER"], password=db["PASSWORD"], host=db["HOST"], port=db["PORT"] or None, autocommit=True
            )
            async with conn:
                await conn.execute("listen bifocal_facts")
                async for note in conn.notifies():
                    for queue in listeners:
                        if queue.qsize() < 500:
                            queue.put_nowait(note.payload)
        await asyncio.sleep(1)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: `/events?ticket=…` only."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    query = parse_qs(scope.get("query_string", b"").decode())
    try:
        signing.loads(query.get("ticket", [""])[0], salt=SALT, max_age=AGE)
    except signing.BadSignature:
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b"sign in first"})
        return
    origin = dict(scope["headers"]).get(b"origin", b"null")
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"access-control-allow-origin", origin)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _stream(receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    task = asyncio.create_task(listen())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    task.cancel()
    await send({"type": "lifespan.shutdown.complete"})


async def _stream(receive: Receive, send: Send) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    listeners.add(queue)
    gone = asyncio.create_task(receive_disconnect(receive))
    try:
        while not gone.done():
            try:
                payload = await asyncio.wait_for(queue.get(), timeout=15)
                body = f"data: {payload}\n\n"
            except TimeoutError:
                body = ": still here\n\n"
            await send({"type": "http.response.body", "body": body.encode(), "more_body": True})
    finally:
        listeners.discard(queue)
        gone.cancel()


async def receive_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

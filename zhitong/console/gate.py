"""The gate of the API: who asks is known, and how much he sends is bounded, before anything of it is read."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhitong.console.door import PROLONG
from zhitong.console.ports import Bearer, IntakePorts
from zhitong.console.rate import Rate
from zhitong.errors import StoreError, TokenUnknown

log = logging.getLogger(__name__)

T = TypeVar("T")
API = "/api/v1/"
STATUS = f"{API}status"
BEARER = "zhitong.bearer"
"""In the scope of a request: who asks."""
FORMS = "multipart/form-data", "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What a request may send. bytes: in all; seconds: in all; pause: longest without a byte; at_once: requests that
    send, of all tokens; files: in one; per_minute: requests of one token."""

    bytes: int = 250 << 20
    seconds: float = 300.0
    pause: float = 10.0
    at_once: int = 8
    files: int = 9
    per_minute: int = 120


class Threads:
    """Threads of the API alone: when the database hangs they are all taken, and calendars are read all the same."""

    def __init__(self, count: int = 16) -> None:
        self._limiter = anyio.CapacityLimiter(count)

    async def run(self, what: Callable[[], T]) -> T:
        """What takes its time, on one of them; it is not left off half-way."""
        return await anyio.to_thread.run_sync(what, limiter=self._limiter)


class TooMuch(Exception):
    """More is sent than may be."""


class TooSlow(Exception):
    """What is sent does not come."""


class Gate:
    """ASGI: 401 without a token (but for the status, which has a code of its own), 429, 413, 408, 503."""

    def __init__(self, app: ASGIApp, ports: IntakePorts, sending: Sending, threads: Threads) -> None:
        self._app, self._ports, self._sending, self._threads = app, ports, sending, threads
        self._rate, self._places = Rate(sending.per_minute), sending.at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        kind, _, token = headers.get("authorization", "").partition(" ")
        bearer: Bearer | None = None
        if token or kind or scope["path"] != STATUS:
            try:
                known = kind.lower() == "bearer"
                bearer = await self._threads.run(partial(self._ports.bearer, token.strip() if known else ""))
            except TokenUnknown as error:
                told = {"WWW-Authenticate": "Bearer"}
                await refusal(401, "Authorization", "", str(error), headers=told)(scope, receive, send)
                return
            except StoreError as error:
                log.warning("a token cannot be looked up: %s", error)
                await unavailable("数据库暂时用不了，请过一会儿再发，带同样的 Idempotency-Key。")(scope, receive, send)
                return
        if bearer is not None and not self._rate.allows_whom(str(bearer.id), time.monotonic()):
            mend = f"太快了；一个令牌一分钟最多 {self._sending.per_minute} 次。"
            await refusal(429, "Authorization", "", mend, headers={"Retry-After": "60"})(scope, receive, send)
            return
        scope[BEARER] = bearer
        if scope["method"] == "POST" and bearer is not None:
            await self._sent(scope, receive, send, headers)
        elif scope["method"] in ("GET", "HEAD"):
            if bearer is not None:
                scope[PROLONG](self._sending.seconds)  # a video takes its time
            await self._app(scope, receive, send)
        else:
            await refusal(405, "method", "", "只有 GET 和 POST。")(scope, receive, send)

    async def _sent(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        sending = self._sending
        told = headers.get("content-length", "0")
        if not told.isdigit() or int(told) > sending.bytes:
            await too_much(sending)(scope, receive, send)
            return
        if not headers.get("content-type", "").lower().startswith(FORMS):
            mend = f"请用 {' 或 '.join(FORMS)}。"
            await refusal(415, "Content-Type", headers.get("content-type", "")[:100], mend)(scope, receive, send)
            return
        if self._places <= 0:
            await unavailable("同时在发的太多，请过一会儿再发，带同样的 Idempotency-Key。")(scope, receive, send)
            return
        scope[PROLONG](sending.seconds)
        left = sending.bytes

        async def bounded() -> Message:
            nonlocal left
            try:
                async with asyncio.timeout(sending.pause):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooMuch
            return message

        self._places -= 1
        try:
            await self._app(scope, bounded, send)
        finally:
            self._places += 1


def refusal(status: int, field: str, value: Any, mend: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """Why not, and what to do: one fault."""
    return faults(status, [{"field": field, "value": str(value), "mend": mend}], headers=headers)


def faults(status: int, found: list[dict[str, str]], *, headers: dict[str, str] | None = None) -> JSONResponse:
    """Why not: each field, its value (masked) and the mend."""
    return JSONResponse({"errors": found}, status, {"Cache-Control": "no-store"} | (headers or {}))


def unavailable(mend: str) -> JSONResponse:
    """Not now."""
    return refusal(503, "", "", mend, headers={"Retry-After": "60"})


def too_much(sending: Sending) -> JSONResponse:
    """The request is larger than any may be."""
    mend = f"一次最多 {sending.bytes >> 20} MB；视频请压缩，或者分几次用“补附件”发。"
    return refusal(413, "Content-Length", "", mend, headers={"Connection": "close"})

"""The door of the console: what every request passes, and what every answer bears."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhitong.console.rate import Rate

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

PROLONG = "zhitong.prolong"
"""In the scope of a request: gives it more seconds; for who has shown that he may send much."""
_API = re.compile(r"/api/v1/(cases|status|openapi\.json)(/[^/]{1,40})?(/attachments(/\d+)?)?")
_CALENDAR = re.compile(r"/calendar/([A-Za-z0-9_-]{4})[A-Za-z0-9_-]+\.ics")
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>直通</title><p>{told}</p></html>'
)
_TOO_OFTEN = "点得太快了，请过一分钟再打开。"
_TOO_LONG = "系统太忙，没有做完，请过一会儿再打开；刚才在填表的，先看一看存下了没有。电话不受影响。"
SEND_SECONDS = 5.0
"""So much longer than its answer may take a connection of a page lives."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Door:
    """ASGI: refuses an address that asks too often, ends what takes too long, adds headers, logs without tokens."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_minute: int,
        answer_seconds: float,
        headers: Mapping[str, str] = HEADERS,
        pages: bool = False,
    ) -> None:
        """pages: for people. The log names the page by its pattern, why not is said in words, and each request has its
        time however old its connection is."""
        self._app, self._rate, self._limit, self._headers = app, Rate(per_minute), answer_seconds, headers
        self._told, self._pages = _page if pages else _told, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        if not self._rate.allows(address, time.monotonic()):
            await _refuse(answer, 429, _TOO_OFTEN if self._pages else "")
            return
        try:
            async with asyncio.timeout(self._limit) as limit:
                if self._pages:
                    _keep_connection(scope, self._limit + SEND_SECONDS)
                scope[PROLONG] = partial(_prolong, scope, limit)
                await self._app(scope, receive, answer)
        except TimeoutError:
            if not status:
                await _refuse(answer, 503, _TOO_LONG if self._pages else "")
        log.info("%s %s %s %d", address, *self._told(scope), status)


def _prolong(scope: Scope, limit: asyncio.Timeout, seconds: float) -> None:
    """So long from now on the answer may take, and the connection live."""
    limit.reschedule(asyncio.get_running_loop().time() + seconds)
    _keep_connection(scope, seconds)


def _keep_connection(scope: Scope, seconds: float) -> None:
    connection = scope.get("state", {}).get(PROLONG)
    if connection is not None:
        connection(seconds)


async def _refuse(send: Send, status: int, told: str) -> None:
    body = _PAGE.format(told=told).encode() if told else b""
    headers = {"Retry-After": "60", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    if told:
        headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _told(scope: Scope) -> tuple[str, str]:
    """What of a request goes into the log: of a token its beginning, of other words nothing."""
    method = scope["method"] if scope["method"] in _METHODS else "?"
    if (api := _API.fullmatch(scope["path"])) is not None:
        return method, f"/api/v1/{api[1]}{'/*' if api[2] else ''}{api[3] or ''}"
    found = _CALENDAR.fullmatch(scope["path"])
    return method, f"/calendar/{found[1]}****.ics" if found else "?"


def _page(scope: Scope) -> tuple[str, str]:
    """The page without what was filled into its address."""
    method = scope["method"] if scope["method"] in _METHODS else "?"
    return method, str(getattr(scope.get("route"), "path", "?"))

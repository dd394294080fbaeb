"""The pages of the console: rooms for those who are signed in (docs/adr/0118)."""

import logging
import secrets
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.case import IllegalMove
from cases.roles import NotPermitted
from zhitong.console.door import Door
from zhitong.console.gate import Threads
from zhitong.console.office import Office
from zhitong.console.room import Room, page
from zhitong.console.rooms.accounts import accounts_room
from zhitong.console.rooms.backup import backup_room
from zhitong.console.rooms.callbacks import callbacks_room
from zhitong.console.rooms.cases import cases_room
from zhitong.console.rooms.certificate import certificate_room
from zhitong.console.rooms.first_run import first_run_room, first_run_routes
from zhitong.console.rooms.flows import flows_room
from zhitong.console.rooms.going_live import going_live_room
from zhitong.console.rooms.now import now_room
from zhitong.console.rooms.roster import roster_room
from zhitong.console.rooms.screen import screen_room
from zhitong.console.rooms.settings import settings_room
from zhitong.console.rooms.supervision import supervision_room
from zhitong.console.sign_in_pages import sign_in_routes
from zhitong.console.static_files import StaticFiles
from zhitong.console.visitor import GoThere, NotOurForm
from zhitong.console.words import templates, without_commands
from zhitong.errors import CaseNotFound, HotlineAway, Refused, StoreError, ZhitongError

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; media-src 'self' blob:;"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LONGEST_FORM = 25 << 20  # bytes
PER_MINUTE = 600
"""Requests of one address: a hall may stand behind one."""
ANSWER_SECONDS = 20.0
AGAIN_SECONDS = 10
"""So long after the database was found away a page looks again."""
log = logging.getLogger(__name__)


def rooms_of() -> tuple[Room, ...]:
    """The rooms, as they stand in the menu."""
    return (
        now_room(),
        cases_room(),
        callbacks_room(),
        roster_room(),
        flows_room(),
        supervision_room(),
        screen_room(),
        accounts_room(),
        settings_room(),
        first_run_room(),
        going_live_room(),
        certificate_room(),
        backup_room(),
    )


def pages_app(
    office: Office, packages: Path, *, per_minute: int = PER_MINUTE, answer_seconds: float = ANSWER_SECONDS
) -> ASGIApp:
    """The pages behind their door. packages: node_modules of setup. Raises OSError where a file of them is missing."""
    inside = _Policy(pages(office, packages))
    return Door(inside, per_minute=per_minute, answer_seconds=answer_seconds, headers=HEADERS, pages=True)


def pages(office: Office, packages: Path) -> FastAPI:
    """The pages by themselves, with their description (OpenAPI) for tests."""
    app = FastAPI(title="直通", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    static = StaticFiles(packages)
    rooms = rooms_of()
    app.state.office, app.state.threads, app.state.rooms = office, Threads(), rooms
    app.state.templates = templates()
    app.state.templates.globals |= {"static": static.address, "modules": static.modules}
    app.include_router(sign_in_routes(rooms))
    app.include_router(first_run_routes())
    for room in rooms:
        app.include_router(room.router)

    @app.get("/static/{path:path}", include_in_schema=False)
    async def _static(request: Request, path: str) -> Response:
        return static.answer(request, path)

    app.add_exception_handler(GoThere, _go_there)
    for kind, status in _TOLD:
        app.add_exception_handler(kind, _telling(status))
    app.add_exception_handler(StoreError, _no_database)
    app.add_exception_handler(Exception, _our_fault)
    app.add_exception_handler(RequestValidationError, _wrong_fields)
    app.add_exception_handler(HTTPException, _no_page)
    return app


_TOLD: Sequence[tuple[type[Exception], int]] = (
    (NotPermitted, 403),
    (CaseNotFound, 404),
    (IllegalMove, 409),
    (Refused, 409),
    (HotlineAway, 503),
    (ZhitongError, 409),
)


async def _go_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoThere)
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": error.where})
    return RedirectResponse(error.where, 303)


def _telling(status: int):  # type: ignore[no-untyped-def]
    async def tell(request: Request, error: Exception) -> Response:
        return fault(request, str(error), status=status)

    return tell


async def _no_database(request: Request, error: Exception) -> Response:
    log.warning("a page without the database: %s", error)
    told = "数据库暂时用不了，网页现在看不了、也改不了。电话不受影响：照值班表接，来电先记下，数据库好了自动补进来。"
    if request.method in ("GET", "HEAD"):
        return fault(request, told, status=503, again=AGAIN_SECONDS)
    return fault(request, f"{told}刚才填的请等一会儿再打开看，没有存下就再填一次。", status=503)


async def _our_fault(request: Request, error: Exception) -> Response:
    return fault(request, "这一页出错了，程序已经记下来。请换一页，或者告诉管理员现在的时间和您在做什么。", status=500)


async def _wrong_fields(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [f"{one['loc'][-1]}：“{str(one.get('input', ''))[:60]}”不行（{one['msg']}）" for one in error.errors()[:5]]
    return fault(request, "；".join(told), status=422)


async def _no_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return fault(
        request, "没有这一页。" if error.status_code == 404 else "不能这样打开这一页。", status=error.status_code
    )


def fault(request: Request, told: str, *, status: int, again: int = 0) -> Response:
    """Why not, and what to do: a page, or for a script's request the part of a page that says it.

    again: after so many seconds the page tries by itself; 0: it does not.
    """
    template = "_fault.html" if request.headers.get("hx-request") else "fault.html"
    return page(request, template, status=status, told=without_commands(told), again=again)


class _Policy:
    """ASGI: a policy with a nonce of its own for every page, no page in any cache, and a bound on what is sent."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        app.add_exception_handler(NotOurForm, self._not_ours)

    async def _not_ours(self, request: Request, error: Exception) -> Response:
        return fault(request, "这一页放得太久了，或者不是从本系统的网页上来的。请重新打开这一页再试。", status=403)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["method"] not in ("GET", "HEAD"):
            length = Headers(scope=scope).get("content-length", "")
            if not length.isdigit() or int(length) > LONGEST_FORM:
                told = f"太大了，或者没有写多长；一次最多 {LONGEST_FORM >> 20} MB。"
                refused = Response(told, 413, {"Connection": "close"}, media_type="text/plain")
                await refused(scope, receive, answer)
                return
        await self._app(scope, receive, answer)

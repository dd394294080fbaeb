"""办件链接: one case on an official's telephone, on a listener that shows nothing else (docs/adr/0121)."""

from collections.abc import Callable, Mapping
from functools import partial
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cases.case import OPEN, Case, CaseEvent, IllegalMove, allowed
from cases.reply import LONGEST_REPLY, LONGEST_RESULT, Disposition
from cases.roles import Action, NotPermitted, may
from zhitong.console.door import PROLONG, Door
from zhitong.console.office import Office
from zhitong.console.visitor import NotOurForm, csrf_of, same_site
from zhitong.console.words import templates, without_commands
from zhitong.errors import LinkOver, NotSignedIn, SignInRefused, StoreError, ZhitongError
from zhitong.usecases.assign_case import ask_hand_over, sign_for, start_case
from zhitong.usecases.call_citizen import call_citizen
from zhitong.usecases.close_case import close_case
from zhitong.usecases.hand_to_official import colleagues, hand_to_official
from zhitong.usecases.open_recording import is_played, open_recording
from zhitong.usecases.pocket_links import (
    OPEN_FOR,
    InPocket,
    enter_by_link,
    in_pocket,
    leave_pocket,
    open_link,
)
from zhitong.usecases.reply_case import reply_case
from zhitong.usecases.show_case import show_case

COOKIE = "zhitong-pocket"
LONGEST_FORM = 64 << 10  # bytes: a reply of 2,000 characters is 18,000
ANSWER_SECONDS = 20.0
SOUND_SECONDS = 300.0
"""So long a recording may take to be heard over a slow mobile."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # with no-referrer forms come from “null”
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
OFFERED: Mapping[str, tuple[Action, CaseEvent]] = {
    "sign": (Action.SIGN_FOR, CaseEvent.SIGN_FOR),
    "start": (Action.START, CaseEvent.START),
    "reply": (Action.REPLY, CaseEvent.REPLY),
    "settle": (Action.SETTLE, CaseEvent.SETTLE),
    "hand-over": (Action.HAND_OVER, CaseEvent.HAND_OVER),
    "hand-to": (Action.HAND_OVER, CaseEvent.HAND_OVER),
}
"""What a form of the page does → the right and the move that it needs."""
DONE: Mapping[str, str] = {
    "sign": "签收了。",
    "start": "开始办理了。",
    "reply": "反馈送出了，等审核、审签。",
    "settle": "办结了，系统会给群众回访。",
    "call": "马上打您的手机，接起来按1，就给您接通群众。群众看到的是热线的号码。",
    "hand-over": "已经请那个单位接；它接了以前还在您这里，时限不变。",
    "hand-to": "已经请他的单位接，也打电话告诉他；单位接了以前还在您这里，时限不变。",
}
_FOLDER = Path(__file__).parent
_Text = Annotated[str, Form(max_length=3000)]


def pocket_app(office: Office, *, per_minute: int) -> ASGIApp:
    """The pages behind their door. per_minute: requests of one address."""
    inside = _Bounded(_pages(office))
    return Door(inside, per_minute=per_minute, answer_seconds=ANSWER_SECONDS, headers=HEADERS, pages=True)


def offered(pocket: InPocket, case: Case, office: Office) -> tuple[str, ...]:
    """What he may do with the case as it is now."""
    now, rules = office.now(), office.rules()
    moves = allowed(case.state)
    on_the_spot = not case.rework and now <= case.answered_at + rules.settle_within
    return tuple(
        name
        for name, (action, event) in OFFERED.items()
        if event in moves and may(pocket.actor, action, case) and (name != "settle" or on_the_spot)
    )


def _pages(office: Office) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    environment = templates()
    style = "".join((_FOLDER / "static" / name).read_text("utf-8") for name in ("console.css", "pocket.css"))

    def page(template: str, *, status: int = 200, **told: object) -> Response:
        return HTMLResponse(environment.get_template(template).render(now=office.now(), **told), status)

    def ask(token: str, told: str = "", status: int = 200) -> Response:
        return page("pocket_code.html", status=status, token=token, told=told)

    def who(request: Request, token: str) -> InPocket:
        return in_pocket(office.engine, office.directory(), token, request.cookies.get(COOKIE, ""), now=office.now())

    def shown(
        request: Request,
        token: str,
        pocket: InPocket,
        *,
        done: str = "",
        told: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        now, directory = office.now(), office.directory()
        view = show_case(office.engine, number=pocket.case_number, by=pocket.actor, now=now, what="看办件链接")
        return page(
            "pocket.html",
            status=409 if told else 200,
            token=token,
            pocket=pocket,
            view=view,
            case=view.case,
            calls=view.case.state in OPEN and bool(view.case.caller),
            hears=may(pocket.actor, Action.HEAR, view.case),
            sounds=[row for row in view.recordings if is_played(row)],
            offers=offered(pocket, view.case, office),
            units=[unit.name for unit in directory.units if unit.name != view.case.unit],
            people=[
                (one.id, f"{one.called}（{directory.unit(one.unit).name}）")
                for one in colleagues(directory, view.case, but=pocket.official, now=now)
            ],
            dispositions=list(Disposition),
            longest={"result": LONGEST_RESULT, "reply": LONGEST_REPLY},
            csrf=csrf_of(request.cookies.get(COOKIE, "")),
            done=DONE.get(done, ""),
            told=told,
            typed=typed or {"act": ""},
        )

    @app.get("/pocket.css")
    def _style() -> Response:
        return Response(style, media_type="text/css")

    @app.get("/pocket.svg")
    def _icon() -> Response:
        return FileResponse(_FOLDER / "static" / "icon.svg")

    @app.get("/p/{token}")
    def one(request: Request, token: str, done: str = "") -> Response:
        try:
            return shown(request, token, who(request, token), done=done)
        except NotSignedIn:
            return ask(token)

    @app.post("/p/{token}")
    def enter(request: Request, token: str, code: _Text = "") -> Response:
        same_site(request)
        folder = office.settings.folders.data
        try:
            session = enter_by_link(office.engine, folder, office.directory(), token, code, now=office.now())
        except SignInRefused as error:
            return ask(token, str(error), 403)
        answer = RedirectResponse(f"/p/{token}", 303)
        secure = request.url.scheme == "https" or bool(office.settings.console.pocket_address)
        seconds = int(OPEN_FOR.total_seconds())
        how = {"max_age": seconds, "path": f"/p/{token}", "httponly": True, "secure": secure}
        answer.set_cookie(COOKIE, session, samesite="strict", **how)  # type: ignore[arg-type]
        return answer

    @app.get("/p/{token}/recording/{id}")
    async def sound(request: Request, token: str, id: int) -> Response:
        path = await run_in_threadpool(heard, request, token, id)
        request.scope[PROLONG](SOUND_SECONDS)
        return FileResponse(path, media_type="audio/wav")

    def heard(request: Request, token: str, id: int) -> Path:
        pocket, root = who(request, token), office.settings.folders.recordings
        case = pocket.case_number
        return open_recording(office.engine, root=root, number=case, id=id, by=pocket.actor, now=office.now())

    @app.post("/p/{token}/{act}")
    def do(
        request: Request,
        token: str,
        act: str,
        csrf: _Text = "",
        unit: _Text = "",
        official: _Text = "",
        reason: _Text = "",
        result: _Text = "",
        disposition: _Text = "",
        reply: _Text = "",
    ) -> Response:
        pocket = who(request, token)
        same_site(request)
        if not compare_digest(csrf.encode(), csrf_of(request.cookies.get(COOKIE, "")).encode()):
            raise NotOurForm
        if act == "leave":
            leave_pocket(office.engine, token)
            return RedirectResponse(f"/p/{token}", 303)
        names = frozenset(one.name for one in office.directory().units)
        case: dict[str, Any] = {"number": pocket.case_number, "by": pocket.actor, "now": office.now()}
        acts: Mapping[str, Callable[[], object]] = {
            "call": lambda: call_citizen(
                office.engine, office.rules(), office.directory(), official=pocket.official, **case
            ),
            "sign": partial(sign_for, office.engine, **case),
            "start": partial(start_case, office.engine, **case),
            "hand-over": partial(ask_hand_over, office.engine, to=unit, reason=reason, units=names, **case),
            "hand-to": lambda: hand_to_official(office.engine, office.directory(), to=official, reason=reason, **case),
            "reply": lambda: reply_case(
                office.engine, office.rules(), result=result, disposition=disposition, reply=reply, **case
            ),
            "settle": lambda: close_case(office.engine, office.rules(), result=result, disposition=disposition, **case),
        }
        if act not in acts:
            raise HTTPException(404)
        try:
            done = acts[act]()
        except StoreError:
            raise
        except (ZhitongError, NotPermitted, IllegalMove) as error:
            typed = {"unit": unit, "official": official, "reason": reason}
            typed |= {"result": result, "disposition": disposition, "reply": reply}
            return shown(request, token, pocket, told=without_commands(str(error)), typed={"act": act} | typed)
        if act == "hand-to" and done:
            return page("pocket_told.html", done="交给他了，也打电话告诉他。这个链接到这里为止，时限不变。")
        return RedirectResponse(f"/p/{token}?done={act}", 303)

    def unsaid(request: Request, error: Exception) -> Response:
        return Response(status_code=404)

    def over(request: Request, error: Exception) -> Response:
        token = str(request.path_params.get("token", ""))
        try:
            known = open_link(office.engine, office.directory(), token, now=office.now())
        except LinkOver:
            known = True
        return page("pocket_told.html", status=410, done="", told=str(error)) if known else Response(status_code=404)

    def telling(status: int, told: str = "") -> Callable[[Request, Exception], Response]:
        return lambda request, error: page(
            "pocket_told.html", status=status, done="", told=told or without_commands(str(error))
        )

    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, unsaid)
    app.add_exception_handler(LinkOver, over)
    app.add_exception_handler(NotOurForm, telling(403, "这一页放得太久了。请从通知里重新打开链接。"))
    app.add_exception_handler(NotSignedIn, telling(403, "放得太久了，请从通知里重新打开链接，再输入工作密码。"))
    app.add_exception_handler(NotPermitted, telling(403))
    app.add_exception_handler(StoreError, telling(503, "现在打不开，请过一会儿再试；急用请打热线。"))
    app.add_exception_handler(ZhitongError, telling(409))
    return app


class _Bounded:
    """ASGI: refuses what is sent without a length, or is longer than any form of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "")
        if scope["method"] not in ("GET", "HEAD") and not (length.isdigit() and int(length) <= LONGEST_FORM):
            await Response(status_code=413, headers={"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, receive, send)

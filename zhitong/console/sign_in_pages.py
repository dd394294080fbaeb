"""Signing in: password, own password, second factor; the front door; signing out."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, Response

from cases.roles import Action
from routing.faults import BadConfig
from zhitong.console.gate import Threads
from zhitong.console.office import Office
from zhitong.console.room import Room, page
from zhitong.console.visitor import COOKIE, Visitor, go, needs, same_site
from zhitong.errors import SignInRefused
from zhitong.first_steps import steps_of
from zhitong.own_settings import as_set
from zhitong.usecases.sign_in import (
    LONGEST,
    change_password,
    give_code,
    new_secret,
    sign_in,
    sign_out,
    totp_address,
)

_CHANGING, _ENROLLING, _CODING, _IN = (Depends(needs(None, stage=one)) for one in ("change", "enroll", "code", "in"))
_Text = Annotated[str, Form(max_length=300)]


def sign_in_routes(rooms: Sequence[Room]) -> APIRouter:
    """The pages; after signing in one stands in the first of the rooms that one may enter."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/")
    def front(request: Request, visitor: Visitor = _IN) -> Response:
        """The first room that one may enter."""
        if visitor.may(Action.SET_UP) and _is_new(visitor.office):
            return go(request, "/first-run")
        first = next((room for room in rooms if visitor.may(room.right)), None)
        if first is not None:
            return go(request, first.path)
        request.state.visitor = visitor
        return page(request, "fault.html", status=403, told="您的账号没有能看的页面；请找管理员。", again=0)

    @router.get("/sign-in")
    def ask(request: Request) -> Response:
        if request.app.state.office.set_up.first_code():
            return go(request, "/first-run/begin")
        return page(request, "sign_in.html", told="", account="")

    @router.post("/sign-in")
    async def take(request: Request, account: _Text, password: _Text) -> Response:
        same_site(request)
        office, threads = _of(request)
        act = partial(sign_in, office.engine, account, password, address=address_of(request), now=office.now())
        try:
            token = await threads.run(act)
        except SignInRefused as error:
            return page(request, "sign_in.html", status=403, told=str(error), account=account)
        return with_cookie(request, go(request, "/"), token)

    @router.get("/sign-in/password")
    async def ask_new(request: Request, visitor: Visitor = _CHANGING) -> Response:
        return page(request, "new_password.html", told="", csrf=visitor.csrf)

    @router.post("/sign-in/password")
    async def take_new(
        request: Request, old: _Text, new: _Text, again: _Text, visitor: Visitor = _CHANGING
    ) -> Response:
        office, threads = _of(request)
        address = address_of(request)
        act = partial(change_password, office.engine, visitor.token, old, new, address=address, now=office.now())
        try:
            if new != again:
                raise SignInRefused("两次写的新密码不一样")
            await threads.run(act)
        except SignInRefused as error:
            return page(request, "new_password.html", status=409, told=str(error), csrf=visitor.csrf)
        return go(request, "/")

    @router.get("/sign-in/second")
    async def enroll(request: Request, visitor: Visitor = _ENROLLING) -> Response:
        return await _second(request, visitor)

    @router.post("/sign-in/second")
    async def enrolled(request: Request, code: _Text, visitor: Visitor = _ENROLLING) -> Response:
        return await _given(request, visitor, code)

    @router.get("/sign-in/code")
    async def ask_code(request: Request, visitor: Visitor = _CODING) -> Response:
        return page(request, "code.html", told="", csrf=visitor.csrf, picture="", secret="")

    @router.post("/sign-in/code")
    async def take_code(request: Request, code: _Text, visitor: Visitor = _CODING) -> Response:
        return await _given(request, visitor, code)

    @router.post("/sign-out")
    async def leave(request: Request, visitor: Visitor = _IN) -> Response:
        office, threads = _of(request)
        await threads.run(partial(sign_out, office.engine, visitor.token))
        answer = go(request, "/sign-in")
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    return router


async def _second(request: Request, visitor: Visitor, *, told: str = "") -> Response:
    office, threads = _of(request)
    secret = await threads.run(partial(new_secret, office.engine, visitor.token, now=office.now()))
    picture = segno.make(totp_address(secret, visitor.actor.name), error="m").svg_data_uri(scale=5)
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    status = 403 if told else 200
    return page(request, "code.html", status=status, told=told, csrf=visitor.csrf, picture=picture, secret=spaced)


async def _given(request: Request, visitor: Visitor, code: str) -> Response:
    office, threads = _of(request)
    address = address_of(request)
    act = partial(give_code, office.engine, visitor.token, code, address=address, now=office.now())
    try:
        token = await threads.run(act)
    except SignInRefused as error:
        if request.url.path.endswith("/second"):
            return await _second(request, visitor, told=str(error))
        told = str(error)
        return page(request, "code.html", status=403, told=told, csrf=visitor.csrf, picture="", secret="")
    return with_cookie(request, go(request, "/"), token)


def with_cookie(request: Request, answer: Response, token: str) -> Response:
    """The answer, with which the browser is signed in by this token."""
    seconds = int(LONGEST.total_seconds())
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, max_age=seconds, path="/", httponly=True, secure=secure, samesite="strict")
    return answer


def _is_new(office: Office) -> bool:
    """Whether the line has no carrier yet."""
    try:
        return not steps_of(as_set(office.settings)).line
    except BadConfig:
        return False


def _of(request: Request) -> tuple[Office, Threads]:
    return request.app.state.office, request.app.state.threads


def address_of(request: Request) -> str:
    """From where it comes."""
    return request.client.host if request.client else ""

"""设置 → 账号: who has an account, with which roles and units; first passwords; tokens of programs; what was changed.

A password or a token is in the answer to the form that asked for it and nowhere else: no address, no log, no cache.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from cases.accused import NOT_IN_ROSTER
from cases.roles import Action, Role, may
from zhitong.console.room import Number, Room, one_of, page, the_visitor
from zhitong.console.visitor import Visitor, go
from zhitong.errors import Refused
from zhitong.usecases.account_log import account_changes
from zhitong.usecases.accounts import close_account, list_accounts, put_account
from zhitong.usecases.sign_in import FIRST_PASSWORD, first_password
from zhitong.usecases.tokens import LONGEST_DAYS, list_tokens, new_token, revoke_token

PATH = "/settings/accounts"
SECTIONS: Sequence[tuple[str, str, Action]] = (
    ("", "账号", Action.SEE_ACCOUNTS),
    ("/tokens", "程序的令牌", Action.ACCOUNT_LOG),
    ("/log", "变动", Action.ACCOUNT_LOG),
)
PER_PAGE = 100
_DONE = {"put": "账号存好了。新来的还要给他办先用密码。", "end": "账号停用了，他的令牌也停用了。"}
_LINE = Annotated[str, Form(max_length=200)]
_SEVERAL = Annotated[list[str], Form(max_length=300)]


def accounts_room() -> Room:
    """Its pages."""
    room = Room(path=PATH, name="账号", right=Action.SEE_ACCOUNTS)

    @room.get("")
    def every(request: Request, done: str = "") -> Response:
        return _list(request, done=_DONE.get(done, ""))

    @room.get("/change", Action.ACCOUNTS)
    def change(request: Request, name: str = "") -> Response:
        visitor = the_visitor(request)
        found = list_accounts(visitor.office.engine, by=visitor.actor, now=visitor.office.now())
        one = next((one for one in found if one.name == name), None)
        if one is None:
            raise Refused(f"没有叫 {name[:60]!r} 的账号；请从列出的账号里选")
        typed = {"name": one.name, "role": list(one.roles), "unit": list(one.units), "official": one.official}
        return _form(request, typed=typed, there=True)

    @room.get("/new", Action.ACCOUNTS)
    def new(request: Request) -> Response:
        return _form(request, typed={}, there=False)

    @room.post("", Action.ACCOUNTS)
    def put(
        request: Request,
        name: _LINE = "",
        role: _SEVERAL = [],  # noqa: B006
        unit: _SEVERAL = [],  # noqa: B006
        official: _LINE = "",
        there: _LINE = "",
    ) -> Response:
        visitor = the_visitor(request)
        office, directory = visitor.office, visitor.office.directory()
        typed = {"name": name, "role": role, "unit": unit, "official": official}
        try:
            roles = [told for one in role if (told := one_of("角色", one, Role)) is not None]
            known = {one.name for one in directory.units}
            put_account(
                office.engine,
                name,
                roles=roles,
                units=unit,
                known_units=known,
                by=visitor.actor,
                now=office.now(),
                official=official,
                known_officials={one.id for one in directory.roster.officials},
            )
        except Refused as error:
            return _form(request, typed=typed, there=bool(there), fault=str(error))
        return go(request, f"{PATH}?done=put")

    @room.post("/password", Action.ACCOUNTS)
    def password(request: Request, name: _LINE = "") -> Response:
        visitor = the_visitor(request)
        told = first_password(visitor.office.engine, name, by=visitor.actor, now=visitor.office.now())
        return page(
            request,
            "accounts_once.html",
            **_frame(visitor, ""),
            title=f"{name} 的先用密码",
            secret=told,
            hint=f"请当面交给他，{FIRST_PASSWORD.days} 天内登录一次，换成自己的，再设二次验证。原来的从现在起不算。",
        )

    @room.post("/end", Action.ACCOUNTS)
    def end(request: Request, name: _LINE = "") -> Response:
        visitor = the_visitor(request)
        try:
            close_account(visitor.office.engine, name, by=visitor.actor, now=visitor.office.now())
        except Refused as error:
            return _list(request, fault=str(error))
        return go(request, f"{PATH}?done=end")

    @room.get("/tokens", Action.ACCOUNT_LOG)
    def tokens(request: Request) -> Response:
        return _tokens(request)

    @room.post("/tokens", Action.ACCOUNTS)
    def make(
        request: Request,
        name: _LINE = "",
        account: _LINE = "",
        scope: _SEVERAL = [],  # noqa: B006
        days: _LINE = "",
    ) -> Response:
        visitor = the_visitor(request)
        typed = {"name": name, "account": account, "scope": scope, "days": days}
        try:
            scopes = frozenset(told for one in scope if (told := one_of("能做什么", one, Action)) is not None)
            if not days.strip().isdecimal():
                raise Refused(f"天数：“{days[:20]}”不是个数；请写 1 到 {LONGEST_DAYS}")
            how = {"account": account, "scopes": scopes, "days": int(days)}
            token = new_token(visitor.office.engine, name, by=visitor.actor, now=visitor.office.now(), **how)  # type: ignore[arg-type]
        except Refused as error:
            return _tokens(request, typed=typed, fault=str(error))
        return page(
            request,
            "accounts_once.html",
            **_frame(visitor, "/tokens"),
            title=f"令牌 {name}",
            secret=token,
            hint="请放进程序的设置，不要写进网址；请求时写 Authorization: Bearer 令牌。",
        )

    @room.post("/tokens/end", Action.ACCOUNTS)
    def revoke(request: Request, name: _LINE = "") -> Response:
        visitor = the_visitor(request)
        try:
            revoke_token(visitor.office.engine, name, by=visitor.actor, now=visitor.office.now())
        except Refused as error:
            return _tokens(request, fault=str(error))
        return go(request, f"{PATH}/tokens")

    @room.get("/log", Action.ACCOUNT_LOG)
    def log(request: Request, start: Number = 0) -> Response:
        visitor = the_visitor(request)
        found = account_changes(visitor.office.engine, by=visitor.actor, now=visitor.office.now())[::-1]
        start = max(0, start)
        return page(
            request,
            "accounts_log.html",
            **_frame(visitor, "/log"),
            changes=found[start : start + PER_PAGE],
            listed=len(found),
            start=start,
            per_page=PER_PAGE,
            address=f"{PATH}/log?",
        )

    return room


def _frame(visitor: Visitor, section: str) -> dict[str, Any]:
    sections = [(PATH + path, name) for path, name, right in SECTIONS if visitor.may(right)]
    return {"sections": sections, "section": PATH + section, "changes_them": visitor.may(Action.ACCOUNTS)}


def _list(request: Request, *, done: str = "", fault: str = "") -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    found = list_accounts(office.engine, by=visitor.actor, now=office.now())
    return page(
        request,
        "accounts.html",
        status=409 if fault else 200,
        **_frame(visitor, ""),
        accounts=found,
        called={one.id: one.called for one in office.directory().roster.officials},
        not_in_roster=NOT_IN_ROSTER,
        done=done,
        fault=fault,
    )


def _form(request: Request, *, typed: Mapping[str, Any], there: bool, fault: str = "") -> Response:
    visitor = the_visitor(request)
    directory = visitor.office.directory()
    units = sorted({unit.name for unit in directory.units})
    return page(
        request,
        "accounts_form.html",
        status=409 if fault else 200,
        **_frame(visitor, ""),
        typed=typed,
        there=there,
        fault=fault,
        roles=list(Role),
        units=units,
        gone=sorted(set(typed.get("unit", ())) - set(units)),
        officials=sorted((one.called, one.id) for one in directory.roster.officials),
        not_in_roster=NOT_IN_ROSTER,
    )


def _tokens(request: Request, *, typed: Mapping[str, Any] | None = None, fault: str = "") -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    found = list_tokens(office.engine, by=visitor.actor, now=office.now())
    makes = visitor.may(Action.ACCOUNTS)
    accounts = list_accounts(office.engine, by=visitor.actor, now=office.now()) if makes else []
    return page(
        request,
        "accounts_tokens.html",
        status=409 if fault else 200,
        **_frame(visitor, "/tokens"),
        tokens=found,
        accounts=[one.name for one in accounts],
        scopes=[one for one in Action if any(may(actor, one) for actor in accounts)],
        typed=typed or {},
        fault=fault,
        most_days=LONGEST_DAYS,
    )

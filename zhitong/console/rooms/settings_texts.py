"""设置 → 规则, 通知: files as text, checked by their own readers while they are typed, saved with who and why."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from routing.faults import BadConfig
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.settings_frame import PATH, frame
from zhitong.console.visitor import Visitor, go
from zhitong.console.words import without_commands
from zhitong.edition_in_force import without_values
from zhitong.errors import Refused
from zhitong.notices.gateway import Gateway, channel
from zhitong.notices.notice import KINDS
from zhitong.notices.places import ROUTE, Places, load_places
from zhitong.setting_files import LONGEST, NOTICES, SettingFile, check_text, setting_file, setting_files
from zhitong.usecases.see_settings import see_settings
from zhitong.usecases.setting_texts import (
    last_saved,
    save_setting_text,
    saved_text,
    setting_history,
    text_in,
    version_of,
)
from zhitong.usecases.try_notices import try_notices

ROUTE_OF: Mapping[str, str] = {
    "call": "电话正叫着的人",
    "missed": "没有接到的人",
    "surge": "值班的第一位",
    "shift": "明天值班的本人",
    "warning": "经办、单位负责人、分管领导",
    "rework": "承办单位的局长",
    "lead": "领办的领导、督查",
    "daily": "承办单位的局长",
    "emergency": "经办、单位负责人、领办的领导",
}
"""Whom `route` means, by the kind of notice."""
MOST_LINES = 400
"""Lines of a difference that a page shows."""
_LINE = Annotated[str, Form(max_length=300)]
_TEXT = Annotated[str, Form(max_length=LONGEST * 2)]
_SEVERAL = Annotated[list[str], Form(max_length=300)]
Difference = Sequence[tuple[str, str]]


def add_texts(room: Room) -> None:
    """Adds their pages."""

    @room.get("/rules")
    def rules(request: Request, done: str = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        return page(
            request,
            "settings_rules.html",
            **frame(visitor, "/rules"),
            files=setting_files(office.settings, now),
            saved=last_saved(office.engine, by=visitor.actor, now=now),
            done=done[:80],
            changes_it=visitor.may(Action.CHANGE_SETTINGS),
        )

    @room.get("/text")
    def text(request: Request, name: str = "", old: Number = 0) -> Response:
        return _shown(request, _file(request, name), old=old)

    @room.get("/rules/new", Action.CHANGE_SETTINGS)
    def new(request: Request, pack: str = "", like: str = "") -> Response:
        """A pack of terms of the county's own, which begins as another one is."""
        file, other = _file(request, f"policies/{pack.strip()}.toml"), _file(request, like)
        if file.there:
            raise Refused(f"名字：{pack.strip()} 已经有了；请换一个")
        return _shown(request, file, typed=text_in(other.path))

    @room.post("/text/check", Action.CHANGE_SETTINGS)
    def check(request: Request, name: _LINE = "", text: _TEXT = "") -> Response:
        """What is wrong with what is being typed, as a part of the page."""
        file, typed = _file(request, name), _typed(text)
        return page(request, "_settings_checked.html", wrong=_wrong(the_visitor(request), file, typed))

    @room.post("/text", Action.CHANGE_SETTINGS)
    def save(
        request: Request,
        name: _LINE = "",
        text: _TEXT = "",
        on: _LINE = "",
        reason: _LINE = "",
        do: _LINE = "",
    ) -> Response:
        visitor, file, typed = the_visitor(request), _file(request, name), _typed(text)
        office, now = visitor.office, visitor.office.now()
        if do != "save":
            return _shown(request, file, typed=typed, on=on, reason=reason)
        if wrong := _wrong(visitor, file, typed):
            return _shown(request, file, typed=typed, on=on, reason=reason, told=wrong)
        try:
            how = {"path": file.path, "on": on, "by": visitor.actor, "reason": reason, "now": now}
            save_setting_text(office.engine, file.name, typed, **how)  # type: ignore[arg-type]
        except Refused as error:  # shown beside what the file says by now: what is saved next is a change of that
            return _shown(request, file, typed=typed, reason=reason, told=str(error))
        except OSError as error:
            told = f"写不进 {file.name}（{error.strerror}），没有改；请管理员看看服务器上的权限和空间"
            return _shown(request, file, typed=typed, on=on, reason=reason, told=told)
        return go(request, f"{_back(file)}?done={file.name}")

    @room.get("/notices")
    def notices(request: Request, done: str = "") -> Response:
        return _notices(request, done=done[:80])

    @room.post("/notices/test", Action.CHANGE_SETTINGS)
    def test(request: Request, who: _SEVERAL = []) -> Response:  # noqa: B006
        visitor = the_visitor(request)
        office = visitor.office
        try:
            told = try_notices(
                office.engine,
                _places(visitor),
                who,
                send=Gateway(office.notify).send,
                by=visitor.actor,
                now=office.now(),
            )
        except (BadConfig, Refused) as error:
            return _notices(request, told=without_values(error))
        return _notices(request, answers=told)


def _file(request: Request, name: str) -> SettingFile:
    return setting_file(the_visitor(request).office.settings, name)


def _back(file: SettingFile) -> str:
    return f"{PATH}/notices" if file.name == NOTICES else f"{PATH}/rules"


def _typed(text: str) -> str:
    """As a file has it: browsers send the ends of lines as \\r\\n."""
    lines = text.replace("\r\n", "\n")
    return lines if not lines or lines.endswith("\n") else f"{lines}\n"


def _wrong(visitor: Visitor, file: SettingFile, text: str) -> str:
    try:
        check_text(visitor.office.settings, file.name, text, visitor.office.now())
    except Refused as error:
        return str(error)
    return ""


def _shown(
    request: Request,
    file: SettingFile,
    *,
    old: int = 0,
    typed: str | None = None,
    on: str = "",
    reason: str = "",
    told: str = "",
) -> Response:
    """The file in a form. typed: None: as it is, or as it was under the number `old`."""
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    history = setting_history(office.engine, file.name, by=visitor.actor, now=now)
    there = text_in(file.path)
    if old > 0:
        typed = saved_text(office.engine, file.name, old, by=visitor.actor, now=now).text
    text, changed = there if typed is None else typed, typed is not None and typed != there
    wrong = _wrong(visitor, file, text) if text else ""
    return page(
        request,
        "settings_text.html",
        status=409 if told else 200,
        **frame(visitor, _back(file).removeprefix(PATH)),
        file=file,
        back=_back(file),
        text=text,
        on=on or version_of(there),
        reason=reason,
        told=without_commands(told),
        wrong=wrong,
        difference=_difference(there, text) if changed else None,
        most=MOST_LINES,
        history=history,
        old=old,
        changes_it=visitor.may(Action.CHANGE_SETTINGS),
        is_pack=file.title.startswith("时限办法"),
    )


def _difference(before: str, after: str) -> Difference:
    """Sign and line of what differs, with two lines around it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [(line[0], line[1:]) for line in lines if not line.startswith(("---", "+++"))]


def _places(visitor: Visitor) -> Places:
    settings = visitor.office.settings
    return load_places(settings.files.notices, data=settings.folders.data)


def _notices(
    request: Request, *, done: str = "", told: str = "", answers: Sequence[tuple[str, str, str]] = ()
) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    see_settings(office.engine, "通知", by=visitor.actor, now=office.now())
    try:
        places, wrong = _places(visitor), ""
    except BadConfig as error:
        places, wrong = Places(to={}, addresses={}), without_values(error)
    directory = office.directory()
    named = {"supervision": "督查", "duty_room": "值班室", "desk": "受理台"}
    called = {one: named.get(one) or directory.called(one) for one in {*places.addresses, *_told(places)} - {ROUTE}}
    return page(
        request,
        "settings_notices.html",
        status=409 if told else 200,
        **frame(visitor, "/notices"),
        kinds=[
            (name, [ROUTE_OF.get(kind, "轮到的人") if one == ROUTE else called[one] for one in places.to.get(kind, ())])
            for kind, name in KINDS.items()
            if kind != "test"
        ],
        people=[(name, [channel(one) for one in told]) for name, told in sorted(places.addresses.items())],
        called=called,
        wrong=wrong,
        told=told,
        done=done,
        answers=answers,
        changes_it=visitor.may(Action.CHANGE_SETTINGS),
    )


def _told(places: Places) -> set[str]:
    return {name for names in places.to.values() for name in names}

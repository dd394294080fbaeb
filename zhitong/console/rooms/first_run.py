"""开线: the first administrator, then step by step what a county must set and try before calls come."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from cases.roles import Action
from routing.editions import Texts
from routing.faults import BadConfig
from routing.fields import read_text
from routing.phone import BadNumber, mask, normalise
from routing.roster_file import refuse_gaps
from routing.sheets.book import BadBook, book_of
from zhitong.console.in_background import InBackground
from zhitong.console.office import Office
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.sign_in_pages import address_of, with_cookie
from zhitong.console.visitor import go, same_site
from zhitong.county_roster import Desks, Person, people_of, roster_of
from zhitong.directory_files import directory_of
from zhitong.errors import ChangeRefused, Refused, SignInRefused
from zhitong.first_steps import CALL, RING, forget_tried, note_tried, steps_of
from zhitong.line_tried import SENTENCE, LineTried
from zhitong.own_settings import own_table, put_own, set_now
from zhitong.restart import is_kept, wish_restart
from zhitong.roster_editions import compare_draft
from zhitong.settings import Line, Settings
from zhitong.toml_text import as_toml
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.first_run import first_sign_in, ring_me, what_rang
from zhitong.usecases.publish_roster import publish_roster
from zhitong.usecases.set_up import sets_up
from zhitong.whole_files import write_whole

PATH = "/first-run"
BEGIN = f"{PATH}/begin"
COUNTY = "county"
"""Folder of the data folder with the county's own roster and escalation."""
HEAD = "# 值班表，开线时在网页上填的。改了要发布才生效；怎么写，看 config/roster.toml。\n"
LARGEST = 5 << 20
REACHED = "接通了，按了键"
"""What `zhitong.staff.proof` says of a telephone at which a person pressed the key."""
STEPS = (
    ("line", "线路", "写上县名、热线号码、运营商给的地址"),
    ("people", "单位和人", "值班室、督查、各单位责任领导和手机；填好就发布"),
    ("ring", "试打一个电话", "系统经线路打给您，听到一句话，按 1"),
    ("call", "拨测", "软件电话打进线路的副本：接不接、听不听得懂、会打给谁；不打扰任何领导"),
)
_Text = Annotated[str, Form(max_length=300)]
_LINE_FIELDS = ("county", "name", "number", "area_code", "address", "match", "caller_id")
_PEOPLE_FIELDS = ("duty_room", "duty_numbers", "supervision", "supervision_numbers", "table")
_FIELDS = {
    "hotline.county": "县名",
    "hotline.name": "热线叫什么",
    "hotline.area_code": "区号",
    "lines[1].number": "热线号码",
    "trunk.address": "运营商的地址",
    "trunk.match": "来电从哪些地址来",
    "trunk.caller_id": "打出去显示的号码",
    "duty_room.numbers": "值班室的号码",
    "supervision.numbers": "督查的号码",
    "supervision.unit": "督查是哪个单位",
    "dialling.duty_floor": "值班室的号码",
}


def first_run_routes() -> APIRouter:
    """The page for who has the word that was printed at the machine, as long as nobody administers."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get(BEGIN)
    def ask(request: Request) -> Response:
        if not request.app.state.office.set_up.first_code():
            return go(request, "/sign-in")
        return page(request, "first_run_begin.html", told="", code="", name="")

    @router.post(BEGIN)
    async def take(
        request: Request, code: _Text = "", name: _Text = "", password: _Text = "", again: _Text = ""
    ) -> Response:
        same_site(request)
        office: Office = request.app.state.office
        address = address_of(request)

        def act() -> str:
            wanted = office.set_up.first_code()
            if not wanted:
                raise SignInRefused("已经有管理员；请登录，或者找他")
            if not hmac.compare_digest(code.strip().lower().encode(), wanted.encode()):
                raise SignInRefused("口令不对；它在服务器上启动热线的窗口里，或者运行 bin/zhitong account code")
            if password != again:
                raise SignInRefused("两次写的密码不一样")
            return first_sign_in(office.engine, name, password, address=address, now=office.now())

        try:
            token: str = await request.app.state.threads.run(act)
        except Refused as error:
            return page(request, "first_run_begin.html", status=409, told=str(error), code=code, name=name)
        return with_cookie(request, go(request, "/"), token)

    return router


def first_run_room() -> Room:
    """Its pages."""
    room = Room(path=PATH, name="开线", right=Action.SET_UP)
    calling: InBackground[LineTried] = InBackground("拨测")

    @room.get("")
    def overview(request: Request, done: str = "") -> Response:
        return page(request, "first_run.html", **_frame(request, ""), done=_DONE.get(done, ""))

    @room.get("/line")
    def line(request: Request) -> Response:
        return _line(request, typed=_line_now(set_now(the_visitor(request).office.settings)))

    @room.post("/line", Action.SET_UP)
    async def put_line(request: Request) -> Response:
        form = await request.form()
        typed = {name: str(form.get(name, "")).strip()[:300] for name in _LINE_FIELDS}
        answer: Response = await request.app.state.threads.run(partial(_put_line, request, typed))
        return answer

    @room.get("/people")
    def people(request: Request) -> Response:
        return _people(request, typed={"duty_room": "值班室", "supervision": "县纪委监委"})

    @room.post("/people", Action.SET_UP)
    async def put_people(request: Request, file: Annotated[UploadFile | None, File()] = None) -> Response:
        form = await request.form()
        typed = {name: str(form.get(name, ""))[:200_000] for name in _PEOPLE_FIELDS}
        content = await file.read(LARGEST + 1) if file is not None else b""
        name = (file.filename or "表格") if content and file is not None else "粘贴"
        act = partial(_put_people, request, typed, content or typed["table"].encode(), name)
        answer: Response = await request.app.state.threads.run(act)
        return answer

    @room.get("/ring")
    def ring(request: Request, mark: str = "") -> Response:
        return _ring(request, mark=mark[:60])

    @room.post("/ring", Action.SET_UP)
    def put_ring(request: Request, number: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        settings = set_now(office.settings)
        try:
            if not office.live.state[0]:
                raise Refused("热线现在没有开着，打不出去；请管服务器的人先开线（bin/zhitong run），再来试。")
            if settings != office.settings:
                raise Refused("改过的设置还没有起作用，打出去的还是照以前的；请先重新开线，再来试。")
            short = settings.dialling.service_numbers
            area = settings.hotline.area_code
            known = normalise(number, area_code=area, service_numbers=short, field="您的电话")
        except (Refused, BadNumber) as error:
            return _ring(request, told=str(error), number=number)
        mark = ring_me(office.engine, known, by=visitor.actor, now=office.now())
        return go(request, f"{PATH}/ring?mark={mark}")

    @room.get("/call")
    def call(request: Request) -> Response:
        return _call(request, calling)

    @room.post("/call", Action.SET_UP)
    def put_call(request: Request, text: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        said = " ".join(text.split()) or SENTENCE
        sets_up(office.engine, what="拨测", by=visitor.actor, now=office.now())

        def act() -> LineTried:
            tried = office.set_up.try_line(said)
            if tried.well:
                note_tried(office.settings, CALL, office.now())
            return tried

        calling.begin(act, office.now)
        return go(request, f"{PATH}/call")

    @room.post("/restart", Action.SET_UP)
    def restart(request: Request) -> Response:
        visitor = the_visitor(request)
        data = visitor.office.settings.folders.data
        if not is_kept(data):
            raise Refused("热线没有人看着，网页上不能重新开线；请管服务器的人停下它，再开。")
        sets_up(visitor.office.engine, what="重新开线", by=visitor.actor, now=visitor.office.now())
        wish_restart(data)
        return go(request, f"{PATH}?done=restart")

    return room


_DONE = {
    "line": "线路存好了，重新开线以后起作用。",
    "people": "值班表发布了，从现在起来电照它打。",
    "restart": "正在重新开线，十来秒。打不开这一页的，过一会儿再刷新。",
}


def _frame(request: Request, section: str) -> dict[str, Any]:
    """What every page of the first run shows: the steps, which are done, whether the line must be started anew."""
    office = the_visitor(request).office
    settings = set_now(office.settings)
    steps = steps_of(settings)
    up, calls = office.live.state
    return {
        "steps": [(f"{PATH}/{name}", title, hint, bool(getattr(steps, name))) for name, title, hint in STEPS],
        "section": f"{PATH}/{section}" if section else PATH,
        "all_done": steps.done,
        "tried": steps,
        "pending": settings != office.settings,
        "kept": is_kept(office.settings.folders.data),
        "up": up,
        "calls": len(calls),
    }


def _line_now(settings: Settings) -> dict[str, str]:
    trunk, hotline = settings.trunk, settings.hotline
    if not steps_of(settings).line:  # the example's would only have to be deleted
        return {"name": hotline.name}
    return {
        "county": hotline.county,
        "name": hotline.name,
        "number": settings.lines[0].number,
        "area_code": hotline.area_code,
        "address": trunk.address,
        "match": "，".join(trunk.match),
        "caller_id": trunk.caller_id,
    }


def _line(request: Request, *, typed: Mapping[str, str], told: str = "") -> Response:
    return page(
        request,
        "first_run_line.html",
        status=409 if told else 200,
        **_frame(request, "line"),
        told=told,
        typed={name: typed.get(name, "") for name in _LINE_FIELDS},
    )


def _put_line(request: Request, typed: Mapping[str, str]) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    settings = set_now(office.settings)
    address = typed["address"] + ("" if ":" in typed["address"] or not typed["address"] else ":5060")
    match = [one for one in re.split(r"[,，、;；\s]+", typed["match"]) if one] or [address.rpartition(":")[0]]
    empty = [what for what in ("county", "name", "number", "address", "caller_id") if not typed[what]]
    changes = {
        "hotline": {"county": typed["county"], "name": typed["name"], "area_code": typed["area_code"]},
        "lines": [
            _told_line(settings.lines[0]) | {"number": typed["number"], "name": typed["name"]},
            *map(_told_line, settings.lines[1:]),
        ],
        "trunk": {"address": address, "match": match, "caller_id": re.sub(r"[\s-]", "", typed["caller_id"])},
    }
    try:
        if empty:
            raise Refused(f"还没有写：{'、'.join(_CALLED[name] for name in empty)}")
        sets_up(office.engine, what="设线路", by=visitor.actor, now=office.now())
        found = put_own(office.settings, changes, now=office.now())
        if found.trunk != settings.trunk:
            forget_tried(office.settings, RING)
        if found.lines != settings.lines:
            forget_tried(office.settings, CALL)
    except (BadConfig, Refused) as error:
        return _line(request, typed=typed, told=_in_plain_words(error))
    return go(request, f"{PATH}?done=line")


_CALLED = {
    "county": "县名",
    "name": "热线叫什么",
    "number": "热线号码",
    "address": "运营商的地址",
    "caller_id": "打出去显示的号码",
}


def _told_line(line: Line) -> dict[str, Any]:
    """A line as the file has it, without what is as usual."""
    usual = Line(number="", name="")
    told = {one.name: getattr(line, one.name) for one in fields(line)}
    return {name: one for name, one in told.items() if one != getattr(usual, name) or name in ("number", "name")}


def _in_plain_words(error: Exception, people: Mapping[int, Person] | None = None) -> str:
    """What is wrong, by the names of the form; with a person's row where it is about one."""
    if not isinstance(error, BadConfig):
        return str(error)
    told = []
    for fault in error.faults:
        field = next((called for name, called in _FIELDS.items() if fault.field.startswith(name)), fault.field)
        found = re.match(r"officials\[(\d+)\]", fault.field)
        if found and people and int(found[1]) in people:
            person = people[int(found[1])]
            field = f"表里第 {person.row} 行 {person.name}"
        told.append(f"{field}：{fault.mend}" + (f"（写的是 {fault.value}）" if fault.value else ""))
    return "\n".join(told[:20])


def _people(request: Request, *, typed: Mapping[str, str], told: str = "") -> Response:
    return page(
        request,
        "first_run_people.html",
        status=409 if told else 200,
        **_frame(request, "people"),
        told=told,
        most=LARGEST >> 20,
        typed={name: typed.get(name, "") for name in _PEOPLE_FIELDS},
    )


def _put_people(request: Request, typed: Mapping[str, str], content: bytes, name: str) -> Response:
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    people: dict[int, Person] = {}
    try:
        if len(content) > LARGEST:
            raise Refused(f"文件超过 {LARGEST >> 20} MB；请只留 单位、姓名、职务、手机 四列")
        if not content.strip():
            raise Refused("没有选文件，也没有粘贴人员；请从 Excel 里复制 单位、姓名、职务、手机 四列，粘贴进来")
        found, issues = people_of(book_of(content, name))
        if issues:
            raise Refused("表里有几行要补：\n" + "\n".join(issues[:20]))
        people = dict(enumerate(found, 1))
        desks = Desks(
            duty_room=typed["duty_room"].strip() or "值班室",
            duty_numbers=_numbers(typed["duty_numbers"]),
            supervision=typed["supervision"].strip(),
            supervision_numbers=_numbers(typed["supervision_numbers"]),
        )
        if not desks.duty_numbers or not desks.supervision or not desks.supervision_numbers:
            raise Refused("值班室和督查都要写上号码：值班室是每个来电最后打的地方，反映值班室和领导的打到督查")
        settings = set_now(office.settings)
        escalation = read_text(settings.files.escalation)
        texts = Texts(roster=HEAD + as_toml(roster_of(found, desks)), escalation=escalation)
        directory = directory_of(settings, texts, source="值班表")
        refuse_gaps(directory, now, source="值班表")
        _publish(request, texts, floor=directory.duty_room.numbers[-1])
    except (BadConfig, BadBook, Refused) as error:
        return _people(request, typed=typed, told=_in_plain_words(error, people))
    office.look()
    forget_tried(office.settings, CALL)
    return go(request, f"{PATH}?done=people")


def _numbers(told: str) -> list[str]:
    return [one for one in re.split(r"[,，、;；\s]+", told) if one]


def _publish(request: Request, texts: Texts, *, floor: str) -> None:
    """The files are the county's own from now on, and count. Raises BadConfig, Refused, NotPermitted, DatabaseGone."""
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    sets_up(office.engine, what="填单位和人", by=visitor.actor, now=now)
    folder = office.settings.folders.data / COUNTY
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in (("roster.toml", texts.roster), ("escalation.toml", texts.escalation)):
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") != text:
            write_whole(path.with_name(f"{name}.before-{now:%Y%m%d-%H%M%S}"), path.read_text(encoding="utf-8"))
        write_whole(path, text, mode=0o600)
    files = own_table(office.settings).get("files", {})
    own = {"roster": f"{COUNTY}/roster.toml", "escalation": f"{COUNTY}/escalation.toml"}
    changes = {"files": {**files, **own}, "dialling": {"duty_floor": floor}}
    settings = put_own(office.settings, changes, now=now)
    try:
        compared = compare_draft(settings, office.engine, list_changes(office.engine), now=now)
        publish_roster(office.engine, compared.draft, by=visitor.actor, reason="开线：填单位和人", now=now)
    except ChangeRefused as same:
        if "一个字也不差" not in str(same):
            raise


def _ring(request: Request, *, mark: str = "", told: str = "", number: str = "") -> Response:
    office = the_visitor(request).office
    outcome = what_rang(office.engine, mark) if mark else ""
    reached = outcome == REACHED
    if reached:
        note_tried(office.settings, RING, office.now())
    room = office.directory().duty_room
    return page(
        request,
        "first_run_ring.html",
        status=409 if told else 200,
        **_frame(request, "ring"),
        told=told,
        number=number,
        mark=mark,
        outcome=outcome,
        reached=reached,
        shown=mask(office.settings.trunk.caller_id),
        room=room,
    )


def _call(request: Request, calling: InBackground[LineTried]) -> Response:
    return page(
        request,
        "first_run_call.html",
        **_frame(request, "call"),
        calling=calling,
        tried_now=calling.done,
        sentence=SENTENCE,
    )

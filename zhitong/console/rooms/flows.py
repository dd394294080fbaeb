"""话务流程: what the line says, asks, and in which order it rings people; each may be changed in the browser."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from dialplans.flow import LONGEST_TEXT, digits_of
from routing.faults import BadConfig
from zhitong.console.door import PROLONG
from zhitong.console.fields import Lines
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.flow_checked import asked_at, checked, flow_in, seconds_of, tried
from zhitong.console.rooms.flow_ladders import add_ladders
from zhitong.console.rooms.flow_prompts import add_prompts
from zhitong.console.text_diff import difference
from zhitong.console.visitor import Visitor, go
from zhitong.errors import Refused
from zhitong.flows import flow_line, ladder_on
from zhitong.usecases.edit_flow import DraftOvertaken, LineFlow, drop_draft, save_draft, see_flow, see_flow_edition
from zhitong.usecases.publish_flow import publish_flow, restore_flow
from zhitong.usecases.replay_flow import replay_flow

REPLAY_SECONDS = 60.0
"""2,000 calls are walked in a few seconds, on a busy machine more."""
LISTED = 30
"""Editions of a page."""
STATES = {"published": "等热线换上", "used": "用过", "refused": "没有用"}
EXAMPLE = """# {name}的话务流程：录音告知以后、提问以前，说什么、问什么。写错了右边会说在哪一行。
line = "{number}"
start = "分时"

[[step]] # 看钟点
name = "分时"
kind = "时间"
hours = "22:00-06:00"
then = "夜间"
else = "菜单"

[[step]] # 说一句话
name = "夜间"
kind = "播放"
say = ["夜里"]
then = "找局长"

[[step]] # 按键；按 0 总是找人，没按、按错再说一遍，还没按就提问
name = "菜单"
kind = "按键"
say = ["菜单"]
seconds = 4
repeat = 1
keys = {{ 1 = "找局长", 2 = "留言" }}
none = "找局长"

[[prompt]] # 流程自己的话
name = "夜里"
text = "现在是夜里，急事请说，马上有人接。"

[[prompt]]
name = "菜单"
text = "说事情请按1，留言请按2，找人请按0。"
"""
_Text = Annotated[Lines, Form(max_length=LONGEST_TEXT + 1)]
_Short = Annotated[str, Form(max_length=300)]


_On = Annotated[Number, Form()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """A line's flow as its page has it. base: the text of the newest edition; text: of the draft, else the base."""

    flow: LineFlow
    base: str
    text: str

    @property
    def seen(self) -> int:
        """How often the draft was saved."""
        return self.flow.draft.saved if self.flow.draft else 0


def flows_room() -> Room:
    """Its pages."""
    room = Room(path="/flows", name="话务流程", right=Action.SEE_FLOW)

    @room.get("")
    def lines(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        found = [
            (line, see_flow(office.engine, line=line.number, by=visitor.actor, now=office.now()))
            for line in office.settings.lines
            if line.question
        ]
        return page(request, "flows.html", lines=found, states=STATES)

    @room.get("/lines/{line}")
    def one(request: Request, line: str, example: str = "", done: str = "") -> Response:
        named = flow_line(the_visitor(request).office.settings, line)
        text = EXAMPLE.format(name=named.name, number=named.number) if example else None
        return _page(request, line, text, done=_DONE.get(done, ""))

    @room.get("/lines/{line}/state")
    def state(request: Request, line: str) -> Response:
        """What became of the newest edition: asked again and again while it waits."""
        visitor = the_visitor(request)
        return page(request, "_flow_state.html", stand=_stand(visitor, line), digits=line, states=STATES)

    @room.post("/lines/{line}/check", Action.SEE_FLOW)
    def check(request: Request, line: str, text: _Text = "", seen: _On = 0, on: _On = 0) -> Response:
        return _answer(request, line, text, "_flow_checked.html", seen=seen, on=on)

    @room.post("/lines/{line}/compare", Action.SEE_FLOW)
    def compare(request: Request, line: str, text: _Text = "", seen: _On = 0, on: _On = 0) -> Response:
        base = _stand(the_visitor(request), line).base
        return _answer(request, line, text, "_flow_compared.html", seen=seen, on=on, compared=difference(base, text))

    @room.post("/lines/{line}/try", Action.SEE_FLOW)
    def try_it(
        request: Request,
        line: str,
        text: _Text = "",
        at: _Short = "",
        keys: _Short = "",
        said: _Short = "",
        seen: _On = 0,
        on: _On = 0,
    ) -> Response:
        visitor = the_visitor(request)
        named = flow_line(visitor.office.settings, line)
        told: dict[str, Any] = {"asked": {"at": at, "pressed": keys, "said": said}, "seen": seen, "on": on}
        try:
            told["answer"] = tried(visitor, named, flow_in(text), at=at, keys=keys, sentence=said)
        except Refused as error:
            told["why_not"] = str(error)
        return _answer(request, line, text, "_flow_tried.html", **told)

    @room.post("/lines/{line}/replay", Action.SEE_FLOW)
    async def replay(request: Request, line: str, text: _Text = "", seen: _On = 0, on: _On = 0) -> Response:
        request.scope.get(PROLONG, lambda seconds: None)(REPLAY_SECONDS)
        answer: Response = await request.app.state.threads.run(lambda: _replayed(request, line, text, seen, on))
        return answer

    @room.post("/lines/{line}/draft", Action.EDIT_FLOW)
    def draft(request: Request, line: str, text: _Text = "", seen: _On = 0, on: _On = 0) -> Response:
        visitor = the_visitor(request)
        office, key = visitor.office, _key(visitor, line)
        try:
            save_draft(office.engine, line=key, text=text, seen=seen, by=visitor.actor, now=office.now())
        except DraftOvertaken as error:
            return _overtaken(request, line, text, error)
        except Refused as error:
            return _page(request, line, text, told=str(error), seen=seen, on=on)
        return go(request, f"/flows/lines/{line}?done=draft")

    @room.post("/lines/{line}/drop", Action.EDIT_FLOW)
    def drop(request: Request, line: str, text: _Text = "", seen: _On = 0) -> Response:
        visitor = the_visitor(request)
        office, key = visitor.office, _key(visitor, line)
        try:
            drop_draft(office.engine, line=key, seen=seen, by=visitor.actor, now=office.now())
        except DraftOvertaken as error:
            return _overtaken(request, line, text, error)
        return go(request, f"/flows/lines/{line}?done=drop")

    @room.post("/lines/{line}/publish", Action.EDIT_FLOW)
    def publish(
        request: Request, line: str, text: _Text = "", reason: _Short = "", on: _On = -1, seen: _On = 0
    ) -> Response:
        visitor = the_visitor(request)
        office, key = visitor.office, _key(visitor, line)
        before = _stand(visitor, line)
        try:
            publish_flow(
                office.engine,
                line=key,
                text=text,
                on=on,
                prompts=seconds_of(visitor),
                by=visitor.actor,
                reason=reason,
                now=office.now(),
            )
        except (BadConfig, Refused) as error:
            told: dict[str, Any] = {"told": str(error), "reason": reason, "seen": seen}
            if before.flow.newest != on:
                told |= {"theirs": difference(before.base, text), "their_text": before.base}
            return _page(request, line, text, **told)
        return go(request, f"/flows/lines/{line}?done=publish")

    @room.get("/lines/{line}/editions/{number}")
    def edition(request: Request, line: str, number: Number) -> Response:
        return _edition(request, line, number)

    @room.post("/lines/{line}/editions/{number}/restore", Action.EDIT_FLOW)
    def restore(request: Request, line: str, number: Number, reason: _Short = "", on: _On = -1) -> Response:
        visitor = the_visitor(request)
        office, key = visitor.office, _key(visitor, line)
        try:
            restore_flow(
                office.engine,
                line=key,
                edition=number,
                on=on,
                prompts=seconds_of(visitor),
                by=visitor.actor,
                reason=reason,
                now=office.now(),
            )
        except (BadConfig, Refused) as error:
            return _edition(request, line, number, told=str(error), reason=reason)
        return go(request, f"/flows/lines/{line}?done=publish")

    add_prompts(room)
    add_ladders(room)
    return room


_DONE = {
    "draft": "草稿存好了。电话还照原来的流程。",
    "drop": "草稿删了。",
    "publish": "发布了。热线换上以后先自己试打两次，能找到人才算；不行就自动退回原来的，这里会写明为什么。",
}


def _key(visitor: Visitor, written: str) -> str:
    """By which the line's flow is kept. Raises Refused for what is no line with a question."""
    return digits_of(flow_line(visitor.office.settings, written).number)


def _overtaken(request: Request, digits: str, text: str, error: DraftOvertaken) -> Response:
    """Nothing is lost: what he typed stays before him, beside what the other has saved."""
    theirs = error.theirs.text if error.theirs else _stand(the_visitor(request), digits).base
    return _page(request, digits, text, told=str(error), theirs=difference(theirs, text), their_text=theirs)


def _stand(visitor: Visitor, digits: str) -> Stand:
    office = visitor.office
    now, key = office.now(), _key(visitor, digits)
    found = see_flow(office.engine, line=key, by=visitor.actor, now=now)
    base = ""
    if found.newest:
        base = see_flow_edition(office.engine, line=key, edition=found.newest, by=visitor.actor, now=now).text
    return Stand(flow=found, base=base, text=found.draft.text if found.draft else base)


def _replayed(request: Request, digits: str, text: str, seen: int, on: int) -> Response:
    """The calls of the last week with this text instead of what is in use."""
    visitor = the_visitor(request)
    office, line = visitor.office, flow_line(visitor.office.settings, digits)
    told: dict[str, Any] = {"seen": seen, "on": on}
    try:
        told["replay"] = replay_flow(
            office.engine,
            line=line.number,
            draft=flow_in(text),
            ladder=ladder_on(office.settings, office.directory(), line),
            canonical=office.settings.number_dialled,
            by=visitor.actor,
            now=office.now(),
        )
    except Refused as error:
        told["replay_not"] = str(error)
    return _answer(request, digits, text, "_flow_replayed.html", **told)


def _answer(request: Request, digits: str, text: str, part: str, **told: Any) -> Response:
    """The part that a script asks for; without one the whole page, with what was typed in it."""
    if not request.headers.get("hx-request"):
        return _page(request, digits, text, **told)
    visitor = the_visitor(request)
    line = flow_line(visitor.office.settings, digits)
    given: dict[str, Any] = {"line": line, "digits": digits, "text": text, "answer": None, "why_not": ""}
    given |= {"replay": None, "replay_not": ""}
    if part == "_flow_checked.html":
        given["checked"] = checked(visitor, line, text)
    return page(request, part, **given | told)


def _page(request: Request, digits: str, text: str | None, *, told: str = "", **more: Any) -> Response:
    """The line's page. text: what was typed; None: the draft, or what was published."""
    visitor = the_visitor(request)
    line, stand = flow_line(visitor.office.settings, digits), _stand(visitor, digits)
    text = stand.text if text is None else text
    given: dict[str, Any] = {
        "line": line,
        "digits": digits,
        "text": text,
        "stand": stand,
        "seen": stand.seen,
        "on": stand.flow.newest,
        "checked": checked(visitor, line, text),
        "asked": {"at": asked_at(visitor.office.now()), "pressed": "", "said": ""},
        "answer": None,
        "why_not": "",
        "compared": None,
        "replay": None,
        "replay_not": "",
        "theirs": None,
        "their_text": "",
        "told": told,
        "done": "",
        "reason": "",
        "states": STATES,
        "longest": LONGEST_TEXT,
        "listed": LISTED,
        "may_edit": visitor.may(Action.EDIT_FLOW),
    }
    return page(request, "flow_line.html", status=409 if told else 200, **given | more)


def _edition(request: Request, digits: str, number: int, *, told: str = "", reason: str = "") -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    line, stand = flow_line(visitor.office.settings, digits), _stand(visitor, digits)
    key = digits_of(line.number)
    found = see_flow_edition(office.engine, line=key, edition=number, by=visitor.actor, now=office.now())
    before = ""
    if number > 1:
        before = see_flow_edition(
            office.engine, line=key, edition=number - 1, by=visitor.actor, now=office.now()
        ).text
    return page(
        request,
        "flow_edition.html",
        status=409 if told else 200,
        told=told,
        reason=reason,
        line=line,
        digits=digits,
        edition=found,
        changed=difference(before, found.text),
        to_come=difference(stand.base, found.text),
        newest=stand.flow.newest,
        states=STATES,
        may_edit=visitor.may(Action.EDIT_FLOW),
    )

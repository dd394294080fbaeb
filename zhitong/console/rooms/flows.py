"""话务流程: what the line says, asks, and in which order it rings people; each may be changed in the browser."""

from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from dialplans.flow import digits_of
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.rooms.flow_checked import asked_at, checked, line_named, tried
from zhitong.console.rooms.flow_prompts import add_prompts
from zhitong.errors import Refused

LONGEST = 64_000
"""Characters of a flow, as dialplans.flow has it."""
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
_Text = Annotated[str, Form(max_length=LONGEST + 1)]
_Short = Annotated[str, Form(max_length=300)]


def flows_room() -> Room:
    """Its pages."""
    room = Room(path="/flows", name="话务流程", right=Action.SEE_PROMPTS)

    @room.get("")
    def lines(request: Request) -> Response:
        visitor = the_visitor(request)
        found = [(digits_of(line.number), line) for line in visitor.office.settings.lines]
        return page(request, "flows.html", lines=found)

    @room.get("/lines/{line}")
    def one(request: Request, line: str, example: str = "") -> Response:
        named = line_named(the_visitor(request), line)
        text = EXAMPLE.format(name=named.name, number=named.number) if example else ""
        return _page(request, line, text)

    @room.post("/lines/{line}/check", Action.SEE_PROMPTS)
    def check(request: Request, line: str, text: _Text = "") -> Response:
        return _page(request, line, text, part="_flow_checked.html")

    @room.post("/lines/{line}/try", Action.SEE_PROMPTS)
    def try_it(
        request: Request, line: str, text: _Text = "", at: _Short = "", keys: _Short = "", said: _Short = ""
    ) -> Response:
        visitor = the_visitor(request)
        named = line_named(visitor, line)
        asked = {"at": at, "keys": keys, "said": said}
        found = checked(visitor, named, text)
        if found.flow is None and text.strip():
            return _page(request, line, text, part="_flow_tried.html", asked=asked, why_not="先把上面的错改好，再试")
        try:
            answer = tried(visitor, named, found.flow, at=at, keys=keys, sentence=said)
        except Refused as error:
            return _page(request, line, text, part="_flow_tried.html", asked=asked, why_not=str(error))
        return _page(request, line, text, part="_flow_tried.html", asked=asked, answer=answer)

    add_prompts(room)
    return room


def _page(request: Request, digits: str, text: str, *, part: str = "", **told: Any) -> Response:
    """The line's page with this text; part: all that a script asks for."""
    visitor = the_visitor(request)
    line = line_named(visitor, digits)
    given: dict[str, Any] = {
        "line": line,
        "digits": digits,
        "text": text,
        "longest": LONGEST,
        "asked": {"at": asked_at(visitor.office.now()), "keys": "", "said": ""},
        "answer": None,
        "why_not": "",
    }
    scripted = bool(part) and bool(request.headers.get("hx-request"))
    template = part if scripted else "flow_line.html"
    return page(request, template, **given | {"checked": checked(visitor, line, text)} | told)

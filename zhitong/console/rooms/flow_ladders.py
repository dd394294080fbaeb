"""找人顺序: the ladders as text; what is wrong with them, what they would change, who would ring before and after."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from routing.calendar import LOCAL
from routing.changes import in_force, standing
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.console.fields import Lines
from zhitong.console.places import line_of
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.flow_checked import Found, asked_at
from zhitong.console.rooms.roster_chosen import moment_of
from zhitong.console.text_diff import difference
from zhitong.console.visitor import Visitor, go
from zhitong.dry_run import ladder_of, line_dialled, rehearsed
from zhitong.edition_in_force import edition_in_force
from zhitong.errors import Refused
from zhitong.roster_editions import Comparison, compare_ladders, publish_ladders
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.roster_rights import permit_units

LONGEST = 200_000
"""Characters."""
SENTENCES = 6
"""Tried at once."""
MOST = 60
"""Differences and findings that a page lists."""
_Text = Annotated[Lines, Form(max_length=LONGEST)]
_Short = Annotated[str, Form(max_length=300)]
_On = Annotated[Number, Form()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rings:
    """A sentence, and who rings for it: before and after; what cannot be told yet: empty."""

    sentence: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def add_ladders(room: Room) -> None:
    """The pages of the room for who is rung in which order."""

    @room.get("/ladders", Action.SEE_FLOW)
    def ladders(request: Request, done: str = "") -> Response:
        return _page(request, None, done="发布了，一秒内生效；正在打的电话照原来的。" if done else "")

    @room.post("/ladders/check", Action.SEE_FLOW)
    def check(request: Request, text: _Text = "", on: _On = 0) -> Response:
        return _answer(request, text, "_ladders_checked.html", on=on)

    @room.post("/ladders/try", Action.SEE_FLOW)
    def try_it(
        request: Request,
        text: _Text = "",
        sentences: Annotated[str, Form(max_length=2000)] = "",
        at: _Short = "",
        line: _Short = "",
        on: _On = 0,
    ) -> Response:
        told: dict[str, Any] = {"asked": {"sentences": sentences, "at": at, "line": line}, "on": on}
        try:
            told["rings"] = _rings(the_visitor(request), text, sentences, at, line)
        except BadConfig:
            told["why_not"] = "先把上面的错改好，再试"
        except Refused as error:
            told["why_not"] = str(error)
        return _answer(request, text, "_ladders_tried.html", **told)

    @room.post("/ladders/publish", Action.PUBLISH_ROSTER)
    def publish(request: Request, text: _Text = "", reason: _Short = "", on: _On = -1) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            compared = _compared(visitor, text)
            # As it was shown: who published meanwhile is not overwritten.
            compared = replace(compared, draft=replace(compared.draft, on=on))
            publish_ladders(office.settings, office.engine, compared, by=visitor.actor, reason=reason, now=office.now())
        except (BadConfig, Refused) as error:
            return _page(request, text, told=str(error), reason=reason)
        except OSError as error:
            office.look()
            return _page(request, text, told=f"生效了，但是写不进 escalation.toml（{error.strerror}）；请管理员写回")
        office.look()
        return go(request, "/flows/ladders?done=1")


def _compared(visitor: Visitor, text: str) -> Comparison:
    """Raises BadConfig, ChangeRefused."""
    office = visitor.office
    return compare_ladders(office.settings, office.engine, text, list_changes(office.engine), now=office.now())


def _checked(visitor: Visitor, text: str) -> dict[str, Any]:
    """What is wrong, or what would be different."""
    told: dict[str, Any] = {"found": (), "compared": None, "same": False, "most": MOST}
    try:
        return told | {"compared": _compared(visitor, text)}
    except BadConfig as error:
        faults = error.faults
        lines = [line_of(text, field=fault.field, mend=fault.mend) for fault in faults]
        found = [Found(line=line, told=str(fault), error=True) for line, fault in zip(lines, faults, strict=True)]
        return told | {"found": found[:MOST]}
    except Refused:
        return told | {"same": True}


def _rings(visitor: Visitor, text: str, sentences: str, at: str, line: str) -> list[Rings]:
    """Raises BadConfig, Refused, NotPermitted."""
    office = visitor.office
    permit_units(visitor.actor, Action.SEE_ROSTER, None)
    said = [one.strip() for one in sentences.splitlines() if one.strip()][:SENTENCES]
    if not said:
        raise Refused("没有写群众说的话；请写一句，如：我家三天没有水了")
    before = office.directory()
    try:
        draft = _compared(visitor, text).draft.directory
    except Refused:
        after = before
    else:
        after = in_force(draft, standing(list_changes(office.engine)))
    moment = moment_of("什么时候", at) if at else office.now().astimezone(LOCAL)

    def rung(directory: Directory, sentence: str) -> tuple[str, ...]:
        called = line_dialled(office.settings, directory, line)
        run, desk = rehearsed(
            office.settings, directory, sentence, at=moment, line=called, by=office.understanding()
        )
        return tuple(f"{one['post']}{one['name']} {one['number']}" for one in ladder_of(run, desk))

    return [Rings(sentence=one, before=rung(before, one), after=rung(after, one)) for one in said]


def _answer(request: Request, text: str, part: str, **told: Any) -> Response:
    if not request.headers.get("hx-request"):
        return _page(request, text, **told)
    given: dict[str, Any] = {"rings": None, "why_not": ""}
    if part == "_ladders_checked.html":
        given |= _checked(the_visitor(request), text)
    return page(request, part, **given | told)


def _page(request: Request, text: str | None, *, told: str = "", **more: Any) -> Response:
    """text: what was typed; None: what counts."""
    visitor = the_visitor(request)
    office = visitor.office
    force = edition_in_force(office.settings, office.engine, office.now())
    base, newest = force.edition.texts.escalation, force.newest[0] if force.newest else 0
    text = base if text is None else text
    file = office.settings.files.escalation
    given: dict[str, Any] = {
        "text": text,
        "edition": force.edition,
        "trouble": force.trouble,
        "on": newest,
        "changed": difference(base, text),
        "unpublished": not file.exists() or file.read_text(encoding="utf-8") != base,
        "lines": office.settings.lines,
        "asked": {"sentences": "", "at": asked_at(office.now()), "line": ""},
        "rings": None,
        "why_not": "",
        "told": told,
        "done": "",
        "reason": "",
        "longest": LONGEST,
        "may_edit": visitor.may(Action.PUBLISH_ROSTER),
    }
    return page(
        request, "flow_ladders.html", status=409 if told else 200, **given | _checked(visitor, text) | more
    )

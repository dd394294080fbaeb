"""工单: the board of cases, and a page of each."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from cases.case import CaseState
from cases.offered import RECORDS, Step
from cases.reply import LONGEST_RESULT, Disposition
from cases.roles import Action
from cases.triage import Way
from cases.warning import COLOURS, Light
from routing.calendar import LOCAL
from zhitong.case_text import RECORDING, RECORDING_STATE, TASK
from zhitong.console.fields import Fields
from zhitong.console.room import Room, one_of, page, the_visitor
from zhitong.console.rooms.case_files import add_files
from zhitong.console.rooms.case_steps import DONE, add_steps
from zhitong.console.taxonomy_now import taxonomy_now
from zhitong.console.words import without_commands
from zhitong.errors import Refused
from zhitong.usecases.called_back import OUTCOMES as CALLED
from zhitong.usecases.called_back import SATISFIED
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.case_page import CasePage, case_page
from zhitong.usecases.confirm_case import OUTCOMES as CONFIRMED
from zhitong.usecases.edit_case import SECRECIES, TYPES, URGENCIES
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.moving import LONGEST_REASON
from zhitong.usecases.open_recording import is_played
from zhitong.usecases.recheck_by_person import OUTCOMES as RECHECKED
from zhitong.usecases.search_cases import MOST, search, show_board
from zhitong.usecases.tell import tell_answer, tell_mentions


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What was typed into the form of a step that was refused: it is shown once more."""

    step: str = ""
    fields: Fields = field(default_factory=Fields)

    def __call__(self, step: str, name: str) -> str:
        """What was typed there; empty in every other form."""
        return self.fields(name) if step == self.step else ""

    def chosen(self, step: str, name: str) -> list[str]:
        """All that was chosen there."""
        return self.fields.many(name) if step == self.step else []


class Colour(StrEnum):
    """A colour of the board, as it is chosen."""

    RED = "红"
    ORANGE = "橙"
    YELLOW = "黄"
    GREEN = "绿"

    def shows(self, light: Light) -> bool:
        """Whether a case with this light has the colour."""
        return COLOURS.get(self, "") == light.colour


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the search form holds."""

    q: str = ""
    state: str = ""
    unit: str = ""
    official: str = ""
    urgency: str = ""

    def address(self, before: str) -> str:
        """Of the older cases that are wanted."""
        return f"/cases/search?{urlencode(asdict(self) | {'before': before})}"


_EACH, _EACH_OF_A_COLOUR = 20, 100
"""Cards of a column of the board; so many are looked through for those of one colour."""

_ALIKE = 30
"""So many of the likest cases are shown; a surge makes hundreds of one matter."""


def cases_room() -> Room:
    """Its pages."""
    room = Room(path="/cases", name="工单", right=Action.SEE)

    @room.get("")
    def board(request: Request, unit: str = "", colour: str = "", done: str = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        wanted = one_of("颜色", colour, Colour)
        each = _EACH if wanted is None else _EACH_OF_A_COLOUR
        columns = show_board(office.engine, by=visitor.actor, now=now, unit=unit, each=each)
        cards = [case for column in columns for case in column.cases]
        sights = case_colours(office.engine, office.rules(), cards, now=now)
        return page(
            request,
            "cases.html",
            columns=[
                (column, [case for case in column.cases if wanted is None or wanted.shows(sights[case.number].light)])
                for column in columns
            ],
            sights=sights,
            most=MOST,
            each=each,
            colour=wanted,
            colours=list(Colour),
            wanted=Wanted(unit=unit),
            done=DONE.get(done, ""),
            **_lists(request),
        )

    @room.get("/search")
    def searched(
        request: Request,
        q: str = "",
        state: str = "",
        unit: str = "",
        official: str = "",
        urgency: str = "",
        before: str = "",
    ) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        if urgency and urgency not in URGENCIES:
            raise Refused(f"紧急程度：“{urgency[:20]}”不行；请用 {'、'.join(URGENCIES)}")
        found = search(
            office.engine,
            by=visitor.actor,
            now=now,
            text=q,
            state=one_of("状态", state, CaseState),
            unit=unit,
            official=official,
            urgency=URGENCIES.get(urgency, ""),
            before=before,
            area_code=office.settings.hotline.area_code,
        )
        wanted = Wanted(q=q, state=state, unit=unit, official=official, urgency=urgency)
        sights = case_colours(office.engine, office.rules(), found.cases, now=now)
        lists = _lists(request)
        return page(request, "case_search.html", found=found, sights=sights, wanted=wanted, begun=before, **lists)

    @room.get("/{number}")
    def one(request: Request, number: str, done: str = "") -> Response:
        return _shown(request, _found(request, number), done=DONE.get(done, ""))

    @room.post("/{number}/reveal", Action.HEAR)
    async def reveal(request: Request, number: str) -> Response:
        """With whole numbers, once: looked at again it is masked again."""
        fields = Fields(form=await request.form())

        def look() -> Response:
            return _shown(request, _found(request, number, why=fields("why")), revealed=True)

        answer: Response = await request.app.state.threads.run(look)
        return answer

    @room.get("/{number}/alike", Action.MERGE)
    def alike(request: Request, number: str) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        towns = taxonomy_now(office.settings).towns
        found = propose_merges(office.engine, office.rules(), number=number, by=visitor.actor, now=now, towns=towns)
        return page(request, "case_alike.html", number=number, found=found[:_ALIKE], more=len(found) - _ALIKE)

    add_steps(room, _again)
    add_files(room)
    return room


def _lists(request: Request) -> dict[str, Any]:
    units = [unit.name for unit in the_visitor(request).office.directory().units]
    return {"states": list(CaseState), "units": units, "urgencies": list(URGENCIES)}


def _again(request: Request, number: str, told: str, step: str, fields: Fields) -> Response:
    typed = Typed(step=step, fields=fields)
    return _shown(request, _found(request, number), told=without_commands(told), typed=typed, status=409)


def _found(request: Request, number: str, *, why: str | None = None) -> CasePage:
    visitor = the_visitor(request)
    office = visitor.office
    now, unmasked = office.now(), why is not None
    return case_page(
        office.engine, office.rules(), number=number, by=visitor.actor, now=now, unmasked=unmasked, why=why or ""
    )


def _shown(
    request: Request,
    found: CasePage,
    *,
    done: str = "",
    told: str = "",
    typed: Typed | None = None,
    revealed: bool = False,
    status: int = 200,
) -> Response:
    visitor = the_visitor(request)
    office, case = visitor.office, found.view.case
    sight = case_colours(office.engine, office.rules(), [case], now=office.now())[case.number]
    return page(
        request,
        "case.html",
        status=status,
        shown=found,
        view=found.view,
        case=case,
        sight=sight,
        can=frozenset(found.steps),
        group_steps=_GROUPS,
        groups={name: not steps.isdisjoint(found.steps) for name, steps in _GROUPS.items()},
        done=done,
        told=told,
        typed=typed or Typed(),
        revealed=revealed,
        may_reveal=visitor.may(Action.HEAR) and not revealed and "*" in case.caller + case.contact,
        mentions=tell_mentions(case.transcript, case.answered_at.astimezone(LOCAL).date()),
        **_CHOICES,
        **(_of_the_office(request) if found.steps else _NO_OFFICE),
    )


_GROUPS: Mapping[str, frozenset[Step]] = {
    "asking": frozenset(
        {Step.CALLED_BACK, Step.RECHECKED, Step.CONFIRMED, Step.NO_CONTACT, Step.REVIEW_NO_CONTACT},
    ),
    "time": frozenset({Step.EXTEND, Step.SUSPEND, Step.GRANT, Step.DENY, Step.RESUME}),
    "beside": frozenset({Step.TRIAGE, Step.EMERGENCY, Step.MERGE, Step.SPLIT, *RECORDS}),
    "register": frozenset({Step.EDIT, Step.TAG, Step.ACCUSE, Step.CLEAR}),
}
"""The steps beside the moves, by the heading under which they stand."""
_CHOICES: dict[str, Any] = {
    "Step": Step,
    "struck_off": CaseState.STRUCK_OFF,
    "dispositions": list(Disposition),
    "longest_result": LONGEST_RESULT,
    "longest_reason": LONGEST_REASON,
    "called": list(CALLED),
    "satisfied": list(SATISFIED),
    "confirmed": CONFIRMED,
    "rechecked": list(RECHECKED),
    "ways": list(Way),
    "types": TYPES,
    "urgencies": list(URGENCIES),
    "secrecies": SECRECIES[1:],
    "recording_names": RECORDING,
    "recording_states": RECORDING_STATE,
    "task_names": TASK,
    "answer": tell_answer,
    "is_played": is_played,
}
"""What the lists of the forms hold, and what things are called."""
_NO_OFFICE: dict[str, Any] = {"units": (), "officials": (), "matters": {}, "tags": {}}


def _of_the_office(request: Request) -> dict[str, Any]:
    office = the_visitor(request).office
    directory = office.directory()
    return {
        "units": [unit.name for unit in directory.units],
        "officials": directory.roster.officials,
        "matters": taxonomy_now(office.settings).names,
        "tags": office.rules().tags.of_cases,
    }

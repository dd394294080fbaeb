"""工单: the board of cases, and a page of each."""

from fastapi import Request
from starlette.responses import Response

from cases.case import CaseState
from cases.roles import Action
from zhitong.console.room import Room, one_of, page, the_visitor
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.show_case import show_case


def cases_room() -> Room:
    """Its pages."""
    room = Room(path="/cases", name="工单", right=Action.SEE)

    @room.get("")
    def board(request: Request, state: str = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        wanted = one_of("状态", state, CaseState)
        found = list_cases(office.engine, by=visitor.actor, now=now, state=wanted, limit=200)
        sights = case_colours(office.engine, office.rules(), found, now=now)
        return page(request, "cases.html", cases=found, sights=sights, states=list(CaseState), state=wanted)

    @room.get("/{number}")
    def one(request: Request, number: str) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        view = show_case(office.engine, number=number, by=visitor.actor, now=office.now())
        return page(request, "case.html", view=view, case=view.case)

    return room

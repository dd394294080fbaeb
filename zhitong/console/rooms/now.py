"""值班台: the calls that are up, who is on duty, what is due; a call is put through or ended from its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request
from jinja2 import Environment
from starlette.responses import Response

from cases.roles import Action
from routing.directory import Directory
from zhitong.console.feed import Feed, event
from zhitong.console.office import Office
from zhitong.console.room import Room, page, stream, the_visitor
from zhitong.console.visitor import Visitor, go
from zhitong.errors import CaseNotFound, Refused
from zhitong.live.calls import DUTY_ROOM, Calls, LiveCall
from zhitong.usecases.list_incidents import list_incidents, owned_as
from zhitong.usecases.live_calls import Callee, case_of_live, end_live, see_live, transfer_live
from zhitong.usecases.monitor_live import monitor_live, monitored_now, stop_monitoring
from zhitong.usecases.running_out import running_out

MOST_TASKS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitDuty:
    """Who is on duty in a unit: how they are called, whether they lead, and in whose place."""

    unit: str
    people: tuple[tuple[str, bool, str], ...]


def now_room() -> Room:
    """Its pages."""
    room = Room(path="/now", name="值班台", right=Action.LIVE)
    feeds: list[Feed] = []

    @room.get("")
    def now_page(request: Request) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        see_live(office.engine, by=visitor.actor, now=now)
        directory = office.directory()
        up, calls = office.live.state
        may = visitor.may
        owns = owned_as(visitor.actor, directory)
        tasks = list_incidents(office.engine, by=visitor.actor, now=now, limit=MOST_TASKS, owns=owns)
        return page(
            request,
            "now.html",
            up=up,
            calls=in_order(calls),
            duty=on_duty(directory, now) if may(Action.SEE_ROSTER) else None,
            room=directory.duty_room,
            tasks=tasks[:MOST_TASKS],
            clocks=running_out(office.engine, by=visitor.actor, now=now, limit=MOST_TASKS),
        )

    @room.stream("/live")
    async def live(request: Request) -> Response:
        if not feeds:
            feeds.append(Feed(CallRows(the_visitor(request).office, request.app.state.templates)))
        return stream(request, feeds[0], Action.LIVE)

    @room.get("/calls/{call}")
    def one(request: Request, call: str) -> Response:
        return call_page(request, call)

    @room.post("/calls/{call}/transfer", Action.TRANSFER_LIVE)
    def transfer(request: Request, call: str, to: Annotated[str, Form()] = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        whom = next((one for one in to_whom(office.directory(), now) if one.id == to), None)
        if whom is None:
            raise Refused("没有选转给谁，或者这个人现在不在班；请重新打开这一页再选。")
        by, order = visitor.actor, office.live.order
        transfer_live(office.engine, call_id=call, whom=whom, by=by, now=now, order=order)
        return go(request, f"/now/calls/{call}")

    @room.post("/calls/{call}/end", Action.END_LIVE)
    def end(request: Request, call: str, reason: Annotated[str, Form()] = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        by, order = visitor.actor, office.live.order
        end_live(office.engine, call_id=call, reason=reason, by=by, now=office.now(), order=order)
        return go(request, "/now")

    @room.post("/calls/{call}/monitor", Action.MONITOR)
    def monitor(request: Request, call: str, reason: Annotated[str, Form()] = "") -> Response:
        visitor = the_visitor(request)
        office, on = visitor.office, visitor.office.settings.console.monitoring
        by, order = visitor.actor, office.live.order
        monitor_live(office.engine, call_id=call, reason=reason, by=by, now=office.now(), order=order, on=on)
        return go(request, f"/now/calls/{call}")

    @room.post("/calls/{call}/monitor/stop", Action.MONITOR)
    def stop(request: Request, call: str) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        stop_monitoring(office.engine, call_id=call, by=visitor.actor, now=office.now(), order=office.live.order)
        return go(request, f"/now/calls/{call}")

    return room


def call_page(request: Request, call_id: str) -> Response:
    """A live call by itself, with what the viewer may do with it; its case, when it is over."""
    visitor: Visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    see_live(office.engine, by=visitor.actor, now=now)
    up, calls = office.live.state
    case, why_not = None, ""
    try:
        case = case_of_live(office.engine, call_id=call_id, by=visitor.actor, now=now)
    except CaseNotFound as error:
        why_not = str(error)
    live = calls.get(call_id)
    if live is None and case is None:
        raise CaseNotFound("没有这个来电，或者已经结束。")
    directory = office.directory()
    monitored = None
    if case is not None and live is not None and office.settings.console.monitoring and visitor.may(Action.MONITOR):
        monitored = monitored_now(office.engine, call_id=call_id, by=visitor.actor, now=now)
    return page(
        request,
        "now_call.html",
        monitored=monitored,
        up=up,
        call=live,
        call_id=call_id,
        case=case,
        why_not=why_not,
        room=directory.duty_room,
        people=to_whom(directory, now),
        may_transfer=visitor.may(Action.TRANSFER_LIVE),
        may_end=visitor.may(Action.END_LIVE),
    )


def in_order(calls: Calls) -> list[LiveCall]:
    """The newest first, as rows are added on top."""
    return sorted(calls.values(), key=lambda call: (call.opened_at, call.id), reverse=True)


def on_duty(directory: Directory, now: datetime) -> list[UnitDuty]:
    """Each unit that has somebody on duty, as the directory has them in order."""
    found = []
    for unit in directory.units:
        people = directory.roster.on_duty(now, unit.code)
        told = tuple(
            (one.official.called, one.role == "lead", f"{one.because}，代{one.instead}" if one.instead else "")
            for one in people
        )
        if told:
            found.append(UnitDuty(unit=unit.name, people=told))
    return found


def to_whom(directory: Directory, now: datetime) -> Sequence[Callee]:
    """All to whom a call may be put through now: the duty room first, then each official on duty once."""
    room = directory.duty_room
    people = {
        one.official.id: Callee(id=one.official.id, name=one.official.name, post=one.official.post, unit=unit.name)
        for unit in directory.units
        for one in directory.roster.on_duty(now, unit.code)
    }
    return [Callee(id=DUTY_ROOM, name=room.name, unit=directory.unit(room.unit).name), *people.values()]


class CallRows:
    """The rows of the board as events: all of them for who comes, then those that change."""

    def __init__(self, office: Office, templates: Environment) -> None:
        self._live, self._templates = office.live, templates
        self._up = False
        self._calls: Calls = {}
        self._first: bytes | None = None

    def first(self) -> bytes:
        """All rows."""
        if self._first is None:
            rows = [self._row(call) for call in in_order(self._calls)]
            self._first = event("calls", {"up": self._up, "all": True, "rows": rows})
        return self._first

    def next(self) -> bytes | None:
        """The rows that are new or have changed, and which have gone."""
        up, calls = self._live.state
        if up == self._up and calls is self._calls:
            return None
        changed = [call for id, call in calls.items() if self._calls.get(id) is not call]
        gone = [id for id in self._calls if id not in calls]
        was, self._up, self._calls, self._first = self._up, up, calls, None
        if not changed and not gone and was == up:
            return None
        rows = [self._row(call) for call in sorted(changed, key=lambda call: (call.opened_at, call.id))]
        return event("calls", {"up": up, "all": False, "rows": rows, "gone": gone})

    def _row(self, call: LiveCall) -> dict[str, str]:
        return {"id": call.id, "html": self._templates.get_template("_now_row.html").render(call=call)}

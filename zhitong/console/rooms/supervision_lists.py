"""督查 → 超期, 接听, 报表, each as of when it was counted: what is late, how officials answer, 日提醒 周对账 月考评;
监听: who listened to which call."""

from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from cases.figures import load_targets
from cases.roles import Action
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.supervision_frame import PATH, frame, unit_among, units_for
from zhitong.errors import Refused
from zhitong.usecases.answering import kept_answering
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.kept import Kept
from zhitong.usecases.monitor_live import LISTED, list_monitored
from zhitong.usecases.overdue_cases import overdue_cases
from zhitong.usecases.see_report import REPORTS, kept_report

_PER_PAGE = 50
_MOST_DAYS = 92


def add_lists(room: Room, kept: Kept) -> None:
    """Adds its pages."""

    @room.get("/overdue", Action.SEE)
    def overdue(request: Request, unit: str = "", start: Number = 0) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        units = units_for(visitor, Action.SEE)
        chosen, start = unit_among(unit, units), max(0, start)
        found = overdue_cases(office.engine, kept, by=visitor.actor, now=now, unit=chosen, start=start, limit=_PER_PAGE)
        listed = [case for _, case in found.cases] if found else []
        return page(
            request,
            "supervision_overdue.html",
            **frame(visitor, "/overdue"),
            found=found,
            sights=case_colours(office.engine, office.rules(), listed, now=now),
            units=units,
            unit=chosen,
            start=start,
            per_page=_PER_PAGE,
            address=f"{PATH}/overdue?{urlencode({'unit': chosen})}",
        )

    @room.get("/answering", Action.SEE_ROSTER)
    def answering(request: Request, days: Number = 7) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        if not 1 <= days <= _MOST_DAYS:
            raise Refused(f"几天：“{days}”不行；请写 1 到 {_MOST_DAYS}")
        short = office.settings.casework.short_talk_seconds
        held = kept_answering(
            office.engine, kept, office.directory(), by=visitor.actor, now=office.now(), days=days, short=short
        )
        return page(
            request, "supervision_answering.html", **frame(visitor, "/answering"), held=held, days=days, short=short
        )

    @room.get("/monitored", Action.MONITORED)
    def monitored(request: Request, before: Number = 0) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        found = list_monitored(office.engine, by=visitor.actor, now=office.now(), before=max(0, before))
        more = found[-1].id if len(found) == LISTED else 0
        on = office.settings.console.monitoring
        told = frame(visitor, "/monitored")
        return page(request, "supervision_monitored.html", **told, listed=found, more=more, on=on)

    @room.get("/reports", Action.REPORT)
    def reports(request: Request, report: str = "daily") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        targets = load_targets(office.settings.files.rules / "policies" / "figures.toml")
        held = kept_report(
            office.engine, kept, office.rules(), report, by=visitor.actor, now=office.now(), targets=targets
        )
        told = frame(visitor, "/reports")
        return page(request, "supervision_reports.html", **told, held=held, report=report, reports=REPORTS)

"""督查 → 共性问题: what came in many times, who sees to its cause, and what the measure has done (专项治理)."""

from datetime import datetime
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from routing.calendar import LOCAL
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.supervision_frame import PATH, frame
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.usecases.govern import add_case, appoint, conclude, list_clusters, show_cluster, take_out
from zhitong.usecases.same_person import whose

_PER_PAGE = 10
_LINE = Annotated[str, Form(max_length=200)]
_TEXT = Annotated[str, Form(max_length=4000)]


def add_clusters(room: Room) -> None:
    """Adds its pages."""

    @room.get("/clusters", Action.CLUSTERS)
    def clusters(request: Request, every: bool = False, start: Number = 0) -> Response:
        visitor = the_visitor(request)
        office, start = visitor.office, max(0, start)
        how = {"every": every, "start": start, "limit": _PER_PAGE + 1}
        found = list_clusters(office.engine, office.rules(), by=visitor.actor, now=office.now(), **how)  # type: ignore[arg-type]
        return page(
            request,
            "supervision_clusters.html",
            **frame(visitor, "/clusters"),
            found=found[:_PER_PAGE],
            more=len(found) > _PER_PAGE,
            every=every,
            start=start,
            per_page=_PER_PAGE,
        )

    @room.get("/clusters/{id}", Action.CLUSTERS)
    def cluster(request: Request, id: Number) -> Response:
        return _one(request, id)

    @room.post("/clusters/{id}/appoint", Action.GOVERN)
    def appointed(request: Request, id: Number, owner: _LINE = "", measure: _TEXT = "", until: _LINE = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            due = _moment("时限", until)
            how = {"owner": owner, "measure": measure, "until": due}
            appoint(office.engine, id, by=visitor.actor, now=office.now(), **how)  # type: ignore[arg-type]
        except Refused as error:
            return _one(request, id, fault=str(error), owner=owner, measure=measure, until=until)
        return go(request, f"{PATH}/clusters/{id}")

    @room.post("/clusters/{id}/conclude", Action.GOVERN)
    def concluded(request: Request, id: Number, outcome: _TEXT = "", lasting: _LINE = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            if lasting not in ("是", "否"):
                raise Refused("固化为制度：没有选；请选 是、否")
            told = {"outcome": outcome, "lasting": lasting == "是", "whose": whose(office.directory())}
            conclude(office.engine, id, by=visitor.actor, now=office.now(), **told)  # type: ignore[arg-type]
        except Refused as error:
            return _one(request, id, fault=str(error), outcome=outcome, lasting=lasting)
        return go(request, f"{PATH}/clusters/{id}")

    @room.post("/clusters/{id}/cases", Action.GOVERN)
    def changed(request: Request, id: Number, number: _LINE = "", reason: _TEXT = "", what: _LINE = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        change = add_case if what == "add" else take_out
        try:
            change(office.engine, id, number=number.strip(), reason=reason, by=visitor.actor, now=office.now())
        except Refused as error:
            return _one(request, id, fault=str(error), number=number, reason=reason)
        return go(request, f"{PATH}/clusters/{id}")


def _one(request: Request, id: Number, *, fault: str = "", **typed: str) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    view = show_cluster(office.engine, office.rules(), id, by=visitor.actor, now=office.now())
    return page(
        request,
        "supervision_cluster.html",
        status=409 if fault else 200,
        **frame(visitor, "/clusters"),
        view=view,
        record=view.cluster.record,
        governs=visitor.may(Action.GOVERN) and view.cluster.record.closed_at is None,
        fault=fault,
        typed=typed,
    )


def _moment(field: str, told: str) -> datetime:
    """As a browser sends it, in the county's time. Raises Refused."""
    try:
        return datetime.fromisoformat(told.strip()).replace(tzinfo=LOCAL)
    except ValueError:
        raise Refused(f"{field}：“{told[:40]}”不是时间；请写成 2026-12-05T18:00") from None

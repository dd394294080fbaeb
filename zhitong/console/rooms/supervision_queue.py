"""督查 → 疑似虚假办结: what waits to be looked into, and the verdict; beside it what citizens said (抽查)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.supervision_frame import PATH, frame
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.usecases.coached import coached_since
from zhitong.usecases.suspect_closing import VERDICTS, list_suspected, settle_suspected

_ASKED = timedelta(days=30)
"""So far back the answers of 抽查 are counted."""
_MOST = 200


def add_queue(room: Room) -> None:
    """Adds its pages."""

    @room.get("/suspected", Action.AUDIT)
    def suspected(request: Request) -> Response:
        return _queue(request)

    @room.post("/suspected/{id}", Action.VERDICT)
    def settle(
        request: Request,
        id: Number,
        verdict: Annotated[str, Form(max_length=20)] = "",
        reason: Annotated[str, Form(max_length=4000)] = "",
    ) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        told = {"id": id, "verdict": verdict, "reason": reason}
        try:
            settle_suspected(office.engine, by=visitor.actor, now=office.now(), **told)  # type: ignore[arg-type]
        except Refused as error:
            return _queue(request, typed=told, fault=str(error))
        return go(request, f"{PATH}/suspected?done={id}")


def _queue(request: Request, *, typed: Mapping[str, object] | None = None, fault: str = "") -> Response:
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    records = list_suspected(office.engine, by=visitor.actor, now=now, limit=_MOST)
    since = now - _ASKED
    may_know = visitor.may(Action.COACHED)
    return page(
        request,
        "supervision_queue.html",
        status=409 if fault else 200,
        **frame(visitor, "/suspected"),
        records=records,
        most=_MOST,
        settles=visitor.may(Action.VERDICT),
        verdicts=VERDICTS,
        typed=typed or {},
        fault=fault,
        done=request.query_params.get("done", "") if not fault else "",
        coached=coached_since(office.engine, by=visitor.actor, since=since, now=now) if may_know else None,
        asked_days=_ASKED.days,
    )

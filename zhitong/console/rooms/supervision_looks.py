"""督查 → 查阅记录: who looked at what, and when."""

from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from cases.roles import Action
from zhitong.console.room import Number, Room, one_of, page, the_visitor
from zhitong.console.rooms.supervision_frame import PATH, frame
from zhitong.errors import Refused
from zhitong.usecases.look_log import Kind, look_log


def add_looks(room: Room) -> None:
    """Adds its page."""

    @room.get("/looks", Action.LOOKS)
    def looks(
        request: Request, who: str = "", number: str = "", day: str = "", kind: str = "", before: Number = 0
    ) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        who, number = who.strip()[:100], number.strip()[:40]
        chosen = one_of("看什么", kind, Kind) or Kind.ALL
        found = look_log(
            office.engine,
            by=visitor.actor,
            now=office.now(),
            who=who,
            number=number,
            day=_day(day),
            kind=chosen,
            before=max(0, before),
        )
        asked = {"who": who, "number": number, "day": day, "kind": chosen.value}
        return page(
            request,
            "supervision_looks.html",
            **frame(visitor, "/looks"),
            asked=asked,
            found=found,
            kinds=list(Kind),
            begun=before > 0,
            older=f"{PATH}/looks?{urlencode(asked | {'before': found.before})}",
            newest=f"{PATH}/looks?{urlencode(asked)}",
        )


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise Refused(f"日期：“{told[:20]}”不是日期；请写成 2026-11-01") from None

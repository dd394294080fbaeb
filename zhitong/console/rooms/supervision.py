"""督查: figures with their formula and their cases, months beside each other; the room's other pages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from cases.figures import Figure, load_targets, shown
from cases.roles import Action
from routing.calendar import LOCAL
from zhitong.console.office import Office
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.supervision_clusters import add_clusters
from zhitong.console.rooms.supervision_frame import PATH, frame, unit_among, units_for
from zhitong.console.rooms.supervision_lists import add_lists
from zhitong.console.rooms.supervision_looks import add_looks
from zhitong.console.rooms.supervision_queue import add_queue
from zhitong.console.visitor import Visitor
from zhitong.errors import Refused
from zhitong.usecases.figure_cases import Side, figure_cases
from zhitong.usecases.figures import MOST_MONTHS, How, kept_figures
from zhitong.usecases.kept import Kept

PER_PAGE = 50
LONGEST = timedelta(days=366)
"""Of a span of days; longer ones are looked at month by month."""
GROUPS: Mapping[str, Sequence[str]] = {
    "接通": ("answered", "human", "within_15", "human_within_15", "wait_median", "wait_p90"),
    "受理和办结": (
        *("accepted", "closed", "handled", "in_time", "replied", "on_spot", "returned", "repeated"),
        *("cycle_mean", "cycle_median", "outcries"),
    ),
    "回访": ("called_back", "no_contact", "solved", "once"),
    "满意": (),
}
"""Heading → its figures; what stands under none comes last."""
OPENS = {"satisfied_composite": "", "five_quick": "wait_median", "five_called_back": "called_back"} | dict.fromkeys(
    ("five_polite", "five_helping", "five_breaches"), ""
)
"""Figure → the one whose cases are its own, or none; one that is not here opens its own."""
SIDES: Mapping[Side, str] = {"numerator": "分子", "n": "分母", "rest": "分母里别的"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was chosen: days from since up to until, of one unit or all. query: the same as it stands in addresses."""

    since: datetime
    until: datetime
    unit: str
    month: str
    first: str
    last: str

    @property
    def last_day(self) -> datetime:
        """The last one that counts."""
        return self.until - timedelta(days=1)

    @property
    def query(self) -> str:
        """For links that keep what was chosen."""
        told = {"month": self.month, "first": self.first, "last": self.last, "unit": self.unit}
        return urlencode({name: value for name, value in told.items() if value})


def supervision_room() -> Room:
    """Its pages; they share what has been counted."""
    room = Room(path=PATH, name="督查", right=Action.FIGURES)
    kept = Kept()

    @room.get("")
    def board(
        request: Request, month: str = "", first: str = "", last: str = "", unit: str = "", offered: str = ""
    ) -> Response:
        return _board(request, kept, month, first, last, unit, offered=offered)

    @room.get("/five")
    def five(request: Request, month: str = "", first: str = "", last: str = "", unit: str = "") -> Response:
        return _board(request, kept, month, first, last, unit, five=True)

    @room.get("/figures/{code}")
    def behind(
        request: Request,
        code: str,
        side: Side = "n",
        month: str = "",
        first: str = "",
        last: str = "",
        unit: str = "",
        start: Number = 0,
    ) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        asked = _asked(visitor, month, first, last, unit)
        how, start = _how(office, asked.unit), max(0, start)
        span = (asked.since, asked.until)
        (held,) = kept_figures(office.engine, kept, by=visitor.actor, months=[span], now=now, **how)
        figure = next((one for one in held.value if one.code == code), None) if held else None
        found = figure_cases(
            office.engine,
            kept,
            by=visitor.actor,
            code=code,
            side=side,
            since=asked.since,
            until=asked.until,
            unit=asked.unit,
            now=now,
            start=start,
            limit=PER_PAGE,
            repeat_within=how["repeat_within"],
            settle_within=how["settle_within"],
            area_code=how["area_code"],
        )
        return page(
            request,
            "supervision_cases.html",
            **_frame(visitor, "", asked),
            figure=figure,
            code=code,
            side=side,
            sides=SIDES,
            found=found,
            held=found,
            start=start,
            per_page=PER_PAGE,
            shown=shown,
        )

    @room.get("/months")
    def months(request: Request, n: Number = 12, unit: str = "", code: str = "in_time") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        asked = _asked(visitor, "", "", "", unit)
        if not 1 <= n <= MOST_MONTHS:
            raise Refused(f"几个月：“{n}”不行；请写 1 到 {MOST_MONTHS}")
        spans = _months(now, n)
        how = _how(office, asked.unit)
        newest = list(reversed(spans))  # counted first
        found = kept_figures(office.engine, kept, by=visitor.actor, months=newest, now=now, **how)[::-1]
        columns = [{one.code: one for one in held.value} if held else {} for held in found]
        every = {code: one for column in columns for code, one in column.items()}
        names = [f"{since:%Y-%m}" for since, _ in spans]
        return page(
            request,
            "supervision_months.html",
            **_frame(visitor, "/months", asked),
            names=names,
            every=every,
            columns=columns,
            n=n,
            counting=sum(held is None for held in found),
            oldest=min((held.at for held in found if held), default=None),
            chart=_chart(names, columns, every),
            chosen=code if code in every else next(iter(every), ""),
            shown=_short,
        )

    add_queue(room)
    add_clusters(room)
    add_lists(room, kept)
    add_looks(room)
    return room


def _board(
    request: Request,
    kept: Kept,
    month: str,
    first: str,
    last: str,
    unit: str,
    *,
    offered: str = "",
    five: bool = False,
) -> Response:
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    asked = _asked(visitor, month, first, last, unit)
    told = [_whole("来电总数", offered)] if offered.strip() else []
    how, span = _how(office, asked.unit), (asked.since, asked.until)
    if five:
        how["five"] = True
    (held,) = kept_figures(office.engine, kept, by=visitor.actor, months=[span], now=now, offered=told, **how)
    found = held.value if held else ()
    return page(
        request,
        "supervision.html",
        **_frame(visitor, "/five" if five else "", asked),
        groups={"五要": found} if five else _grouped(found) if found else {},
        held=held,
        offered=offered.strip(),
        five=five,
        shown=_short,
        opens=OPENS,
    )


def _frame(visitor: Visitor, section: str, asked: Asked) -> dict[str, Any]:
    months = [
        (f"{one:%Y-%m}", f"{one.year} 年 {one.month} 月") for one, _ in reversed(_months(visitor.office.now(), 24))
    ]
    units = units_for(visitor, Action.FIGURES)
    return frame(visitor, section) | {"asked": asked, "units": units, "months": months}


def _asked(visitor: Visitor, month: str, first: str, last: str, unit: str) -> Asked:
    """Days, or a month, or this one. Raises Refused."""
    month, first, last = (one.strip() for one in (month, first, last))
    unit = unit_among(unit, units_for(visitor, Action.FIGURES))
    today = visitor.office.now().astimezone(LOCAL).date()
    if first or last:
        end = _day("到", last) if last else today
        begin = _day("从", first) if first else end.replace(day=1)
        if begin > end:
            raise Refused(f"从 {begin} 到 {end} 没有一天；请把开始写在结束前面")
        if end - begin >= LONGEST:
            raise Refused(f"从 {begin} 到 {end} 超过一年；请写一年以内，更长的看“各月”")
        since, until = (datetime.combine(day, time(), LOCAL) for day in (begin, end + timedelta(days=1)))
        return Asked(since=since, until=until, unit=unit, month="", first=f"{begin}", last=f"{end}")
    begin = _day("月份", f"{month}-01") if month else today.replace(day=1)
    since, until = (
        datetime.combine(day, time(), LOCAL) for day in (begin, (begin + timedelta(days=31)).replace(day=1))
    )
    return Asked(since=since, until=until, unit=unit, month=f"{begin:%Y-%m}", first="", last="")


def _day(field: str, told: str) -> date:
    try:
        found = date.fromisoformat(told)
    except ValueError:
        raise Refused(f"{field}：“{told[:20]}”不是日期；请写成 2026-11-01") from None
    if not 2000 <= found.year <= 2100:
        raise Refused(f"{field}：“{told}”不对；请写 2000 到 2100 年")
    return found


def _whole(field: str, told: str) -> int:
    if not told.strip().isdecimal() or len(told) > 12:
        raise Refused(f"{field}：“{told[:20]}”不是个数；请写运营商话单上的来电总数，或者空着")
    return int(told)


def _how(office: Office, unit: str) -> How:
    rules = office.rules()
    return {
        "repeat_within": rules.repeat_within,
        "settle_within": rules.settle_within,
        "targets": load_targets(office.settings.files.rules / "policies" / "figures.toml"),
        "unit": unit,
        "area_code": rules.area_code,
    }


def _months(now: datetime, n: Number) -> list[tuple[datetime, datetime]]:
    """This month and the n - 1 before it, the oldest first: from the first moment of each to that of the next."""
    local = now.astimezone(LOCAL)
    last = local.year * 12 + local.month - 1
    starts = [datetime(one // 12, one % 12 + 1, 1, tzinfo=LOCAL) for one in range(last - n + 1, last + 2)]
    return list(pairwise(starts))


def _grouped(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    by_code = {one.code: one for one in figures}
    found = {name: [by_code.pop(code) for code in codes if code in by_code] for name, codes in GROUPS.items()}
    found["满意"] += by_code.values()
    return found


def _short(figure: Figure | None) -> str:
    """The value alone: both its numbers stand beside it."""
    if figure is None or figure.value is None:
        return "没有"
    return shown(figure).partition("（")[0]


def _chart(names: Sequence[str], columns: Sequence[Mapping[str, Figure]], every: Mapping[str, Figure]) -> str:
    """What the script draws, as JSON: a line for each figure."""
    lines = [
        {
            "code": one.code,
            "name": one.name,
            "unit": one.unit,
            "target": one.target,
            "values": [column[code].value if code in column else None for column in columns],
            "n": [column[code].n if code in column else None for column in columns],
        }
        for code, one in every.items()
    ]
    return json.dumps({"months": names, "lines": lines}, ensure_ascii=False)

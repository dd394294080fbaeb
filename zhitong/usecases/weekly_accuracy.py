"""每周准确率: of the calls whose cases people have decided about, how much of what the machine said stood."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.correction import Told, town_in, weeks_until
from cases.roles import Action, Actor
from recognizer.judging import SURE, Share
from zhitong.errors import ReportRefused
from zhitong.store.corrections import decided
from zhitong.store.engine import reading, writing
from zhitong.usecases.call_record import told_by
from zhitong.usecases.figures import seen_units
from zhitong.usecases.looking import looked

MOST_WEEKS = 53
FORMULAS = {
    "事项": "机器说了事项的来电里，工单上现在还是这个事项的",
    "把握九成": f"机器说的把握有 {SURE:g} 以上的来电里，事项还是这个的",
    "类型": "机器说了事项的来电里，类型还是这个的",
    "紧急": "机器说了事项的来电里，紧急程度还是这个的；领导在通话中按键改的算改了",
    "地点": "机器说了事项、机器或者工单说得出镇乡的来电里，镇乡一样的",
    "单位": "机器说了事项、找过单位的来电里，工单还归这个单位的；对口不对口，不全看机器听得对不对",
}
"""Name of a share → what is counted of what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the machine said of a call, and what stands on its case now."""

    told: Told
    matter: str
    type: str
    urgency: str
    place: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """The calls of a week of which people have decided. shares: by the names of FORMULAS; unheard: how many calls more
    in which the machine named no matter. classifiers: the versions that decided, as far as facts tell."""

    since: datetime
    until: datetime
    shares: tuple[Share, ...]
    unheard: int
    classifiers: tuple[str, ...]

    @property
    def name(self) -> str:
        """As ISO 8601 names it: 2026-W47."""
        year, week, _ = self.since.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def judged(self) -> int:
        """The calls in which the machine named a matter."""
        return self.shares[0].of


def weekly_accuracy(
    engine: Engine, *, by: Actor, weeks: int, now: datetime, towns: frozenset[str], unit: str = ""
) -> list[Week]:
    """The last weeks, that of `now` with them, each read by itself; of the units that he may see, or of one.

    That he looked is recorded. Raises NotPermitted, ReportRefused, DatabaseGone.
    """
    units = seen_units(by, Action.FIGURES, unit)
    if not 1 <= weeks <= MOST_WEEKS:
        raise ReportRefused(f"--weeks 是 {weeks}；请写 1 到 {MOST_WEEKS}")
    with writing(engine) as connection:
        looked(connection, by, None, what="每周准确率", now=now)
    return [_week(engine, since, until, units, towns) for since, until in weeks_until(now, weeks)]


def _week(
    engine: Engine, since: datetime, until: datetime, units: frozenset[str] | None, towns: frozenset[str]
) -> Week:
    judged = list[Judged]()
    with reading(engine) as connection:
        for row, details in decided(connection, since=since, until=until, units=units):
            if told := told_by(details):
                now = {name: getattr(row, name) for name in ("matter", "type", "urgency", "place", "unit")}
                judged.append(Judged(told=told, **now))
    return Week(
        since=since,
        until=until,
        shares=shares([one for one in judged if one.told.matter], towns),
        unheard=sum(not one.told.matter for one in judged),
        classifiers=tuple(sorted({one.told.classifier for one in judged if one.told.classifier})),
    )


def shares(named: Iterable[Judged], towns: frozenset[str]) -> tuple[Share, ...]:
    """The shares of FORMULAS over calls in which a matter was named."""
    calls = list(named)
    right = [one.told.matter == one.matter for one in calls]
    sure = [ok for ok, one in zip(right, calls, strict=True) if one.told.confidence >= SURE]
    places = [(town_in(one.told.place, towns), town_in(one.place, towns)) for one in calls]
    every = {
        "事项": right,
        "把握九成": sure,
        "类型": [one.told.type == one.type for one in calls],
        "紧急": [one.told.urgency == one.urgency for one in calls],
        "地点": [said == is_now for said, is_now in places if said or is_now],
        "单位": [one.told.unit == one.unit for one in calls if one.told.unit],
    }
    return tuple(Share(name=name, right=sum(ok), of=len(ok)) for name, ok in every.items())

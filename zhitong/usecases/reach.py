"""干部手机24小时开机 (镇雄): how often each official was reached when a citizen's call rang him, day and night."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median
from typing import Literal

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from dialplans.names import LEG_AWAY, LEG_DEAD, LEG_DEPUTY, LEG_REFUSED
from ivr.facts import Fact
from routing.calendar import LOCAL
from routing.phone import mask
from zhitong.store.cases import calls_ended
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.usecases.looking import looked
from zhitong.usecases.reports import Table

NIGHT = (time(22), time(7))
FAIR_RING = 10.0
"""Seconds: who rang for less when somebody else took the call has missed nothing."""
_KINDS = ("planned", "rung", "leg", "screening", "accepted", "gone", "ended")
_PASSED = (LEG_REFUSED, LEG_DEPUTY, LEG_AWAY)
Came = Literal["talked", "passed", "missed", "dead", ""]
_BEST: Sequence[Came] = ("talked", "passed", "missed", "dead", "")
_AT_ONCE = 500
_HEADINGS = (
    *("谁", "叫到", "接谈", "转给别人、答应回电", "没接", "打不通"),
    *("接到的比例", "夜里叫到", "夜里接到", "接听（秒，中位）"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rang:
    """A call that rang an official, however often and on however many telephones. came: what of it was best; passed: he
    heard who calls and gave it on, or will call back. seconds: until he took it."""

    who: str
    at: datetime
    came: Came
    seconds: float | None = None

    @property
    def night(self) -> bool:
        """Whether it was at an hour at which one sleeps."""
        hour = self.at.astimezone(LOCAL).time()
        return hour >= NIGHT[0] or hour < NIGHT[1]


def rang_in(facts: Sequence[Fact]) -> list[Rang]:
    """Whom one call rang and what came of it; not those for whom it hardly rang before somebody else had it."""
    names = {
        str(rung["number"]): f"{rung.get('post') or ''}{rung.get('name') or ''}"
        for fact in facts
        if fact.kind == "planned"
        for rung in fact.detail["rungs"]
        if rung.get("number")
    }
    taken = next((fact for fact in facts if fact.kind == "accepted"), None)
    legs = dict[int, Fact]()
    found = dict[str, Rang]()
    for fact in facts:
        if fact.kind == "rung":
            if (before := legs.pop(fact.detail["i"], None)) is not None:
                _keep(found, _rang(before, None, taken, facts[-1].at, names))
            legs[fact.detail["i"]] = fact
        elif fact.kind in ("leg", "accepted") and (leg := legs.get(fact.detail["i"])):
            _keep(found, _rang(leg, fact, taken, fact.at, names))
            del legs[fact.detail["i"]]
    for leg in legs.values():
        _keep(found, _rang(leg, None, taken, taken.at if taken else facts[-1].at, names))
    return [one for one in found.values() if one.came]


def _rang(leg: Fact, end: Fact | None, taken: Fact | None, until: datetime, names: Mapping[str, str]) -> Rang:
    number, seconds = str(leg.detail["number"]), (until - leg.at).total_seconds()
    why = end.detail["why"] if end is not None and end.kind == "leg" else ""
    came: Came = "missed"
    if end is not None and end.kind == "accepted":
        came = "talked"
    elif why in _PASSED:
        came = "passed"
    elif why == LEG_DEAD:
        came = "dead"
    elif taken is not None and seconds < FAIR_RING:
        came = ""
    who = names.get(number) or mask(number)
    return Rang(who=who, at=leg.at, came=came, seconds=seconds if came == "talked" else None)


def _keep(found: dict[str, Rang], one: Rang) -> None:
    known = found.get(one.who)
    if known is None or _BEST.index(one.came) < _BEST.index(known.came):
        found[one.who] = one


def reach(engine: Engine, *, by: Actor, since: datetime, until: datetime, now: datetime) -> Table:
    """Of each official whom calls that ended in [since, until) rang, who was reached least first. Names officials, no
    citizen and no case. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.REPORT)
    with writing(engine) as connection:
        looked(connection, by, None, what="接听情况", now=now)
    found = dict[str, list[Rang]]()
    with reading(engine) as connection:
        ended = calls_ended(connection, since=since, until=until)
        for start in range(0, len(ended), _AT_ONCE):
            for facts in facts_of(connection, ended[start : start + _AT_ONCE], kinds=_KINDS).values():
                for one in rang_in(facts):
                    found.setdefault(one.who, []).append(one)
    rows = sorted(((_share(rang), -len(rang), who) for who, rang in found.items()), key=lambda row: row)
    return Table(headings=_HEADINGS, rows=tuple(_row(who, found[who]) for _, _, who in rows))


def _row(who: str, rang: Sequence[Rang]) -> tuple[str, ...]:
    counts = [sum(one.came == came for one in rang) for came in _BEST[:4]]
    nights = [one for one in rang if one.night]
    taken = [one.seconds for one in rang if one.seconds is not None]
    share = f"{100 * _share(rang):.0f} %（{_reached(rang)}/{len(rang)}）"
    quick = f"{median(taken):.0f}" if taken else ""
    return (who, str(len(rang)), *map(str, counts), share, str(len(nights)), str(_reached(nights)), quick)


def _share(rang: Sequence[Rang]) -> float:
    return _reached(rang) / len(rang)


def _reached(rang: Iterable[Rang]) -> int:
    return sum(one.came in ("talked", "passed") for one in rang)

"""改正: what the machine made of a call's words, and what people made of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from cases.case import Case, CaseState
from routing.calendar import LOCAL

VERSION = "classifier"
"""The detail of the fact `understood` that tells which classifier decided; there may be none."""

DECIDED = frozenset(CaseState) - {CaseState.ACCEPTED, CaseState.ASSIGNED, CaseState.SIGNED_FOR}
"""From 办理 on a case cannot be returned any more: whose it is, and so what it is about, people have settled."""

CHANGES = ("改工单", "交办", "退单", "移交", "标记")
"""What stands on a timeline where people make something else of a case than the machine did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What the machine said of a call, fields as of Request; `unit`: whose ladder it planned; matter: may be empty.

    text: what it decided from; empty once the words are gone. classifier: which version of it; empty: not told.
    """

    text: str
    matter: str
    type: str
    urgency: str
    place: str
    unit: str
    confidence: float
    classifier: str = ""


def changed(told: Told, case: Case) -> tuple[str, ...]:
    """The fields of the case that are not what the machine said: matter, type, urgency, place, unit.

    No correction is a place that is told more exactly, or for the first time, nor a unit before one has the case.
    """
    found = [name for name in ("matter", "type", "urgency") if getattr(told, name) != getattr(case, name)]
    if told.place not in case.place:
        found.append("place")
    if told.unit and case.first_unit and told.unit != case.unit:
        found.append("unit")
    return tuple(found)


def town_in(text: str, towns: Iterable[str]) -> str:
    """The town that is named with its whole name, the longest first; empty for none."""
    return next((town for town in sorted(towns, key=lambda one: (-len(one), one)) if town in text), "")


def weeks_until(now: datetime, n: int) -> list[tuple[datetime, datetime]]:
    """The last n weeks with the one of `now`: the first moment of each and of the next, Mondays in the county's time.

    As ISO 8601 counts weeks; the last may not be over yet.
    """
    today = now.astimezone(LOCAL).date()
    monday = today - timedelta(days=today.weekday())
    return list(pairwise(datetime.combine(monday + timedelta(weeks=w), time(), LOCAL) for w in range(1 - n, 2)))

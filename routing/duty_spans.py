"""When an official is on duty, as spans: for a calendar. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from routing.roster import Role, Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class DutySpan:
    """An official is on duty in a unit from `start` to before `end`; `instead` and `because` as in OnDuty."""

    unit: str
    role: Role
    start: datetime
    end: datetime
    instead: str = ""
    because: str = ""


def duty_spans(roster: Roster, official_id: str, start: datetime, end: datetime) -> tuple[DutySpan, ...]:
    """The spans of an official's duty in [start, end), in order; one that goes beyond is cut off there."""
    found: list[DutySpan] = []
    for unit in (code for code in roster.units if official_id in roster.may_serve(code)):
        edges = (start, *(edge for edge in roster.edges(start, end, unit) if edge > start), end)
        for at, until in pairwise(edges):
            duty = next((d for d in roster.on_duty(at, unit) if d.official.id == official_id), None)
            if duty is None:
                continue
            span = DutySpan(unit=unit, role=duty.role, start=at, end=until, instead=duty.instead, because=duty.because)
            if found and span == replace(found[-1], start=at, end=until) and found[-1].end == at:
                found[-1] = replace(span, start=found[-1].start)
            else:
                found.append(span)
    return tuple(sorted(found, key=lambda span: (span.start, span.unit)))

"""When an official, or who of a unit, is on duty, as spans: for a calendar. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.officials import Official
from routing.roster import Override, Role, Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class DutySpan:
    """An official is on duty in a unit from `start` to before `end`; `instead` and `because` as in OnDuty."""

    unit: str
    role: Role
    start: datetime
    end: datetime
    instead: str = ""
    because: str = ""


def units_served(roster: Roster) -> dict[str, tuple[str, ...]]:
    """By official: the units in which they may ever come to be on duty. To be kept by who asks for many officials."""
    found = defaultdict[str, list[str]](list)
    for unit in roster.units:
        for official_id in roster.may_serve(unit):
            found[official_id].append(unit)
    return {official_id: tuple(units) for official_id, units in found.items()}


def duty_spans(
    roster: Roster, official_id: str, start: datetime, end: datetime, units: Iterable[str] | None = None
) -> tuple[DutySpan, ...]:
    """The spans of an official's duty in [start, end), in order; one that goes beyond is cut off there.

    units: those of `units_served`, for who knows them.
    """
    found: list[DutySpan] = []
    for unit in units_served(roster).get(official_id, ()) if units is None else units:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSpan:
    """Somebody of a unit is on duty from `start` to before `end`; the other fields as in OnDuty."""

    official: Official
    role: Role
    start: datetime
    end: datetime
    planned: str
    instead: str = ""
    because: str = ""


def unit_spans(roster: Roster, unit: str, start: datetime, end: datetime) -> tuple[UnitSpan, ...]:
    """The spans of duty of everybody in a unit in [start, end), leaders first of those that begin together.

    One that goes beyond is cut off there.
    """
    found: list[UnitSpan] = []
    open_: dict[tuple[str, ...], UnitSpan] = {}
    edges = (start, *(edge for edge in roster.edges(start, end, unit) if edge > start), end)
    for at, until in pairwise(edges):
        there: dict[tuple[str, ...], UnitSpan] = {}
        for duty in roster.on_duty(at, unit):
            key = (duty.official.id, duty.role, duty.planned, duty.instead, duty.because)
            before = open_.get(key)
            there[key] = UnitSpan(
                official=duty.official,
                role=duty.role,
                start=before.start if before else at,
                end=until,
                planned=duty.planned,
                instead=duty.instead,
                because=duty.because,
            )
        found += [span for key, span in open_.items() if key not in there]
        open_ = there
    found += open_.values()
    return tuple(sorted(found, key=lambda span: (span.start, span.role != "lead")))


def without_effect(directory: Directory, overrides: Iterable[Override]) -> list[str]:
    """Of which it must be told that they change nothing now: whom they replace is not on duty then. They are meant for
    a sheet to come, or a mistake."""
    roster, told = replace(directory.roster, overrides=(), leaves=()), list[str]()
    for override in overrides:
        if not duty_spans(roster, override.off, override.start, override.end):
            off = roster.official(override.off)
            start, end = (f"{at.astimezone(LOCAL):%m-%d %H:%M}" for at in (override.start, override.end))
            told.append(f"{off.name if off else override.off} {start} 到 {end} 没有班，这次调班现在没有作用。")
    return told

"""What moves when a case is due, never since when: 延期, 挂起 and 并单. Pure.

A clock keeps when it was due first; all that a leader has granted since is reckoned from there, in the order in which
it was granted. So it does not matter when that is done, or how often.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cases.office import Office
from cases.record import PARTED, CaseRecord, RecordKind
from cases.sla import ClockRule, SlaClock, Unit, later
from routing.calendar import LOCAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """延期: due so much later, of clocks that the policy lets extend and that had not run out `at` that moment."""

    round: int
    at: datetime
    count: int
    unit: Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspension:
    """挂起 from `at` until `until`: clocks that may stop, and had not run out, stand still."""

    round: int
    at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """并单 from `at` on, with `into`: due when that one is, by the code of the clock, where neither had run out."""

    round: int
    at: datetime
    into: str
    dues: Mapping[str, datetime]


Shift = Extension | Suspension | Together
SHIFTS = frozenset({RecordKind.EXTENSION, RecordKind.SUSPENSION})


def shifted(clock: SlaClock, shifts: Iterable[Shift], *, rule: ClockRule, office: Office) -> SlaClock:
    """The clock with all that moves when it is due. One that had run out, or was met, is not brought back."""
    due = clock.set_due_at
    for shift in sorted(shifts, key=lambda one: one.at):
        over = due <= shift.at or (clock.met_at is not None and clock.met_at <= shift.at)
        if shift.round == clock.round and shift.at >= clock.started_at and not over:
            due = _moved(due, shift, rule, office)
    return replace(clock, due_at=due)


def granted(records: Iterable[CaseRecord]) -> tuple[Shift, ...]:
    """What the records of a case have granted."""
    found: list[Shift] = []
    for record in records:
        if record.kind is RecordKind.MERGE and "dues" in record.detail and not record.outcome.startswith(PARTED):
            found.append(_together(record))
            continue
        said = record.detail.get("granted_at")
        if not said or record.kind not in SHIFTS:
            continue
        at, round = datetime.fromisoformat(said), int(record.detail["round"])
        if record.kind is RecordKind.EXTENSION:
            found.append(Extension(round=round, at=at, count=record.detail["count"], unit=record.detail["unit"]))
        elif record.due_at is not None:
            until = min(record.due_at, record.closed_at or record.due_at)
            found.append(Suspension(round=round, at=at, until=until))
    return tuple(found)


def suspended_until(shifts: Iterable[Shift], now: datetime) -> datetime | None:
    """Until when the case is suspended now; None: it is not."""
    ends = [one.until for one in shifts if isinstance(one, Suspension) and one.at <= now < one.until]
    return max(ends, default=None)


def _together(record: CaseRecord) -> Together:
    dues = {code: datetime.fromisoformat(due) for code, due in record.detail["dues"].items()}
    return Together(round=int(record.detail["round"]), at=record.opened_at, into=record.detail["into"], dues=dues)


def _moved(due: datetime, shift: Shift, rule: ClockRule, office: Office) -> datetime:
    if isinstance(shift, Together):
        return shift.dues.get(rule.code, due)
    if isinstance(shift, Extension):
        return later(due, shift.count, shift.unit, office.calendar) if rule.extension else due
    if not rule.stops:
        return due
    if rule.unit == "workdays":
        return office.after(due, office.between(shift.at, shift.until))
    held = due + max(shift.until - shift.at, timedelta())
    local = held.astimezone(LOCAL)
    if rule.unit == "hours" or office.calendar.is_workday(local.date()):
        return held
    day = office.calendar.workday_on_or_after(local.date())
    return datetime.combine(day, office.closes, LOCAL)  # 民法典 第二百零三条

"""On the eve of a shift its official is asked to confirm it, by a call or a notice."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.roster import Roster
from zhitong.notices.notice import due_kind
from zhitong.store.due import put_due
from zhitong.store.engine import writing
from zhitong.usecases.staff_calls import NIGHT, REMIND

MOST = 500
"""Shifts of one day that are confirmed: a county has some dozens."""
LATEST = NIGHT[0]
"""Nobody is woken for tomorrow's shift, whatever kept the system from asking sooner."""
CALL_AFTER = timedelta(minutes=90)
"""Who was sent a notice is called so much later, unless he has confirmed."""
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)

_log = logging.getLogger(__name__)


Looked = tuple[date, Directory]
"""The evening, and the roster, for which all have been asked."""


def remind_shifts(
    engine: Engine, directory: Directory, *, at: str, by_message: bool, now: datetime, looked: Looked | None = None
) -> Looked | None:
    """From the clock `at` on, has those asked whose shifts begin tomorrow, once for each. Raises DatabaseGone.

    looked: what the last look returned; the same evening and roster are not gone through again. None once it is over.
    """
    local, begin = now.astimezone(LOCAL), time.fromisoformat(at)
    if not begin <= local.time() or (local.time() >= LATEST > begin):
        return None
    if looked == (local.date(), directory):
        return looked
    shifts = list(beginning(directory.roster, datetime.combine(local.date() + _DAY, time(), LOCAL)))
    if len(shifts) > MOST:
        _log.warning("%d shifts begin tomorrow; only %d are confirmed", len(shifts), MOST)
    rows = []
    for official, start in shifts[:MOST]:
        mark = f"{official}:{start.timestamp():.0f}"
        detail: dict[str, Any] = {"official": official, "start": start.isoformat()}
        if begin >= LATEST:
            detail["late"] = True  # a county that wants it so late is called so late
        row = {"case_number": None, "call_id": "", "detail": detail}
        due_at = min(now + CALL_AFTER, start) if by_message else now
        rows.append(row | {"kind": REMIND, "mark": f"remind:{mark}", "due_at": due_at})
        if by_message:
            rows.append(
                row | {"kind": due_kind("shift"), "mark": f"notice-shift:{mark}", "due_at": now, "promised_at": start}
            )
    if rows:
        with writing(engine) as connection:
            put_due(connection, rows)
    return local.date(), directory


def beginning(roster: Roster, day: datetime) -> Iterator[tuple[str, datetime]]:
    """(official, when) of the shifts that begin on the day, each official's first; day: its midnight. Pure.

    Who came on duty on the day before at the same clock does so every day, and needs no reminder.
    """
    found = dict[str, datetime]()
    for unit in roster.units:
        for edge in (day, *(e for e in roster.edges(day, day + _DAY, unit) if e > day)):
            for official in _come_on(roster, edge, unit):
                if official not in _come_on(roster, edge - _DAY, unit):
                    found[official] = min(edge, found.get(official, edge))
    yield from sorted(found.items(), key=lambda one: one[1])


def _come_on(roster: Roster, at: datetime, unit: str) -> set[str]:
    before = {duty.official.id for duty in roster.on_duty(at - _MOMENT, unit)}
    return {duty.official.id for duty in roster.on_duty(at, unit)} - before

"""How a case begins that no call brought: numbers, first clocks, first entry; alike for all the ways it comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.case import Case
from cases.number import case_number, first_free, spoken_candidates, spoken_elsewhere
from cases.sla import SlaClock
from recordings.recording import RecordingKind
from routing.calendar import LOCAL
from zhitong.store.cases import get_cases, insert_cases, put_clocks, spoken_numbers
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.habits import with_habits
from zhitong.usecases.rules import Rules

_A_FEW = 10
"""So many spoken numbers are asked for at once: a hundred cost a database as much as all else of a new case."""


def begin_cases(
    connection: Connection,
    rules: Rules,
    made: Sequence[Case],
    told: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    warn_from: datetime | None = None,
) -> None:
    """Writes new cases with their clocks, which run from `answered_at`, and what the timeline tells of them.

    warn_from: nobody is warned one by one of what was to be warned of before.
    """
    made = with_habits(connection, made, area_code=rules.area_code)
    made = [with_accused(rules, case) for case in made]  # from here on they see nothing of it
    expires = rules.retention.expires_at(RecordingKind.TRANSCRIPT, now.astimezone(LOCAL))
    insert_cases(connection, [(case, expires) for case in made])
    put_clocks(connection, [(case.number, clock) for case in made for clock in _clocks(rules, case, now, warn_from)])
    add_to_timeline(connection, [dict(entry) for entry in told])


def _clocks(rules: Rules, case: Case, now: datetime, warn_from: datetime | None) -> list[SlaClock]:
    found = rules.clocks(case, case.answered_at)
    if warn_from is not None:
        found = tuple(rules.warned(case, clock, after=warn_from) for clock in found)
    given = now if case.first_unit else None
    return [replace(clock, met_at=given if clock.code == "assign" else None) for clock in found]


def free_number(connection: Connection, at: datetime, call_id: str, used: Collection[str] = frozenset()) -> str:
    """As for a call: by the moment, and four digits of where it came from; a letter where two agree. used: by others
    that are not written yet."""
    wanted = case_number(at, call_id)
    lettered = [wanted, *(wanted + letter for letter in "bcdefghijklmnopqrstuvwxyz")]
    if wanted not in used and not get_cases(connection, [wanted]):
        return wanted
    there = get_cases(connection, lettered)
    return next(number for number in lettered if number not in there and number not in used)


def spoken_for(connection: Connection, numbers: Sequence[str]) -> dict[str, str]:
    """For each new case the number that is spoken, which no other has until that is struck off."""
    found: dict[str, str] = {}
    wanted = {number: spoken_candidates(number) for number in numbers}
    taken = spoken_numbers(connection, {one for several in wanted.values() for one in several}) if wanted else set()
    for number, several in wanted.items():
        short = first_free(several, taken)
        others = () if short else spoken_elsewhere(number)
        for start in range(0, len(others), _A_FEW):  # nearly always one of the first is free
            some = others[start : start + _A_FEW]
            if short := first_free(some, taken | spoken_numbers(connection, some)):
                break
        taken.add(short)
        found[number] = short
    return found

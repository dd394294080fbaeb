"""When a person wants to be called holds for their later cases, too: hours of every day, or 先约 (一人一档, 威信)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case
from cases.wish import APPOINTMENT, wish_of
from routing.phone import dialled_back
from zhitong.store.people import habits_of, put_habit


def keep_habit(connection: Connection, case: Case, *, area_code: str, by: str, now: datetime) -> bool:
    """Keeps what the case says for the caller's later ones; a time agreed on once is kept for none.

    Returns whether it holds from now on.
    """
    number = dialled_back(case.number_to_call, area_code)
    always = case.call_when == APPOINTMENT or wish_of(case.call_when, case.answered_at).hours is not None
    if not number or not (always or not case.call_when):
        return False
    put_habit(connection, number, case.call_when, by=by, at=now)
    return always


def with_habits(connection: Connection, new: Iterable[Case], *, area_code: str) -> list[Case]:
    """New cases, each with what its caller has said before about when to be called."""
    told = [(case, dialled_back(case.number_to_call, area_code)) for case in new]
    known = habits_of(connection, {number for _, number in told} - {""})
    return [
        replace(case, call_when=known[number]) if number in known and not case.call_when else case
        for case, number in told
    ]

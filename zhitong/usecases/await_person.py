"""A callback that only a person may, or can, make: it waits for one in `zhitong case todo`, and ends nothing."""

from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case
from cases.wish import APPOINTMENT
from ivr.script import is_secret
from zhitong.store.due import PERSON_CALLBACK, put_due, withdraw

KIND = PERSON_CALLBACK


def why_by_person(case: Case) -> str:
    """Why no machine may ring this citizen; empty where it may.

    举报, 保密 and 匿名: somebody else may pick up the telephone. 先约: a time is agreed on first.
    """
    if case.secrecy or is_secret(case.type, case.transcript):
        return "举报、保密、匿名的只由人回访"
    return "群众要先约时间" if case.call_when == APPOINTMENT else ""


def ask_person(connection: Connection, case: Case, *, at: datetime, why: str) -> None:
    """Leaves the callback of this round to a person. why: Chinese, without names, numbers or words of the citizen."""
    row = {"kind": KIND, "mark": _mark(case), "case_number": case.number, "call_id": "", "due_at": at}
    put_due(connection, [row | {"detail": {"why": why}}])


def person_not_needed(connection: Connection, case: Case, *, at: datetime, outcome: str) -> None:
    """The citizen has been asked meanwhile, by whom ever."""
    withdraw(connection, _mark(case), at=at, outcome=outcome)


def _mark(case: Case) -> str:
    return f"{KIND}:{case.number}:{case.rework}"

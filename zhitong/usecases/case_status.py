"""查办理情况: a citizen asks by the number of his case and its extraction code, and is told how it stands, no more."""

import hmac
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case, CaseState
from cases.extraction import IN_WORDS, WITHIN, WRONG, refused_until, told_result
from cases.roles import Action, permit
from routing.calendar import LOCAL
from zhitong.errors import StatusRefused, TooManyTries
from zhitong.store.case_records import merged_into
from zhitong.store.cases import case_spoken, clocks_of, get_case, get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import intake_of, put_wrong, wrong_at
from zhitong.usecases.staff_codes import installation_key
from zhitong.usecases.take_in import code_digest
from zhitong.usecases.tokens import Holder

WRONG_BY_TOKEN = 100
"""A channel asks for many citizens: so many wrong ones are put up with. The case itself still bears five."""
_NOBODYS = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseStatus:
    """How a case stands, for whoever has its code: nothing of who sent it and what it is about."""

    number: str
    short: str
    state: str
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    result: str


class StatusDesk:
    """Answers one asker after the other: guesses side by side are no more guesses than one by one."""

    def __init__(self, engine: Engine, data: Path) -> None:
        """data: where this installation's key lies."""
        self._engine, self._data, self._lock = engine, data, threading.Lock()

    def status(self, number: str, code: str, *, address: str, holder: Holder | None, now: datetime) -> CaseStatus:
        """How the case of this number, whole or as it is spoken, stands. holder: who asks with a token, if anybody.

        Raises StatusRefused, TooManyTries, NotPermitted, DatabaseGone.
        """
        if holder is not None:
            permit(holder.actor, Action.STATUS)
        key = installation_key(self._data)
        place = f"token:{holder.id}" if holder else f"address:{code_digest(key, address)}"
        most = {place: WRONG_BY_TOKEN if holder else WRONG}
        with self._lock:
            with reading(self._engine) as connection:
                case = _case(connection, number)
                intake = intake_of(connection, case.number) if case else None
                if case:
                    most[f"case:{case.number}"] = WRONG
                for where, count in most.items():
                    self._refuse(connection, where, count, now)
                told = hmac.compare_digest(intake.code_digest if intake else _NOBODYS, code_digest(key, code))
                if told and case is not None:
                    return _status(connection, case)
            with writing(self._engine) as connection:
                put_wrong(connection, most, at=now, forget=now - 3 * WITHIN)
        raise StatusRefused("编号或者提取码不对；请看来件时给的编号和 6 位提取码")

    def _refuse(self, connection: Connection, where: str, count: int, now: datetime) -> None:
        until = refused_until(wrong_at(connection, where, since=now - 2 * WITHIN), count)
        if until is not None and now < until:
            raise TooManyTries(f"错得太多，{until.astimezone(LOCAL):%H:%M} 以后再查；也可以打热线问")


def _case(connection: Connection, number: str) -> Case | None:
    number = number.strip()
    return get_cases(connection, [number]).get(number) or (case_spoken(connection, number) if number else None)


def _status(connection: Connection, case: Case) -> CaseStatus:
    into = merged_into(connection, case.number)  # how it stands, and until when, is told of the one it went into
    told = get_case(connection, into) if into else case
    clocks = [clock for clock in clocks_of(connection, told.number) if clock.round == told.rework]
    open_clocks = [clock.due_at for clock in clocks if clock.met_at is None] if told.state in OPEN else []
    return CaseStatus(
        number=case.number,
        short=case.short if case.state is not CaseState.STRUCK_OFF else "",
        state=IN_WORDS[told.state],
        received_at=case.answered_at,
        due_at=max(open_clocks, default=None),
        closed_at=case.closed_at if told_result(case) else None,
        result=told_result(case),
    )

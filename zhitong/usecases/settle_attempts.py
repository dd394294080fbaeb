"""Calls the system placed whose end nobody has written down: what is known of them, and when it is forgotten."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.attempt import Attempt, Fate
from zhitong.store.attempts import end_attempt, forget_attempts, open_attempts
from zhitong.store.cases import case_of_calls
from zhitong.store.engine import reading, writing

KEPT = timedelta(days=30)
"""So long it can be looked up how an attempt went."""


def left_open(engine: Engine) -> list[Attempt]:
    """The attempts whose end is not written down. Raises DatabaseGone."""
    with reading(engine) as connection:
        return open_attempts(connection)


def known_calls(engine: Engine, call_ids: Collection[str]) -> frozenset[str]:
    """Those of these channels that became a call of a case. Raises DatabaseGone."""
    with reading(engine) as connection:
        return frozenset(case_of_calls(connection, set(call_ids)))


def picked_up(engine: Engine, *, attempt: str, now: datetime) -> None:
    """It was answered; the call's own facts tell the rest. Raises DatabaseGone."""
    with writing(engine) as connection:
        end_attempt(connection, attempt, at=now, outcome=Fate.ANSWERED.value)


def forget_old(engine: Engine, *, now: datetime) -> None:
    """Attempts hold numbers, and nobody asks for old ones. Raises DatabaseGone."""
    with writing(engine) as connection:
        forget_attempts(connection, before=now - KEPT)

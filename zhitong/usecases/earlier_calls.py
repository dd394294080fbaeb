"""What is told of a caller's earlier calls: how many there were (“第三次打来”), and what is open of theirs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from zhitong.store.cases import calls_of_case, clocks_of, count_calls, last_open_case, last_open_short
from zhitong.store.engine import reading
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.rules import Rules


def earlier_calls(engine: Engine, rules: Rules, *, caller: str, call_id: str, now: datetime) -> int:
    """The calls of this number that became cases in the last `rules.repeat_within`, this one left out.

    Nobody is known by a hidden number, or by one that the system could not dial: 0. Raises DatabaseGone.
    """
    with reading(engine) as connection:
        known = numbers_of(caller, rules.area_code)
        return count_earlier(connection, rules, numbers=known, call_id=call_id, before=now)


def open_short(engine: Engine, rules: Rules, *, caller: str, but: str) -> str:
    """The number under which the newest case of this citizen is spoken of that somebody still works on; else empty.

    The citizen called from this number before, or gave it. but: a call that is left out. Raises DatabaseGone.
    """
    numbers = numbers_of(caller, rules.area_code)
    if not numbers:
        return ""
    with reading(engine) as connection:
        return last_open_short(connection, numbers, but=but)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCase:
    """A case that is worked on, of a citizen whom an official has talked with: when he called, and by when he is to
    know, None where that is past."""

    called_at: datetime
    due_at: datetime | None


def open_case(engine: Engine, rules: Rules, *, caller: str, but: str, now: datetime) -> OpenCase | None:
    """The newest case of this citizen that somebody still works on, if he has talked with anybody; nothing of a 举报 or
    what is secret.

    The citizen called from this number before, or gave it. but: a call that is left out. Raises DatabaseGone.
    """
    numbers = numbers_of(caller, rules.area_code)
    if not numbers:
        return None
    with reading(engine) as connection:
        case = last_open_case(connection, numbers, but=but)
        if case is None or not any(call.talked for call in calls_of_case(connection, case.number)):
            return None
        clocks = clocks_of(connection, case.number)
    running = (clock for clock in clocks if clock.code == "close" and clock.round == case.rework)
    due_at = next((clock.due_at for clock in running if clock.met_at is None and clock.due_at > now), None)
    return OpenCase(called_at=case.answered_at, due_at=due_at)


def count_earlier(
    connection: Connection, rules: Rules, *, numbers: Collection[str], call_id: str, before: datetime
) -> int:
    """The same inside a transaction, up to a moment; numbers: by which the citizen is known."""
    if not numbers:
        return 0
    return count_calls(connection, numbers, since=before - rules.repeat_within, before=before, but=call_id)

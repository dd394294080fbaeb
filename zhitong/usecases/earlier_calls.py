"""What the brief tells of a caller: how often they have called before (“第三次打来”), and what is open of theirs."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Engine

from zhitong.store.cases import count_calls, last_open_short
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


def count_earlier(
    connection: Connection, rules: Rules, *, numbers: Collection[str], call_id: str, before: datetime
) -> int:
    """The same inside a transaction, up to a moment; numbers: by which the citizen is known."""
    if not numbers:
        return 0
    return count_calls(connection, numbers, since=before - rules.repeat_within, before=before, but=call_id)

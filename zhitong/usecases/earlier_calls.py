"""How often a caller has called before, for the brief: “第三次打来”."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from routing.phone import dialled_back
from zhitong.store.cases import count_calls
from zhitong.store.engine import reading
from zhitong.usecases.rules import Rules


def earlier_calls(engine: Engine, rules: Rules, *, caller: str, call_id: str, now: datetime) -> int:
    """The calls of this number that became cases in the last `rules.repeat_within`, this one left out.

    Nobody is known by a hidden number, or by one that the system could not dial: 0. Raises DatabaseGone.
    """
    with reading(engine) as connection:
        return count_earlier(connection, rules, caller=caller, call_id=call_id, before=now)


def count_earlier(connection: Connection, rules: Rules, *, caller: str, call_id: str, before: datetime) -> int:
    """The same inside a transaction, up to a moment."""
    if not dialled_back(caller, rules.area_code):
        return 0
    return count_calls(connection, caller, since=before - rules.repeat_within, before=before, but=call_id)

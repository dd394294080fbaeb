"""大屏: how much there is today and this month, where and of what; counts of all, nobody's name, number or words."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.engine import reading, writing
from zhitong.store.screen import Counted, counted_since, matters_and_places_since
from zhitong.usecases.looking import looked

SHOWN = 8
"""Bars of each kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """Since midnight, and since the month's first, in local time; towns, matters: of the month, the most first."""

    today: Counted
    month: Counted
    towns: tuple[tuple[str, int], ...]
    matters: tuple[tuple[str, int], ...]


def see_screen(engine: Engine, *, by: Actor, now: datetime) -> None:
    """Before anybody is shown the counts. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SCREEN)
    with writing(engine) as connection:
        looked(connection, by, None, what="大屏", now=now)


def count_screen(engine: Engine, *, towns: Collection[str], now: datetime) -> Screen:
    """The counts as they are now; what is of no town that is known is in no bar. Raises DatabaseGone."""
    midnight = now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.replace(day=1)
    with reading(engine) as connection:
        matters, places = matters_and_places_since(connection, first)
        today, month = (counted_since(connection, since) for since in (midnight, first))
    longest_first = sorted(towns, key=lambda one: (-len(one), one))
    of_towns = Counter[str]()
    for place, n in places.items():
        of_towns[next((town for town in longest_first if place.startswith(town)), "")] += n
    return Screen(today=today, month=month, towns=_most(of_towns), matters=_most(matters))


def _most(found: Counter[str]) -> tuple[tuple[str, int], ...]:
    named = [(name, n) for name, n in found.items() if name]
    return tuple(sorted(named, key=lambda one: (-one[1], one[0]))[:SHOWN])

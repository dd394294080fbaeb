"""Numbers of the ladder at which no telephone rings, call after call: people must look at the roster, or the trunk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dialplans.names import LEG_DEAD
from ivr.facts import Fact
from routing.calendar import LOCAL
from routing.phone import mask
from zhitong.store.cases import latest_calls
from zhitong.store.facts import facts_of
from zhitong.store.records import has_incident, record_incident

LOOK_BACK = 100
"""Calls; a number that was not rung in so many is not known to be dead."""
_TELLING = ("leg", "screening", "accepted")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """A number at which no telephone rang in so many calls in a row, the first of them at `since`."""

    calls: int
    since: datetime


def dead_in(facts: Iterable[Fact]) -> Mapping[str, bool]:
    """The numbers rung in one call whose leg ended or was answered → whether no telephone rang, however often."""
    numbers: dict[int, str] = {}
    dead: dict[str, bool] = {}
    for fact in facts:
        if fact.kind == "rung":
            numbers[fact.detail["i"]] = fact.detail["number"]
        elif fact.kind in _TELLING and (number := numbers.get(fact.detail["i"])):
            dead[number] = dead.get(number, True) and fact.kind == "leg" and fact.detail["why"] == LEG_DEAD
    return dead


def dead_runs(calls: Iterable[Sequence[Fact]]) -> dict[str, Dead]:
    """The numbers that were dead whenever they were rung since a telephone last rang there. calls: newest first."""
    found, alive = dict[str, Dead](), set[str]()
    for facts in calls:
        for number, dead in dead_in(facts).items():
            if not dead:
                alive.add(number)
            elif number not in alive:
                count = found[number].calls if number in found else 0
                found[number] = Dead(calls=count + 1, since=facts[0].at)
    return found


def dead_numbers(connection: Connection, *, calls: int) -> dict[str, datetime]:
    """The numbers that were dead in so many of the latest calls in a row or more → since when."""
    runs = dead_runs(_latest(connection))
    return {number: dead.since for number, dead in runs.items() if dead.calls >= calls}


def _latest(connection: Connection) -> list[list[Fact]]:
    """What the calls that ended last tell of numbers, newest first."""
    latest = latest_calls(connection, LOOK_BACK)
    traces = facts_of(connection, latest, kinds=("rung", *_TELLING))
    return [traces[call_id] for call_id in latest if call_id in traces]


def notice_dead_numbers(connection: Connection, facts: Sequence[Fact], *, calls: int) -> None:
    """Look at a call that has ended: an incident, once a number and day, for what was dead in so many calls in a row.

    facts: of that call, which is stored already.
    """
    now = facts[-1].at.astimezone(LOCAL)
    suspects = {number: f"dead:{number}:{now:%Y%m%d}" for number, dead in dead_in(facts).items() if dead}
    suspects = {number: mark for number, mark in suspects.items() if not has_incident(connection, mark)}
    if not suspects:
        return
    runs = dead_runs(_latest(connection))
    for number, mark in suspects.items():
        if number in runs and runs[number].calls >= calls:
            text = f"{_whose(facts, number)}{mask(number)} 连着 {calls} 个来电都打不通，请核对号码，或问运营商"
            record_incident(connection, at=now, kind="number", mark=mark, text=text)


def _whose(facts: Iterable[Fact], number: str) -> str:
    rungs = [rung for fact in facts if fact.kind == "planned" for rung in fact.detail["rungs"]]
    found: Mapping[str, str] = next((rung for rung in rungs if rung.get("number") == number), {})
    return f"{found.get('post') or ''}{found.get('name') or ''} "

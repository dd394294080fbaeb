"""The surge (集中来电): several callers from one town about one matter within the hour. Pure.

The call that makes the number full opens it. From then on a caller may be spared the ladder: told that the matter is
known and being dealt with. Only while a person does know, and the calls keep coming; else every call rings as ever.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Step = Literal["counted", "opened", "joined", "spared"]
"""counted: too few so far; opened: with this call they are enough; joined: one more, which rings; spared: one more,
which is told the notice instead."""

MOST_CALLS = 512
"""Calls of one place and matter that are remembered; the oldest are forgotten first, but never in their cases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeRules:
    """So many callers `within` open a surge; one that nobody has ended by `end_after` spares nobody any more."""

    calls: int = 3
    within: timedelta = timedelta(minutes=60)
    end_after: timedelta = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A call that counts. caller: the number in its one form; empty when withheld: such calls count each."""

    call_id: str
    caller: str
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"call {self.call_id}: at is {self.at.isoformat()} without a time zone")


@dataclass(frozen=True, kw_only=True, slots=True)
class Surge:
    """An open surge. id: the call that opened it. last_at: its latest call."""

    id: str
    opened_at: datetime
    last_at: datetime
    acknowledged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What is remembered of one town and matter: its latest calls, those of them in which a person talked, the surge.

    While no surge is open the calls are those of the last `within`, afterwards the surge's own.
    """

    calls: tuple[Counted, ...] = ()
    talked: frozenset[str] = frozenset()
    surge: Surge | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a call's place and matter came to. calls: with `opened`, the earlier calls that belong to it.

    announcement: what an official has recorded for its callers, as sound; empty: the general sentence is said.
    """

    step: Step
    town: str
    surge: str = ""
    opened_at: datetime | None = None
    calls: tuple[str, ...] = ()
    announcement: bytes = b""


def count(tally: Tally, call: Counted, rules: SurgeRules) -> tuple[Tally, Step]:
    """One more call; the time is the call's. A call that was counted before is not counted again."""
    tally = _current(tally, call.at, rules)
    known = any(one.call_id == call.call_id for one in tally.calls)
    if tally.surge is not None:
        step: Step = "spared" if spares(tally, call.at, rules) else "joined"
        surge = replace(tally.surge, last_at=max(tally.surge.last_at, call.at))
        return (tally if known else replace(_with(tally, call), surge=surge)), step
    if known:
        return tally, "counted"
    tally = _with(tally, call)
    if _callers(tally) < rules.calls:
        return tally, "counted"
    newest = max(one.at for one in tally.calls)
    return replace(tally, surge=Surge(id=call.call_id, opened_at=call.at, last_at=newest)), "opened"


def spares(tally: Tally, now: datetime, rules: SurgeRules) -> bool:
    """Whether a caller of now is told the notice: the surge is open, somebody knows, and it has not gone quiet.

    After `within` without a call the next one rings again: that may be something new.
    """
    surge = tally.surge
    if surge is None or has_lapsed(surge.opened_at, now, rules):
        return False
    return (surge.acknowledged or bool(tally.talked)) and now - surge.last_at <= rules.within


def has_lapsed(opened_at: datetime, now: datetime, rules: SurgeRules) -> bool:
    """Whether a surge is over by its age, ended by somebody or not: it spares nobody, and the next may open."""
    return now >= opened_at + rules.end_after


def talked(tally: Tally, call_id: str) -> Tally:
    """A person talks in this call, if it is one of these: now somebody knows."""
    mine = any(one.call_id == call_id for one in tally.calls)
    return replace(tally, talked=tally.talked | {call_id}) if mine else tally


def broke_off(tally: Tally, call_id: str) -> Tally:
    """The talk was too short to be one."""
    return replace(tally, talked=tally.talked - {call_id}) if call_id in tally.talked else tally


def _current(tally: Tally, now: datetime, rules: SurgeRules) -> Tally:
    """Without what is over: a surge at its end, calls too long ago to count."""
    if tally.surge is not None:
        return Tally() if has_lapsed(tally.surge.opened_at, now, rules) else tally
    newest = max((now, *(one.at for one in tally.calls)))
    return _keeping(tally, tuple(one for one in tally.calls if newest - one.at <= rules.within))


def _with(tally: Tally, call: Counted) -> Tally:
    return _keeping(tally, (*tally.calls, call)[-MOST_CALLS:])


def _keeping(tally: Tally, calls: tuple[Counted, ...]) -> Tally:
    # A talk outlives its call in an open surge: what somebody knows is known, however many call after that.
    kept = tally.talked if tally.surge else tally.talked & {one.call_id for one in calls}
    return replace(tally, calls=calls, talked=kept)


def _callers(tally: Tally) -> int:
    """How many different people called, as far as that can be known."""
    return len({one.caller or f"?{one.call_id}" for one in tally.calls})

"""What became of a call the system placed, told by the mark that its leg left in Asterisk. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cases.tries import Outcome

BUSY = 17
NO_LINE = frozenset({3, 18, 27, 34, 38, 41, 42, 44, 47, 58, 63, 66, 79, 88, 102, 111, 127})
"""Q.850: no route, no circuit, congestion, a carrier that says nothing: the number itself was never reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A call written down before it is dialled, and not known to be over. number: canonical digits.

    switch: which run of which Asterisk it was given to; another one after every restart.
    """

    id: str
    task_id: int
    kind: str
    number: str
    switch: str
    placed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How the channel of a call that was not answered ended: its state (Ringing, Down …) and Q.850 cause."""

    state: str
    cause: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """AstDB's attempt/<id>: its leg came up to the moment of ringing. ended: None as long as that is not known.

    began: seconds since 1970 by Asterisk's clock.
    """

    channel: str
    began: float
    ended: Ended | None = None


class Fate(StrEnum):
    """What is known of an attempt beside an Outcome."""

    UNDER_WAY = "under way"
    LOST = "lost"
    """Its channel is gone and its end is not told, or not yet."""
    ANSWERED = "接通"


_VOID, _UP = "void", "Up"  # the dialplan's words


def read_mark(value: str) -> Mark:
    """Reads epoch|channel id[|epoch of the end|state|cause]; what cannot be read is of a leg with an unknown end."""
    began, _, rest = value.partition("|")
    channel, *end = rest.split("|")
    try:
        if len(end) < 3:
            return Mark(channel=channel, began=float(began))
        cause = int(end[2]) if end[2].isdigit() else 0
        return Mark(channel=channel, began=float(began), ended=Ended(state=end[1], cause=cause))
    except ValueError:
        return Mark(channel=channel, began=0.0)


def not_answered(ended: Ended | None) -> Outcome:
    """What became of a call that was not answered within its time. ended: None when no channel was ever made."""
    if ended is None:
        return Outcome.NO_LINE
    if ended.state == "Ringing":
        return Outcome.UNANSWERED  # it rang, and was declined or given up
    if ended.cause == BUSY:
        return Outcome.BUSY
    return Outcome.NO_LINE if ended.cause in NO_LINE else Outcome.NOT_REACHED


def fate_of(mark: Mark | None, *, lived: bool, up: bool, answered: bool) -> Outcome | Fate:
    """What became of an attempt that nobody follows any more.

    lived: Asterisk has been running since before the call was placed, so what it has no mark of has not rung. up: the
    leg's channel is up. answered: Asterisk or casework knows of a call on that channel.
    """
    if mark is None:
        return Outcome.NOT_DIALLED if lived else Outcome.UNSEEN
    if mark.ended is None:
        if answered:
            return Fate.ANSWERED
        if up:
            return Fate.UNDER_WAY
        return Fate.LOST if lived else Outcome.UNSEEN
    if mark.ended.state == _VOID:
        return Outcome.NOT_DIALLED
    if mark.ended.state == _UP:
        return Fate.ANSWERED
    return not_answered(mark.ended)

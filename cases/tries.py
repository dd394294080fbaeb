"""How often the system may ring a citizen by itself: a number that did not answer is not rung again that day. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.calendar import LOCAL


class Outcome(StrEnum):
    """What became of a call that was not picked up; the values are read by people."""

    UNKNOWN = ""
    """It is being placed, or nobody was there to see how it went: it may have rung."""
    UNANSWERED = "没人接"
    NOT_REACHED = "没接通"
    BUSY = "占线"
    NO_LINE = "线路不通"
    """Our own line refused it: the number was never tried."""
    NOT_DIALLED = "没有拨出"
    """We were interrupted before it was dialled: nothing rang."""
    UNSEEN = "响没响铃不明"
    """We and Asterisk were interrupted: it may have rung."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One call the system placed to a number. answered: picked up. outcome: an Outcome's value, if it was not."""

    at: datetime
    answered: bool
    outcome: str = Outcome.UNKNOWN

    @property
    def unanswered(self) -> bool:
        """Whether the telephone may have rung and nobody answered. Busy is no ringing, and no line is no call."""
        return not self.answered and self.outcome not in (Outcome.BUSY, Outcome.NO_LINE, Outcome.NOT_DIALLED)


def may_ring_today(tries: Iterable[Try], now: datetime) -> bool:
    """Whether a number may be rung now, of whatever case and kind the call is: not again on a day it did not answer.

    The day is the county's. tries: the calls placed to the number, at least those of today.
    """
    today = now.astimezone(LOCAL).date()
    return not any(one.unanswered and one.at.astimezone(LOCAL).date() == today for one in tries)

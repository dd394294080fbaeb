"""升级链: for each line profile the steps in which a ladder is rung, and when each of them applies.

A step names whom it rings by selectors:

    first, second                  those on duty in the unit of the line: the class to be rung first (领导带班 or
                                   值班人员, as the county has said), and the other one
    director, deputy, staff        those on duty in the unit of the line, of this rank
    unit.first … unit.staff        the same in the unit that answers for the matter
    up.first … up.staff            the same in the nearest unit above that one which has somebody
    post:督查股股长                 whoever has this post in the unit of the line, on duty or not, but not on leave
    official:zhang                 this official, on duty or not, but not on leave
    desk, service                  the desk in its hours; the service desk for the matter (供水抢修, 95598)

The duty room needs no step: it ends every ladder.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from routing.calendar import LOCAL, Calendar
from routing.hours import Hours
from routing.officials import RANKS

CLASSES = ("first", "second", *RANKS)
_PLAIN = ("desk", "service", *CLASSES, *(f"{where}.{whom}" for where in ("unit", "up") for whom in CLASSES))
_NAMED = re.compile(r"(?:post|official):\S.*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """When a step applies; what is empty (None) does not matter."""

    hours: tuple[Hours, ...] = ()
    urgency: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()
    secret: bool | None = None

    def holds(self, *, now: datetime, urgency: str, matter: str | None, secret: bool, calendar: Calendar) -> bool:
        """Whether the step applies to such a request at this moment (aware)."""
        local = now.astimezone(LOCAL)
        return (
            (not self.hours or any(h.covers(local, calendar) for h in self.hours))
            and (not self.urgency or urgency in self.urgency)
            and (not self.matters or matter in self.matters)
            and (self.secret is None or self.secret == secret)
        )


ALWAYS = Condition()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step. seconds: how long each of its mobiles rings; next: how long until the next number is rung too.

    None: as the setting. together: all its numbers ring at once. repeat: so often the step is rung before the next one.
    """

    ring: tuple[str, ...]
    seconds: float | None = None
    next: float | None = None
    together: bool = False
    repeat: int = 1
    when: Condition = ALWAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """The steps of a profile, in their order."""

    profile: str
    steps: tuple[Step, ...]


def is_selector(text: str) -> bool:
    """Whether a step may name this; whether anybody fits it is another question."""
    return text in _PLAIN or _NAMED.fullmatch(text) is not None


SELECTORS = "、".join((*_PLAIN, "post:职务", "official:编号"))

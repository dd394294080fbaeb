"""说完到定下来: how long after a caller's last sound it was decided what to do, and how often before the silence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor
from zhitong.store.engine import reading, writing
from zhitong.store.turns import last_turns
from zhitong.usecases.figures import seen_units
from zhitong.usecases.looking import looked


@dataclass(frozen=True, kw_only=True, slots=True)
class Turns:
    """Of so many calls: milliseconds from the last voice to the end of the turn, in rising order. moved: of how many
    calls with an early decision the case has gone to another unit since."""

    early: tuple[int, ...]
    waited: tuple[int, ...]
    moved: int

    @property
    def calls(self) -> int:
        """Those in which something was heard."""
        return len(self.early) + len(self.waited)


def turns(engine: Engine, *, by: Actor, since: datetime, until: datetime, now: datetime) -> Turns:
    """How turns ended in calls of [since, until), of all or of his units; that he looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    units = seen_units(by, Action.FIGURES)
    with writing(engine) as connection:
        looked(connection, by, None, what="说完到定下来", now=now)
    early, waited, moved = list[int](), list[int](), 0
    with reading(engine) as connection:
        for heard, other in last_turns(connection, since=since, until=until, units=units):
            if "quiet_ms" not in heard:
                continue  # of a time in which it was not noted
            (early if heard.get("early") else waited).append(int(heard["quiet_ms"]))
            moved += bool(heard.get("early")) and other
    return Turns(early=tuple(sorted(early)), waited=tuple(sorted(waited)), moved=moved)

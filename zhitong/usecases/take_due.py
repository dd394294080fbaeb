"""Takes what is due. A task is taken by one worker only; after a restart, what was missed is taken late, not lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from zhitong.store import due
from zhitong.store.due import DueTask
from zhitong.store.engine import reading, writing

# calls are placed for these; official_callback: somebody else calls; archive: files are brought into their final form.
CALLING = ("callback", "redial", "recheck", "confirm")
BEFORE_PLACING = timedelta(seconds=10)
"""The lease of a task for which a call is to be placed; that it is placed is written down, and keeps it for longer."""
KINDS = (*CALLING, "official_callback", "archive")


def take_due(
    engine: Engine,
    *,
    now: datetime,
    kinds: Sequence[str] = KINDS,
    limit: int = 10,
    lease: timedelta = timedelta(minutes=5),
) -> list[DueTask]:
    """Tasks that are due, oldest first; they are kept from others for the lease. Raises DatabaseGone.

    What comes of a task ends it or puts it off. If its taker dies, it can be taken again once the lease is over.
    """
    with reading(engine) as connection:
        at = due.next_due(connection, kinds)
    if at is None or at > now:
        return []  # most ticks: nothing is written
    with writing(engine) as connection:
        return due.claim(connection, now=now, until=now + lease, kinds=kinds, limit=limit)


def next_due_at(engine: Engine, kinds: Sequence[str] = KINDS) -> datetime | None:
    """When the next task falls due; None: nothing is to be done. Raises DatabaseGone."""
    with reading(engine) as connection:
        return due.next_due(connection, kinds)


def give_back(engine: Engine, task: DueTask) -> None:
    """A task that was taken and could not be begun is due as if it had not been taken. Raises DatabaseGone."""
    with writing(engine) as connection:
        due.put_off(connection, task.id, until=task.due_at, claimed=False)

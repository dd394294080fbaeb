"""Calls to citizens as lists: those that are still to be made, and those that were."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from zhitong.store.due import DueTask, get_task
from zhitong.store.tables import cases, due, tries


@dataclass(frozen=True, kw_only=True, slots=True)
class CitizenCall:
    """A call to a citizen that was made. solved, satisfied: as cases.callback.Reply; why: the citizen's own words."""

    id: int
    case_number: str
    kind: str
    dialled_at: datetime
    answered: bool
    solved: str
    satisfied: str
    why: str
    outcome: str


_CALL = tuple(tries.c[name] for name in CitizenCall.__dataclass_fields__)


def calls_to_make(
    connection: Connection,
    kinds: Collection[str],
    *,
    sight: ColumnElement[bool],
    after: int,
    limit: int,
) -> list[DueTask]:
    """Open tasks of these kinds, of cases that somebody may see, the next one first; after: the last one before.

    Raises TaskNotFound.
    """
    last = get_task(connection, after) if after else None
    found: list[DueTask] = []
    for kind in kinds:  # each in the order of its index
        query = select(due.c.id).join(cases, cases.c.number == due.c.case_number)
        query = query.where(due.c.done_at.is_(None), due.c.kind == kind, sight)
        if last is not None:
            later = or_(due.c.due_at > last.due_at, due.c.id > last.id)
            query = query.where(and_(due.c.due_at >= last.due_at, later))
        ids = connection.scalars(query.order_by(due.c.due_at, due.c.id).limit(limit))
        found += [get_task(connection, id) for id in ids]
    return sorted(found, key=lambda task: (task.due_at, task.id))[:limit]


def tried_before(connection: Connection, tasks: Sequence[DueTask]) -> dict[int, list[CitizenCall]]:
    """The calls of these tasks that were made, the oldest first."""
    found: dict[int, list[CitizenCall]] = {task.id: [] for task in tasks}
    query = select(tries.c.task_id, *_CALL).where(tries.c.task_id.in_(list(found))).order_by(tries.c.id)
    for row in connection.execute(query):
        values: dict[str, Any] = dict(row._mapping)
        found[values.pop("task_id")].append(CitizenCall(**values))
    return found


def calls_made(
    connection: Connection,
    kinds: Collection[str],
    *,
    outcomes: Collection[str],
    without: bool,
    unhappy: bool,
    sight: ColumnElement[bool],
    before: int,
    look: int,
    limit: int,
) -> tuple[list[CitizenCall], int]:
    """Calls of these kinds that ended so (without: otherwise), newest first, and before which one to go on; 0: there
    are no older ones. unhappy: only who says that it is not solved, or that he is not satisfied.

    At most `look` calls are looked at, found or not.
    """
    newest = before or (connection.scalar(select(tries.c.id).order_by(tries.c.id.desc()).limit(1)) or 0) + 1
    ended = tries.c.outcome.not_in(outcomes) if without else tries.c.outcome.in_(outcomes)
    query = select(*_CALL).join(cases, cases.c.number == tries.c.case_number)
    query = query.where(tries.c.id < newest, tries.c.id >= newest - look, tries.c.kind.in_(kinds), ended, sight)
    if unhappy:
        query = query.where(or_(tries.c.solved == "no", tries.c.satisfied == "no"))
    rows = connection.execute(query.order_by(tries.c.id.desc()).limit(limit + 1))
    found = [CitizenCall(**row._mapping) for row in rows]
    if len(found) > limit:
        return found[:limit], found[limit - 1].id
    return found, max(0, newest - look) if newest > look + 1 else 0

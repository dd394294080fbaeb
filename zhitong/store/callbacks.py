"""Calls to citizens as lists: those that are still to be made, and those that were."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

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
    connection: Connection, kinds: Collection[str], *, sight: ColumnElement[bool], after: int, look: int, limit: int
) -> tuple[list[DueTask], int]:
    """Open tasks of these kinds, of cases that somebody may see, the next one first, after the last one before; and
    after which one to go on, 0: there are no more. At most `look` tasks of each kind are looked at.

    Raises TaskNotFound.
    """
    last = get_task(connection, after) if after else None
    found: list[tuple[datetime, int]] = []
    ends: list[tuple[datetime, int]] = []
    for kind in kinds:  # each in the order of its index
        query = select(due.c.id, due.c.due_at, due.c.case_number).where(due.c.done_at.is_(None), due.c.kind == kind)
        if last is not None:
            query = query.where(due.c.due_at >= last.due_at)
            query = query.where(or_(due.c.due_at > last.due_at, due.c.id > last.id))
        looked = query.order_by(due.c.due_at, due.c.id).limit(look).subquery()
        end = connection.execute(select(looked.c.due_at, looked.c.id).offset(look - 1)).one_or_none()
        if end is not None:
            ends.append((end.due_at, end.id))
        his = select(looked.c.due_at, looked.c.id).join(cases, cases.c.number == looked.c.case_number).where(sight)
        rows = connection.execute(his.order_by(looked.c.due_at, looked.c.id).limit(limit + 1))
        found += [(row.due_at, row.id) for row in rows]
    until = min(ends, default=None)
    there = [one for one in sorted(found) if until is None or one <= until]
    tasks = [get_task(connection, id) for _, id in there[:limit]]
    if len(there) > limit:
        return tasks, tasks[-1].id
    return tasks, until[1] if until is not None else 0


def calls_to_citizens(
    connection: Connection, numbers: Collection[str], kinds: Collection[str]
) -> dict[str, list[CitizenCall]]:
    """The calls of these kinds that were made, of each of these cases, the oldest first."""
    found: dict[str, list[CitizenCall]] = {number: [] for number in numbers}
    query = select(*_CALL).where(tries.c.case_number.in_(sorted(found)), tries.c.kind.in_(kinds)).order_by(tries.c.id)
    for row in connection.execute(query):
        found[row.case_number].append(CitizenCall(**row._mapping))
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

"""Surges (集中来电) and the cases that belong to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from ivr.facts import Fact
from zhitong.errors import SurgeNotFound
from zhitong.store.cases import case_of_calls
from zhitong.store.engine import insert_new
from zhitong.store.facts import facts_of
from zhitong.store.tables import calls, cases, surge_cases, surges

_LONGEST_CALL = timedelta(hours=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeRow:
    """A surge as it is stored. call_id: the call that opened it, by which facts name it."""

    id: int
    call_id: str
    town: str
    matter: str
    matter_name: str
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    announcement: str
    announced_by: str
    lapsed_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    result: str
    disposition: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeState:
    """What live calls must know of a surge. id: as in facts. talked: a talk with one of its callers is over."""

    id: str
    town: str
    matter: str
    opened_at: datetime
    last_at: datetime
    acknowledged: bool
    talked: bool
    announcement: str
    open: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedCall:
    """A call that was counted and belongs to no surge (yet). caller: as the trunk gave it."""

    call_id: str
    caller: str
    at: datetime
    town: str
    matter: str
    talked: bool


_FIELDS = tuple(SurgeRow.__dataclass_fields__)
_NOTHING = {
    "acknowledged_by": "",
    "announcement": "",
    "announced_by": "",
    "ended_by": "",
    "result": "",
    "disposition": "",
}
_OPEN = and_(surges.c.ended_at.is_(None), surges.c.lapsed_at.is_(None))


def put_surges(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds surges: call_id, town, matter, matter_name, opened_at. One that is there already stays as it is."""
    insert_new(connection, surges, [row | _NOTHING for row in rows])


def put_members(connection: Connection, members: Sequence[tuple[str, str, datetime]]) -> dict[str, list[str]]:
    """(surge, call, since): the cases of these calls belong to these surges, both by call id.

    Returns, by surge, the cases of the calls in their order; a call without a case is left out.
    """
    if not members:
        return {}
    query = select(surges.c.call_id, surges.c.id).where(surges.c.call_id.in_({surge for surge, _, _ in members}))
    ids = {row.call_id: row.id for row in connection.execute(query)}
    numbers = case_of_calls(connection, {call for _, call, _ in members})
    found = [(surge, numbers[call], at) for surge, call, at in members if call in numbers and surge in ids]
    insert_new(
        connection,
        surge_cases,
        [{"surge_id": ids[s], "case_number": number, "joined_at": at} for s, number, at in found],
    )
    return {surge: [number for one, number, _ in found if one == surge] for surge in ids}


def get_surge(connection: Connection, id: int) -> SurgeRow:
    """The surge of this number. Raises SurgeNotFound."""
    row = connection.execute(select(surges).where(surges.c.id == id)).one_or_none()
    if row is None:
        raise no_surge(id)
    return _row(row)


def no_surge(id: int) -> SurgeNotFound:
    """What is told of a surge that there is not, or not for whoever asks."""
    return SurgeNotFound(f"没有编号为 {id} 的集中来电；看 zhitong surge list")


def surge_of_call(connection: Connection, call_id: str) -> SurgeRow | None:
    """The surge that this call opened."""
    row = connection.execute(select(surges).where(surges.c.call_id == call_id)).one_or_none()
    return _row(row) if row is not None else None


def change_surge(connection: Connection, id: int, **values: Any) -> None:
    """Writes these columns of a surge."""
    connection.execute(surges.update().where(surges.c.id == id).values(values))


def surges_not_ended(connection: Connection) -> list[tuple[SurgeRow, int]]:
    """Those that nobody has ended, lapsed ones too, with how many cases belong to each; oldest first."""
    count = select(func.count()).select_from(surge_cases).where(surge_cases.c.surge_id == surges.c.id)
    query = select(surges, count.scalar_subquery().label("members"))
    rows = connection.execute(query.where(surges.c.ended_at.is_(None)).order_by(surges.c.id))
    return [(_row(row), row.members) for row in rows]


def surge_states(connection: Connection, ids: Iterable[str]) -> dict[str, SurgeState]:
    """The surges that are open and those of these ids, by id, as live calls must know them."""
    mine = surge_cases.c.surge_id == surges.c.id
    last = select(func.max(surge_cases.c.joined_at)).where(mine).scalar_subquery()
    talk = select(calls.c.call_id).join(surge_cases, surge_cases.c.case_number == calls.c.case_number)
    talked = talk.where(mine, calls.c.talked, calls.c.ended_at.is_not(None)).correlate(surges).exists()
    query = select(surges, last.label("last_at"), talked.label("talked"))
    query = query.where(or_(_OPEN, surges.c.call_id.in_(list(ids))))
    return {
        row.call_id: SurgeState(
            id=row.call_id,
            town=row.town,
            matter=row.matter,
            opened_at=row.opened_at,
            last_at=row.last_at or row.opened_at,
            acknowledged=row.acknowledged_at is not None,
            talked=bool(row.talked),
            announcement=row.announcement,
            open=row.ended_at is None and row.lapsed_at is None,
        )
        for row in connection.execute(query)
    }


def members_to_close(connection: Connection, limit: int) -> list[tuple[SurgeRow, str]]:
    """Cases of ended surges that have not been seen to, once their own call is over."""
    query = (
        select(surges, surge_cases.c.case_number)
        .join(surge_cases, surge_cases.c.surge_id == surges.c.id)
        .join(cases, cases.c.number == surge_cases.c.case_number)
        .join(calls, calls.c.call_id == cases.c.call_id)
        .where(surges.c.ended_at.is_not(None), surge_cases.c.done_at.is_(None), calls.c.ended_at.is_not(None))
        .order_by(surge_cases.c.joined_at, surge_cases.c.case_number)
        .limit(limit)
    )
    return [(_row(row), row.case_number) for row in connection.execute(query)]


def member_done(connection: Connection, surge: int, number: str, *, at: datetime) -> None:
    """This case has been seen to."""
    mine = (surge_cases.c.surge_id == surge) & (surge_cases.c.case_number == number)
    connection.execute(surge_cases.update().where(mine).values(done_at=at))


def members_of(connection: Connection, surge: int) -> list[str]:
    """The cases of a surge, in the order in which they came to it."""
    query = select(surge_cases.c.case_number).where(surge_cases.c.surge_id == surge)
    return list(connection.scalars(query.order_by(surge_cases.c.joined_at, surge_cases.c.case_number)))


def counted_calls(connection: Connection, since: datetime) -> list[CountedCall]:
    """The calls that were counted since then and belong to no surge, oldest first."""
    in_surge = select(surge_cases.c.case_number)
    query = select(cases.c.call_id, cases.c.caller, calls.c.talked).join(calls, calls.c.call_id == cases.c.call_id)
    query = query.where(cases.c.answered_at >= since - _LONGEST_CALL, cases.c.number.not_in(in_surge))
    known = {row.call_id: row for row in connection.execute(query)}
    told = facts_of(connection, known, kinds=("surge",))
    found = [(fact, known[fact.call_id]) for facts in told.values() for fact in facts if fact.at >= since]
    return [_counted(fact, row) for fact, row in sorted(found, key=lambda one: one[0].at)]


def _counted(fact: Fact, row: Row[Any]) -> CountedCall:
    return CountedCall(
        call_id=fact.call_id,
        caller=row.caller,
        at=fact.at,
        town=fact.detail["town"],
        matter=fact.detail["matter"],
        talked=row.talked,
    )


def _row(row: Row[Any]) -> SurgeRow:
    return SurgeRow(**{name: getattr(row, name) for name in _FIELDS})

"""The lines of the register, read in portions: a hundred thousand cases are never in memory at once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from cases.case import Case
from cases.record import CaseRecord
from cases.register import Called, Registered, latest
from zhitong.store.case_records import merges_of_cases, records_of_cases
from zhitong.store.cases import cases_begun, clocks_in
from zhitong.store.engine import reading
from zhitong.store.tables import attachments, recordings, timeline
from zhitong.store.tries import callbacks_of


def register_lines(
    engine: Engine,
    *,
    since: datetime,
    until: datetime,
    units: frozenset[str] | None = None,
    channel: str = "",
    at_once: int = 500,
    sight: ColumnElement[bool] | None = None,
) -> Iterator[Registered]:
    """The cases begun in [since, until), oldest first, of these units (None: all) and channel; secrecy is not judged.

    sight: only those that somebody may see (store.sight).

    Each portion is of its own moment: nobody who writes waits for it.
    """
    after: tuple[datetime, str] | None = None
    while True:
        with reading(engine) as connection:
            found = cases_begun(
                connection,
                since=since,
                until=until,
                units=units,
                channel=channel,
                after=after,
                limit=at_once,
                sight=sight,
            )
            numbers = [case.number for case in found]
            lines = _lines(connection, found, numbers) if numbers else []
        yield from lines
        if len(found) < at_once:
            return
        after = (found[-1].answered_at, found[-1].number)


def _lines(connection: Connection, found: list[Case], numbers: list[str]) -> list[Registered]:
    clocks = clocks_in(connection, numbers)
    history: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    told = select(timeline.c.case_number, timeline.c.at, timeline.c.what)
    for row in connection.execute(
        told.where(timeline.c.case_number.in_(numbers)).order_by(timeline.c.at, timeline.c.id)
    ):
        history[row.case_number].append((row.at, row.what))
    called: defaultdict[str, list[Called]] = defaultdict(list)
    for row in callbacks_of(connection, numbers):
        called[row.case_number].append(
            Called(at=row.dialled_at, outcome=row.outcome, solved=row.solved, satisfied=row.satisfied, why=row.why)
        )
    kept = {
        row.case_number: row.n
        for row in connection.execute(
            select(recordings.c.case_number, func.count().label("n"))
            .where(recordings.c.case_number.in_(numbers), recordings.c.state.in_(("fresh", "archived")))
            .group_by(recordings.c.case_number)
        )
    }
    sent = {
        row.case_number: row.n
        for row in connection.execute(
            select(attachments.c.case_number, func.count().label("n"))
            .where(attachments.c.case_number.in_(numbers), attachments.c.state == "kept")
            .group_by(attachments.c.case_number)
        )
    }
    together: defaultdict[str, list[str]] = defaultdict(list)
    for number, other in merges_of_cases(connection, numbers):
        together[number].append(other)
    records: defaultdict[str, list[CaseRecord]] = defaultdict(list)
    for record in records_of_cases(connection, numbers):
        records[record.case_number].append(record)
    return [
        Registered(
            case=case,
            clocks=tuple(clocks[case.number]),
            history=tuple(history[case.number]),
            called=latest(called[case.number]),
            records=tuple(records[case.number]),
            recordings=kept.get(case.number, 0),
            attachments=sent.get(case.number, 0),
            related=tuple(dict.fromkeys(together[case.number])),
        )
        for case in found
    ]

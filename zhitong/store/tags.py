"""Risk, cause and pattern of cases (cases.tags)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from zhitong.store.tables import case_tags, cases


def add_tag(connection: Connection, number: str, tag: str, *, at: datetime, by: str) -> None:
    """Writes a tag of a case down."""
    connection.execute(case_tags.insert().values(case_number=number, tag=tag, at=at, by=by))


def end_tags(connection: Connection, number: str, tags: Iterable[str], *, at: datetime, by: str) -> None:
    """Takes tags off a case."""
    mine = (case_tags.c.case_number == number) & case_tags.c.tag.in_(list(tags)) & case_tags.c.out_at.is_(None)
    connection.execute(case_tags.update().where(mine).values(out_at=at, out_by=by))


def tags_of(connection: Connection, number: str) -> list[str]:
    """The tags that a case has, in the order in which they were set."""
    query = select(case_tags.c.tag).where(case_tags.c.case_number == number, case_tags.c.out_at.is_(None))
    return list(connection.scalars(query.order_by(case_tags.c.id)))


def count_tags(
    connection: Connection, *, since: datetime, until: datetime, units: Collection[str] | None
) -> tuple[int, dict[str, int]]:
    """How many cases began in a span of time, of these units (None: all), and how many of them have each tag."""
    begun = (cases.c.answered_at >= since) & (cases.c.answered_at < until)
    if units is not None:
        begun &= cases.c.unit.in_(sorted(units))
    query = (
        select(case_tags.c.tag, func.count(case_tags.c.case_number.distinct()))
        .join(cases, cases.c.number == case_tags.c.case_number)
        .where(begun, case_tags.c.out_at.is_(None))
        .group_by(case_tags.c.tag)
    )
    every = connection.execute(select(func.count()).select_from(cases).where(begun)).scalar_one()
    return every, {row[0]: row[1] for row in connection.execute(query)}

"""How many cases came by which channel, about what, where."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, or_, select
from sqlalchemy import case as when

from cases.channels import Came
from zhitong.store.tables import case_tags, cases

_CITIZEN = or_(cases.c.struck_off_at.is_(None), cases.c.struck_off_at != cases.c.answered_at)
"""Not a call of an official that was taken for a citizen's."""


def came_by(connection: Connection, *, before: datetime, since: datetime, until: datetime) -> list[Came]:
    """The cases of [since, until) and of [before, since), by channel, matter and place."""
    now = func.sum(when((cases.c.answered_at >= since, 1), else_=0))
    query = (
        select(cases.c.channel, cases.c.matter_name, cases.c.place, now, func.count())
        .where(cases.c.answered_at >= before, cases.c.answered_at < until, _CITIZEN)
        .group_by(cases.c.channel, cases.c.matter_name, cases.c.place)
    )
    return [
        Came(channel=channel, matter=matter, place=place, now=int(now), before=every - int(now))
        for channel, matter, place, now, every in connection.execute(query)
    ]


def tagged_with(
    connection: Connection, tags: Collection[str], *, since: datetime, until: datetime
) -> list[tuple[str, str, str, int]]:
    """(matter, place, tag, cases) of the cases of a span that have one of these tags."""
    query = (
        select(cases.c.matter_name, cases.c.place, case_tags.c.tag, func.count())
        .join(case_tags, case_tags.c.case_number == cases.c.number)
        .where(cases.c.answered_at >= since, cases.c.answered_at < until)
        .where(case_tags.c.tag.in_(list(tags)), case_tags.c.out_at.is_(None))
        .group_by(cases.c.matter_name, cases.c.place, case_tags.c.tag)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]

"""What came of 抽样调查 (cases.survey), counted; the records are those of the cases."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from cases.record import RecordKind
from cases.survey import RATINGS, Survey
from zhitong.store.tables import case_records, cases


def count_survey(
    connection: Connection, since: datetime, until: datetime, of: Callable[[Select[Any]], Select[Any]]
) -> Survey:
    """What was told in the span, and what was drawn in it and waits. of: narrows a query to the cases that count."""
    ours = case_records.c.kind == RecordKind.SURVEY.value
    told = (
        select(case_records.c.outcome, func.count())
        .join(cases, cases.c.number == case_records.c.case_number)
        .where(ours, case_records.c.closed_at >= since, case_records.c.closed_at < until)
        .group_by(case_records.c.outcome)
    )
    waits = (
        select(func.count())
        .select_from(case_records.join(cases, cases.c.number == case_records.c.case_number))
        .where(ours, case_records.c.closed_at.is_(None))
        .where(case_records.c.opened_at >= since, case_records.c.opened_at < until)
    )
    found = {row[0]: row[1] for row in connection.execute(of(told))}
    names = ("satisfied", "middle", "unsatisfied", "unreached", "unrated")
    counted = {name: found.get(rating, 0) for name, rating in zip(names, RATINGS, strict=True)}
    return Survey(**counted, waiting=connection.execute(of(waits)).scalar_one())

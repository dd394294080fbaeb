"""What came of 抽样调查 (cases.survey), counted; the records are those of the cases."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from cases.record import RecordKind
from cases.survey import RATINGS, Survey
from zhitong.store.tables import case_records, cases


def count_survey(
    connection: Connection,
    since: datetime,
    until: datetime,
    of: ColumnElement[str],
    narrow: Callable[[Select[Any]], Select[Any]],
) -> dict[str, Survey]:
    """What was told in the span, and what was drawn in it and waits, by what `of` says of the case (its unit, or '').

    narrow: leaves of a query the cases that count, and groups it by `of`.
    """
    told = (
        select(of, case_records.c.outcome, func.count())
        .join(cases, cases.c.number == case_records.c.case_number)
        .where(_OURS, case_records.c.closed_at >= since, case_records.c.closed_at < until)
    )
    waits = (
        select(of, func.count())
        .select_from(case_records.join(cases, cases.c.number == case_records.c.case_number))
        .where(_OURS, case_records.c.closed_at.is_(None))
        .where(case_records.c.opened_at >= since, case_records.c.opened_at < until)
    )
    found = defaultdict[str, Counter[str]](Counter)
    for one, outcome, n in connection.execute(narrow(told).group_by(case_records.c.outcome)):
        found[one][_NAMES.get(outcome, "")] += n
    for one, n in connection.execute(narrow(waits)):
        found[one]["waiting"] += n
    return {one: Survey(**{name: n for name, n in counted.items() if name}) for one, counted in found.items()}


_OURS = case_records.c.kind == RecordKind.SURVEY.value
_NAMES = dict(zip(RATINGS, ("satisfied", "middle", "unsatisfied", "unreached", "unrated"), strict=True))

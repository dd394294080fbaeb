"""Why a case is due when it is: a sentence for each of its clocks."""

from datetime import datetime

from sqlalchemy import Engine

from cases.explain import explained
from cases.shift import granted
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.engine import writing
from zhitong.store.records import record_access
from zhitong.usecases.rules import Rules


def explain_case(engine: Engine, rules: Rules, *, number: str, who: str, now: datetime) -> list[str]:
    """The sentences, first clocks first; that `who` looked is recorded.

    Raises CaseNotFound, BadPolicy, DatabaseGone.
    """
    with writing(engine) as connection:
        case = get_case(connection, number)
        record_access(connection, at=now, who=who, case_number=number, what="时限", unmasked=False)
        shifts = granted(records_of(connection, number))
        return [
            explained(case, clock, shifts, policy=rules.terms(case, clock)[0], calendar=rules.calendar())
            for clock in clocks_of(connection, number)
        ]

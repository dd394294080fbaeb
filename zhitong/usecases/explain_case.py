"""Why a case is due when it is: a sentence for each of its clocks."""

from datetime import datetime

from sqlalchemy import Engine

from cases.explain import explained
from cases.roles import Actor
from cases.shift import granted
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of
from zhitong.store.engine import writing
from zhitong.usecases.looking import to_look
from zhitong.usecases.rules import Rules


def explain_case(engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime) -> list[str]:
    """The sentences, first clocks first; that `by` looked is recorded.

    Raises NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    with writing(engine) as connection:
        case = to_look(connection, number, by, what="时限", now=now)
        shifts = granted(records_of(connection, number))
        return [
            explained(case, clock, shifts, policy=rules.terms(case, clock)[0], calendar=rules.calendar())
            for clock in clocks_of(connection, number)
        ]

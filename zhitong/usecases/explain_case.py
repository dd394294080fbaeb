"""Why a case is due when it is: a sentence for each of its clocks."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.explain import explained, explained_together
from cases.roles import Actor
from cases.shift import granted
from zhitong.store.case_records import merge_of, records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.engine import writing
from zhitong.usecases.looking import to_look
from zhitong.usecases.reckon_clocks import closing_clock
from zhitong.usecases.rules import Rules


def explain_case(engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime) -> list[str]:
    """The sentences, first clocks first; that `by` looked is recorded.

    Raises NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    with writing(engine) as connection:
        return explain(connection, rules, to_look(connection, number, by, what="时限", now=now))


def explain(connection: Connection, rules: Rules, case: Case) -> list[str]:
    """The sentences, of a case that whoever reads them may see. Raises BadPolicy."""
    shifts = granted(records_of(connection, case.number))
    told = [
        explained(case, clock, shifts, policy=rules.terms(case, clock)[0], calendar=rules.calendar())
        for clock in clocks_of(connection, case.number)
    ]
    if (merge := merge_of(connection, case.number)) is not None:
        close = closing_clock(connection, get_case(connection, merge.owner))
        told.append(explained_together(case.number, merge.opened_at, merge.owner, close))
    return told

"""Why a case is due when it is: a sentence for each of its clocks."""

from datetime import datetime

from sqlalchemy import Engine

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
        case = to_look(connection, number, by, what="时限", now=now)
        shifts = granted(records_of(connection, number))
        told = [
            explained(case, clock, shifts, policy=rules.terms(case, clock)[0], calendar=rules.calendar())
            for clock in clocks_of(connection, number)
        ]
        if (merge := merge_of(connection, number)) is not None:
            close = closing_clock(connection, get_case(connection, merge.owner))
            told.append(explained_together(number, merge.opened_at, merge.owner, close))
        return told

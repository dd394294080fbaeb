"""What the big screen counts: numbers of cases, and of nobody; each by an index over a span of time."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from cases.callback import Reply
from cases.case import CaseState
from zhitong.store.tables import cases, tries
from zhitong.store.tries import PERSON

_CITIZENS = or_(cases.c.state != CaseState.STRUCK_OFF.value, cases.c.closed_at.is_not(None))
"""What was struck off and never closed was no citizen's matter: a call of staff, or one back about another case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Of a span of time: cases begun, closed, and answers of citizens whether they are satisfied, and of who are."""

    received: int
    closed: int
    rated: int
    satisfied: int


_CALLED_BACK = timedelta(days=14)
"""So long after the end of a case a citizen is called back at the latest; of what was closed before nobody asks."""


def counted_since(connection: Connection, since: datetime) -> Counted:
    """The counts from this moment on, of citizens' matters."""
    received = select(func.count()).select_from(cases).where(cases.c.answered_at >= since, _CITIZENS)
    closed = select(func.count()).select_from(cases).where(cases.c.closed_at >= since)
    answers = (
        select(func.count(), func.count().filter(tries.c.satisfied == Reply.YES.value))
        .select_from(tries)
        .join(cases, cases.c.number == tries.c.case_number)
        .where(cases.c.closed_at >= since - _CALLED_BACK, tries.c.dialled_at >= since)
        .where(tries.c.kind.in_(("callback", PERSON)), tries.c.satisfied != "")
    )
    rated, satisfied = connection.execute(answers).one()
    begun, over = (connection.scalar(query) or 0 for query in (received, closed))
    return Counted(received=begun, closed=over, rated=rated, satisfied=satisfied)


def matters_and_places_since(connection: Connection, since: datetime) -> tuple[Counter[str], Counter[str]]:
    """(name of the matter → cases, place → cases) begun from this moment on, as far as they are known."""
    query = (
        select(cases.c.matter_name, cases.c.place, func.count())
        .where(cases.c.answered_at >= since, _CITIZENS)
        .where(or_(cases.c.matter_name != "", cases.c.place != ""))
        .group_by(cases.c.matter_name, cases.c.place)
    )
    matters, places = Counter[str](), Counter[str]()
    for matter, place, n in connection.execute(query):
        matters[matter] += n
        places[place] += n
    return matters, places

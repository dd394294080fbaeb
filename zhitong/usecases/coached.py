"""抽查: has somebody told the citizen to say 满意? Asked in a share of the callbacks, and read by supervision alone.

Neither question nor answer becomes part of the call's trace, the timeline, the try or any register: the answer comes as
a fact of its own kind, which is taken out before anything else is made of the call.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.callback import Reply
from cases.roles import Action, Actor, permit
from ivr.facts import ASIDE, Fact
from zhitong.store.asides import count_asides, put_aside
from zhitong.store.cases import get_cases
from zhitong.store.engine import reading, writing
from zhitong.usecases.looking import looked
from zhitong.usecases.suspect_closing import COACHED, suspect


def take_asides(connection: Connection, facts: Sequence[Fact]) -> list[Fact]:
    """Keeps what is for supervision alone, and returns the others."""
    told = [fact for fact in facts if fact.kind == ASIDE]
    cases = get_cases(connection, {fact.detail["case"] for fact in told}) if told else {}
    for fact in told:
        case, answer, round = cases.get(fact.detail["case"]), fact.detail["answer"], fact.detail["round"]
        if case is None:
            continue
        put_aside(connection, call_id=fact.call_id, case_number=case.number, round=round, at=fact.at, answer=answer)
        if answer == Reply.YES:
            suspect(connection, case, why=COACHED, at=fact.at, round=round)
    return [fact for fact in facts if fact.kind != ASIDE]


def coached_since(engine: Engine, *, by: Actor, since: datetime, now: datetime) -> Counter[str]:
    """How often each of yes, no, unclear was answered since then; that he looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.COACHED)
    with writing(engine) as connection:
        looked(connection, by, None, what="抽查的回答", now=now)
    with reading(engine) as connection:
        return count_asides(connection, since=since)

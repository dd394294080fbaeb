"""A call told again from its trace: what was asked, heard, pressed, rung, and why."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, NotPermitted, permit, units_of
from ivr.facts import Fact
from routing.phone import mask
from zhitong.errors import CaseNotFound
from zhitong.store.cases import case_of_calls, get_case
from zhitong.store.engine import writing
from zhitong.store.facts import facts_of
from zhitong.usecases.looking import looked
from zhitong.usecases.tell import tell


def replay_call(
    engine: Engine, *, call_id: str, by: Actor, now: datetime, number: Callable[[str], str] = mask
) -> list[str]:
    """The call line by line, in Chinese, with seconds since the INVITE; that `by` looked is recorded.

    number: how telephone numbers are shown. A call of no case, with an official, is for those who may hear all.
    Raises NotPermitted, CaseNotFound for a call without a trace, DatabaseGone.
    """
    permit(by, Action.HEAR)
    with writing(engine) as connection:
        facts = facts_of(connection, [call_id]).get(call_id)
        if not facts:
            raise CaseNotFound(f"没有通话 {call_id} 的记录；通话编号在 zhitong case show 里")
        case = case_of_calls(connection, [call_id]).get(call_id)
        if case is not None:
            permit(by, Action.HEAR, get_case(connection, case))
        elif units_of(by, Action.HEAR) is not None:
            raise NotPermitted(f"{by.name}只能看本单位工单的通话；{call_id} 不属于哪个工单")
        looked(connection, by, case, what="重看通话", now=now, unmasked=number is not mask)
    return tell_call(facts, number=number)


def tell_call(facts: Sequence[Fact], *, number: Callable[[str], str] = mask) -> list[str]:
    """The lines of one call's facts, in order."""
    ringing = next((fact.detail.get("invite_ms", 0) for fact in facts if fact.kind == "opened"), 0)
    ordered = sorted(facts, key=lambda fact: fact.seq)
    return [f"{(fact.ms + ringing) / 1000:8.2f} 秒  {tell(fact, number=number)}" for fact in ordered]

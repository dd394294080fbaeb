"""A call told again from its trace: what was asked, heard, pressed, rung, and why."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from ivr.facts import Fact
from routing.phone import mask
from zhitong.errors import CaseNotFound
from zhitong.store.engine import reading
from zhitong.store.facts import facts_of
from zhitong.usecases.tell import tell


def replay_call(engine: Engine, *, call_id: str, number: Callable[[str], str] = mask) -> list[str]:
    """The call line by line, in Chinese, with seconds since the INVITE. number: how telephone numbers are shown.

    Raises CaseNotFound for a call without a trace, DatabaseGone.
    """
    with reading(engine) as connection:
        facts = facts_of(connection, [call_id]).get(call_id)
    if not facts:
        raise CaseNotFound(f"没有来电 {call_id} 的记录")
    return tell_call(facts, number=number)


def tell_call(facts: Sequence[Fact], *, number: Callable[[str], str] = mask) -> list[str]:
    """The lines of one call's facts, in order."""
    ringing = next((fact.detail.get("invite_ms", 0) for fact in facts if fact.kind == "opened"), 0)
    ordered = sorted(facts, key=lambda fact: fact.seq)
    return [f"{(fact.ms + ringing) / 1000:8.2f} 秒  {tell(fact, number=number)}" for fact in ordered]

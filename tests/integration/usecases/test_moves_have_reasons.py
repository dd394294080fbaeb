"""Every move of a case stands on its timeline with who, when and why: of people, of the hotline, of citizens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from cases.case import CaseEvent
from tests.fakes.closing import DESK, settled
from tests.fakes.told_calls import DEPUTY, MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from tests.integration.usecases.test_called_back import missed, nobody_to_call, review, ring_back, say_none
from tests.integration.usecases.test_casework_moves import NOW, STEPS
from zhitong.store.engine import reading
from zhitong.store.tables import timeline
from zhitong.usecases.merge_cases import merge_cases

Act = Callable[[Engine], object]
REPLIED = ("sign", "start", "reply")
SIGNED = (*REPLIED, "review", "hear")
WAYS: dict[CaseEvent, tuple[str, ...]] = {
    CaseEvent.ASSIGN: ("assign",),
    CaseEvent.SIGN_FOR: ("sign",),
    CaseEvent.START: ("sign", "start"),
    CaseEvent.RETURN: ("return",),
    CaseEvent.HAND_OVER: ("sign", "ask", "take"),
    CaseEvent.REPLY: REPLIED,
    CaseEvent.SEND_BACK: (*REPLIED, "back"),
    CaseEvent.REVIEW: (*REPLIED, "review"),
    CaseEvent.APPROVE: (*SIGNED, "approve"),
    CaseEvent.CLOSE: (*SIGNED, "approve"),
    CaseEvent.SETTLE: ("settle",),
    CaseEvent.DECLINE: ("return", "decline"),
    CaseEvent.CALL_BACK: ("settle", "called back, solved"),
    CaseEvent.CONFIRM: ("settle", "called back, solved"),
    CaseEvent.REFUSE: ("settle", "called back, not solved"),
    CaseEvent.UNREACHED: ("settle", "called back, unclear"),
    CaseEvent.GIVE_UP: ("settle", "called back, unclear", "desk: no answer"),
}
"""The steps that lead to each move, itself the last."""


def merged(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553630.10007"))
    merge_cases(engine, RULES, number=f"{NUMBER}b", into=NUMBER, by=DESK, reason="一件事", now=NOW)
    settled(engine, RULES, number=NUMBER, now=NOW)


def no_number(engine: Engine) -> None:
    nobody_to_call(engine)
    say_none(engine)
    review(engine)


def by_code(engine: Engine) -> None:
    call = ToldCall("1757553630.9").opened(caller=DEPUTY).note(8, "pressed", key="*").note(9, "official", official="li")
    for fact in call.note(20, "ended", outcome="staff").facts:  # as they come: a case was begun before he was known
        tell_it(engine, RULES, ToldCall(facts=[fact]))


def rings_back(engine: Engine) -> None:
    call = ring_back(missed(engine), ("person", "yes"), ("solved", "yes"))
    tell_it(engine, RULES, call.note(40, "gone", phase="listen").note(40, "ended", outcome="callback"))


BESIDE: dict[CaseEvent, tuple[Act, str]] = {
    CaseEvent.MERGED: (merged, "随并单办结"),
    CaseEvent.NO_CONTACT: (no_number, "没有联系方式"),
    CaseEvent.STAFF: (by_code, "销号"),
    CaseEvent.RANG_BACK: (rings_back, "销号"),
}
"""What is no step of that test, and as what it stands on the timeline."""
TOLD_AS = {
    CaseEvent.CALL_BACK: "回访",
    CaseEvent.CONFIRM: "销号",
    CaseEvent.REFUSE: "重办",
    CaseEvent.UNREACHED: "回访",
}
MOVES = {*map(str, CaseEvent), *TOLD_AS.values()}


@pytest.mark.parametrize("event", CaseEvent)
def test_each_move_leaves_who_when_and_why(engine: Engine, event: CaseEvent) -> None:
    tell_it(engine, RULES, talked())
    if event in BESIDE:
        act, told = BESIDE[event]
        act(engine)
    else:
        told = TOLD_AS.get(event, event.value)
        for n, step in enumerate(WAYS[event]):
            STEPS[step](engine, NOW + timedelta(minutes=n))
    with reading(engine) as connection:
        rows = list(connection.execute(select(timeline).order_by(timeline.c.id)))
    found = [row for row in rows if row.what == told]
    assert found, f"{event} is not told"
    assert not [row.text for row in rows if row.what in MOVES and not (row.who and row.reason and row.at >= MORNING)]


def test_a_move_that_is_its_own_reason_says_so_in_words(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    STEPS["sign"](engine, NOW)
    STEPS["start"](engine, NOW)
    with reading(engine) as connection:
        reasons = {row.what: row.reason for row in connection.execute(select(timeline)) if row.who != "系统"}
    assert reasons == {"签收": "收到交办，无条件签收", "开始办理": "签收以后开始办"}

"""The whole state × event table of a case."""

import pytest

from cases.case import Case, CaseEvent, CaseState, IllegalMove, allowed, apply
from tests.fakes.told_calls import MORNING

# state → event → state, written down a second time on purpose.
TABLE = {
    "受理": {"交办": "交办", "办结": "办结", "工作人员来电": "销号"},
    "交办": {"交办": "交办", "办结": "办结"},
    "办结": {"开始回访": "回访", "没有问到": "办结", "多次联系不上": "销号"},
    "回访": {
        "开始回访": "回访",
        "群众确认解决": "销号",
        "群众说没解决": "重办",
        "没有问到": "办结",
        "多次联系不上": "销号",
    },
    "重办": {"交办": "重办", "办结": "办结"},
    "销号": {},
}


def case(state: CaseState) -> Case:
    return Case(
        number="20250911-092030-0007", call_id="1.7", caller="138", dialled="1", answered_at=MORNING, state=state
    )


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("event", CaseEvent)
def test_every_state_and_event(state: CaseState, event: CaseEvent) -> None:
    after = TABLE[state].get(event)
    if after is not None:
        assert apply(case(state), event).state == after
        return
    with pytest.raises(IllegalMove) as caught:
        apply(case(state), event)
    assert state in str(caught.value) and event in str(caught.value)
    assert set(caught.value.allowed) == set(TABLE[state])


def test_nothing_is_struck_off_before_the_citizen_was_called() -> None:
    moves = [(state, event) for state in CaseState for event in allowed(state) if event is not CaseEvent.STAFF]
    before = {state for state, event in moves if apply(case(state), event).state == "销号"}
    assert before == {CaseState.CLOSED, CaseState.CALLBACK}
    assert CaseEvent.CONFIRM not in allowed(CaseState.CLOSED)


def test_a_rework_counts_and_leaves_the_answer_alone() -> None:
    refused = apply(case(CaseState.CALLBACK), CaseEvent.REFUSE)
    assert (refused.rework, refused.answered_at, refused.state) == (1, MORNING, CaseState.REWORK)


def test_assigning_again_keeps_what_is_not_given() -> None:
    first = apply(case(CaseState.ACCEPTED), CaseEvent.ASSIGN, unit="水务局", official="副局长李强")
    second = apply(first, CaseEvent.ASSIGN, unit="能源局")
    assert (second.unit, second.official) == ("能源局", "副局长李强")


def test_a_case_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Case(number="1", call_id="1", caller="", dialled="", answered_at=MORNING.replace(tzinfo=None))

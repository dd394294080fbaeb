"""The whole state × event table of a case."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import UNHEARD, Case, CaseEvent, CaseState, IllegalMove, allowed, apply
from tests.fakes.told_calls import MORNING

# state → event → state, written down a second time on purpose.
TABLE = {
    "受理": {
        "随并单办结": "办结",
        "交办": "交办",
        "当场办结": "办结",
        "不予受理": "不予受理",
        "工作人员来电": "销号",
        "回电回访": "销号",
    },
    "交办": {"随并单办结": "办结", "交办": "交办", "签收": "签收", "退单": "受理", "移交": "签收", "当场办结": "办结"},
    "签收": {
        "随并单办结": "办结",
        "交办": "交办",
        "开始办理": "办理",
        "退单": "受理",
        "移交": "签收",
        "反馈": "反馈",
        "当场办结": "办结",
    },
    "办理": {"随并单办结": "办结", "交办": "交办", "移交": "签收", "反馈": "反馈", "当场办结": "办结"},
    "反馈": {"随并单办结": "办结", "退回修改": "办理", "审核": "审核"},
    "审核": {"随并单办结": "办结", "退回修改": "办理", "审签": "审签"},
    "审签": {"随并单办结": "办结", "办结": "办结"},
    "办结": {"开始回访": "回访", "没有问到": "办结", "多次联系不上": "销号", "没有联系方式": "销号"},
    "回访": {
        "开始回访": "回访",
        "群众确认解决": "销号",
        "群众说没解决": "受理",
        "没有问到": "办结",
    },
    "不予受理": {"开始回访": "回访", "没有问到": "不予受理", "多次联系不上": "销号", "没有联系方式": "销号"},
    "销号": {},
}
LATER = MORNING + timedelta(hours=3)
NO_MATTER = (CaseEvent.STAFF, CaseEvent.RANG_BACK)
BY = {event: {"concluded_by": "受理台小周"} for event in UNHEARD}
"""What only a person can say."""


def case(state: CaseState) -> Case:
    return Case(
        number="20250911-092030-0007", call_id="1.7", caller="138", dialled="1", answered_at=MORNING, state=state
    )


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("event", CaseEvent)
def test_every_state_and_event(state: CaseState, event: CaseEvent) -> None:
    after = TABLE[state].get(event)
    if after is not None:
        assert apply(case(state), event, at=LATER, **BY.get(event, {})).state == after
        return
    with pytest.raises(IllegalMove) as caught:
        apply(case(state), event, at=LATER)
    assert state in str(caught.value) and event in str(caught.value)
    assert set(caught.value.allowed) == set(TABLE[state])


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (CaseState.ACCEPTED, "现在可以：交办、当场办结、不予受理"),
        (CaseState.DECLINED, "要等回访"),
        (CaseState.STRUCK_OFF, "已经销号"),
    ],
)
def test_who_may_not_is_told_what_people_may_do_now(state: CaseState, then: str) -> None:
    with pytest.raises(IllegalMove) as caught:
        apply(case(state), CaseEvent.REVIEW, at=LATER)
    assert str(caught.value).endswith(then)


def test_nothing_is_struck_off_before_the_citizen_was_called() -> None:
    moves = [(state, event) for state in CaseState for event in allowed(state) if event not in NO_MATTER]
    after = {(state, event): apply(case(state), event, at=LATER, **BY.get(event, {})) for state, event in moves}
    ended = {move: one.concluded for move, one in after.items() if one.state == "销号"}
    assert {state for state, _ in ended} == {CaseState.CLOSED, CaseState.DECLINED, CaseState.CALLBACK}
    assert all(concluded == event for (_, event), concluded in ended.items()), "how it ended stays told apart"
    assert CaseEvent.CONFIRM not in allowed(CaseState.CLOSED)


@pytest.mark.parametrize("event", sorted(UNHEARD))
@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.DECLINED])
def test_the_system_strikes_off_nobody_whom_it_has_not_asked(state: CaseState, event: CaseEvent) -> None:
    with pytest.raises(IllegalMove, match="系统不能自己销号"):
        apply(case(state), event, at=LATER)
    ended = apply(case(state), event, at=LATER, concluded_by="受理台小周")
    assert (ended.state, ended.concluded, ended.concluded_by) == ("销号", event, "受理台小周")


def test_what_was_declined_is_declined_still_when_the_citizen_said_nothing() -> None:
    called = replace(case(CaseState.CALLBACK), disposition="不予受理")
    assert apply(called, CaseEvent.UNREACHED, at=LATER).state is CaseState.DECLINED
    assert apply(called, CaseEvent.REFUSE, at=LATER).state is CaseState.ACCEPTED


def test_a_rework_counts_and_leaves_the_answer_alone() -> None:
    refused = apply(case(CaseState.CALLBACK), CaseEvent.REFUSE, at=LATER)
    assert (refused.rework, refused.answered_at, refused.state) == (1, MORNING, CaseState.ACCEPTED)


def test_with_another_unit_the_official_of_the_unit_before_has_it_no_more() -> None:
    first = apply(case(CaseState.ACCEPTED), CaseEvent.ASSIGN, at=LATER, unit="水务局", official="局长王明")
    assert apply(first, CaseEvent.ASSIGN, at=LATER, unit="水务局").official == "局长王明"
    assert apply(first, CaseEvent.ASSIGN, at=LATER, unit="能源局").official == ""


def test_a_case_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Case(number="1", call_id="1", caller="", dialled="", answered_at=MORNING.replace(tzinfo=None))


def test_the_first_unit_stays_the_first_whoever_has_it_later() -> None:
    first = apply(case(CaseState.ACCEPTED), CaseEvent.ASSIGN, at=LATER, unit="水务局")
    second = apply(first, CaseEvent.HAND_OVER, at=LATER, unit="能源局")
    assert (second.first_unit, second.unit) == ("水务局", "能源局")


@pytest.mark.parametrize("again", [{"returns": 1}, {"rework": 1}])
def test_a_case_is_returned_once_and_a_rework_never(again: dict[str, int]) -> None:
    returned = apply(case(CaseState.ASSIGNED), CaseEvent.RETURN, at=LATER)
    assert (returned.state, returned.returns) == (CaseState.ACCEPTED, 1)
    with pytest.raises(IllegalMove, match="首接单位"):
        apply(replace(case(CaseState.ASSIGNED), **again), CaseEvent.RETURN, at=LATER)


def test_a_rework_is_not_settled_on_the_spot() -> None:
    with pytest.raises(IllegalMove, match="审签"):
        apply(replace(case(CaseState.ASSIGNED), rework=1), CaseEvent.SETTLE, at=LATER)


def test_a_move_says_only_what_it_may_say() -> None:
    with pytest.raises(ValueError, match="result"):
        apply(case(CaseState.ASSIGNED), CaseEvent.SIGN_FOR, at=LATER, result="办好了")


EVENTS = st.lists(st.sampled_from(list(CaseEvent)), max_size=40)


@given(EVENTS)
def test_on_any_walk_nothing_is_struck_off_but_through_a_closing_and_its_callback(events: list[CaseEvent]) -> None:
    """Whatever is tried in whatever order: the answer stays, counts only grow, the end is the end."""
    at, walked = MORNING, case(CaseState.ACCEPTED)
    path = [walked]
    for event in events:
        at += timedelta(minutes=7)
        with suppress(IllegalMove):
            walked = apply(walked, event, at=at, **BY.get(event, {}))
            path.append(walked)
    for before, after in pairwise(path):
        assert after.answered_at == before.answered_at == MORNING
        assert after.rework >= before.rework and after.returns >= before.returns
        assert not before.first_unit or after.first_unit == before.first_unit
        assert before.state is not CaseState.STRUCK_OFF
    states = [one.state for one in path]
    if states[-1] is CaseState.STRUCK_OFF and states[-2] is not CaseState.ACCEPTED:
        told = (CaseState.CLOSED, CaseState.DECLINED)
        assert any(state in told for state in states) and path[-1].closed_at is not None
        assert path[-1].concluded in ("群众确认解决", *UNHEARD)
        assert path[-1].struck_off_at == at or path[-1].struck_off_at is not None
    assert walked.returns <= 1

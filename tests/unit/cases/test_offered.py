"""What a page offers: what may be done with a case as it stands, by whoever looks, and nothing else."""

from dataclasses import replace

import pytest

from cases.case import BY_HAND, OPEN, TRANSITIONS, Case, CaseEvent, CaseState
from cases.offered import RECORDS, RIGHTS, Standing, Step, offered
from cases.roles import Action, Actor, Role, may
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER
from zhitong.usecases.keep_record import BY_HAND as KEPT_BY_HAND

CASE = Case(number=NUMBER, call_id="1.1", caller=CITIZEN, dialled="12345", answered_at=MORNING, unit="水务局")
EVERYBODY = Actor(name="某人", roles=frozenset(Role), units=frozenset({"水务局"}))
MOVES = {
    CaseEvent.ASSIGN: Step.ASSIGN,
    CaseEvent.SIGN_FOR: Step.SIGN_FOR,
    CaseEvent.START: Step.START,
    CaseEvent.RETURN: Step.RETURN,
    CaseEvent.HAND_OVER: Step.HAND_OVER,
    CaseEvent.REPLY: Step.REPLY,
    CaseEvent.SEND_BACK: Step.SEND_BACK,
    CaseEvent.REVIEW: Step.REVIEW,
    CaseEvent.APPROVE: Step.APPROVE,
    CaseEvent.SETTLE: Step.SETTLE,
    CaseEvent.DECLINE: Step.DECLINE,
}
EASY = Standing(heard=True, on_the_spot=True, outsider=True)
"""Nothing beside the state stands in the way of a move."""


@pytest.mark.parametrize("state", CaseState)
def test_of_the_moves_those_that_the_state_machine_has_are_offered_and_no_other(state: CaseState) -> None:
    assert set(MOVES) == BY_HAND
    steps = set(offered(EVERYBODY, replace(CASE, state=state), EASY))
    assert {event for event in BY_HAND if MOVES[event] in steps} == {
        event for event in BY_HAND if (state, event) in TRANSITIONS
    }


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", CaseState)
def test_nothing_is_offered_that_the_role_may_not(state: CaseState, role: Role) -> None:
    actor, case = Actor(name="某人", roles=frozenset({role}), units=frozenset({"水务局"})), replace(CASE, state=state)
    everything = Standing(
        **dict.fromkeys(("asked_time", "extends", "stops", "suspended", "heard", "on_the_spot"), True),  # type: ignore[arg-type]
        **dict.fromkeys(("outsider", "asks", "to_confirm", "to_recheck"), True),  # type: ignore[arg-type]
        to_take=frozenset({"水务局"}),
    )
    assert all(may(actor, RIGHTS[step], case) for step in offered(actor, case, everything))


def test_every_step_has_a_right_and_every_record_its_kind() -> None:
    assert set(RIGHTS) == set(Step)
    assert {RECORDS[step]: RIGHTS[step] for step in RECORDS} == dict(KEPT_BY_HAND)


@pytest.mark.parametrize(
    ("standing", "state", "step"),
    [
        ({"replied": True}, CaseState.REPLIED, Step.REVIEW),
        ({"reviewed": True, "heard": True}, CaseState.REVIEWED, Step.APPROVE),
        ({"heard": False}, CaseState.REVIEWED, Step.APPROVE),
        ({"on_the_spot": False}, CaseState.ACCEPTED, Step.SETTLE),
        ({"to_take": frozenset({"能源局"})}, CaseState.SIGNED_FOR, Step.HAND_OVER),
        ({"to_take": frozenset({"能源局"})}, CaseState.SIGNED_FOR, Step.TAKE),
        ({"asked_time": True, "asked_himself": True}, CaseState.HANDLING, Step.GRANT),
        ({"asked_time": True, "extends": True}, CaseState.HANDLING, Step.EXTEND),
        ({"stops": True, "suspended": True}, CaseState.HANDLING, Step.SUSPEND),
        ({"outsider": False, "asks": True}, CaseState.CLOSED, Step.CALLED_BACK),
        ({"outsider": True, "asks": True}, CaseState.CALLBACK, Step.CALLED_BACK),
        ({"outsider": True, "asks": False}, CaseState.CLOSED, Step.CALLED_BACK),
        ({"outsider": True, "has_number": True}, CaseState.CLOSED, Step.NO_CONTACT),
        (
            {"outsider": True, "has_number": False, "no_contact": True, "said_himself": True},
            CaseState.CLOSED,
            Step.REVIEW_NO_CONTACT,
        ),
        ({"outsider": False}, CaseState.CLOSED, Step.EDIT),
        ({"main": True}, CaseState.HANDLING, Step.MERGE),
        ({"emergency": True}, CaseState.HANDLING, Step.EMERGENCY),
        ({}, CaseState.HANDLING, Step.SPLIT),
        ({}, CaseState.HANDLING, Step.CLEAR),
    ],
)
def test_what_would_be_refused_is_not_offered(standing: dict[str, bool], state: CaseState, step: Step) -> None:
    assert step not in offered(EVERYBODY, replace(CASE, state=state), replace(EASY, **standing))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", sorted(OPEN))
def test_what_is_answered_with_another_case_is_moved_there(state: CaseState) -> None:
    steps = offered(EVERYBODY, replace(CASE, state=state), replace(EASY, merged_into="x"))
    assert not set(steps) & set(MOVES.values()) and {Step.NOTE, Step.SPLIT, Step.EDIT} <= set(steps)


def test_who_is_complained_of_is_offered_nothing() -> None:
    accused = replace(CASE, accused="|a:某人|", state=CaseState.HANDLING)
    assert offered(EVERYBODY, accused, EASY) == () and not may(EVERYBODY, Action.SEE, accused)

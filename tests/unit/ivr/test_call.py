import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call import TRANSITIONS, CallState, IllegalMove, Whose, caller_uuid, leg_uuid, move, new_base, whose

EVENTS = ("listen", "ring", "talk", "dropped", "nobody", "again", "directed", "fallback", "gone")
# The whole table once more: for each phase, what each of EVENTS makes of it; "-" cannot happen.
TABLE = """
answered   listening  ringing    -          -          -          -          ringing    fallback   over
listening  listening  ringing    -          -          promised   -          ringing    fallback   over
ringing    -          -          talking    -          promised   -          ringing    fallback   over
talking    -          -          -          ringing    promised   ringing    ringing    fallback   over
promised   -          -          talking    -          -          ringing    ringing    fallback   over
fallback   -          -          fallback   fallback   fallback   -          -          fallback   over
over       -          -          -          -          -          -          -          -          -
"""
EXPECTED = {
    (state, event): after
    for state, *row in (line.split() for line in TABLE.strip().splitlines())
    for event, after in zip(EVENTS, row, strict=True)
}


def test_a_caller_may_hang_up_in_every_phase_but_only_once():
    for state in CallState:
        if state is CallState.OVER:
            with pytest.raises(IllegalMove):
                move(state, "gone")
        else:
            assert move(state, "gone") is CallState.OVER


def test_a_call_the_dialplan_took_over_never_comes_back():
    assert {move(CallState.FALLBACK, event) for event in ("talk", "dropped", "nobody", "fallback")} == {
        CallState.FALLBACK
    }
    for event in ("listen", "ring"):
        with pytest.raises(IllegalMove):
            move(CallState.FALLBACK, event)


@pytest.mark.parametrize(("state", "event"), EXPECTED)
def test_every_phase_meets_every_event_by_the_table_or_is_refused(state, event):
    after = EXPECTED[state, event]
    if after == "-":
        with pytest.raises(IllegalMove, match=state):
            move(CallState(state), event)
    else:
        assert move(CallState(state), event).value == after


def test_the_table_names_every_phase_and_no_event_is_missing():
    assert {state for state, _ in EXPECTED} == {state.value for state in CallState}
    assert {event for _, event in TRANSITIONS} == set(EVENTS)


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_whatever_happens_nothing_follows_the_end(events):
    state = CallState.ANSWERED
    for event in events:
        before = state
        try:
            state = move(state, event)
        except IllegalMove:
            continue
        assert before is not CallState.OVER


@given(st.integers(1, 99))
def test_a_connection_knows_whose_it_is(number):
    base = new_base()
    assert whose(caller_uuid(base, number)) == Whose(base=base, side="caller", number=number)
    assert whose(leg_uuid(base, number).upper()) == Whose(base=base, side="leg", number=number)


@given(st.text(max_size=50))
def test_any_other_text_is_nobodys(text):
    assert whose(text) is None


def test_two_calls_never_share_a_base():
    assert len({new_base() for _ in range(1000)}) == 1000

"""The ladder as it is delivered, with nothing shortened but the notice: one call to which nobody comes."""

import pytest

from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, ROOM, STRAIGHT, THIRD, Setting, Stage


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES)


@pytest.mark.timeout(200)
def test_18_seconds_a_mobile_the_next_after_12_the_offer_at_45_the_promise_at_90(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    deputy = stage.phone(DEPUTY).wait_ringing(15)
    assert 11.5 < deputy.invited_at - director.invited_at < 13.5
    assert director.live
    assert 17.0 < director.wait_cancelled(10) - director.invited_at < 20.0

    nobody = caller.wait("nobody", 90, why="timeout")
    promise = caller.wait("promise", 5)
    first, *later = ((fact.ms / 1000, fact.detail["number"]) for fact in caller.facts("rung"))
    assert [number for _, number in (first, *later)] == [DIRECTOR, DEPUTY, THIRD, ROOM, DIRECTOR, DEPUTY, THIRD]
    for i, (at, number) in enumerate(later, 1):
        assert 12 * i - 0.5 < at - first[0] < 12 * i + 2.5, f"{number}, the {i}th after the first"
    assert 44.5 < caller.wait_asked("offer").ms / 1000 - first[0] < 47
    assert 89.5 < nobody.ms / 1000 - first[0] < 92
    assert promise.ms - nobody.ms < 1000
    for number in (DIRECTOR, DEPUTY, THIRD):
        one, other = stage.phone(number).incoming
        assert one.disconnected_at is not None and one.disconnected_at <= other.invited_at, "never twice at once"
        assert other.disconnected_at is not None

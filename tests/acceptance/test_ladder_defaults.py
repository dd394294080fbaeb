"""The ladder as it is delivered, with nothing shortened but the notice."""

import pytest

from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, STRAIGHT, Setting, Stage


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES)


def test_a_mobile_rings_18_seconds_and_after_12_the_next_one_rings_too(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    deputy = stage.phone(DEPUTY).wait_ringing(15)
    assert 11.5 < deputy.invited_at - director.invited_at < 13.5
    assert director.live
    assert 17.0 < director.wait_cancelled(10) - director.invited_at < 20.0
    deputy.answer()
    deputy.wait_sound(3)
    deputy.press("1")
    talk = caller.wait("talk", 5, number=DEPUTY)
    assert caller.call.answered_at is not None
    assert abs(caller.call.answered_at + talk.ms / 1000 - deputy.wait_for("pressed", 1).at) < 1.0

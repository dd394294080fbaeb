"""Keys, however they travel: RTP events, tones in the sound, SIP INFO. And those that never arrive."""

import pytest

from ivr.softphone_plan import DigitMethod, busy
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, STRAIGHT, THIRD, Setting, Stage, wait_heard
from tests.acceptance.test_conversation import asked

WAYS: list[tuple[DigitMethod, bool]] = [("rfc4733", True), ("info", True), ("inband", False)]
"""How a key travels, and whether the telephone offers RTP events at all: tones count only where it does not."""


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        without_key_events=frozenset({THIRD}),
        overrides={"ladder": {"next_seconds": 4, "rung_seconds": 10}, "speech": {"no_speech_seconds": 2}},
    )


@pytest.mark.parametrize(("method", "key_events"), WAYS)
def test_the_callers_0_is_heard_in_the_question_and_while_mobiles_ring(
    stage: Stage, citizen: str, method: DigitMethod, key_events: bool
) -> None:
    stage.phone(citizen, key_events=key_events)
    caller = asked(stage, citizen)
    caller.call.press("0", method)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    assert caller.steps == ["问:question", "找人:transfer_person"]
    caller.call.wait_sound(3)
    caller.call.press("0", method)
    assert stage.phone(DEPUTY).wait_ringing(3).invited_at - director.invited_at < 3.5


def test_a_lost_0_costs_the_caller_nothing_but_another_question(stage: Stage, citizen: str) -> None:
    caller = asked(stage, citizen)
    caller.call.press("0", "lost")
    caller.wait_asked("silent_again_1", 12)
    assert caller.call.live and not caller.facts("planned")
    caller.call.press("0")
    stage.phone(DIRECTOR).wait_ringing(5)


@pytest.mark.parametrize(("method", "key_events"), WAYS)
def test_the_officials_1_is_heard(stage: Stage, citizen: str, method: DigitMethod, key_events: bool) -> None:
    number = DIRECTOR if key_events else THIRD
    if number == THIRD:
        stage.phone(DIRECTOR).will(busy())
        stage.phone(DEPUTY).will(busy())
    caller = stage.dial(citizen, STRAIGHT)
    leg = stage.phone(number).wait_ringing(10)
    leg.answer()
    leg.wait_sound(3)
    leg.press("1", method)
    assert caller.wait("accepted", 5, number=number).detail["by"] == "key"
    caller.wait("talk", 3)


def test_a_lost_1_is_asked_for_again(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    leg = stage.phone(DIRECTOR).wait_ringing(5)
    leg.answer()
    leg.wait_sound(3)
    leg.press("1", "lost")
    keys = stage.prompt("screen_keys_plain")
    wait_heard(leg, keys, 15, "the keys are told")
    wait_heard(leg, keys, 20, "the keys are told once more", since=leg.heard().ended_at)
    assert not caller.facts("accepted")
    leg.press("1")
    caller.wait("talk", 5, number=DIRECTOR)

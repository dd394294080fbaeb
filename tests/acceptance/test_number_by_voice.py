"""Who withholds the number says one: heard over a real telephone by the shipped model, read back, confirmed, dialled.

The voices are synthetic, as those that the model has learnt from; what it makes of people nobody knows. So what decides
is that the number is read back, and the caller's key or plain yes.
"""

from datetime import timedelta
from random import Random

import pytest

from dialplans.spoken_text import spoken_phone
from ivr.softphone_audio import speech
from tests.acceptance.stage import DIRECTOR, NOTICES, Setting, Stage, wait_heard
from tests.acceptance.test_given_number import digits, record_of, withheld

VOICES = [("m4", ""), ("f5", "对"), ("victor", ""), ("Michael", "是的"), ("steph2", "对")]
"""Each voice, and what it says to the number that is read back; empty: it presses 1."""


def number_of(*whose: str) -> str:
    """A mobile's number with all kinds of digits in it, the same in each run."""
    return f"13{Random('/'.join(whose)).randrange(10**9):09d}"


@pytest.fixture(scope="module")
def setting() -> Setting:
    ladder = {"next_seconds": 20, "rung_seconds": 30}
    return Setting(short=NOTICES, overrides={"ladder": ladder}, recognition_trial=False)


def said(number: str, voice: str) -> bytes:
    """The number in one go, 幺 for 1."""
    return speech(spoken_phone(number).replace("，", ""), voice=voice)


def test_what_was_said_is_what_the_system_dials(stage: Stage, citizen: str) -> None:
    number = number_of("dialled")
    caller, _ = withheld(stage, citizen)
    caller.call.wait_quiet(20, quiet=0.5)
    caller.call.say(speech("我的电话是", voice="f5") + said(number, "f5"))
    caller.wait_asked("number_right", 20)
    caller.call.press("1")
    caller.wait("contact", 15, number=number, how="voice", confirmed=True)
    caller.call.hang_up()
    (task,) = record_of(stage, caller).redials
    stage.clock.advance(task.due_at - stage.clock.now() + timedelta(seconds=1))
    stage.hotline.push_duty()
    stage.phone(number).wait_ringing(15).answer()
    stage.phone(DIRECTOR).wait_ringing(8)
    assert not stage.phone(citizen).incoming


@pytest.mark.parametrize(("voice", "yes"), VOICES)
def test_a_number_that_is_said_is_read_back_and_confirmed_by_key_or_by_a_plain_yes(
    stage: Stage, citizen: str, voice: str, yes: str
) -> None:
    number = number_of(voice, yes)
    caller, director = withheld(stage, citizen)
    caller.call.wait_quiet(20, quiet=0.5)
    caller.call.say(said(number, voice))
    caller.wait_asked("number_right", 20)
    wait_heard(caller.call, digits(stage, number), 20, "the number is read back")
    if yes:
        wait_heard(caller.call, stage.prompt("number_right"), 20, "whether it is right is asked")
        caller.call.say(speech(yes, voice=voice))
    else:
        caller.call.press("1")
    caller.wait("contact", 15, number=number, how="voice", confirmed=True)
    assert director.live, "it has rung all the time"
    caller.call.hang_up()
    record = record_of(stage, caller)
    stage.phone(number).behaviour("unreachable")  # when a later test puts the clock forward
    assert (record.case.caller, record.case.contact, record.case.contact_how) == ("", number, "语音")


def test_a_number_that_the_caller_says_is_wrong_is_not_dialled_and_may_be_said_once_more(
    stage: Stage, citizen: str
) -> None:
    wrong, number = number_of("wrong"), number_of("right")
    caller, _ = withheld(stage, citizen)
    caller.call.wait_quiet(20, quiet=0.5)
    caller.call.say(said(wrong, "m4"))
    caller.wait_asked("number_right", 20)
    caller.call.press("2")
    caller.wait_sound_after(caller.wait_asked("number_again", 10), 5)
    caller.call.wait_quiet(20, quiet=0.5)
    caller.call.say(said(number, "m4"))
    caller.wait_asked("number_right", 20, times=2)
    caller.call.press("1")
    caller.wait("contact", 15, number=number, confirmed=True)
    caller.call.hang_up()
    stage.phone(number).behaviour("unreachable")
    assert record_of(stage, caller).case.number_to_call == number

"""The caller is asked for a number by the controller while it rings: nothing of the ringing depends on it."""

import time
import uuid
from pathlib import Path

import pytest

from dialplans import names
from ivr.softphone import PhoneCall
from ivr.softphone_audio import tone
from ivr.softphone_plan import accepts, no_answer
from tests.fakes.scripted_controller import Audio, ScriptedController
from tests.fakes.tone_prompts import make_prompt, prompts_in
from tests.integration.dialplans.conftest import Line, rings
from zhitong.trial import wait_until


def _asks(controller: ScriptedController, tmp_path: Path, *numbers: str) -> None:
    """The caller is to be asked; officials are screened by keys alone, so that all audio is the caller's."""
    base = str(uuid.uuid4())[:23]
    keys = make_prompt(tmp_path / "keys", "keys")
    brief = make_prompt(tmp_path / "brief", "brief_static")
    opened = {"UBASE": f"{base}-", "HL_UUID": f"{base}-{names.UUID_ROUND}01", "HL_NOTICE": names.SAY_NOTHING}
    opened |= {"LADDER": "&".join(numbers), names.ASK_NUMBER: names.ASK_YES, names.ASK_KEYS: keys, names.BRIEF: brief}
    controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_RING)


def _asked(controller: ScriptedController, place: str) -> Audio:
    audio = controller.audio.get(timeout=6)
    assert audio.uuid.endswith(f"{names.UUID_ROUND}0{names.NUMBER_TURNS[place]}")
    return audio


def test_who_is_asked_hears_the_next_ones_being_rung_in_time_and_is_taken_away_by_who_accepts(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone(no_answer()), line.phone(accepts(after=0.2, key_after=0.2))
    _asks(controller, tmp_path, first.number, second.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    audio = _asked(controller, "hold")
    rung = [line.ear.wait(names.KIND_RUNG, 5, call=call, Number=phone.number) for phone in (first, second)]
    assert rung
    times = [phone.wait_ringing(5).invited_at for phone in (first, second)]
    assert 1.7 < times[1] - times[0] < 2.8, "the stagger, as without being asked"
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=second.number)
    assert audio.ended.wait(3), "the controller's audio has ended"


def test_a_controller_that_hangs_while_it_asks_loses_the_caller_to_the_ringing_tone_and_no_talk_later(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone(no_answer()), line.phone()
    _asks(controller, tmp_path, first.number, second.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    audio = _asked(controller, "hold")
    controller.answers.clear()  # as SIGSTOP does: all sockets stay open, nothing is said any more
    audio.fall_silent()
    leg = second.wait_ringing(8)
    wait_until(lambda: call and line.channels("hold") != [], 8, "the caller hears it ring")
    leg.answer()
    leg.wait_sound(5)
    leg.press("1")
    line.ear.wait(names.KIND_TALK, 5, call=call, Number=second.number)
    citizen.say(tone(520, 4.0))
    assert citizen.live and leg.live, "nobody takes the caller out of the talk"


def test_a_controller_that_hangs_just_as_somebody_accepts_does_not_end_the_talk(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first = line.phone(accepts(after=2.5, key_after=0.3))  # once the caller is being asked
    _asks(controller, tmp_path, first.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    _asked(controller, "hold")
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=first.number)
    controller.answers.clear()
    citizen.say(tone(520, 5.0))
    assert not line.ear.of(names.KIND_TALKOVER, call), "the watchman lets go of who talks"


@pytest.mark.parametrize(("short", "said"), [("4271", "4271"), ("84271", "84271"), ("", "")])
def test_after_the_talk_who_stays_is_asked_again_and_told_the_number_of_the_case(
    line: Line, controller: ScriptedController, tmp_path: Path, short: str, said: str
) -> None:
    first = line.phone(accepts(after=2.5, key_after=0.3))  # once the caller is being asked
    _asks(controller, tmp_path, first.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    _asked(controller, "hold")
    line.ear.wait(names.KIND_TALK, 8, call=call)
    channel = next(name for name in line.channels("talk"))
    if short:
        line.asterisk.cli(f"dialplan set chanvar {channel} SHARED({names.SPOKEN}) {short}")
    citizen.say(tone(520, 2.5))
    first.incoming[0].hang_up()
    _asked(controller, "talk").end()
    citizen.wait_disconnected(25)
    heard = prompts_in(citizen.heard())
    told = [key for key in heard if key.startswith(("case_number", "digit"))]
    digits = [f"digit_{digit}" for digit in said]
    once = ["case_number", *digits, "case_number_again", *digits, "case_number_report"]
    assert told == (once if said else []) and heard[-1] == "thanks"
    assert bool(line.ear.of(names.KIND_SPOKEN, call)) == bool(said)


def _talk(line: Line, controller: ScriptedController, tmp_path: Path) -> tuple[PhoneCall, PhoneCall]:
    """A caller whose number is known and an official, in a talk."""
    official = line.phone(accepts(after=0.2, key_after=0.2))
    keys = make_prompt(tmp_path / "keys", "keys")
    rings(controller, official, **{names.ASK_KEYS: keys, names.BRIEF: make_prompt(tmp_path / "b", "brief_static")})
    citizen = line.dial()
    line.ear.wait(names.KIND_TALK, 8, call=line.call_id(citizen))
    citizen.say(tone(520, 2.5))
    return citizen, official.incoming[0]


def test_a_number_that_is_not_known_in_time_is_not_told_but_that_the_telephone_finds_the_case(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    citizen, official = _talk(line, controller, tmp_path)
    official.hang_up()
    citizen.wait_disconnected(15)
    assert prompts_in(citizen.heard())[-2:] == ["case_number_later", "thanks"]
    assert not line.ear.of(names.KIND_SPOKEN, line.call_id(citizen))


def test_telling_the_number_holds_nobodys_line(line: Line, controller: ScriptedController, tmp_path: Path) -> None:
    citizen, official = _talk(line, controller, tmp_path)
    (channel,) = line.channels("talk")
    line.asterisk.cli(f"dialplan set chanvar {channel} SHARED({names.SPOKEN}) 84271")
    official.hang_up()
    wait_until(lambda: line.channels("spoken") == [channel], 5, "the number is being told")
    assert line.channels("accepted") == [], "the official's line is free"
    hung_up = time.monotonic()
    citizen.hang_up()
    wait_until(lambda: channel not in line.asterisk.cli("core show channels concise"), 5, "the caller's line is free")
    assert time.monotonic() - hung_up < 2


def test_however_long_the_sound_the_number_is_told_for_a_bounded_time(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    keep = line.asterisk.config.prompts / "case_number_keep.alaw"
    sound = keep.read_bytes()
    keep.write_bytes(sound * 100)
    try:
        citizen, official = _talk(line, controller, tmp_path)
        line.asterisk.cli(f"dialplan set chanvar {line.channels('talk')[0]} SHARED({names.SPOKEN}) 4271")
        official.hang_up()
        citizen.wait_disconnected(line.asterisk.config.told_seconds + 5)
    finally:
        keep.write_bytes(sound)
    assert prompts_in(citizen.heard())[-2:] == ["case_number_keep", "thanks"]

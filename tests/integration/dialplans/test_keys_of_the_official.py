"""What an official presses, in the screening and in the talk, and telephones that have no keys or rings for us."""

import time
from pathlib import Path

import pytest

from dialplans import names
from ivr.softphone import Phone, PhoneCall
from ivr.softphone_audio import correlation, tone
from ivr.softphone_plan import (
    Plan,
    accepts,
    answer,
    answers_silently,
    busy,
    dead,
    hang_up,
    no_answer,
    press,
    progress,
    ring,
    say,
    voicemail,
    wait,
)
from tests.fakes.scripted_controller import ScriptedController
from tests.fakes.tone_prompts import make_prompt, prompts_in
from tests.integration.dialplans.conftest import Line, rings, rung
from zhitong.trial import wait_until

SLOW = {"STAGGER": "8000", "OFFER": "60000", "NOBODY": "60000", "RING": "30"}
"""A ladder in which no rung begins by itself within a test."""
SURELY = 0.8


def by_keys(folder: Path) -> dict[str, str]:
    """The dialplan screens, as it does where no word counts."""
    return {"BRIEF": make_prompt(folder / "brief", "transfer"), "KEYS": make_prompt(folder / "keys", "closed")}


def presses(key: str) -> Plan:
    """Answers at once and presses a key in the brief."""
    return (ring(), answer(), wait(0.4), press(key))


# --- 3: the deputy ----------------------------------------------------------------------------------------------------


def test_key_3_rings_the_deputy_before_all_others(line: Line, controller: ScriptedController, tmp_path: Path) -> None:
    first, second, deputy = line.phone(presses("3")), line.phone(), line.phone()
    rings(controller, first, second, deputy, **by_keys(tmp_path), **SLOW, **{f"D{first.number}": deputy.number})
    citizen = line.dial()
    call = line.call_id(citizen)
    pressed = first.wait_ringing(8).wait_for("pressed", 5).at
    assert deputy.wait_ringing(5).invited_at - pressed < 1.0
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=first.number)["Why"] == names.LEG_DEPUTY
    second.wait_ringing(12)  # the ladder goes on behind the deputy
    assert rung(line, call) == [first.number, deputy.number, second.number]
    citizen.hang_up()
    for phone in (deputy, second):
        phone.incoming[0].wait_disconnected(1)


def test_the_controller_s_verdict_may_be_the_deputy_too(line: Line, controller: ScriptedController) -> None:
    first, second, deputy = line.phone((ring(), answer())), line.phone(), line.phone()
    rings(controller, first, second, deputy, **SLOW, **{f"D{first.number}": deputy.number})
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_DEPUTY)
    line.dial()
    controller.audio.get(timeout=5).end()
    deputy.wait_ringing(5)
    assert not second.incoming


def test_a_deputy_who_is_not_on_the_ladder_is_rung_and_ends_with_it(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second, deputy = line.phone(presses("3")), line.phone(), line.phone()
    rings(controller, first, second, **by_keys(tmp_path), **SLOW, **{f"D{first.number}": deputy.number})
    citizen = line.dial()
    leg = deputy.wait_ringing(8)
    citizen.hang_up()
    leg.wait_disconnected(1)


def test_a_deputy_who_has_been_rung_is_not_rung_twice(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    deputy, first, last = line.phone(busy()), line.phone(presses("3")), line.phone()
    rings(controller, deputy, first, last, **by_keys(tmp_path), **SLOW, **{f"D{first.number}": deputy.number})
    call = line.call_id(line.dial())
    last.wait_ringing(8)
    assert rung(line, call) == [deputy.number, first.number, last.number]


def test_without_a_controller_3_is_as_2(line: Line) -> None:
    first, second = line.phone(presses("3")), line.phone()
    line.duty(first, second)
    call = line.call_id(line.dial())
    second.wait_ringing(8)
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=first.number)["Why"] == names.LEG_DEPUTY


# --- 4: I call back ---------------------------------------------------------------------------------------------------


def test_key_4_is_told_to_the_caller_and_the_ladder_goes_on_without_him(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone(presses("4")), line.phone()
    pace = {"STAGGER": "2000", "RING": "1", "OFFER": "60000", "NOBODY": "60000"}
    base = rings(controller, first, second, **by_keys(tmp_path), **pace)
    said = make_prompt(tmp_path / "later", "offer")
    controller.answers[names.AGI_LATER] = lambda agi: agi.command(
        f'EXEC MSet "SHARED(SAY,{caller[0]})={said},HL_KEY={names.SCREEN_LATER}"'
    )
    caller: list[str] = []
    citizen = line.dial()
    caller += [controller.wait_request(names.AGI_ANSWER, 3).env["agi_channel"]]
    call = line.call_id(citizen)
    asked = controller.wait_request(names.AGI_LATER, 8)
    assert asked.path == f"later/{base}-{names.UUID_LEG}{1:011d}" and asked.arguments == ["1", first.number]
    leg = first.wait_ringing(1)
    leg.wait_disconnected(4)
    assert prompts_in(leg.heard())[-1] == "later_thanks"
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=first.number)["Why"] == names.LEG_AWAY
    wait_until(lambda: "offer" in prompts_in(citizen.heard()), 6, "the caller is told")
    line.ear.wait(names.KIND_RUNG, 8, call=call, Rung="3")
    assert rung(line, call)[:3] == [first.number, second.number, second.number], "he is not rung again"


def test_a_call_that_cannot_wait_goes_on_to_the_next_one(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone(presses("4")), line.phone()
    rings(controller, first, second, **by_keys(tmp_path), **SLOW)
    controller.answers[names.AGI_LATER] = lambda agi: agi.set(HL_KEY=names.SCREEN_REFUSE)
    call = line.call_id(line.dial())
    second.wait_ringing(8)
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=first.number)["Why"] == names.LEG_REFUSED


def test_when_all_will_call_back_the_promise_does_not_wait_for_time_to_be_up(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    phones = [line.phone(presses("4")) for _ in range(2)]
    rings(controller, *phones, **by_keys(tmp_path), STAGGER="3000", OFFER="60000", NOBODY="60000")
    controller.answers[names.AGI_LATER] = lambda agi: agi.set(HL_KEY=names.SCREEN_LATER)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_NOBODY, 15, call=call, Why="drained")


@pytest.mark.parametrize("gone", ["never there", "hangs"])
def test_without_a_controller_nobody_can_see_to_it_and_the_official_is_asked_again(
    line: Line, gone: str, tmp_path: Path
) -> None:
    first = line.phone((ring(), answer(), wait(0.4), press("4"), wait(3.0), press("1")))
    if gone == "never there":
        line.duty(first, line.phone())
        citizen = line.dial()
    else:
        with ScriptedController(line.asterisk.config.agi_port, line.asterisk.config.audio_port) as controller:
            rings(controller, first, line.phone(), **by_keys(tmp_path), **SLOW)
            citizen = line.dial()
            controller.wait_request(names.AGI_LATER, 8)
            line.ear.wait(names.KIND_TALK, 10, call=line.call_id(citizen), Number=first.number)
    line.ear.wait(names.KIND_TALK, 10, call=line.call_id(citizen), Number=first.number)


# --- telephones that do not ring --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["first", "second"])
def test_a_number_from_which_nothing_is_heard_in_four_seconds_is_given_up_at_once(
    line: Line, controller: ScriptedController, place: str
) -> None:
    silent, after = line.phone(dead()), line.phone()
    before = [line.phone(busy())] if place == "second" else []
    rings(controller, *before, silent, after, **SLOW)
    call = line.call_id(line.dial())
    lost = silent.wait_called(5)
    took = after.wait_ringing(8).invited_at - lost.invited_at
    assert 3.8 < took < 6.0, "the caller's own thread looks once a second"
    lost.wait_disconnected(2)
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=silent.number)["Why"] == names.LEG_DEAD


@pytest.mark.parametrize("place", ["first", "second"])
def test_a_trunk_that_sends_183_and_never_180_is_alive(line: Line, controller: ScriptedController, place: str) -> None:
    colourful, after = line.phone((progress(),)), line.phone()
    before = [line.phone(busy())] if place == "second" else []
    rings(controller, *before, colourful, after, **SLOW)
    line.dial()
    first = colourful.wait_called(5)
    assert after.wait_ringing(12).invited_at - first.invited_at > 7.5
    assert first.live


def test_where_life_is_in_danger_a_long_sentence_does_not_hold_that_up(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    silent, after = line.phone(dead()), line.phone()
    long = make_prompt(tmp_path / "danger", "offer")
    sound = Path(f"{long}.alaw")
    sound.write_bytes(sound.read_bytes() * 10)
    rings(controller, silent, after, P1=long, HL_STAY=names.STAY_YES, **SLOW)
    line.dial()
    lost = silent.wait_called(5)
    assert 3.8 < after.wait_ringing(8).invited_at - lost.invited_at < 5.0


# --- without a key ----------------------------------------------------------------------------------------------------


def test_the_duty_room_is_connected_as_it_answers(line: Line) -> None:
    room = line.phone((ring(), answer()))
    line.duty(line.phone(busy()), room=room)
    citizen = line.dial()
    call = line.call_id(citizen)
    talk = line.ear.wait(names.KIND_TALK, 8, call=call, Number=room.number)
    opened = line.ear.wait(names.KIND_OPEN, 1, call=call, Why=names.OPEN_ROOM, Number=room.number)
    assert opened["Rung"] == talk["Rung"] and not line.ear.of(names.KIND_SCREEN, call)
    assert talks(citizen, room.wait_ringing(1))


def test_the_duty_room_of_the_settings_takes_a_call_without_a_key_too(line: Line) -> None:
    line.asterisk.cli("database deltree duty")
    floor = line.network.phone(line.asterisk.config.duty_floor).will((ring(), answer()))
    try:
        call = line.call_id(line.dial())
        line.ear.wait(names.KIND_TALK, 8, call=call, Number=floor.number)
    finally:
        floor.will(no_answer())


def test_a_machine_at_the_duty_room_that_hangs_up_soon_does_not_swallow_the_call(
    line: Line, controller: ScriptedController
) -> None:
    machine = line.phone((ring(), answer(), say(tone(1000, 2.5)), hang_up()), no_answer())
    rings(controller, machine, OPEN=machine.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALKOVER, 10, call=call, Why="dropped")
    line.ear.wait(names.KIND_RUNG, 8, call=call, Rung="2")
    assert citizen.live


def test_a_caller_who_leaves_a_machine_soon_has_not_talked(line: Line, controller: ScriptedController) -> None:
    machine = line.phone(voicemail(tone(1000, 1.0), after=0.1))
    rings(controller, machine, OPEN=machine.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 8, call=call)
    with pytest.raises(TimeoutError):
        citizen.wait_disconnected(line.asterisk.config.dropped_ms / 1000 + 0.5)
    citizen.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=call, Phase=names.PHASE_DROPPED, Why="dropped")


LAST = {"STAGGER": "8000", "OFFER": "60000", "NOBODY": "12000"}
"""Nobody can be rung a second time before time is up."""
SAYS = (ring(), answer(), wait(2.0), say(tone(400, 0.5)))
"""喂, when the keys have been said, and then nothing: a key that is pressed does not arrive."""


def test_on_the_last_pass_a_person_whose_keys_do_not_arrive_is_connected(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    official = line.phone(SAYS)
    rings(controller, official, line.phone(), **by_keys(tmp_path), **LAST)
    citizen = line.dial()
    call = line.call_id(citizen)
    asked = line.ear.wait(names.KIND_SCREEN, 5, call=call)
    opened = line.ear.wait(names.KIND_OPEN, 10, call=call, Why=names.OPEN_VOICE, Number=official.number)
    assert asked["Why"] == names.SCREEN_LAST
    assert float(opened["at"]) - float(asked["at"]) > line.asterisk.config.keyless_seconds
    line.ear.wait(names.KIND_TALK, 3, call=call, Number=official.number)
    assert talks(citizen, official.wait_ringing(1))


def test_the_word_with_which_a_mobile_is_answered_counts_too(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    official = line.phone((ring(), answer(), wait(0.3), say(tone(400, 0.5))))
    sentences = by_keys(tmp_path)
    brief = Path(f"{sentences['BRIEF']}.alaw")
    brief.write_bytes(brief.read_bytes() * 4)
    rings(controller, official, line.phone(), **sentences, **LAST)
    call = line.call_id(line.dial())
    asked = line.ear.wait(names.KIND_SCREEN, 5, call=call)
    opened = line.ear.wait(names.KIND_OPEN, 6, call=call, Why=names.OPEN_VOICE, Number=official.number)
    assert float(opened["at"]) - float(asked["at"]) < 4.5


def test_so_is_he_without_a_controller(line: Line) -> None:
    official = line.phone(SAYS)
    line.duty(*(line.phone(busy()) for _ in range(4)), official)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_OPEN, 12, call=call, Why=names.OPEN_VOICE, Number=official.number)
    line.ear.wait(names.KIND_TALK, 3, call=call, Number=official.number)


@pytest.mark.parametrize("plan", [(*SAYS, wait(1.2), press("1")), presses("1")], ids=["after a word", "at once"])
def test_on_the_last_pass_a_key_that_arrives_is_a_key(
    line: Line, controller: ScriptedController, tmp_path: Path, plan: Plan
) -> None:
    official = line.phone(plan)
    rings(controller, official, line.phone(), **by_keys(tmp_path), **LAST)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=official.number)
    assert not line.ear.of(names.KIND_OPEN, call)


def test_on_the_last_pass_key_2_refuses_and_key_5_plays_the_words(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone((ring(), answer(), wait(0.4), press("5"), wait(1.5), press("2"))), line.phone()
    rings(controller, first, second, **by_keys(tmp_path), **LAST)
    call = line.call_id(line.dial())
    second.wait_ringing(8)
    assert line.ear.wait(names.KIND_LEG, 2, call=call, Number=first.number)["Why"] == names.LEG_REFUSED
    assert "no_clip" in prompts_in(first.incoming[0].heard())


@pytest.mark.parametrize(
    "plan",
    [
        answers_silently(after=0.1),
        voicemail(tone(400, 4.0), after=0.1),
        (ring(), answer(), wait(3.0), say(tone(400, 0.05))),
    ],
    ids=["a pocket", "a mailbox", "a click"],
)
def test_on_the_last_pass_no_machine_is_taken_for_a_person(
    line: Line, controller: ScriptedController, tmp_path: Path, plan: Plan
) -> None:
    nobody = line.phone(plan)
    rings(controller, nobody, line.phone(), **by_keys(tmp_path), **LAST)
    call = line.call_id(line.dial())
    ended = line.ear.wait(names.KIND_LEG, 20, call=call, Number=nobody.number)
    assert ended["Why"] in (names.LEG_NOBODY, names.LEG_LATE)
    assert not line.ear.of(names.KIND_OPEN, call) and not line.ear.of(names.KIND_TALK, call)


def test_before_the_last_pass_a_person_who_only_speaks_is_asked_for_a_key(line: Line) -> None:
    official = line.phone(SAYS)
    line.duty(official)
    call = line.call_id(line.dial())
    assert line.ear.wait(names.KIND_LEG, 20, call=call)["Why"] == names.LEG_NOBODY
    assert not line.ear.of(names.KIND_OPEN, call)


# --- keys in the talk -------------------------------------------------------------------------------------------------


def talks(citizen: PhoneCall, official: PhoneCall) -> bool:
    """Whether both hear each other: one of three tries is enough, a busy machine may break a sound to pieces."""
    return any(hears(citizen, official) and hears(official, citizen) for _ in range(3))


def hears(listener: PhoneCall, speaker: PhoneCall) -> bool:
    """Whether what one says arrives at the other."""
    began = time.monotonic()
    speaker.say(tone(430, 1.0))
    over = time.monotonic()
    heard = listener.heard_between(began, over + 0.5)
    return correlation(speaker.said().between(began, over), heard) > SURELY


def talk(line: Line, *, controller: ScriptedController | None = None, **more: str) -> tuple[PhoneCall, PhoneCall, str]:
    """A citizen, an official who has taken the call by a key, and the call's id."""
    phone = line.phone(presses("1"))
    if controller is None:
        line.duty(phone)
    else:
        rings(controller, phone, **more)
        controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_ACCEPT)
    citizen = line.dial()
    call = line.call_id(citizen)
    if controller is not None:
        controller.audio.get(timeout=5).end()
    line.ear.wait(names.KIND_TALK, 10, call=call, Number=phone.number)
    official = phone.wait_ringing(1)
    assert talks(citizen, official)
    return citizen, official, call


def stars(official: PhoneCall, keys: str) -> None:
    """Press keys and hear the tone to its end, so that each can be told from the next."""
    began = time.monotonic()
    official.press(keys)
    official.wait_sound(5, since=began)
    official.wait_quiet(4, quiet=0.3)


def test_a_key_in_the_talk_is_told_with_a_tone_that_the_official_alone_hears_and_the_same_again_takes_it_back(
    line: Line,
) -> None:
    citizen, official, call = talk(line)
    pressed = time.monotonic()
    for n, state in enumerate(("on", "off", "on"), start=1):
        stars(official, "*9")
        told = line.ear.wait_times(names.KIND_STAR, n, 4, call=call, Key="9")
        assert (told["State"], told["Number"]) == (state, official.number)
    stars(official, "*1")
    line.ear.wait(names.KIND_STAR, 4, call=call, Key="1", State="on")
    assert talks(citizen, official), "the talk goes on"
    over = time.monotonic()
    heard = prompts_in(official.heard_between(pressed, over))
    assert [key for key in heard if key.startswith("star")] == ["star_on", "star_off", "star_on", "star_on"]
    assert not [key for key in prompts_in(citizen.heard_between(pressed, over)) if key.startswith("star")]
    assert "*" not in citizen.digits and "9" not in citizen.digits, "nor the keys"


def test_keys_pressed_at_once_one_after_the_other_all_count(line: Line) -> None:
    citizen, official, call = talk(line)
    pressed = time.monotonic()
    for keys in ("*1", "*9", "*4", "*9"):
        official.press(keys)
    line.ear.wait_times(names.KIND_STAR, 4, 6, call=call)
    told = [(event["Key"], event["State"]) for event in line.ear.of(names.KIND_STAR, call)]
    assert told == [("1", "on"), ("9", "on"), ("4", "on"), ("9", "off")]
    wait_until(lambda: "star_off" in prompts_in(official.heard()), 4, "each has its tone")
    over = time.monotonic()
    assert not [key for key in prompts_in(citizen.heard_between(pressed, over)) if key.startswith("star")]
    assert talks(citizen, official)


def test_the_caller_s_keys_and_other_keys_of_the_official_mean_nothing(line: Line) -> None:
    citizen, official, call = talk(line)
    citizen.press("*9")
    official.press("9")
    official.press("*8")
    official.press("*1")
    line.ear.wait(names.KIND_STAR, 5, call=call, Key="1")
    assert len(line.ear.of(names.KIND_STAR, call)) == 1
    assert talks(citizen, official)


def test_the_official_after_a_talk_that_broke_off_has_keys_too(line: Line) -> None:
    first, second = line.phone(accepts(after=0.2, key_after=0.2, talk=0.3)), line.phone(presses("1"))
    line.duty(first, second)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_TALK, 12, call=call, Number=second.number)
    second.wait_ringing(1).press("*2")
    line.ear.wait(names.KIND_STAR, 5, call=call, Key="2", Number=second.number)


# --- *3: three in a talk ----------------------------------------------------------------------------------------------


def brings_in(controller: ScriptedController, *phones: Phone) -> None:
    numbers = "&".join(phone.number for phone in phones)
    controller.answers[names.AGI_OTHERS] = lambda agi: agi.set(HL_OTHERS=numbers)


def joined(line: Line, call: str, phone: Phone) -> PhoneCall:
    line.ear.wait(names.KIND_THIRD, 12, call=call, Step="joined", Number=phone.number)
    return phone.incoming[-1]


def test_a_third_official_hears_the_brief_presses_1_and_all_three_talk_and_are_recorded(
    line: Line, controller: ScriptedController
) -> None:
    engaged, third = line.phone(busy()), line.phone((ring(), wait(0.3), answer(), wait(1.6), press("1")))
    brings_in(controller, engaged, third)
    citizen, official, call = talk(line, controller=controller)
    official.press("*3")
    asked = controller.wait_request(names.AGI_OTHERS, 5)
    assert asked.arguments == [official.number]
    other = joined(line, call, third)
    line.ear.wait(names.KIND_THIRD, 1, call=call, Step=names.LEG_RANG, Number=engaged.number)
    for one in (citizen, official, other):
        for listener in (citizen, official, other):
            assert one is listener or any(hears(listener, one) for _ in range(3)), (listener, one)
    recording = line.recordings / f"{call}{names.SUFFIX_RECORDING}"
    size = recording.stat().st_size
    other.say(tone(430, 1.0))
    wait_until(lambda: recording.stat().st_size > size + 16_000, 3, "the recording goes on")
    official.press("*1")
    line.ear.wait(names.KIND_STAR, 4, call=call, Key="1", State="on")
    citizen.hang_up()
    for leg in (official, other):
        leg.wait_disconnected(2)
    assert prompts_in(other.heard())[:2] == ["brief_static", "third_keys"]


def test_the_third_has_keys_too_told_with_his_number_and_hears_their_tones_alone(
    line: Line, controller: ScriptedController
) -> None:
    third = line.phone(presses("1"))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    stars(official, "*3")
    other = joined(line, call, third)
    wait_until(lambda: hears(official, other), 12, "they hear each other")
    pressed = time.monotonic()
    stars(other, "*1")
    told = line.ear.wait(names.KIND_STAR, 4, call=call, Key="1", State="on")
    assert (told["Number"], told["Rung"]) == (third.number, "0")
    stars(other, "*2")
    other.press("*3")
    assert any(hears(citizen, other) for _ in range(3))
    keys = [event["Key"] for event in line.ear.of(names.KIND_STAR, call)]
    assert keys == ["3", "1", "2"], "he brings nobody in, and does not put himself out"
    over = time.monotonic()
    assert "star_on" in prompts_in(other.heard_between(pressed, over))
    for one in (citizen, official):
        assert not [key for key in prompts_in(one.heard_between(pressed, over)) if key.startswith("star")]


def test_who_brought_in_the_third_may_leave_and_the_talk_goes_on(line: Line, controller: ScriptedController) -> None:
    third = line.phone(presses("1"))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    official.press("*3")
    other = joined(line, call, third)
    official.hang_up()
    assert talks(citizen, other)
    assert not line.ear.of(names.KIND_TALKOVER, call)
    other.hang_up()
    line.ear.wait(names.KIND_TALKOVER, 3, call=call, Why="SUCCESS")
    citizen.wait_disconnected(5)


def test_a_third_who_leaves_leaves_the_two_alone(line: Line, controller: ScriptedController) -> None:
    third = line.phone((*presses("1"), wait(2.0), hang_up()))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    official.press("*3")
    joined(line, call, third).wait_disconnected(8)
    line.ear.wait(names.KIND_THIRD, 2, call=call, Step=names.LEG_TALKED)
    assert talks(citizen, official)


def test_the_same_key_again_calls_it_off_while_it_rings_and_puts_the_third_out_once_it_is_there(
    line: Line, controller: ScriptedController
) -> None:
    third = line.phone(no_answer(), presses("1"))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    stars(official, "*3")
    ringing = third.wait_ringing(5)
    stars(official, "*3")
    ringing.wait_cancelled(3)
    stars(official, "*3")
    there = joined(line, call, third)
    stars(official, "*3")
    there.wait_disconnected(3)
    assert [event["State"] for event in line.ear.of(names.KIND_STAR, call)] == ["on", "off", "on", "off"]
    assert talks(citizen, official)


@pytest.mark.parametrize("who", ["caller", "official"])
@pytest.mark.parametrize("state", ["ringing", "asked"])
def test_the_end_of_the_talk_ends_what_was_to_become_the_third(
    line: Line, controller: ScriptedController, who: str, state: str
) -> None:
    third = line.phone(no_answer() if state == "ringing" else answers_silently(after=0.1))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    official.press("*3")
    leg = third.wait_ringing(5)
    if state == "asked":
        leg.wait_sound(4)
    (citizen if who == "caller" else official).hang_up()
    leg.wait_disconnected(2)
    line.ear.wait(names.KIND_GONE, 8, call=call)


@pytest.mark.parametrize("others", ["nobody", "refuses", "no controller"])
def test_when_nobody_comes_the_official_alone_is_told(line: Line, controller: ScriptedController, others: str) -> None:
    if others == "nobody":
        brings_in(controller)
    elif others == "refuses":
        brings_in(controller, line.phone(presses("2")), line.phone(busy()))
    citizen, official, call = talk(line, controller=controller)
    pressed = time.monotonic()
    official.press("*3")
    line.ear.wait(names.KIND_THIRD, 12, call=call, Step="nobody")
    wait_until(lambda: "third_none" in prompts_in(official.heard()), 5, "he is told")
    assert "third_none" not in prompts_in(citizen.heard_between(pressed, time.monotonic()))
    assert talks(citizen, official)
    official.press("*3")
    line.ear.wait_times(names.KIND_STAR, 2, 4, call=call, Key="3", State="on")


def test_nothing_is_left_of_three_way_talks(line: Line, controller: ScriptedController) -> None:
    third = line.phone(presses("1"))
    brings_in(controller, third)
    citizen, official, call = talk(line, controller=controller)
    official.press("*3")
    joined(line, call, third)
    citizen.hang_up()
    line.network.wait_all_over(5)
    wait_until(lambda: "0 active channels" in line.asterisk.cli("core show channels count"), 5, "no channel is left")

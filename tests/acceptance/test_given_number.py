"""Who cannot be called back is asked for a number while it rings; and everybody is told the number of the case."""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median

import pytest

from cases.case import CaseState
from ivr.given_number import digits_sound
from ivr.softphone import PhoneCall
from ivr.softphone_audio import tone
from ivr.softphone_plan import accepts
from tests.acceptance.stage import (
    DIRECTOR,
    NOTICES,
    STRAIGHT,
    SURELY,
    SURELY_NOT,
    Caller,
    Setting,
    Stage,
    found,
    gets_through,
    wait_heard,
)
from tests.acceptance.witness import Record
from zhitong.trial import wait_until


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES, overrides={"ladder": {"next_seconds": 20, "rung_seconds": 30}})


def withheld(stage: Stage, citizen: str) -> tuple[Caller, PhoneCall]:
    """Somebody withholds the number, and is being asked for one while the director's telephone rings."""
    caller = stage.dial(citizen, STRAIGHT, seen_as="", withheld=True)
    director = stage.phone(DIRECTOR).wait_ringing(8)
    caller.wait_sound_after(caller.wait_asked("number_ask", 20), 5)
    return caller, director


def answers(director: PhoneCall) -> None:
    """The director hears the brief."""
    director.answer()
    director.wait_sound(3)


def record_of(stage: Stage, caller: Caller) -> Record:
    """The case of one who withheld the number."""
    caller.wait("ended", 25)
    assert stage.hotline.keeper.flush(5)
    (record,) = (record for record in stage.cases.of("") if record.case.call_id == caller.id)
    return record


def digits(stage: Stage, number: str) -> bytes:
    """Digits as the line reads them."""
    return digits_sound(stage.hotline.book.prompt, number)


def test_a_withheld_caller_gives_a_number_by_keys_while_it_rings_and_is_called_there(
    stage: Stage, citizen: str, citizens: Iterator[str]
) -> None:
    number = next(citizens)
    caller, director = withheld(stage, citizen)
    caller.call.press(number)
    caller.wait_asked("number_right", 20)
    wait_heard(caller.call, digits(stage, number), 20, "the number is read back")
    caller.call.press("1")
    caller.wait("contact", 8, number=number, how="key", confirmed=True)
    assert director.live, "it has rung all the time"
    caller.wait_asked("case_number", 15)
    caller.call.hang_up()
    record = record_of(stage, caller)
    assert (record.case.caller, record.case.contact, record.case.contact_how) == ("", number, "按键")
    assert found(digits(stage, record.case.short), caller.call.heard().pcm) > SURELY, "the number of the case is told"

    (task,) = record.redials
    stage.clock.advance(task.due_at - stage.clock.now() + timedelta(seconds=1))
    stage.hotline.push_duty()
    stage.phone(number).wait_ringing(15).answer()
    stage.phone(DIRECTOR).wait_ringing(8)
    assert not stage.phone(citizen).incoming


def test_a_director_who_answers_in_the_middle_talks_at_once_and_has_heard_that_there_is_no_number(
    stage: Stage, citizen: str
) -> None:
    caller, director = withheld(stage, citizen)
    caller.call.press("13912")
    answers(director)
    wait_heard(director, stage.prompt("brief_no_number"), 15, "that there is no number")
    director.press("1")
    wait_until(lambda: any(event.kind == "pressed" for event in director.events), 5, "the key was pressed")
    pressed = next(event.at for event in director.events if event.kind == "pressed")
    talk = caller.wait("talk", 5, number=DIRECTOR)
    assert caller.call.answered_at is not None
    assert caller.call.answered_at + talk.ms / 1000 - pressed < 1.5
    assert gets_through(caller.call, director, tone(620, 1.5)) and gets_through(director, caller.call, tone(520, 1.5))
    assert not caller.facts("contact"), "half a number is none"
    director.hang_up()
    caller.wait_asked("number_ask", 10, times=2)
    caller.call.press("13912")
    caller.call.hang_up()
    assert record_of(stage, caller).case.number_to_call == ""


def test_a_number_given_after_the_talk_is_the_one_that_the_callback_dials(
    stage: Stage, citizen: str, citizens: Iterator[str]
) -> None:
    number = next(citizens)
    caller, director = withheld(stage, citizen)
    answers(director)
    director.press("1")
    caller.wait("talk", 8, number=DIRECTOR)
    assert gets_through(caller.call, director, tone(620, 1.5))
    wait_until(lambda: gets_through(director, caller.call, tone(520, 1.5)), 10, "they talk")
    director.hang_up()
    caller.wait_sound_after(caller.wait_asked("number_ask", 10, times=2), 5)
    caller.call.press(number + "#")
    caller.wait_asked("number_right", 20)
    caller.call.press("1")
    caller.wait("contact", 8, number=number, confirmed=True)
    caller.wait_asked("case_number", 20)
    caller.call.wait_disconnected(20)
    case = record_of(stage, caller).case
    assert found(digits(stage, case.short), caller.call.heard().pcm) > SURELY
    assert case.number_to_call == number and case.state is CaseState.ASSIGNED


def test_nobody_takes_it_and_the_number_is_asked_for_before_the_message(
    stage: Stage, citizen: str, citizens: Iterator[str]
) -> None:
    number = next(citizens)
    caller, _ = withheld(stage, citizen)
    wait_until(lambda: len(caller.facts("rung")) > 1, 30, "who says nothing delays nobody: the next one is rung")
    rung = [fact.ms for fact in caller.facts("rung")]
    assert 19_000 < rung[1] - rung[0] < 21_500
    caller.wait("asked", 60, prompt="offer")
    caller.call.press("1")
    caller.wait_sound_after(caller.wait_asked("number_ask", 25, times=2), 5)
    caller.call.press(number)
    caller.wait_asked("number_right", 20)
    caller.call.press("1")
    caller.wait("contact", 8, number=number, confirmed=True)
    caller.wait_asked("case_number", 15)
    caller.wait_sound_after(caller.facts("asked")[-1], 20)
    caller.call.hang_up()
    record = record_of(stage, caller)
    assert len(record.redials) == 1 and record.case.number_to_call == number


def test_a_caller_whose_number_is_known_is_told_the_number_of_the_case_while_it_rings(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    stage.phone(DIRECTOR).wait_ringing(8)
    caller.wait_asked("case_number", 15)
    caller.call.hang_up()
    short = stage.case(citizen).case.short
    heard = caller.call.heard().pcm
    assert found(stage.prompt("case_number"), heard) > SURELY and found(digits(stage, short), heard) > SURELY
    assert found(stage.prompt("number_ask"), heard) < SURELY_NOT


def test_after_a_talk_the_number_of_the_case_is_told_to_who_stays_and_only_once(stage: Stage, citizen: str) -> None:
    stage.phone(DIRECTOR).will(accepts(after=0.2))
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(8)
    caller.wait("talk", 20)
    for _ in range(2):
        wait_until(lambda: gets_through(director, caller.call, tone(520, 1.5)), 10, "they talk")
    director.hang_up()
    caller.wait_asked("case_number", 25)
    caller.call.wait_disconnected(20)
    assert [fact.detail["prompt"] for fact in caller.facts("asked")].count("case_number") == 1
    assert found(stage.prompt("case_number_keep"), caller.call.heard().pcm) > SURELY


def test_the_first_telephone_rings_as_soon_for_who_is_asked_as_for_who_is_not(
    stage: Stage, citizens: Iterator[str]
) -> None:
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for hidden in (False, True) * 5:
        citizen = next(citizens)
        caller = stage.dial(citizen, STRAIGHT, seen_as="" if hidden else None, withheld=hidden)
        leg = stage.phone(DIRECTOR).wait_ringing(8)
        planned = caller.wait("decided", 5)
        assert caller.call.answered_at is not None
        seconds[hidden].append(leg.invited_at - caller.call.answered_at - planned.ms / 1000)
        caller.call.hang_up()
        stage.network.wait_all_over(8)
        stage.reset()
    known, asked = (median(seconds[hidden]) for hidden in (False, True))
    print(f"decision to INVITE: {known * 1000:.0f} ms known, {asked * 1000:.0f} ms asked for a number")
    assert abs(asked - known) < 0.1

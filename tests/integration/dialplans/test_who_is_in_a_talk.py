"""Nobody in a talk of the hotline is rung again, except for red; and never so that nobody is rung."""

import pytest

from dialplans import names
from ivr.softphone import Phone, PhoneCall
from ivr.softphone_plan import Plan, accepts, answer, answers_silently, no_answer, press, ring, wait
from tests.fakes.scripted_controller import ScriptedController
from tests.integration.dialplans.conftest import Line, rings, rung
from zhitong.trial import wait_until

TAKES: Plan = (ring(), answer(), wait(0.4), press("1"))


def takers(controller: ScriptedController, *phones: Phone, **more: str) -> None:
    """The controller rings this ladder at once, and every leg that is screened takes the call."""
    rings(controller, *phones, **more)
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_ACCEPT)


def in_talk(line: Line, *phones: Phone) -> list[PhoneCall]:
    """Each of these officials talks with a citizen of their own, put through without a controller."""
    citizens = []
    for phone in phones:
        phone.will(TAKES, no_answer())
        line.duty(phone)
        citizens.append(line.dial())
        line.ear.wait(names.KIND_TALK, 10, call=line.call_id(citizens[-1]), Number=phone.number)
    return citizens


def nobody_in_groups(line: Line) -> bool:
    return names.TALKS not in line.asterisk.cli("group show channels")


def test_the_second_caller_rings_the_second_official_at_once_and_after_the_talk_the_first_again(line: Line) -> None:
    first, second = line.phone(), line.phone()
    (one,) = in_talk(line, first)
    line.duty(first, second)
    two = line.dial()
    call = line.call_id(two)
    leg = second.wait_ringing(5)
    assert rung(line, call) == [second.number], "nobody else was rung before"
    assert line.ear.of(names.KIND_RUNG, call)[0]["Rung"] == "2", "in his own place of the plan"
    line.hears(two, "notice", "transfer")
    two.hang_up()
    leg.wait_cancelled(2)
    one.hang_up()
    line.ear.wait(names.KIND_GONE, 3, call=line.call_id(one))
    wait_until(lambda: nobody_in_groups(line), 3, "the place is given back")
    line.dial()
    first.wait_ringing(5)


def test_in_a_later_place_he_is_passed_over_too_and_rung_in_a_later_round_once_he_is_free(line: Line) -> None:
    first, second, third = line.phone(), line.phone(), line.phone()
    (one,) = in_talk(line, second)
    line.duty(first, second, third)
    call = line.call_id(line.dial())
    third.wait_ringing(8)
    assert rung(line, call) == [first.number, third.number]
    assert [event["Rung"] for event in line.ear.of(names.KIND_RUNG, call)] == ["1", "3"]
    one.hang_up()
    line.ear.wait(names.KIND_RUNG, 8, call=call, Number=second.number)


def test_who_is_being_asked_in_another_call_is_not_rung(line: Line) -> None:
    first, second = line.phone(answers_silently(after=0.1)), line.phone()
    line.duty(first, second)
    other = line.call_id(line.dial())
    line.ear.wait(names.KIND_SCREEN, 5, call=other, Number=first.number)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 5, call=call, Number=second.number)
    assert rung(line, call) == [second.number]


def test_a_third_in_a_talk_is_not_rung_nor_is_one_who_talks_brought_in(
    line: Line, controller: ScriptedController
) -> None:
    first, third, free = line.phone(TAKES), line.phone(TAKES, no_answer()), line.phone()
    controller.answers[names.AGI_OTHERS] = lambda agi: agi.set(HL_OTHERS=f"{first.number}&{third.number}")
    takers(controller, first)
    call = line.call_id(line.dial())
    controller.audio.get(timeout=5).end()
    line.ear.wait(names.KIND_TALK, 8, call=call)
    first.wait_ringing(1).press("*3")
    line.ear.wait(names.KIND_THIRD, 12, call=call, Step="joined", Number=third.number)
    assert not [event for event in line.ear.of(names.KIND_THIRD, call) if event["Number"] == first.number]
    takers(controller, third, free)
    line.dial()
    free.wait_ringing(5)
    assert len(third.incoming) == 1


@pytest.mark.parametrize("lines", [names.LINES_ANY, "2&1"], ids=["red", "two lines"])
def test_for_red_and_with_a_line_free_he_is_rung_all_the_same(
    line: Line, controller: ScriptedController, lines: str
) -> None:
    first, second = line.phone(), line.phone()
    in_talk(line, first)
    takers(controller, first, second, LINES=lines)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 5, call=call)
    assert rung(line, call)[0] == first.number


def test_without_a_controller_too(line: Line) -> None:
    first, second = line.phone(), line.phone()
    in_talk(line, first)
    line.duty(first, second, lines="2&1")
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 5, call=call)
    assert rung(line, call)[0] == first.number


def test_when_all_are_in_talks_the_duty_room_is_rung_at_once(line: Line) -> None:
    first, second, room = line.phone(), line.phone(), line.phone()
    in_talk(line, first, second)
    line.duty(first, second, room=room)
    call = line.call_id(line.dial())
    room.wait_ringing(5)
    assert rung(line, call) == [room.number]
    line.ear.wait_times(names.KIND_RUNG, 2, 8, call=call)
    assert rung(line, call) == [room.number, room.number], "round after round"


def test_the_duty_room_is_rung_though_it_talks(line: Line) -> None:
    room = line.phone(accepts(after=0.2, key_after=0.2), no_answer())
    in_talk(line, room)
    line.duty(line.phone(no_answer()), room=room)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 8, call=call, Number=room.number)


def test_without_a_duty_room_those_in_talks_are_rung_rather_than_nobody(line: Line) -> None:
    first, second = line.phone(), line.phone()
    in_talk(line, first, second)
    line.duty(first, second)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 5, call=call, Number=first.number)
    line.ear.wait(names.KIND_RUNG, 6, call=call, Number=second.number)

"""Whose telephone rings on which line, and whose never does: the router's ladders on real telephones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.softphone_plan import accepts, answer, busy, no_answer, ring
from routing.escalation import Ladder, Step
from routing.hours import ALL_DAY
from routing.officials import Unit
from routing.roster import Shift
from tests.acceptance.stage import (
    DEPUTY,
    DESK,
    DIRECTOR,
    NOTICES,
    ROOM,
    STRAIGHT,
    THIRD,
    Caller,
    Setting,
    Stage,
    wait_heard,
)
from tests.acceptance.test_conversation import answers
from tests.fakes.closing import DESK as CLERK
from zhitong.store.engine import reading
from zhitong.store.facts import facts_of
from zhitong.usecases.mark_caller import mark_caller

BY_MATTER, REGISTER, HALL = "08702128001", "08702128002", "08702128003"
WINDOW = "大厅3号窗口"
SUPERVISION, REPAIRS, WATER, HALL_DUTY = "08702120009", "08702120015", "13808700005", "13808700007"
TOWN, ROOM_FIRST = "13808700006", "08702120001"
NO_WATER = "我住在扎西镇河边今天又停水没人管"
LINES = [
    {"number": "08702128888", "name": "找局长热线", "question": True},
    {"number": STRAIGHT, "name": "不提问的线", "question": False},
    {"number": BY_MATTER, "name": "民声热线", "question": True, "profile": "民声分派"},
    {"number": REGISTER, "name": "登记热线", "question": False, "profile": "首问登记"},
    {"number": HALL, "name": "大厅", "question": False, "profile": "现场", "window": WINDOW},
]


@pytest.fixture(scope="module")
def setting() -> Setting:
    overrides = {"lines": LINES, "ladder": {"next_seconds": 1.5, "rung_seconds": 10, "offer_seconds": 40}}
    return Setting(short=NOTICES, recognition_trial=False, overrides=overrides)


@pytest.fixture(scope="module", autouse=True)
def county(house: Stage) -> None:
    """The water bureau and the town are below the home unit, and somebody is on duty there."""
    sound = house.hotline.roster.directory

    def below(unit: Unit) -> Unit:
        return replace(unit, parent=sound.home_unit) if unit.code in ("shuiwu", "zhaxi") else unit

    on_duty = (Shift(official=official, hours=(ALL_DAY,)) for official in ("zhao", "liu"))
    roster = replace(sound.roster, shifts=(*sound.roster.shifts, *on_duty))
    house.hotline.roster.directory = replace(sound, units=tuple(map(below, sound.units)), roster=roster)


@pytest.fixture
def never_rung(stage: Stage) -> Callable[..., bool]:
    """Whether none of these numbers has been rung in this test."""
    before = {call for call in stage.network.calls if call.incoming}

    def never(*numbers: str) -> bool:
        rung = {call.number for call in stage.network.calls if call.incoming and call not in before}
        return not rung & set(numbers)

    return never


@contextmanager
def ladder(stage: Stage, *steps: Step) -> Iterator[None]:
    """For a while the lines have this ladder."""
    sound = stage.hotline.roster.directory
    stage.hotline.roster.directory = replace(sound, ladders=(Ladder(profile="找局长直通", steps=steps),))
    try:
        yield
    finally:
        stage.hotline.roster.directory = sound


def says(stage: Stage, citizen: str, text: str, to: str = "") -> Caller:
    """A citizen who is asked says this."""
    caller = stage.dial(citizen, to)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    return answers(caller, text)


def rung(caller: Caller, count: int) -> list[str]:
    """The first numbers that were rung."""
    caller.wait("rung", 10, i=count)
    return [str(fact.detail["number"]) for fact in caller.facts("rung")][:count]


def planned(caller: Caller) -> list[str]:
    return [str(rung["number"]) for rung in caller.wait("planned", 1).detail["rungs"]]


def left_out(stage: Stage, caller: Caller) -> list[str]:
    """From what is kept: who watches the call is not told of whom it complains."""
    assert caller.wait("planned", 1).detail["left_out"] == []
    stage.hotline.keeper.flush(5)
    with reading(stage.hotline.engine) as connection:
        (fact,) = facts_of(connection, [caller.id], kinds=("planned",))[caller.id]
    return [str(who) for who, _ in fact.detail["left_out"]]


# ── the profiles ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_matters_decide_the_unit_of_the_matter_is_rung(stage: Stage, citizen: str) -> None:
    caller = says(stage, citizen, NO_WATER, BY_MATTER)
    assert rung(caller, 2) == [REPAIRS, WATER]
    stage.phone(WATER).wait_ringing(1)


def test_straight_to_the_director_is_so_whatever_the_matter(stage: Stage, citizen: str) -> None:
    caller = says(stage, citizen, NO_WATER)
    assert rung(caller, 3) == [DIRECTOR, DEPUTY, WATER]


def test_where_calls_are_registered_the_desk_is_rung_and_then_who_is_on_duty(stage: Stage, citizen: str) -> None:
    assert rung(stage.dial(citizen, REGISTER), 2) == [DESK, THIRD]


def test_in_the_hall_its_duty_officer_hears_the_window_and_the_ladder_climbs(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, HALL)
    leg = stage.phone(HALL_DUTY).wait_ringing(5)
    leg.answer()
    brief = stage.hotline.book.prompt("brief_window", window=WINDOW, recorded="通话录音")
    assert brief.text.startswith("大厅三号窗口")
    wait_heard(leg, brief.pcm(), 12, "the brief names the window")
    leg.press("2")
    assert rung(caller, 5) == [HALL_DUTY, THIRD, DEPUTY, DIRECTOR, ROOM]


# ── who is complained of ────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_unit_complained_of_nobody_is_rung_but_the_level_above(stage: Stage, citizen: str) -> None:
    caller = says(stage, citizen, "我要投诉扎西镇政府不给办宅基地", BY_MATTER)
    assert rung(caller, 2) == [DIRECTOR, DEPUTY], caller.facts("understood")
    assert TOWN not in planned(caller)
    assert "扎西镇值班领导刘安平" in left_out(stage, caller)


def test_what_is_reported_rings_supervision_before_anybody_and_never_who_it_is_about(
    stage: Stage, citizen: str
) -> None:
    stage.phone(SUPERVISION).will(accepts(after=1.0, key_after=1.0))
    caller = says(stage, citizen, "我要举报你们局长收红包")
    assert caller.wait("talk", 12).detail["number"] == SUPERVISION
    assert rung(caller, 1) == [SUPERVISION]
    assert "局长张明远" in left_out(stage, caller) and DIRECTOR not in planned(caller)
    assert "红包" not in "".join(str(fact.detail) for fact in stage.watcher.facts(call=caller.id)), "nobody watches it"


def to_the_end(caller: Caller) -> list[str]:
    """All numbers of the ladder, once each of its rungs has been rung."""
    return rung(caller, len(planned(caller)))


def test_what_is_to_stay_secret_rings_supervision_before_anybody(stage: Stage, citizen: str) -> None:
    stage.phone(SUPERVISION).will(no_answer())
    caller = says(stage, citizen, f"{NO_WATER}请你们保密")
    assert to_the_end(caller) == [SUPERVISION, DIRECTOR, DEPUTY, WATER, THIRD, ROOM]
    assert stage.phone(SUPERVISION).wait_ringing(1).invited_at < stage.phone(DIRECTOR).wait_ringing(1).invited_at


def test_a_complaint_about_the_duty_room_rings_supervision_first_and_last_and_never_the_duty_room(
    stage: Stage, citizen: str, never_rung: Callable[..., bool]
) -> None:
    stage.phone(SUPERVISION).will(no_answer(), (ring(), answer()))
    caller = says(stage, citizen, "投诉值班室没人接")
    first = stage.phone(SUPERVISION).wait_ringing(10)
    assert planned(caller) == [SUPERVISION, DIRECTOR, DEPUTY, THIRD, SUPERVISION]
    first.wait_cancelled(15)
    assert caller.wait("talk", 30).detail["number"] == SUPERVISION, "the end of the ladder is connected without a key"
    assert rung(caller, 5)[1:4] == [DIRECTOR, DEPUTY, THIRD]
    assert never_rung(ROOM, ROOM_FIRST)


def test_of_the_unit_of_the_duty_room_nobody_is_rung_and_supervision_ends_the_ladder(
    stage: Stage, citizen: str, never_rung: Callable[..., bool]
) -> None:
    stage.phone(SUPERVISION).will(busy(), (ring(), answer()))  # engaged with another caller at first
    caller = says(stage, citizen, "我要举报政务服务局收红包请保密")
    assert caller.wait("talk", 30).detail["number"] == SUPERVISION
    ladder = rung(caller, len(planned(caller)))
    assert ladder == planned(caller) and ladder[0] == ladder[-1] == SUPERVISION and len(ladder) > 2
    everybody = {number for one in stage.hotline.roster.directory.roster.of_unit("zwfw") for number in one.numbers}
    assert everybody and never_rung(ROOM, ROOM_FIRST, *everybody)


# ── who was complained of a sentence ago ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("complaint", "accused"), [("投诉李春燕", DEPUTY), ("投诉你们局长", DIRECTOR)])
def test_who_was_complained_of_is_not_rung_after_the_next_sentence_either(
    stage: Stage, citizen: str, never_rung: Callable[..., bool], complaint: str, accused: str
) -> None:
    stage.phone(SUPERVISION).will(no_answer())
    caller = stage.dial(citizen)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    answers(caller, complaint, NO_WATER)
    assert caller.wait("asked", 1, prompt="ask_again")
    ladder = to_the_end(caller)
    assert ladder[0] == SUPERVISION and {DIRECTOR, DEPUTY, WATER, ROOM} - {accused} <= set(ladder)
    assert never_rung(accused)
    caller.call.hang_up()
    caller.wait("ended", 25)
    case = stage.case(citizen).case
    assert (case.matter, case.type) == ("A1", "投诉")


# ── together, and again ─────────────────────────────────────────────────────────────────────────────────────────────


def test_two_are_rung_at_once_and_the_ringing_of_the_second_ends_when_the_first_accepts(
    stage: Stage, citizen: str
) -> None:
    with ladder(stage, Step(ring=("director", "deputy"), together=True, next=20)):
        caller = stage.dial(citizen, STRAIGHT)
        legs = [stage.phone(number).wait_ringing(6) for number in (DIRECTOR, DEPUTY)]
    assert abs(legs[0].invited_at - legs[1].invited_at) < 1.0
    legs[0].answer()
    caller.wait("screening", 3, i=1)
    legs[0].wait_sound(3)
    legs[0].press("1")
    caller.wait("talk", 5, number=DIRECTOR)
    legs[1].wait_cancelled(2)


def test_a_step_that_repeats_is_rung_to_its_end_and_rung_again_before_the_next(stage: Stage, citizen: str) -> None:
    stage.phone(ROOM).will(busy())
    with ladder(stage, Step(ring=("post:督查股股长",), seconds=2, repeat=2), Step(ring=("director",))):
        caller = stage.dial(citizen, STRAIGHT)
        first = stage.phone(THIRD).wait_ringing(6)
        first.wait_cancelled(4)
        second = stage.phone(THIRD).wait_ringing(4)
    assert second.invited_at - first.invited_at > 1.8
    assert rung(caller, 3) == [THIRD, THIRD, DIRECTOR]


# ── who is marked ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_caller_whom_a_person_has_marked_rings_the_duty_room_until_the_mark_is_over(
    stage: Stage, citizen: str
) -> None:
    now, engine = stage.clock.now(), stage.hotline.engine
    until = now + timedelta(minutes=30)
    mark_caller(engine, citizen, reason="半夜打来骂人", by=CLERK, now=now, until=until, area_code="0870")
    stage.hotline.tick()
    caller = stage.dial(citizen, STRAIGHT)
    assert rung(caller, 2) == [ROOM_FIRST, ROOM] == planned(caller), "nobody is blocked: a person's telephone rings"
    stage.phone(ROOM_FIRST).wait_ringing(1)
    caller.call.hang_up()
    caller.wait("ended", 25)
    stage.network.wait_all_over(5)

    stage.clock.advance(timedelta(minutes=31))
    stage.hotline.tick()
    again = stage.dial(citizen, STRAIGHT)
    assert rung(again, 1) == [DIRECTOR]

"""The screened ladder with a controller: who wins, who never does, and how one mobile hands over to the next."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ivr.softphone_audio import speech, tone
from ivr.softphone_plan import accepts, busy, declines, refuse, unreachable
from routing.officials import Phone
from tests.acceptance.stage import (
    DEPUTY,
    DIRECTOR,
    NOTICES,
    ROOM,
    STRAIGHT,
    SURELY,
    THIRD,
    Caller,
    Setting,
    Stage,
    found,
    gets_through,
    together,
    wait_heard,
)
from tests.acceptance.test_conversation import answers, asked

STAGGER = 3.0
LADDER = [DIRECTOR, DEPUTY, THIRD, ROOM]


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES, overrides={"ladder": {"next_seconds": STAGGER, "rung_seconds": 8, "offer_seconds": 40}}
    )


def rung_at(caller: Caller, i: int) -> float:
    return caller.wait("rung", 10, i=i).ms / 1000


# ── overlapping ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mobile_is_rung_before_the_other_has_stopped_and_only_an_accepted_one_ends_the_others(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director, deputy = stage.phone(DIRECTOR).wait_ringing(5), stage.phone(DEPUTY).wait_ringing(5)
    deputy.answer()
    caller.wait("screening", 3, i=2)
    third = stage.phone(THIRD).wait_ringing(5)
    assert director.live and third.live, "being answered decides nothing"
    third.answer()
    caller.wait("screening", 3, i=3)
    deputy.press("1")
    caller.wait("talk", 5, number=DEPUTY)
    pressed = deputy.wait_for("pressed", 1).at
    assert caller.call.answered_at is not None
    to_a_voice = caller.wait("talk", 1).ms / 1000
    assert abs(caller.call.answered_at + to_a_voice - pressed) < 1.0, "it is measured"
    assert director.wait_cancelled(2) - pressed < 1.0
    third.wait_disconnected(10)
    assert found(stage.prompt("taken"), third.heard().pcm) > SURELY, "who was being asked is told"
    assert gets_through(caller.call, deputy, tone(620, 1.5))
    assert [f.detail["number"] for f in caller.facts("rung")] == [DIRECTOR, DEPUTY, THIRD]
    assert 2.5 < rung_at(caller, 2) - rung_at(caller, 1) < 4.5


def test_of_two_who_accept_in_the_same_instant_one_talks_and_the_other_is_told(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    legs = [stage.phone(number).wait_ringing(6) for number in (DIRECTOR, DEPUTY)]
    for i, leg in enumerate(legs, 1):
        leg.answer()
        caller.wait("screening", 3, i=i)
        leg.wait_sound(3)
    together(*(lambda leg=leg: leg.press("1") for leg in legs))
    winner = caller.wait("talk", 5).detail["number"]
    (loser,) = (leg for leg in legs if leg.number != winner)
    loser.wait_disconnected(8)
    assert found(stage.prompt("taken"), loser.heard().pcm) > SURELY
    assert len(caller.facts("talk")) == len(caller.facts("accepted")) == 1
    assert caller.call.live


# ── from one to the next ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "plans", [(busy(), unreachable(), declines(after=0.2)), ((refuse(404),), (refuse(503),), (refuse(486),))]
)
def test_a_mobile_that_cannot_be_had_costs_no_waiting_and_the_ladder_ends_at_the_duty_room(
    stage: Stage, citizen: str, plans: tuple
) -> None:
    for number, plan in zip(LADDER, plans, strict=False):
        stage.phone(number).will(plan)
    stage.phone(ROOM).will(accepts(after=0.2, key_after=1.0))
    caller = stage.dial(citizen, STRAIGHT)
    caller.wait("talk", 10, number=ROOM)
    moments = [rung_at(caller, i) for i in (1, 2, 3, 4)]
    assert all(later - sooner < 1.5 for sooner, later in pairwise(moments)), moments
    assert [f.detail["number"] for f in caller.facts("rung")] == LADDER
    assert [r["number"] for r in caller.wait("planned", 1).detail["rungs"]] == LADDER


def test_a_number_that_must_not_be_dialled_is_left_out_and_said_so(
    stage: Stage, citizen: str, caplog: pytest.LogCaptureFixture
) -> None:
    sound = stage.hotline.roster.directory
    people = [
        replace(one, phones=(Phone(number="0870110"),)) if DIRECTOR in one.numbers else one
        for one in sound.roster.officials
    ]
    stage.hotline.roster.directory = replace(sound, roster=replace(sound.roster, officials=tuple(people)))
    try:
        caller = stage.dial(citizen, STRAIGHT)
        stage.phone(THIRD).wait_ringing(10)
        caller.wait("rung", 5, number=THIRD)
    finally:
        stage.hotline.roster.directory = sound
    assert [f.detail["number"] for f in caller.facts("rung")] == [DEPUTY, THIRD]
    assert [r["number"] for r in caller.wait("planned", 1).detail["rungs"]] == [DEPUTY, THIRD, ROOM]
    assert "refused to dial 08****10" in caplog.text


def test_key_2_in_the_screening_rings_the_next_one_at_once(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    director.answer()
    director.wait_sound(3)
    director.press("2")
    refused = director.wait_for("pressed", 1).at
    deputy = stage.phone(DEPUTY).wait_ringing(5)
    assert deputy.invited_at - refused < 1.0
    assert caller.wait("leg", 2, i=1).detail["why"] == "refused"


def test_key_5_plays_the_callers_own_words(stage: Stage, citizen: str) -> None:
    caller = answers(asked(stage, citizen), "住在老街路灯坏了没人修")
    director = stage.phone(DIRECTOR).wait_ringing(10)
    director.answer()
    director.wait_sound(3)
    words = speech("住在老街路灯坏了没人修")
    wait_heard(director, words, 15, "the clip")
    director.press("5")
    wait_heard(director, words, 8, "the clip again", since=director.wait_for("pressed", 1).at)
    director.press("1")
    caller.wait("talk", 5, number=DIRECTOR)


def test_a_talk_that_breaks_off_within_three_seconds_goes_on_with_the_next_mobile(stage: Stage, citizen: str) -> None:
    stage.phone(DIRECTOR).will(accepts(after=0.2, key_after=1.0, talk=1.0))
    stage.phone(DEPUTY).will(accepts(after=2.5, key_after=1.0))
    caller = stage.dial(citizen, STRAIGHT)
    caller.wait("talk", 8, number=DIRECTOR)
    caller.wait("talk_over", 5)
    caller.wait("talk", 10, number=DEPUTY)
    assert caller.call.live
    caller.call.hang_up()
    assert found(stage.prompt("talk_again"), caller.call.heard().pcm) > SURELY


# ── nobody ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_key_0_does_not_wait_for_the_mobile_that_rings(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.press("0")
    pressed = caller.call.wait_for("pressed", 1).at
    deputy = stage.phone(DEPUTY).wait_ringing(5)
    assert deputy.invited_at - pressed < 1.5 and director.live


def test_the_first_mobile_may_still_take_the_call_while_the_second_rings(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    deputy = stage.phone(DEPUTY).wait_ringing(6)
    director.answer()
    caller.wait("screening", 5, i=1)
    director.wait_sound(3)
    director.press("1")
    caller.wait("talk", 5, number=DIRECTOR)
    deputy.wait_cancelled(2)

"""What is different when the recognizer's word is believed: sure requests, two failures, taking a call by saying so."""

from collections.abc import Iterator

import pytest

from ivr.softphone_audio import speech, tone
from ivr.softphone_plan import accepts, answers_silently, voicemail
from tests.acceptance.stage import (
    DEPUTY,
    DIRECTOR,
    NOTICES,
    ROOM,
    SURELY,
    THIRD,
    Caller,
    Setting,
    Stage,
    found,
    together,
    wait_heard,
)
from tests.acceptance.test_conversation import answers, asked

SURE = "我要投诉自来水公司停水三天了家里没水"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        lines=4,
        recognition_trial=False,
        overrides={"ladder": {"next_seconds": 2, "rung_seconds": 6}, "speech": {"no_speech_seconds": 2}},
    )


def wait_transferred(caller: Caller) -> str:
    """What the caller is told when the first mobile rings."""
    caller.wait("planned", 10)
    return str(caller.facts("asked")[-1].detail["prompt"])


def brief_of(stage: Stage, matter: str, times: str) -> bytes:
    """What an official hears of a caller who is sure to want this, for the so-many-th time."""
    slots = {"urgency": "橙色", "place": "", "matter": matter, "times": times, "recorded": "通话录音"}
    brief = stage.hotline.book.prompt("brief_sure", **slots)
    assert brief.key == "brief_sure" and brief.seconds <= 8.0
    return brief.pcm()


def only_in(sound: bytes, other: bytes) -> bytes:
    """The half second of a sound that is least like anything in the other."""
    pieces = [sound[at : at + 8000] for at in range(0, len(sound) - 8000, 2000)]
    return min(pieces, key=lambda piece: found(piece, other))


def test_a_sure_request_is_said_back_and_briefed_in_eight_seconds(stage: Stage, citizen: str) -> None:
    caller = answers(asked(stage, citizen), SURE)
    rings = stage.phone(DIRECTOR).wait_ringing(10)
    assert wait_transferred(caller) == "transfer_sure"
    said = caller.facts("asked")[-1].detail["text"]
    request = caller.wait("understood", 1).detail
    assert (request["matter"], request["type"]) == ("A1", "投诉")
    assert request["matter_name"] in str(said)
    rings.answer()
    matter = str(request["matter_name"])
    wait_heard(rings, brief_of(stage, matter, ""), 15, "the brief")
    record = stage.case(citizen, ended=False)
    assert record.case.matter == "A1" and record.case.unit
    caller.call.hang_up()
    caller.wait("ended", 25)
    stage.hotline.keeper.flush(5)
    stage.network.wait_all_over(8)

    answers(asked(stage, citizen), SURE)
    rings = stage.phone(DIRECTOR).wait_ringing(10)
    rings.answer()
    again = brief_of(stage, matter, "第二次打来")
    wait_heard(rings, again, 15, "the brief")
    assert found(only_in(again, brief_of(stage, matter, "")), rings.heard().pcm) > SURELY


def test_two_failures_to_understand_what_was_said_lead_to_a_person(stage: Stage, citizens: Iterator[str]) -> None:
    once, twice = asked(stage, next(citizens)), asked(stage, next(citizens))
    together(lambda: answers(twice, "我在开会", "等会儿再说"), lambda: answers(once, "我在开会", SURE))
    assert wait_transferred(twice) == "transfer_unsure"
    assert twice.steps == ["问:question", "问:ask_again", "找人:transfer_unsure"]
    assert once.steps[:2] == ["问:question", "问:ask_again"] and once.steps[2].startswith("找人")
    assert len(once.facts("heard")) == len(twice.facts("heard")) == 2, "never a loop"


def test_an_official_takes_the_call_by_saying_so(stage: Stage, citizens: Iterator[str]) -> None:
    words = ("接", "好", "可以")
    stage.phone(DIRECTOR).will(*(accepts(after=0.5, key_after=1.5, word=speech(word, voice="f5")) for word in words))
    callers = [asked(stage, next(citizens)) for _ in words]
    together(*(lambda caller=caller: answers(caller, "转人工") for caller in callers))
    for caller in callers:
        assert caller.wait("accepted", 15, number=DIRECTOR).detail["by"] == "voice"
        caller.wait("talk", 3)


def test_a_voicemail_never_wins_whatever_its_greeting_says_and_when_it_beeps_and_is_silent(
    stage: Stage, citizen: str
) -> None:
    greeting = speech("您好我现在不方便接电话请您等会儿再打好的也可以留言谢谢", voice="Michael")
    stage.phone(DIRECTOR).will(voicemail(greeting, after=0.3))
    stage.phone(DEPUTY).will(voicemail(tone(1000, 0.3), after=0.2))
    stage.phone(THIRD).will(answers_silently(after=0.2))
    stage.phone(ROOM).will(accepts(after=4, key_after=3))
    caller = answers(asked(stage, citizen), "找局长")
    assert caller.wait("talk", 25).detail["number"] == ROOM
    assert {fact.detail["i"] for fact in caller.facts("screening")} == {1, 2, 3}, "the duty room is asked nothing"
    assert len(caller.facts("accepted")) == 1
    screened = stage.phone(DIRECTOR).wait_ringing(1)
    assert screened.at("played") is not None, "the greeting was spoken in the screening, to its end"

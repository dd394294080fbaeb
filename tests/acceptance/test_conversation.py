"""Listening: barge-in, what is neither a request nor a failure, silence, and the caller's own words. On 试用识别."""

from collections.abc import Iterator

import pytest

from ivr.softphone_audio import speech
from tests.acceptance.stage import (
    DESK,
    DIRECTOR,
    NOTICES,
    SURELY,
    SURELY_NOT,
    Caller,
    Setting,
    Stage,
    found,
    gets_through,
    hears,
    together,
    wait_heard,
)
from zhitong.trial import wait_until

PHONE_DELAY = 0.16
"""Seconds by which a software telephone hears and is heard late: its jitter buffers."""
REQUEST = "我住在扎西镇河边今天又停水没人管"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        lines=8,
        overrides={"ladder": {"next_seconds": 3, "rung_seconds": 6}, "speech": {"no_speech_seconds": 2}},
    )


def asked(stage: Stage, number: str) -> Caller:
    """A caller who hears the question begin."""
    caller = stage.dial(number)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    return caller


def answers(caller: Caller, *texts: str) -> Caller:
    """Says one thing after the other, each once the hotline has finished speaking and has heard the one before."""
    for times, text in enumerate(texts, 1):
        caller.call.wait_quiet(10, quiet=0.4)
        caller.call.say(speech(text))
        wait_until(lambda times=times: len(caller.facts("heard")) >= times, 10, f"{text} is heard")
        if text != texts[-1]:
            caller.wait_sound_after(caller.facts("asked")[-1])
    return caller


# ── barge-in ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_question_pauses_within_200_ms_of_speech_and_words_appear_while_the_caller_speaks(
    stage: Stage, citizens: Iterator[str]
) -> None:
    def speaks_over_it() -> float:
        """For how many seconds the question goes on."""
        caller = asked(stage, next(citizens))
        caller.call.play(speech(REQUEST))
        caller.wait("partial", 5)
        assert caller.call.at("played") is None, "words before the caller has finished"
        assert str(caller.wait("heard", 10).detail["text"]).startswith(REQUEST)
        assert caller.facts("speech")[0].detail["barged_in"]
        caller.wait("decided", 1, why="试用识别，放原话")
        caller.call.hang_up()
        began, _ = caller.call.said().spans(gap=1.0)[-1]
        heard = caller.call.heard().spans(gap=0.06)
        return max(until for since, until in heard if since < began + PHONE_DELAY + 0.2) - began - PHONE_DELAY

    # Where the machine has other things to do, the sound itself may come late: one of three is in time.
    seconds = [speaks_over_it()]
    while min(seconds) > 0.2 and len(seconds) < 3:
        seconds.append(speaks_over_it())
    assert min(seconds) <= 0.2, seconds


def test_a_noise_without_a_word_pauses_the_question_which_then_goes_on(stage: Stage, citizen: str) -> None:
    caller = asked(stage, citizen)
    caller.call.say(speech("咳"))  # a cough; in plain noise the small model hears 二
    caller.wait("speech", 3, barged_in=True)
    caller.call.wait_quiet(10, quiet=1.2)
    caller.call.hang_up()
    heard = caller.call.heard()
    assert caller.call.answered_at is not None
    asked_at = caller.call.answered_at + caller.facts("asked")[0].ms / 1000
    question = heard.between(asked_at, heard.ended_at).spans(gap=0.45)
    assert len(question) == 2, "paused, and went on"
    pause = question[1][0] - question[0][1]
    assert 0.5 < pause < 1.4
    assert found(stage.prompt("question")[-14000:], heard.pcm) > SURELY, "to its end"
    assert not caller.facts("heard") and not caller.facts("partial")


# ── what is neither a request nor a failure, what goes straight to a person, and silence ────────────────────────────


def test_greetings_are_answered_people_are_connected_and_silence_is_asked_twice(
    stage: Stage, citizens: Iterator[str]
) -> None:
    greets, only_greets, person, director, mumbles, silent = callers = [asked(stage, next(citizens)) for _ in range(6)]
    together(
        lambda: answers(greets, "喂", "听得到不", REQUEST),
        lambda: answers(only_greets, "喂", "你好", "你好"),
        lambda: answers(person, "转人工"),
        lambda: answers(director, "我要找局长"),
        lambda: answers(mumbles, "我在开会"),
        lambda: silent.wait("planned", 30),
    )
    for caller in callers:
        caller.wait("rung", 10, i=1)

    assert greets.steps == ["问:question", "问:greeting_reply", "问:greeting_reply", "找人:transfer_unsure"]
    assert [fact.detail["intent"] for fact in greets.facts("understood")] == ["greeting", "greeting", "request"]
    assert only_greets.steps == ["问:question", "问:greeting_reply", "问:greeting_reply", "找人:transfer_person"]
    assert person.steps == director.steps == ["问:question", "找人:transfer_person"], "no further question"
    assert mumbles.steps == ["问:question", "找人:transfer_unsure"], "试用识别: to a person at once"

    assert silent.steps == ["问:question", "问:silent_again_1", "问:silent_again_2", "找人:transfer_silent"]
    assert not silent.facts("speech")
    assert all(stage.hotline.book.prompt(f"silent_again_{i}").seconds <= 3.0 for i in (1, 2)), "short"
    assert {caller.wait("rung", 1, i=1).detail["number"] for caller in callers[:-1]} == {DIRECTOR}
    assert silent.wait("rung", 1, i=1).detail["number"] == DESK, "by day"


# ── 试用识别 and the talk ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_official_hears_the_callers_own_words_then_both_hear_each_other_and_both_are_recorded_apart(
    stage: Stage, citizen: str
) -> None:
    caller = answers(asked(stage, citizen), REQUEST)
    rings = stage.phone(DIRECTOR).wait_ringing(10)
    assert rings.from_number == stage.trial.settings.trunk.caller_id
    rings.answer()
    wait_heard(rings, speech(REQUEST), 15, "the clip")
    assert caller.wait("understood", 1).detail["urgency"] == "orange", "试用识别 may raise the urgency"
    assert caller.steps[-1] == "找人:transfer_unsure"
    rings.press("1")
    talk = caller.wait("talk", 5, number=DIRECTOR)
    assert caller.call.answered_at is not None
    measured = rings.events[-1].at - caller.call.answered_at
    assert abs(talk.ms / 1000 - measured) < 1.0, "seconds from the answer to the first human voice are measured"
    assert caller.facts("accepted")[0].detail["by"] == "key"

    ours, theirs = speech("扎西镇的家里没水", voice="m4"), speech("我马上派人去修", voice="f5")
    assert gets_through(rings, caller.call, ours)
    assert gets_through(caller.call, rings, theirs)
    rings.hold()
    assert hears(rings, caller.call, ours) < SURELY_NOT, "on hold"
    rings.resume()
    assert gets_through(caller.call, rings, theirs), "after hold and resume"
    assert gets_through(rings, caller.call, ours)
    rings.hang_up()
    caller.call.wait_disconnected(20)

    record = stage.case(citizen)
    assert record.talked and not record.redials
    said, heard = stage.talk_recording(caller)
    assert found(ours, said) > SURELY and found(theirs, heard) > SURELY
    assert found(ours, heard) < SURELY_NOT and found(theirs, said) < SURELY_NOT


def test_who_wants_no_recording_is_not_recorded_any_more_and_the_case_goes_on(stage: Stage, citizen: str) -> None:
    caller = answers(asked(stage, citizen), "不要录音")
    caller.wait("no_recording", 5)
    caller.wait_sound_after(caller.wait_asked("no_recording_ok", 5))
    caller.call.wait_quiet(10, quiet=0.4)
    secret = speech("我住在老街路灯坏了没人修", voice="f5")
    caller.call.say(secret)
    rings = stage.phone(DIRECTOR).wait_ringing(10)
    assert caller.steps == ["问:question", "问:no_recording_ok", "找人:transfer_unsure"]
    rings.answer()
    rings.wait_sound(5)
    rings.press("1")
    caller.wait("talk", 5)
    assert gets_through(rings, caller.call, secret)
    caller.call.hang_up()
    stage.case(citizen)
    assert found(secret, stage.talk_recording(caller)[0] or secret[:0]) < SURELY_NOT
    clips = [fact for fact in caller.facts("recording") if fact.detail["kind"] == "clip"]
    assert not clips, "nor are the words kept that the official would hear"

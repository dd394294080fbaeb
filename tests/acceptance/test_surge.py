"""集中来电 on a real line: the third call opens it; once a person knows, later callers hear so, and can reach one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cases.case import CaseState
from ivr.script import SURGE
from ivr.softphone_audio import speech, wav
from ivr.softphone_plan import accepts
from tests.acceptance.callbacks import pick_up
from tests.acceptance.stage import DIRECTOR, NOTICES, Caller, Setting, Stage, together, wait_heard
from tests.acceptance.test_conversation import answers, asked
from tests.fakes.closing import DESK, LEADER
from zhitong.trial import wait_until
from zhitong.usecases.end_surge import close_members, end_surge
from zhitong.usecases.know_surge import list_surges, set_announcement

RESULT = "水管已经修好"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        lines=8,
        recognition_trial=False,
        overrides={"ladder": {"next_seconds": 2, "rung_seconds": 5}, "speech": {"no_speech_seconds": 2}},
    )


def no_water(town: str) -> str:
    return f"{town}停水三天了家里没水"


def calls(stage: Stage, citizen: str, town: str) -> Caller:
    """One more citizen who has said it."""
    return answers(asked(stage, citizen), no_water(town))


def opened(stage: Stage, citizens: Iterator[str], town: str) -> list[Caller]:
    """Three callers whom the director takes: a surge that a person knows of."""
    stage.phone(DIRECTOR).will(accepts(after=0.5, key_after=1))
    callers: list[Caller] = []
    numbers = [next(citizens) for _ in range(3)]
    together(*(lambda number=number: callers.append(calls(stage, number, town)) for number in numbers))
    for caller in callers:
        caller.wait("talk", 20, number=DIRECTOR)
    stage.phone(DIRECTOR).behaviour("no-answer")
    assert sorted(caller.facts("surge")[0].detail["step"] for caller in callers) == ["counted", "counted", "opened"]
    return callers


def hears_the_notice(stage: Stage, citizen: str, town: str) -> Caller:
    """A later caller, who hears the notice begin."""
    caller = calls(stage, citizen, town)
    told = caller.wait_asked(SURGE, 10)
    assert caller.wait("surge", 1).detail["step"] == "spared"
    caller.wait_sound_after(told)
    return caller


def test_the_fourth_caller_hears_the_notice_and_nobody_is_rung_and_all_are_called_back_with_the_result(
    stage: Stage, citizens: Iterator[str]
) -> None:
    callers = opened(stage, citizens, "扎西镇")
    fourth = hears_the_notice(stage, next(citizens), "扎西镇")
    for key in ("surge", "surge_noted", "surge_else"):
        wait_heard(fourth.call, stage.prompt(key), 15, key)
    fourth.call.wait_disconnected(25)
    assert fourth.wait("ended", 25).detail["outcome"] == "surge"
    assert not fourth.facts("planned") and not fourth.facts("rung")
    for caller in callers:
        caller.call.hang_up()
        caller.wait("ended", 25)
    record = stage.case(fourth.call.number)
    assert record.case.state is CaseState.ACCEPTED and record.case.matter == "A1" and record.case.unit
    assert not record.redials
    hotline = stage.hotline
    (surge,) = (one for one in list_surges(hotline.engine, by=DESK, now=stage.clock.now()) if one.town == "扎西镇")
    assert surge.cases == 4

    end_surge(hotline.engine, surge.id, result=RESULT, by=LEADER, now=stage.clock.now())
    hotline.tick()
    assert close_members(hotline.engine, hotline.rules, now=stage.clock.now()) == 0, "the controller has closed them"
    for caller in (*callers, fourth):
        record = stage.case(caller.call.number)
        assert (record.case.state, record.case.result) == (CaseState.CLOSED, RESULT)
        stage.phone(caller.call.number).behaviour("no-answer")
    stage.clock.advance(timedelta(minutes=15))
    hotline.tick()
    for caller in (*callers, fourth):
        pick_up(stage, caller.call.number).call.hang_up()


def test_0_and_something_else_and_whatever_is_not_understood_reach_a_person(
    stage: Stage, citizens: Iterator[str]
) -> None:
    opened(stage, citizens, "旧城镇")
    numbers = [next(citizens) for _ in range(4)]

    def presses() -> None:
        caller = hears_the_notice(stage, numbers[0], "旧城镇")
        caller.call.press("0")
        assert caller.wait("rung", 10)

    def has_something_else() -> None:
        caller = hears_the_notice(stage, numbers[1], "旧城镇")
        answers_on(caller, "还有别的")
        caller.wait_sound_after(caller.wait_asked("question", 15, times=2))
        answers_on(caller, "双河乡路灯坏了")
        assert caller.wait("understood", 1, matter="A4") and caller.wait("rung", 10)

    def is_not_understood() -> None:
        caller = hears_the_notice(stage, numbers[2], "旧城镇")
        answers_on(caller, "床前明月光")  # words the small model has never heard of
        assert caller.wait("rung", 30)

    def names_it() -> None:
        caller = hears_the_notice(stage, numbers[3], "旧城镇")
        answers_on(caller, "双河乡路灯坏了")
        assert caller.wait("rung", 10)

    together(presses, has_something_else, is_not_understood, names_it)


def answers_on(caller: Caller, text: str) -> None:
    """Says this as soon as the notice or question is over."""
    heard = len(caller.facts("heard"))
    caller.call.wait_quiet(20, quiet=0.4)
    caller.call.say(speech(text))
    wait_until(lambda: len(caller.facts("heard")) > heard, 10, f"{text} is heard")


def test_who_was_promised_a_call_before_anybody_knew_gets_it_and_hears_the_notice(
    stage: Stage, citizens: Iterator[str]
) -> None:
    early = calls(stage, next(citizens), "麟凤镇")
    stage.phone(DIRECTOR).wait_ringing(10)
    early.call.hang_up()
    early.wait("ended", 25)
    (redial,) = stage.case(early.call.number).redials
    stage.phone(DIRECTOR).will(accepts(after=0.5, key_after=1))
    numbers = [next(citizens), next(citizens)]
    together(*(lambda number=number: calls(stage, number, "麟凤镇").wait("talk", 20) for number in numbers))
    stage.phone(DIRECTOR).behaviour("no-answer")
    since = stage.watcher.count

    stage.clock.advance(redial.due_at - stage.clock.now() + timedelta(seconds=1))
    stage.hotline.push_duty()
    call = stage.phone(early.call.number).wait_ringing(10)
    call.answer()
    for key in ("surge_redial", "surge", "surge_else"):
        wait_heard(call, stage.prompt(key), 20, key)
    call.wait_disconnected(15)
    ended = stage.watcher.wait("ended", limit=10, since=since)
    assert ended.detail["outcome"] == "surge"
    assert not stage.watcher.facts("rung", call=ended.call_id)
    wait_until(lambda: not [one for one in stage.case(early.call.number).redials if one.done_at is None], 10, "kept")


def test_what_an_official_recorded_is_heard_instead(stage: Stage, citizens: Iterator[str]) -> None:
    opened(stage, citizens, "罗布镇")
    engine, now = stage.hotline.engine, stage.clock.now()
    stage.hotline.keeper.flush(5)
    (surge,) = (one for one in list_surges(engine, by=DESK, now=now) if one.town == "罗布镇")
    recorded = stage.trial.folder / "announcement.wav"
    recorded.write_bytes(wav(speech("罗布镇的水管坏了，今天晚上修好", voice="f5")))
    folder = stage.trial.folder / "announcements"
    set_announcement(engine, surge.id, recorded, official="局长王明", now=now, folder=folder)
    stage.hotline.tick()
    fourth = hears_the_notice(stage, next(citizens), "罗布镇")
    wait_heard(fourth.call, speech("罗布镇的水管坏了，今天晚上修好", voice="f5")[1600:-1600], 15, "the announcement")
    wait_heard(fourth.call, stage.prompt("surge_else"), 15, "how to reach a person")
    fourth.call.wait_disconnected(25)
    assert not fourth.facts("rung")

    fifth = hears_the_notice(stage, next(citizens), "罗布镇")
    wait_heard(fifth.call, stage.prompt("surge_else"), 20, "how to reach a person")
    answers_on(fifth, "还有别的")
    assert fifth.wait("heard", 1, text="还有别的")
    fifth.wait_sound_after(fifth.wait_asked("question", 10, times=2))
    answers_on(fifth, "老街路灯坏了")
    stage.phone(DIRECTOR).wait_ringing(10)

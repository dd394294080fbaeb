"""What an official presses, and what becomes of the case by it."""

from datetime import timedelta

import pytest

from ivr.softphone import PhoneCall
from ivr.softphone_audio import tone
from tests.acceptance.stage import (
    DEPUTY,
    DIRECTOR,
    NOTICES,
    STRAIGHT,
    SURELY,
    THIRD,
    Caller,
    Setting,
    Stage,
    found,
    gets_through,
    wait_heard,
)
from tests.fakes.closing import DESK
from zhitong.trial import wait_until
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.show_case import CaseView, show_case


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES, overrides={"ladder": {"next_seconds": 20, "rung_seconds": 30}})


def asked(stage: Stage, number: str) -> PhoneCall:
    """The official has answered and hears the brief."""
    leg = stage.phone(number).wait_ringing(10)
    leg.answer()
    leg.wait_sound(3)
    return leg


def view(stage: Stage, caller: Caller) -> CaseView:
    """The case as a clerk sees it now."""
    number = stage.case(caller.call.number, ended=False).case.number
    return show_case(stage.hotline.engine, number=number, by=DESK, now=stage.clock.now())


def test_marks_of_a_talk_stand_on_the_case_while_it_goes_on_and_only_the_official_hears_them(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = asked(stage, DIRECTOR)
    director.press("1")
    caller.wait("talk", 5, number=DIRECTOR)
    assert gets_through(caller.call, director, tone(620, 1.5))
    since = director.heard().ended_at
    for keys in ("*9", "*1", "*4"):
        director.press(keys)
        caller.wait("marked", 4, key=keys[1], on=True)
        director.wait_quiet(4, quiet=1.5)
    case = view(stage, caller).case
    assert (case.marks, case.urgency) == ("当场解决、升级、加急", "red")
    director.press("*9")
    caller.wait("marked", 4, key="9", on=False)
    assert gets_through(caller.call, director, tone(620, 1.5)) and gets_through(director, caller.call, tone(520, 1.5))
    now = director.heard().ended_at
    heard = [one.heard_between(since, now).pcm for one in (director, caller.call)]
    assert found(stage.prompt("star_off"), heard[0]) > SURELY > found(stage.prompt("star_off"), heard[1])
    assert found(stage.prompt("star_on"), heard[0]) > SURELY > found(stage.prompt("star_on"), heard[1])
    caller.call.hang_up()
    stage.case(citizen)
    shown = view(stage, caller)
    assert (shown.case.marks, shown.case.urgency) == ("当场解决、升级", "yellow")
    assert [entry.text for entry in shown.timeline if entry.what == "标记"][-1] == "通话中再按 *9：撤销“加急”"


def test_an_official_who_calls_back_and_does_not_is_told_of_and_the_citizen_is_called(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = asked(stage, DIRECTOR)
    director.press("4")
    promise = caller.wait("call_back", 8, number=DIRECTOR)
    minutes = timedelta(minutes=stage.trial.settings.ladder.call_back_minutes)
    assert abs(promise.due - promise.at - minutes) < timedelta(seconds=1)
    wait_heard(caller.call, stage.prompt("later", who="局长"), 25, "the caller is told who calls back")
    director.wait_disconnected(8)
    assert found(stage.prompt("later_thanks"), director.heard().pcm) > SURELY
    assert stage.phone(DEPUTY).wait_ringing(5).live, "who would rather wait is rung on for"
    caller.call.hang_up()
    record = stage.case(citizen)
    assert record.redials == []
    (todo,) = (
        one.text
        for one in list_incidents(stage.hotline.engine, by=DESK, now=stage.clock.now())
        if record.case.number in one.text
    )
    assert "局长" in todo and "以前给群众回电" in todo
    stage.network.wait_all_over(5)

    stage.clock.advance(minutes)
    stage.hotline.push_duty()
    stage.phone(citizen).wait_ringing(20).answer()
    assert stage.phone(DIRECTOR).wait_ringing(10).live
    told = [one.text for one in list_incidents(stage.hotline.engine, by=DESK, now=stage.clock.now())]
    assert any(record.case.number in text and "没有打" in text for text in told)


def test_an_official_brings_in_another_one_who_hears_the_brief_and_talks_with_both(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    director = asked(stage, DIRECTOR)
    director.press("1")
    caller.wait("talk", 5, number=DIRECTOR)
    assert gets_through(caller.call, director, tone(620, 1.5))
    director.press("*3")
    third = asked(stage, THIRD)
    third.press("1")
    caller.wait("third", 8, step="joined", number=THIRD)
    wait_until(lambda: gets_through(third, caller.call, tone(520, 1.5)), 20, "the citizen hears the third")
    wait_until(lambda: gets_through(caller.call, third, tone(620, 1.5)), 20, "the third hears the citizen")
    assert gets_through(director, third, tone(720, 1.5))
    caller.call.hang_up()
    for leg in (third, director):
        leg.wait_disconnected(5)

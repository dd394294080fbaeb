"""All that the pocket page does, by dialling the hotline: an official's open cases, on the real Asterisk."""

from collections.abc import Iterator

import pytest

from cases.case import CaseState
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, Setting, Stage, wait_heard
from tests.acceptance.test_calls_with_officials import asked, gives_up, joined, withdraw_all
from tests.acceptance.test_pocket_page import code_of, given_to, unit_of
from zhitong.store.engine import reading
from zhitong.store.timeline import timeline_of
from zhitong.trial import wait_until


@pytest.fixture(scope="module")
def setting() -> Setting:
    lines = [
        {"number": "08702128888", "name": "找局长热线"},
        {"number": "08702129999", "name": "不提问的线", "question": False},
    ]
    overrides = {"ladder": {"next_seconds": 2, "rung_seconds": 5}, "staff": {"missed_seconds": 600}, "lines": lines}
    return Setting(short=NOTICES, overrides=overrides, recognition_trial=False)


@pytest.fixture
def alone(stage: Stage) -> Iterator[Stage]:
    """Nothing stays due for a test after."""
    yield stage
    withdraw_all(stage)


def his_cases(stage: Stage, since: int) -> PhoneCall:
    """The director dials, presses 8 and types his code; he hears the first of his cases."""
    code = code_of(stage, "zhang")
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_cases", since=since)
    official.press("8")
    asked(stage, official, "staff_sign_code", since=since)
    official.press(code)
    asked(stage, official, "staff_case", since=since)
    return official


def test_a_director_without_data_signs_for_his_case_and_dictates_what_came_of_it(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    gives_up(stage, citizen)
    given_to(stage, citizen, unit_of(stage, DIRECTOR), state=CaseState.ASSIGNED, matter="A1", demand="停水")
    since = stage.watcher.count
    official = his_cases(stage, since)
    official.press("1")
    asked(stage, official, "staff_case_signed", since=since)
    assert stage.case(citizen).case.state is CaseState.SIGNED_FOR
    asked(stage, official, "staff_case_key_result", since=since)
    official.press("1")
    asked(stage, official, "staff_result_ask", since=since)
    wait_heard(official, stage.prompt("staff_result_ask"), 25, "he is asked")
    official.say(speech("今天停水已经修好了"))
    fact = stage.watcher.wait("asked", limit=15, since=since, prompt="staff_result_said")
    heard = stage.watcher.facts("heard")[-1].detail["text"].strip("，。 ")
    assert heard and heard in fact.detail["text"]
    wait_heard(official, stage.prompt("staff_result_said", result=heard), 20, "his words are said back to him")
    assert not stage.case(citizen).case.result, "nothing is kept before he has confirmed it"
    asked(stage, official, "staff_result_keys", since=since)
    official.press("1")
    asked(stage, official, "staff_result_sent", since=since)
    official.wait_disconnected(15)
    case = stage.case(citizen).case
    assert (case.state, case.result, case.replied_by) == (CaseState.REPLIED, heard, "局长张明远")


def test_he_gives_a_case_to_his_deputy_who_is_called_and_told(stage: Stage, alone: Stage, citizen: str) -> None:
    gives_up(stage, citizen)
    number = given_to(stage, citizen, unit_of(stage, DIRECTOR), state=CaseState.ASSIGNED, matter="A1", demand="停水")
    since = stage.watcher.count
    official = his_cases(stage, since)
    official.press("2")
    assert "副局长李春燕" in asked(stage, official, "staff_hand_to", since=since).detail["text"]
    official.press("1")
    asked(stage, official, "staff_hand_why", since=since)
    official.press("1")
    asked(stage, official, "staff_handed", since=since)
    deputy = stage.phone(DEPUTY).wait_ringing(10)
    deputy.answer()
    asked(stage, deputy, "handed_to_you", since=since)
    wait_heard(deputy, stage.prompt("handed_to_you", who="局长张明远"), 20, "who gave it to her")
    official.wait_disconnected(15)
    deputy.wait_disconnected(15)
    assert stage.case(citizen).case.official == "副局长李春燕"
    with reading(stage.hotline.engine) as connection:
        assert [row.who for row in timeline_of(connection, number) if row.what == "移交"] == ["局长张明远"]


def test_from_the_case_he_calls_the_citizen_who_sees_the_hotlines_number(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    gives_up(stage, citizen)
    given_to(stage, citizen, unit_of(stage, DIRECTOR), state=CaseState.ASSIGNED, matter="A1", demand="停水")
    since = stage.watcher.count
    official = his_cases(stage, since)
    official.press("4")
    person = joined(stage, official, citizen, since=since)
    person.hang_up()
    official.wait_disconnected(8)
    wait_until(lambda: len(stage.case(citizen).calls) == 2, 10, "the call is the case's")

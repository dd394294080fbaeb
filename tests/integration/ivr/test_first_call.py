"""The whole path of a call on real parts, without casework: telephones, Asterisk, recognizer, controller."""

import os
import signal
import threading
import time

import pytest

from ivr.softphone_audio import correlation, speech
from tests.fakes.bare_hotline import DEPUTY, DIRECTOR, DUTY_ROOM, LINE, BareHotline

CITIZEN = "13900000009"


@pytest.fixture(scope="module")
def hotline(tmp_path_factory):
    with BareHotline(tmp_path_factory.mktemp("h"), ladder={"next_seconds": 2, "rung_seconds": 6}) as hotline:
        for number in (DIRECTOR, DEPUTY, DUTY_ROOM):
            hotline.phones.phone(number)
        yield hotline


@pytest.fixture
def facts(hotline):
    hotline.facts.all.clear()
    yield hotline.facts
    hotline.phones.wait_all_over(10)


def dial(hotline):
    return hotline.phones.phone(CITIZEN).dial(LINE, via=hotline.via)


def test_a_citizen_speaks_and_talks_to_the_deputy(hotline, facts):
    hotline.phones.phone(DIRECTOR).behaviour("no-answer")
    hotline.phones.phone(DEPUTY).behaviour("accept", says=None)
    citizen = dial(hotline)
    citizen.wait_answered(5)
    facts.wait("asked", 15, prompt="question")
    citizen.say(speech("扎西镇的水管漏水没人管"))
    assert facts.wait("understood", 15).detail["matter"] == "A1"
    talk = facts.wait("talk", 30)
    assert talk.detail["number"] == DEPUTY
    assert facts.wait("accepted").detail["by"] == "key"
    told = speech("我们村里停水三天了")
    [deputy] = [call for call in hotline.phones.phone(DEPUTY).calls if call.live]
    begun = time.monotonic()
    citizen.say(told)
    heard = deputy.heard_between(begun, begun + len(told) / 16000 + 0.5)
    citizen.hang_up()
    facts.wait("gone", 5)
    assert facts.wait("ended").detail["outcome"] == "talk"
    assert correlation(citizen.said().between(begun, begun + len(told) / 16000 + 0.5), heard) > 0.9


def test_key_0_in_the_notice_goes_straight_to_a_person(hotline, facts):
    hotline.phones.phone(DIRECTOR).behaviour("accept")
    citizen = dial(hotline)
    citizen.wait_answered(5)
    citizen.press("0")
    facts.wait("talk", 20)
    citizen.hang_up()
    facts.wait("ended", 5)
    assert [fact.detail.get("prompt") for fact in facts.all if fact.kind == "asked"] == ["transfer_person"]


def test_an_official_accepts_by_word(hotline, facts):
    hotline.phones.phone(DIRECTOR).behaviour("accept", key="", word=speech("好"), key_after=0)
    citizen = dial(hotline)
    citizen.wait_answered(5)
    citizen.press("0")
    assert facts.wait("accepted", 40).detail["by"] == "voice"
    citizen.hang_up()
    facts.wait("ended", 5)


def test_nobody_accepts_and_a_time_is_promised(hotline, facts):
    for number in (DIRECTOR, DEPUTY, DUTY_ROOM):
        hotline.phones.phone(number).behaviour("unreachable")
    citizen = dial(hotline)
    citizen.wait_answered(5)
    citizen.press("0")
    facts.wait("promise", 30)
    citizen.hang_up()
    facts.wait("ended", 5)


def test_the_manager_connection_outlives_a_stopped_and_a_restarted_asterisk(hotline, facts):
    os.kill(hotline.asterisk.pid, signal.SIGSTOP)
    try:
        for _ in range(100):
            if not hotline.ami.up:
                break
            threading.Event().wait(0.1)
        assert not hotline.ami.up
    finally:
        os.kill(hotline.asterisk.pid, signal.SIGCONT)
    assert hotline.ami.wait_up(10)
    hotline.asterisk.restart()
    for _ in range(100):
        if hotline.ami.wait_up(0.1):
            break
    hotline.ami.db_put("duty", "1", "2")
    assert hotline.ami.db_tree("duty") == {"1": "2"}
    hotline.phones.phone(DIRECTOR).behaviour("accept")
    citizen = dial(hotline)
    citizen.wait_answered(5)
    citizen.press("0")
    facts.wait("talk", 20)
    citizen.hang_up()
    facts.wait("ended", 5)

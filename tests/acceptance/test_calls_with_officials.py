"""Calls with officials: the hotline rings who missed a call; he calls in to call back, or for a meeting."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cases.tries import Outcome
from ivr.facts import Fact
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from tests.acceptance.stage import (
    DEPUTY,
    DIRECTOR,
    NOTICES,
    STRAIGHT,
    SURELY,
    Caller,
    Setting,
    Stage,
    found,
    gets_through,
    two_channels,
)
from tests.fakes.admin import admin
from zhitong.store.due import PROMISED, finish, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.proofs import proven_numbers
from zhitong.store.tries import tries_to
from zhitong.trial import wait_until
from zhitong.usecases.answering import read_rings
from zhitong.usecases.staff_calls import KINDS, MISSED, ONSITE, put_test_ring
from zhitong.usecases.staff_codes import new_code

WINDOW = "08702129996"
CHEN, SUN = "13808700004", "13808700007"


@pytest.fixture(scope="module")
def setting() -> Setting:
    lines = [
        {"number": "08702128888", "name": "找局长热线"},
        {"number": STRAIGHT, "name": "不提问的线", "question": False},
        {"number": WINDOW, "name": "大厅3号窗口", "profile": "现场", "window": "大厅3号窗口", "question": False},
    ]
    overrides = {"ladder": {"next_seconds": 2, "rung_seconds": 5}, "staff": {"missed_seconds": 20}, "lines": lines}
    return Setting(short=NOTICES, overrides=overrides)


@pytest.fixture
def alone(stage: Stage) -> Iterator[Stage]:
    """Nobody is called any more for what a test before left open."""
    yield stage
    withdraw_all(stage)


def withdraw_all(stage: Stage) -> None:
    """Nothing is due any more."""
    with writing(stage.hotline.engine) as connection:
        tasks = [task.id for kind in (*KINDS, *PROMISED) for task in open_tasks(connection, kind=kind)]
        finish(connection, tasks, at=stage.clock.now(), outcome="测试完了")


def gives_up(stage: Stage, citizen: str) -> Caller:
    """A citizen whom the director does not answer hangs up."""
    caller = stage.dial(citizen, STRAIGHT)
    stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.hang_up()
    caller.wait("ended", 25)
    stage.hotline.keeper.flush(5)
    stage.network.wait_all_over(5)
    return caller


def to_due(stage: Stage, kind: str) -> None:
    """The clock shows the moment at which the first call of this kind falls due."""

    def first() -> timedelta | None:
        with reading(stage.hotline.engine) as connection:
            tasks = open_tasks(connection, kind=kind)
        return tasks[0].due_at - stage.clock.now() if tasks else None

    wait_until(lambda: first() is not None, 5, f"a call {kind} is due some time")
    stage.clock.advance(max(timedelta(), (first() or timedelta()) + timedelta(seconds=1)))


def asked(stage: Stage, call: PhoneCall, prompt: str, *, since: int, limit: float = 15) -> Fact:
    """Until an official in a call hears this."""
    fact = stage.watcher.wait("asked", limit=limit, since=since, prompt=prompt)
    assert call.answered_at is not None
    call.wait_sound(5, since=call.answered_at + fact.ms / 1000)
    return fact


def joined(stage: Stage, official: PhoneCall, citizen: str, *, since: int) -> PhoneCall:
    """The citizen is rung, answers, and the two hear each other."""
    rung = stage.phone(citizen).wait_ringing(12)
    assert rung.from_number == stage.trial.settings.trunk.caller_id, "it is the hotline that calls"
    rung.answer()
    stage.watcher.wait("talk", limit=20, since=since)
    assert gets_through(rung, official, speech("您好我是局长您说什么事", voice="f5"))
    assert gets_through(official, rung, speech("水管爆了一个星期没人修"))
    return rung


def test_who_missed_a_call_is_rung_again_and_with_a_key_the_hotline_calls_the_citizen_on_the_same_case(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    gives_up(stage, citizen)
    record = stage.case(citizen)
    since = stage.watcher.count
    to_due(stage, MISSED)
    again = stage.phone(DIRECTOR).wait_ringing(10)
    assert again.from_number == stage.trial.settings.trunk.caller_id
    again.answer()
    fact = asked(stage, again, "staff_missed", since=since)
    assert fact.detail["text"].startswith("局长您好，今天上午十点四十") and "没接到" in fact.detail["text"]
    again.press("1")
    person = joined(stage, again, citizen, since=since)
    assert found(stage.prompt("citizen_joined", who="局长"), person.heard().pcm) > SURELY, (
        "who calls, and the recording"
    )
    person.hang_up()
    again.wait_disconnected(8)
    stage.watcher.wait("ended", limit=10, since=since, call=fact.call_id)
    stage.hotline.keeper.flush(5)

    after = stage.case(citizen)
    assert after.case.number == record.case.number and after.calls == [record.case.call_id, fact.call_id]
    assert after.case.official == "局长张明远" and after.case.state == "交办"
    assert [task.done_at is not None for task in after.redials] == [True], "the system need not call back any more"
    assert [row.kind for row in after.recordings if row.call_id == fact.call_id] == ["talk"]
    wait_until(lambda: stage.talk_of(fact.call_id) is not None, 15, "the recording")
    path = stage.talk_of(fact.call_id)
    assert path is not None
    left, right = two_channels(path)
    assert found(speech("水管爆了一个星期没人修"), left) > SURELY, "the citizen is on the left"
    assert found(speech("您好我是局长您说什么事", voice="f5"), right) > SURELY


def test_an_official_who_dials_from_his_own_telephone_is_joined_with_who_waits_for_him(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    gives_up(stage, citizen)
    stage.phone(DIRECTOR).behaviour("no-answer")
    since = stage.watcher.count
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_menu", since=since)
    official.press("1")
    asked(stage, official, "staff_waiting", since=since)
    official.press("1")
    person = joined(stage, official, citizen, since=since)
    official.hang_up()
    person.wait_disconnected(8)
    opened = stage.watcher.wait("opened", limit=5, since=since, kind="staff")
    stage.watcher.wait("ended", limit=10, since=since, call=opened.call_id)
    stage.hotline.keeper.flush(5)
    assert stage.cases.of(DIRECTOR) == [], "an official who calls for this makes no case"
    after = stage.case(citizen)
    assert after.calls[1:] == [opened.call_id] and after.case.official == "局长张明远"
    assert [task.done_at is not None for task in after.redials] == [True]


def test_a_citizen_who_cannot_be_reached_then_is_told_to_the_official_counted_and_still_called(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    gives_up(stage, citizen)
    stage.phone(citizen).behaviour("busy")
    since = stage.watcher.count
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_menu", since=since)
    official.press("1")
    asked(stage, official, "staff_waiting", since=since)
    official.press("1")
    opened = stage.watcher.wait("opened", limit=20, since=since, kind="staff")
    official.wait_disconnected(20)
    assert found(stage.prompt("citizen_away"), official.heard().pcm) > SURELY
    stage.watcher.wait("ended", limit=10, since=since, call=opened.call_id)
    stage.hotline.keeper.flush(5)
    after = stage.case(citizen)
    with reading(stage.hotline.engine) as connection:
        rings = read_rings(facts_of(connection, [opened.call_id])[opened.call_id])
        (tried,) = tries_to(connection, citizen, since=stage.clock.now() - timedelta(days=1))
    assert [(ring.number, ring.outcome) for ring in rings] == [(DIRECTOR, "away")]
    assert tried.outcome == Outcome.BUSY and not tried.unanswered
    assert [task.done_at for task in after.redials] == [None], "the system calls them all the same"


def test_an_official_with_a_matter_of_his_own_is_served_as_any_citizen(stage: Stage) -> None:
    since = stage.watcher.count
    official = stage.phone(CHEN).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_menu", since=since)
    official.press("0")
    opened = stage.watcher.wait("opened", limit=10, since=since, kind="inbound", caller=CHEN)
    asked(stage, official, "question", since=since)
    assert found(stage.prompt("notice"), official.heard().pcm) > SURELY, "he is told of the recording"
    official.press("0")
    stage.phone(DIRECTOR).wait_ringing(10)
    official.hang_up()
    stage.watcher.wait("ended", limit=10, call=opened.call_id)
    assert stage.case(CHEN).case.call_id == opened.call_id
    withdraw_all(stage)


def test_a_meeting_is_set_in_ten_seconds_and_the_deputy_is_rung_until_it_is_over(
    stage: Stage, alone: Stage, citizens: Iterator[str]
) -> None:
    since, began = stage.watcher.count, time.monotonic()
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_hello", since=since)
    official.press("2")  # over the menu, as who knows it does
    asked(stage, official, "staff_meeting_ask", since=since)
    official.press("2")
    asked(stage, official, "staff_meeting_set", since=since)
    assert time.monotonic() - began < 10
    official.wait_disconnected(15)
    roster = stage.hotline.roster
    wait_until(lambda: roster.directory.roster.away("zhang", stage.clock.now()), 5, "he is in a meeting")
    stage.clock.advance(timedelta(seconds=1))
    caller = stage.dial(next(citizens), STRAIGHT)
    stage.phone(DEPUTY).wait_ringing(10)
    assert not [call for call in stage.phone(DIRECTOR).incoming if call.live]
    caller.call.hang_up()
    caller.wait("ended", 25)
    assert not roster.directory.roster.away("zhang", stage.clock.now() + timedelta(minutes=61)), "it ends by itself"

    since = stage.watcher.count
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    asked(stage, official, "staff_hello", since=since)
    official.press("2")
    asked(stage, official, "staff_meeting_runs", since=since)
    official.press("1")
    asked(stage, official, "staff_meeting_over", since=since)
    official.wait_disconnected(10)
    wait_until(lambda: not roster.directory.roster.away("zhang", stage.clock.now()), 5, "it is over")


def test_from_another_telephone_an_official_is_known_by_his_code_and_no_case_stays(
    stage: Stage, alone: Stage, citizens: Iterator[str]
) -> None:
    citizen, borrowed = next(citizens), next(citizens)
    gives_up(stage, citizen)
    engine, now = stage.hotline.engine, stage.clock.now()
    code = new_code(engine, stage.trial.settings.folders.data, "zhang", by=admin(engine, now), now=now)
    official = stage.dial(borrowed)
    official.wait_asked("question")
    official.call.press("*")
    official.wait_asked("staff_code")
    official.call.press("00000000")
    official.wait_asked("staff_code_wrong")
    official.call.press(code)
    official.wait_asked("staff_menu")
    since = stage.watcher.count
    official.call.press("1")
    official.wait_asked("staff_waiting")
    official.call.press("1")
    person = joined(stage, official.call, citizen, since=since)
    person.hang_up()
    official.call.wait_disconnected(8)
    official.wait("ended", 25)
    assert stage.case(borrowed).case.state == "销号" and not stage.case(borrowed).redials
    after = stage.case(citizen)
    assert after.calls[1:] == [official.id] and after.case.official == "局长张明远"
    assert code not in str([fact.detail for fact in official.facts()]), "a code is nobody's to read"


def test_a_new_telephone_is_proven_by_a_test_ring(stage: Stage) -> None:
    with writing(stage.hotline.engine) as connection:
        put_test_ring(connection, SUN, at=stage.clock.now())
    since = stage.watcher.count
    ringing = stage.phone(SUN).wait_ringing(10)
    ringing.answer()
    asked(stage, ringing, "staff_test", since=since)
    ringing.press("1")
    ringing.wait_disconnected(10)

    def proven() -> bool:
        with reading(stage.hotline.engine) as connection:
            return SUN in proven_numbers(connection)

    wait_until(proven, 5, "the telephone is proven")


def test_who_is_not_at_the_window_in_five_minutes_is_asked_and_then_the_next_above_is_called(
    stage: Stage, alone: Stage, citizen: str
) -> None:
    stage.phone(SUN).behaviour("accept", after=0, key_after=2, talk=5)
    caller = stage.dial(citizen, WINDOW)
    talk = caller.wait("talk", 20, number=SUN)
    caller.wait("ended", 20)
    stage.hotline.keeper.flush(5)
    stage.network.wait_all_over(8)
    since = stage.watcher.count
    stage.reset()
    stage.clock.advance(talk.at + timedelta(minutes=3, seconds=1) - stage.clock.now())
    officer = stage.phone(SUN).wait_ringing(10)
    officer.reject(486)
    stage.clock.advance(max(timedelta(), talk.at + timedelta(minutes=5, seconds=1) - stage.clock.now()))
    chief = stage.phone(CHEN).wait_ringing(10)
    chief.answer()
    fact = asked(stage, chief, "staff_onsite", since=since)
    assert "大厅三号窗口" in fact.detail["text"]
    chief.press("1")
    chief.wait_disconnected(10)
    wait_until(lambda: all(task.done_at for task in stage.case(citizen).tasks if task.kind == ONSITE), 5, "seen to")

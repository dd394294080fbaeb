"""回拨: whom nobody talked to is called by the system when it falls due, and by then reaches a person."""

from datetime import timedelta

import pytest

from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from ivr.softphone_plan import accepts, busy, declines
from routing.calendar import LOCAL
from tests.acceptance.stage import DIRECTOR, NOTICES, STRAIGHT, SURELY, Setting, Stage, found, gets_through, wait_heard
from tests.acceptance.test_conversation import answers, asked
from tests.acceptance.witness import Record
from tests.fakes.closing import DESK
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.trial import wait_until
from zhitong.usecases.show_case import show_case

WORDS = "住在老街路灯坏了没人修"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES, overrides={"ladder": {"next_seconds": 2, "rung_seconds": 5}})


def put_forward_to_redial(stage: Stage, record: Record) -> None:
    """The clock shows a second after the 回拨 falls due."""
    (task,) = stage.case(record.case.caller).redials
    stage.clock.advance(max(timedelta(), task.due_at - stage.clock.now()) + timedelta(seconds=1))
    stage.hotline.push_duty()


def redialled(stage: Stage, number: str) -> PhoneCall:
    """The call that reaches the citizen's telephone."""
    return stage.phone(number).wait_ringing(10)


def test_who_hung_up_before_anybody_talked_is_called_back_and_reaches_a_person_who_heard_the_first_words(
    stage: Stage, citizen: str
) -> None:
    caller = answers(asked(stage, citizen), WORDS)
    stage.phone(DIRECTOR).wait_ringing(10)
    caller.call.hang_up()
    record = stage.case(citizen)
    (task,) = record.redials
    assert timedelta(minutes=1) < task.due_at - stage.clock.now() <= timedelta(minutes=30)
    stage.network.wait_all_over(5)

    put_forward_to_redial(stage, record)
    call = redialled(stage, citizen)
    assert call.from_number == stage.trial.settings.trunk.caller_id
    call.answer()
    director = stage.phone(DIRECTOR).wait_ringing(5)
    director.answer()
    wait_heard(director, speech(WORDS), 15, "the clip")
    director.press("1")
    talk = stage.watcher.wait("talk", limit=5, since=stage.watcher.facts().index(caller.facts()[-1]))
    assert talk.call_id != caller.id and talk.detail["number"] == DIRECTOR
    assert gets_through(call, director, speech("我马上派人去修水管请放心", voice="f5"))
    assert gets_through(director, call, speech(WORDS))
    director.hang_up()
    call.wait_disconnected(8)
    assert found(stage.prompt("redial_open")[:48000], call.heard().pcm) > SURELY, "sorry, and who is calling"

    wait_until(lambda: stage.case(citizen).redials[0].done_at is not None, 5, "the 回拨 is done")
    after = stage.case(citizen)
    assert after.case.number == record.case.number and len(after.calls) == 2, "one case, two calls"


def test_a_citizen_who_does_not_pick_up_is_tried_again_later_and_not_at_once(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.hang_up()
    record = stage.case(citizen)
    stage.phone(citizen).will(busy(), accepts(after=0.2, key=None))
    put_forward_to_redial(stage, record)
    stage.phone(citizen).wait_called(10)
    wait_until(lambda: stage.case(citizen).redials[0].due_at > stage.clock.now(), 10, "it is put off")
    assert stage.case(citizen).redials[0].due_at - stage.clock.now() > timedelta(minutes=5)
    put_forward_to_redial(stage, record)
    stage.phone(citizen).wait_called(10)
    stage.phone(DIRECTOR).wait_ringing(10)
    assert len(stage.phone(citizen).incoming) == 2


def test_a_citizen_who_declines_is_not_rung_again_that_day_and_people_are_told(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen, STRAIGHT)
    stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.hang_up()
    record = stage.case(citizen)
    stage.phone(citizen).will(declines(after=0.3))
    put_forward_to_redial(stage, record)
    stage.phone(citizen).wait_called(10)
    wait_until(lambda: stage.case(citizen).redials[0].due_at > stage.clock.now(), 10, "it is put off")
    again = stage.case(citizen).redials[0].due_at.astimezone(LOCAL)
    assert again.date() == stage.clock.now().date() + timedelta(days=1)
    with reading(stage.hotline.engine) as connection:
        told = [row.text for row in all_incidents(connection, "redial") if record.case.number in row.text]
    assert len(told) == 1 and "人工" in told[0]


def test_who_rings_again_and_talks_is_not_called_back_for_the_call_before(stage: Stage, citizen: str) -> None:
    first = stage.dial(citizen, STRAIGHT)
    stage.phone(DIRECTOR).wait_ringing(5)
    first.call.hang_up()
    record = stage.case(citizen)
    assert [task.done_at for task in record.redials] == [None]
    stage.network.wait_all_over(5)

    stage.phone(DIRECTOR).behaviour("accept", after=0, key_after=2, talk=7)
    second = stage.dial(citizen, STRAIGHT)
    second.wait("talk_over", 30)
    second.call.wait_disconnected(20)
    second.wait("ended", 25)
    stage.network.wait_all_over(5)
    stage.hotline.keeper.flush(5)
    view = show_case(stage.hotline.engine, number=record.case.number, by=DESK, now=stage.clock.now())
    (task,) = (task for task in view.tasks if task.kind == "redial")
    assert task.done_at is not None and "已经通话" in task.outcome
    assert any("不再回拨" in entry.text for entry in view.timeline)


@pytest.mark.parametrize("seen_as", ["110", "119", "95588", "+8613900000000000", "0085223456789"])
def test_a_number_that_must_not_be_dialled_is_promised_nothing_and_never_dialled(
    stage: Stage, citizen: str, seen_as: str
) -> None:
    caller = stage.dial(citizen, STRAIGHT, seen_as=seen_as, caller_id=seen_as)
    stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.hang_up()
    record = stage.case(seen_as)
    assert record.redials == [] and "promise" not in record.kinds
    with reading(stage.hotline.engine) as connection:
        told = [row.text for row in all_incidents(connection, "redial") if record.case.number in row.text]
    assert len(told) == 1 and "无法回拨" in told[0] and "人工" in told[0]
    assert not stage.phone(citizen).incoming and not stage.network.strays


def test_who_withholds_their_number_and_reached_nobody_is_in_the_case_book_as_such(stage: Stage, citizen: str) -> None:
    before = len(stage.network.calls)
    caller = stage.dial(citizen, STRAIGHT, seen_as="", withheld=True)
    stage.phone(DIRECTOR).wait_ringing(5)
    caller.call.hang_up()
    caller.wait("ended", 25)
    assert stage.hotline.keeper.flush(5)
    (record,) = (record for record in stage.cases.of("") if record.case.call_id == caller.id)
    assert not record.redials
    view = show_case(stage.hotline.engine, number=record.case.number, by=DESK, now=stage.clock.now())
    assert any("无法回拨" in entry.text for entry in view.timeline)
    assert {call.number for call in stage.network.calls[before:] if call.incoming} == {DIRECTOR}

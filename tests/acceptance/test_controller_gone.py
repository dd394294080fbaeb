"""The controller refused, hung or killed, in every phase of a call: the caller still reaches a person.

Asterisk, the telephones and the controller are real and each a process of its own.
"""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from dialplans import names
from ivr.softphone import wall_clock
from ivr.softphone_audio import speech
from ivr.softphone_plan import press, wait
from tests.acceptance.witness import (
    INSISTS,
    LONGEST_SILENCE,
    Scene,
    notes,
    scene,
    takes_it,
    talking,
    write_roster,
)
from zhitong.trial import Trial, wait_until

DIRECTOR, DEPUTY, ROOM = "13808710001", "13808710002", "08702120002"
STAFF = (DIRECTOR, DEPUTY, ROOM)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A hotline whose controller is started by the tests."""
    roster = write_roster(tmp_path_factory.mktemp("roster") / "roster.toml", DIRECTOR, DEPUTY, room=ROOM)
    ladder = {"rung_seconds": 10, "next_seconds": 5, "offer_seconds": 5, "promise_seconds": 30}
    with Trial(overrides={"ladder": ladder, "files": {"roster": str(roster)}}) as trial:
        yield trial


@pytest.fixture
def line(trial: Trial) -> Iterator[Scene]:
    """Everybody lets it ring, until a test says otherwise; the controller is started by the test and ended here."""
    with scene(trial) as line:
        for number in STAFF:
            line.phone(number).behaviour("no-answer")
        yield line
        line.hang_up_all()
        trial.stop_controller()


def test_a_hung_controller_in_every_phase_at_once(line: Scene) -> None:
    """SIGSTOP with calls in each phase: everybody reaches a person or leaves a message, and no talk is cut.

    When it goes on, the controller sees that the calls are no longer its own: nothing happens, the cases are right.
    """
    controller = line.trial.start_controller()
    director = line.phone(DIRECTOR)

    # One after the other, so that each of the director's calls belongs to a known citizen.
    message = line.press_zero("13900010001")
    line.wait(names.KIND_OFFER, message, 12)
    message.press("1")
    line.wait(names.KIND_NOBODY, message, 5)
    promise = line.press_zero("13900010002")
    line.wait(names.KIND_OFFER, promise, 12)
    promise.press("1")
    asked, speaking = line.trial.call("13900010003"), line.trial.call("13900010004")
    for _ in director.incoming:
        director.wait_called(1)
    talks = line.press_zero("13900010005")
    talk_leg = director.wait_called(5)
    talk_leg.answer()
    talk_leg.perform(wait(1), press("1"))
    screened = line.press_zero("13900010006")
    screened_leg = director.wait_called(5)
    screened_leg.answer()
    line.wait(names.KIND_TALK, talks, 8)
    line.wait(names.KIND_SCREEN, screened, 5)
    rings = line.press_zero("13900010007")
    rings_leg = director.wait_called(5)
    for citizen in (asked, speaking):
        line.wait(names.KIND_RECORDING, citizen, 10)  # it begins after the notice, and the question with it
    noticed = line.trial.call("13900010008")
    noticed.wait_answered(5)
    speaking.play(speech("我住在扎西镇河边今天又停水没人管我要找局长", voice="m4"))
    wait_until(line.message_of(message).exists, 20, "the message is being recorded")
    assert notes(line.trial)[promise.number].phase == names.PHASE_PROMISE
    noticed.wait_sound(3)

    os.kill(controller.pid, signal.SIGSTOP)
    stopped_at = time.monotonic()
    director.will(takes_it())
    message.play(speech("我家停水三天了没有人管", voice="m4"))
    rings_leg.answer()
    for leg in (rings_leg, screened_leg):
        leg.perform(*INSISTS)
    late = line.trial.call("13900010009")
    to_person = (asked, speaking, talks, screened, rings, noticed, late)
    line.wait_phases({citizen.number: [names.PHASE_TALK] for citizen in to_person}, 30)
    for citizen in to_person:
        assert line.waited_in_silence(citizen, since=stopped_at) < LONGEST_SILENCE, citizen.number
    line.wait_phases({citizen.number: [names.PHASE_MESSAGE] for citizen in (message, promise)}, 40)
    pairs = talking(to_person, director.incoming)
    assert set(pairs) == {citizen.number for citizen in to_person}
    assert pairs[talks.number] is talk_leg, "the talk was never interrupted"
    assert time.monotonic() - stopped_at > 10

    dialled, there = len(line.trial.network.calls), notes(line.trial)
    os.kill(controller.pid, signal.SIGCONT)
    for citizen in to_person:
        line.book.wait_fact(citizen.number, "talk", 10)  # it has seen where the calls are
    assert set(talking(to_person, director.incoming)) == set(pairs), "it left the talks alone"
    assert len(line.trial.network.calls) == dialled, "it rang nobody"
    assert {call.call_id: call.phase for call in notes(line.trial).values() if call.caller in pairs} == {
        call.call_id: call.phase for call in there.values() if call.caller in pairs
    }
    line.hang_up_all()
    for citizen in to_person:
        record = line.book.wait(citizen.number, 20)
        assert (record.talked, record.redials) == (True, []), citizen.number
    for citizen in (message, promise):
        record = line.book.wait(citizen.number, 20)
        assert not record.talked and len(record.messages) == 1 and len(record.redials) == 1, citizen.number
        assert record.redials[0].promised_at is not None
    for citizen in (asked, speaking, noticed, late):
        record = line.book.only(citizen.number)
        assert "fallback" in record.kinds, citizen.number
        assert citizen.answered_at is not None
        assert abs((record.case.answered_at - wall_clock(citizen.answered_at)).total_seconds()) < 2, citizen.number

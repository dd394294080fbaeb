"""The controller refused, hung or killed, in every phase of a call: the caller still reaches a person.

Asterisk, the telephones and the controller are real and each a process of its own.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from dialplans import names
from dialplans.child_process import ChildProcess
from dialplans.ports import free_ports
from ivr.softphone import wall_clock
from ivr.softphone_audio import speech
from ivr.softphone_plan import press, wait
from routing.calendar import LOCAL
from tests.acceptance.witness import (
    INSISTS,
    LONGEST_SILENCE,
    Scene,
    notes,
    scene,
    takes_it,
    wait_talking,
    write_roster,
)
from tests.fakes.agi_gate import AgiGate
from zhitong.settings import merged
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


@pytest.fixture(scope="module")
def built_gate(trial: Trial) -> Iterator[AgiGate]:
    """From here on the controllers of this module listen elsewhere, and Asterisk reaches them through a gate."""
    trial.stop_controller()
    (elsewhere,) = free_ports(tcp=1)
    with AgiGate(trial.settings.asterisk.agi_port, elsewhere) as gate:
        trial.overrides = merged(trial.overrides, {"asterisk": {**trial.overrides["asterisk"], "agi_port": elsewhere}})
        yield gate


@pytest.fixture
def gate(built_gate: AgiGate) -> AgiGate:
    """The gate, as yet letting everything pass."""
    built_gate.before.clear()
    built_gate.after.clear()
    return built_gate


@pytest.fixture
def line(trial: Trial) -> Iterator[Scene]:
    """Everybody lets it ring, until a test says otherwise. The controller that a test leaves serves the next one."""
    with scene(trial) as line:
        for number in STAFF:
            line.phone(number).behaviour("no-answer")
        yield line
        line.hang_up_all()
        if trial.controller is not None and trial.controller.alive:
            os.kill(trial.controller.pid, signal.SIGCONT)  # a test that failed halfway leaves it stopped


def running(line: Scene) -> ChildProcess:
    """The controller, started if there is none."""
    there = line.trial.controller
    return there if there is not None and there.alive else line.trial.start_controller()


def another_controller(line: Scene) -> None:
    """The controller that was hit is gone for good, and another one sees what has become of its calls."""
    line.trial.stop_controller()
    line.trial.start_controller()


def test_a_hung_controller_in_every_phase_at_once(line: Scene) -> None:
    """SIGSTOP with calls in each phase: everybody reaches a person or leaves a message, and no talk is cut.

    When it goes on, the controller sees that the calls are no longer its own: nothing happens, the cases are right.
    """
    controller = running(line)
    director = line.phone(DIRECTOR)

    # One after the other, so that each of the director's calls belongs to a known citizen.
    message = line.press_zero("13900010001")
    line.wait(names.KIND_OFFER, message, 12)
    message.press("1")
    line.wait(names.KIND_NOBODY, message, 5)
    wait_until(line.message_of(message).exists, 30, "the message is being recorded")  # after the number of the case
    message.play(speech("我家停水三天了没有人管", voice="m4") * 20)  # a message ends with ten seconds of silence
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
    pairs = wait_talking(to_person, director.incoming)
    assert set(pairs) == {citizen.number for citizen in to_person}
    assert pairs[talks.number] is talk_leg, "the talk was never interrupted"
    assert time.monotonic() - stopped_at > 10

    dialled, there = len(line.trial.network.calls), notes(line.trial)
    os.kill(controller.pid, signal.SIGCONT)
    for citizen in to_person:
        line.book.wait_fact(citizen.number, "talk", 10)  # it has seen where the calls are
    assert set(wait_talking(to_person, director.incoming)) == set(pairs), "it left the talks alone"
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


# ── not there at all ────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_any_controller_the_ladder_is_picked_by_the_time(line: Scene) -> None:
    """No push yet: the number of the settings. After one: the ladder of this moment, among past and future edges."""
    line.trial.stop_controller()
    line.trial.asterisk.cli("database deltree duty")
    floor = line.phone(line.trial.settings.dialling.duty_floor).will(takes_it(0.3))
    first = line.press_zero("13900013001")
    line.talk_to(first, floor, 10)

    now = int(time.time())
    edges = {-7200: ROOM, -60: f"{DIRECTOR}&{DEPUTY}&{ROOM}", 3600: DEPUTY, 90_000: ROOM}
    for ahead, numbers in edges.items():
        line.trial.asterisk.cli(f"database put duty {now + ahead:010d} {numbers}")
    director = line.phone(DIRECTOR).will(takes_it(0.3))
    rung = len(line.phone(DEPUTY).incoming) + len(line.phone(ROOM).incoming)
    second = line.press_zero("13900013002")
    line.talk_to(second, director, 10)
    with pytest.raises(TimeoutError):
        second.wait_disconnected(line.trial.settings.ladder.talk_min_seconds + 0.5)  # a shorter talk would be none
    assert len(line.phone(DEPUTY).incoming) + len(line.phone(ROOM).incoming) == rung
    for citizen in (first, second):
        assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    line.hang_up_all()
    line.trial.start_controller()
    for citizen in (first, second):
        record = line.book.wait(citizen.number, 20)
        assert record.talked and "fallback" in record.kinds and len(record.recordings) == 1


def test_a_ladder_pushed_by_the_controller_outlives_it(line: Scene) -> None:
    """The whole ladder is rung: director, then deputy, and the duty room at its end takes the call."""
    running(line).kill()
    for number in (DIRECTOR, DEPUTY):
        line.phone(number).behaviour("busy")
    room = line.phone(ROOM).will(takes_it(0.3))
    citizen = line.press_zero("13900014001")
    line.talk_to(citizen, room, 10)
    rungs = [event[names.EVENT_NUMBER] for event in line.ear.of(names.KIND_RUNG, line.call_id(citizen))]
    assert rungs == [DIRECTOR, DEPUTY, ROOM]


# ── the moments between the phases ──────────────────────────────────────────────────────────────────────────────────


def _stop(controller: ChildProcess) -> None:
    os.kill(controller.pid, signal.SIGSTOP)


@pytest.mark.parametrize(
    ("moment", "blow"),
    [
        ("while it plans", ChildProcess.kill),
        ("with half a plan told", _stop),
        ("while it judges the screening", _stop),
    ],
)
def test_a_blow_between_two_phases_still_leads_to_a_person(
    line: Scene, gate: AgiGate, moment: str, blow: Callable[[ChildProcess], None]
) -> None:
    if moment == "while it judges the screening":  # which the dialplan does by itself on 试用识别
        line.trial.stop_controller()
        now = datetime.now(LOCAL).isoformat()
        controller = line.trial.start_controller("-m", "tests.acceptance.controller_at", now)
    else:
        controller = running(line)

    def act() -> None:
        blow(controller)

    if moment == "while it plans":
        gate.before[names.AGI_NEXT] = act
    elif moment == "with half a plan told":
        gate.after[f"SHARED({names.LADDER})"] = act
    else:
        gate.before[names.AGI_SCREENED] = act
    director = line.phone(DIRECTOR).will(takes_it(0.5))
    citizen = line.press_zero(f"139000110{len(line.trial.network.calls):02d}")
    line.talk_to(citizen, director, 20)
    assert not gate.before and not gate.after, "the blow fell"
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    line.hang_up_all()
    another_controller(line)
    record = line.book.wait(citizen.number, 20)
    assert (record.talked, record.redials) == (True, []), "\n".join(map(str, record.facts))


def test_a_controller_that_hangs_when_nobody_accepts_still_leads_to_a_message_and_a_redial(
    line: Scene, gate: AgiGate
) -> None:
    controller = running(line)
    gate.before[names.AGI_NOBODY] = lambda: _stop(controller)
    for number in STAFF:
        line.phone(number).behaviour("unreachable")
    citizen = line.press_zero(f"139000120{len(line.trial.network.calls):02d}")
    line.wait(names.KIND_NOBODY, citizen, 15)
    wait_until(lambda: not gate.before, 5, "the blow falls")
    wait_until(line.message_of(citizen).exists, 40, "the message is being recorded")
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    citizen.say(speech("我家停水三天了没有人管", voice="m4"))
    citizen.hang_up()
    line.hang_up_all()
    another_controller(line)
    record = line.book.wait(citizen.number, 20)
    assert not record.talked and len(record.messages) == 1 and len(record.redials) == 1
    assert record.redials[0].promised_at is not None

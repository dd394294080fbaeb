"""After the controller was killed: every call has its one case, and who talked to nobody is rung again."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dialplans import names
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from ivr.softphone_plan import answers_silently, busy
from routing.calendar import LOCAL
from tests.acceptance.witness import (
    INSISTS,
    LONGEST_SILENCE,
    ROOM,
    Scene,
    notes,
    scene,
    takes_it,
    talking,
    wait_talking,
    write_roster,
)
from zhitong.clock import FastForwardClock
from zhitong.trial import Trial, wait_until

MOBILES = ("13808720001", "13808720002", "13808720003", "13808720004", "13808720005")
LADDER = {"rung_seconds": 10, "next_seconds": 3, "offer_seconds": 5, "promise_seconds": 20}


def _tomorrow() -> FastForwardClock:
    """A clock that stands at ten o'clock tomorrow: whatever was promised is due."""
    return FastForwardClock(datetime.now(LOCAL).replace(hour=10, minute=0) + timedelta(days=1))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Scene]:
    """Five mobiles with one line each, and a duty room with four."""
    roster = write_roster(tmp_path / "roster.toml", *MOBILES)
    overrides = {"ladder": LADDER, "files": {"roster": str(roster)}}
    with Trial(overrides=overrides, clock=_tomorrow()) as trial:
        trial.network.phone(ROOM, lines=4)
        for number in MOBILES:
            trial.network.phone(number)
        with scene(trial) as line:
            yield line


class _Citizens:
    """Twenty citizens, each with a number of their own."""

    def __init__(self, line: Scene) -> None:
        self._line = line
        self.calls: list[PhoneCall] = []

    def dial(self, count: int) -> list[PhoneCall]:
        """So many more of them call, and let it go its way."""
        new = [self._line.trial.call(f"139000200{len(self.calls) + n:02d}") for n in range(count)]
        self.calls += new
        for call in new:
            call.wait_answered(5)
        return new

    def press_zero(self, count: int) -> list[PhoneCall]:
        """So many more of them call and press 0 in the notice."""
        new = self.dial(count)
        for call in new:
            call.wait_sound(3)
            call.press("0")
        return new


@pytest.mark.timeout(300)  # half of two minutes is waiting for those who find all telephones taken: notice to message
def test_twenty_calls_in_all_phases_survive_a_kill_of_the_controller(line: Scene) -> None:
    """Everybody talks to a person or leaves a message; the restarted controller has one case each and rings again."""
    controller = line.trial.start_controller()
    citizens = _Citizens(line)

    def until_nobody(calls: list[PhoneCall]) -> None:
        for call in calls:
            line.wait(names.KIND_OFFER, call, 15)
            call.press("1")
        for call in calls:
            line.wait(names.KIND_NOBODY, call, 5)

    messages = citizens.press_zero(2)
    until_nobody(messages)
    for call in messages:
        wait_until(line.message_of(call).exists, 30, "the message is being recorded")  # after the number of the case
        call.play(speech("我家停水三天了没有人管", voice="m4") * 20)  # a message ends with ten seconds of silence
    promises = citizens.press_zero(2)
    listening = citizens.dial(4)
    until_nobody(promises)
    for number in MOBILES[:3]:
        line.trial.phone(number).will(takes_it(0.3))
    for number in MOBILES[3:]:
        line.trial.phone(number).will(answers_silently(0.3))
    talks = []
    for _ in range(3):
        talks += citizens.press_zero(1)
        line.wait(names.KIND_SCREEN, talks[-1], 5)
    screened = []
    for _ in range(2):
        screened += citizens.press_zero(1)
        line.wait(names.KIND_SCREEN, screened[-1], 5)
    rings = citizens.press_zero(3)
    for call in talks:
        line.wait(names.KIND_TALK, call, 10)
    for call in listening:
        line.wait(names.KIND_RECORDING, call, 10)
    listening[0].play(speech("我住在扎西镇河边今天又停水没人管我要找局长", voice="m4"))
    listening[1].play(speech("老街路灯坏了一个月了没人管", voice="m4"))
    noticed = citizens.dial(4)
    assert len(citizens.calls) == 20
    for call in noticed:
        call.wait_sound(3)

    controller.kill()
    killed_at = time.monotonic()
    room = line.trial.network.phone(ROOM, lines=4)
    room.will(takes_it(0.3))
    for leg in line.trial.network.live_calls():
        if leg.incoming and leg.number == ROOM:
            leg.answer()
        if leg.incoming and leg.number not in MOBILES[:3]:
            leg.perform(*INSISTS)
    left = _leave_messages(line, citizens.calls, 120)  # who lost an official at once is rung for anew
    talkers = [call for call in citizens.calls if call not in left]
    for call in citizens.calls:
        assert line.waited_in_silence(call, since=killed_at) < LONGEST_SILENCE, call.number
    legs = [call for call in line.trial.network.live_calls() if call.incoming]
    pairs = wait_talking(talkers, legs)
    assert set(pairs) == {call.number for call in talkers}
    assert {call.number for call in (*talks, *screened, *rings)} <= set(pairs)

    ids = {call.number: line.call_id(call) for call in citizens.calls}

    # Half of the talks are over before there is a controller again, the others after.
    for call in talkers[::2]:
        call.hang_up()
    line.trial.start_controller()
    for call in talkers[1::2]:
        line.book.wait(call.number, 15, ended=False)
    assert set(wait_talking(talkers[1::2], legs)) == {call.number for call in talkers[1::2]}, "it left the talks alone"
    line.hang_up_all()
    for call in citizens.calls:
        record = line.book.wait(call.number, 30)
        assert record.case.call_id == ids[call.number], call.number
        assert record.talked == (call in talkers), call.number
        assert [task.done_at for task in record.redials] == ([] if call in talkers else [None]), call.number
        assert len(record.messages) == (0 if call in talkers else 1), call.number
    wait_until(lambda: not notes(line.trial), 20, "Asterisk's notes are taken back, their calls being safe")

    # The next morning: everybody who talked to nobody is rung, and the first one is put through.
    line.trial.stop_controller()
    for number in MOBILES:
        line.trial.phone(number).will(takes_it(0.3))
    for call in left:
        line.trial.phone(call.number).will(answers_silently(0.5) if call is left[0] else busy())
    line.trial.start_hotline()
    for call in left:
        line.trial.phone(call.number).wait_called(60)
    again = line.trial.phone(left[0].number).incoming[0]
    wait_until(lambda: bool(talking([again], line.trial.network.live_calls())), 40, "the redialled citizen talks")
    for _ in range(2):  # shorter than 3 s it would count as none
        assert talking([again], line.trial.network.live_calls())
    line.hang_up_all()
    wait_until(lambda: line.book.only(again.number).redials[0].done_at is not None, 10, "the redial is done")
    for call in citizens.calls:
        assert len(line.book.of(call.number)) == 1, call.number


def _leave_messages(line: Scene, calls: list[PhoneCall], limit: float) -> list[PhoneCall]:
    """Until every call is in a talk or has a message; who is asked for one speaks and hangs up."""
    words = speech("我家停水三天了没有人管", voice="m4")
    said: dict[str, float] = {}
    until = time.monotonic() + limit
    while True:
        there = notes(line.trial)
        left = [call for call in calls if there[call.number].phase not in (names.PHASE_TALK, names.PHASE_MESSAGE)]
        if not left:
            return [call for call in calls if there[call.number].phase == names.PHASE_MESSAGE]
        assert time.monotonic() < until, {call.number: there[call.number].phase for call in left}
        for call in left:
            if call.number not in said and line.message_of(call).exists():
                call.play(words)
                said[call.number] = time.monotonic() + len(words) / 16000
            elif time.monotonic() > said.get(call.number, until):
                call.hang_up()
        time.sleep(0.1)


@pytest.mark.parametrize("astdb", ["kept", "lost"])
def test_after_a_power_cut_the_calls_of_that_time_become_cases(line: Scene, astdb: str) -> None:
    """Nobody lived through these calls: the controller was dead, then everything is cut off, then both start again.

    With AstDB lost too, what is left are Asterisk's call records and the recordings: calls that were over.
    """
    trial = line.trial
    trial.start_controller().kill()
    director, deputy = (trial.phone(number) for number in MOBILES[:2])
    director.will(takes_it(0.3))
    talked = line.press_zero("13900021001")
    line.talk_to(talked, director, 10)
    talked.hang_up()
    line.wait(names.KIND_GONE, talked, 5)
    talks = line.press_zero("13900021002")
    line.talk_to(talks, director, 10)
    rings = line.press_zero("13900021003")
    deputy.wait_ringing(10)
    noted = trial.asterisk.config.folder / "lib" / "astdb.sqlite3"
    wait_until(lambda: b"13900021003" in _bytes(noted), 5, "Asterisk has written the notes to the disk")

    trial.asterisk.kill()
    line.hang_up_all()
    if astdb == "lost":
        for path in noted.parent.glob("astdb*"):
            path.unlink()
    trial.asterisk.start()
    trial.start_controller()
    record = line.book.wait(talked.number, 20)
    assert (record.talked, record.redials, len(record.recordings)) == (True, [], 1)
    if astdb == "kept":
        record = line.book.wait(talks.number, 20)
        assert (record.talked, record.redials, len(record.recordings)) == (True, [], 1)
        record = line.book.wait(rings.number, 20)
        assert not record.talked and len(record.redials) == 1
        wait_until(lambda: not notes(trial), 20, "Asterisk's notes are taken back")
    line.listen_again()
    director.will(takes_it(0.3))
    after = line.press_zero("13900021004")
    line.talk_to(after, director, 10)


def _bytes(path: Path) -> bytes:
    """A database's file and its journal, as they are on the disk."""
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))

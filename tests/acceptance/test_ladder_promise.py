"""Nobody accepts: the offer, the promise, the message."""

import wave
from collections.abc import Iterator
from datetime import timedelta

import pytest

from ivr.softphone_audio import speech
from tests.acceptance.stage import NOTICES, STRAIGHT, SURELY, Caller, Setting, Stage, found, together, wait_heard


@pytest.fixture(scope="module")
def setting() -> Setting:
    ladder = {"next_seconds": 2, "rung_seconds": 9, "offer_seconds": 5, "promise_seconds": 12}
    return Setting(
        short=(*NOTICES, "message", "waiting_2", "waiting_3", "waiting_room", "transfer_person"),
        lines=4,
        overrides={"ladder": ladder},
    )


MESSAGE = speech("住在老街路灯坏了没人修")


def leave_message(stage: Stage, caller: Caller) -> None:
    wait_heard(caller.call, stage.prompt("message"), 30, "a message may be left")
    caller.call.wait_quiet(8)  # after the beep
    caller.call.say(MESSAGE)
    caller.call.hang_up()


def test_who_waits_is_offered_a_call_and_who_takes_the_offer_or_waits_to_the_end_is_promised_one(
    stage: Stage, citizens: Iterator[str]
) -> None:
    waits, wishes = stage.dial(next(citizens), STRAIGHT), stage.dial(next(citizens), STRAIGHT)

    def wish() -> None:
        wishes.wait_asked("offer", 12)
        wait_heard(wishes.call, stage.prompt("offer"), 12, "the offer")
        wishes.call.press("1")
        wishes.wait("nobody", 3, why="wish")
        leave_message(stage, wishes)

    def wait() -> None:
        waits.wait("nobody", 25, why="timeout")
        leave_message(stage, waits)

    together(wish, wait)
    begun = wishes.wait("rung", 1, i=1).ms
    assert 4500 < wishes.wait_asked("offer").ms - begun < 7500
    assert 11500 < waits.wait("nobody", 1).ms - waits.wait("rung", 1, i=1).ms < 14500
    for caller in (waits, wishes):
        promise = caller.wait("promise", 1)
        assert timedelta() < promise.due - promise.at <= timedelta(minutes=30)
        record = stage.case(caller.call.number)
        assert [task.done_at for task in record.redials] == [None] and not record.talked
        assert record.redials[0].due_at <= promise.due
        with wave.open(str(caller.wait("message", 3).detail["path"])) as kept:
            assert found(MESSAGE, kept.readframes(kept.getnframes())) > SURELY

"""Calls at random, several at a time: whatever anybody does, every call is a case and leaves nothing behind."""

import contextlib
import random
import time
from collections.abc import Iterator

import pytest

from ivr.softphone_audio import speech, tone
from ivr.softphone_plan import (
    Plan,
    accepts,
    answers_silently,
    busy,
    declines,
    no_answer,
    refuse,
    unreachable,
    voicemail,
)
from tests.acceptance.stage import NOTICES, STRAIGHT, Caller, Setting, Stage, together
from zhitong.trial import wait_until

SEED = 20260304
WAVES, AT_ONCE = 2, 12


@pytest.fixture(scope="module")
def setting() -> Setting:
    ladder = {"next_seconds": 1, "rung_seconds": 5, "offer_seconds": 6, "promise_seconds": 10}
    return Setting(short=(*NOTICES, "message", "transfer_person"), lines=3 * AT_ONCE, overrides={"ladder": ladder})


def official(chance: random.Random) -> Plan:
    """What one mobile does with one call."""
    soon, later = chance.uniform(0.1, 1.0), chance.uniform(1.0, 4.0)
    return chance.choice(
        [
            accepts(after=soon, key_after=chance.uniform(0.3, 3.0)),
            accepts(after=later, key_after=0.3),
            accepts(after=soon, key_after=0.5, talk=chance.uniform(0.1, 5.0)),
            accepts(after=soon, key="2", key_after=0.5),
            accepts(after=soon, key_after=0.5, method="lost"),
            voicemail(tone(1000, chance.uniform(0.5, 3.0)), after=soon),
            answers_silently(after=soon, hang_up_after=later),
            busy(),
            unreachable(),
            (refuse(404),),
            (refuse(503),),
            declines(after=soon),
            no_answer(),
        ]
    )


def live_through(caller: Caller, chance: random.Random) -> None:
    """What one caller does: waits, presses 0 or 1, speaks; sooner or later hangs up, if the call is still there."""
    until = time.monotonic() + chance.choice([0.4, 1.5, 4.0, 9.0, 14.0])
    while time.monotonic() < until and caller.call.live:
        with contextlib.suppress(ValueError):  # the call ends in this very moment
            match chance.randrange(4):
                case 0:
                    caller.call.press("0")
                case 1:
                    caller.call.press("1")  # takes the offer, once it was made
                case 2:
                    caller.call.play(speech("停水"))
        with contextlib.suppress(TimeoutError):
            caller.call.wait_disconnected(min(chance.uniform(0.2, 1.5), max(0.0, until - time.monotonic())))
    caller.call.hang_up()


@pytest.mark.timeout(180)
def test_calls_at_random_leave_no_leg_a_second_later_and_every_one_is_a_case(
    stage: Stage, citizens: Iterator[str]
) -> None:
    chance = random.Random(SEED)
    everybody: list[Caller] = []
    for _ in range(WAVES):
        for number in stage.hotline.roster.directory.numbers():
            stage.phone(number).will(*(official(chance) for _ in range(3 * AT_ONCE)))
        seeds = [random.Random(chance.random()) for _ in range(AT_ONCE)]
        callers = [stage.dial(next(citizens), STRAIGHT) for _ in seeds]
        together(*(lambda c=c, r=r: live_through(c, r) for c, r in zip(callers, seeds, strict=True)))
        wait_until(lambda: not _ringing(stage), 1.0, "no mobile rings for nobody")
        stage.network.wait_all_over(8)  # those who were being asked are told first
        everybody += callers
    stage.wait_no_channels()
    for caller in everybody:
        caller.wait("ended", 25)
        record = stage.case(caller.call.number)
        assert bool(record.redials) is not record.talked, "nobody talked: 回拨, and only then"
        talks = [fact for fact in caller.facts() if fact.kind in ("talk", "talk_over")]
        assert [fact.kind for fact in talks] == ["talk", "talk_over"] * (len(talks) // 2), "one talk at a time"
    numbers = stage.hotline.roster.directory.numbers()
    assert {call.number for call in stage.network.calls if call.incoming} <= numbers, "nobody else was dialled"
    assert {bool(caller.facts("talk")) for caller in everybody} == {True, False}, "some talked, some did not"


def _ringing(stage: Stage) -> list[object]:
    return [call for call in stage.network.live_calls() if call.incoming and call.answered_at is None]

"""The caller may hang up at any moment: nothing is left of the call but its case."""

from collections.abc import Iterator

import pytest

from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from ivr.softphone_plan import accepts, unreachable
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
    together,
    wait_heard,
)
from tests.acceptance.test_conversation import asked
from zhitong.trial import wait_until


@pytest.fixture(scope="module")
def setting() -> Setting:
    ladder = {"next_seconds": 2, "rung_seconds": 8, "offer_seconds": 20}
    return Setting(short=(*NOTICES[1:], "message"), lines=4, overrides={"ladder": ladder})


def hang_up(caller: Caller) -> float:
    """Returns the moment."""
    caller.call.hang_up()
    return caller.call.wait_for("disconnected", 2).at


def assert_kept(stage: Stage, caller: Caller, phase: str, *, talked: bool = False) -> None:
    """The case is there; it has a 回拨 exactly when nobody talked; and the phase in which the caller left is known."""
    record = stage.case(caller.call.number)
    assert record.talked is talked
    assert len(record.redials) == (0 if talked else 1)
    assert caller.wait("gone", 1).detail["phase"] == phase


def test_in_the_notice_in_the_question_and_while_speaking(stage: Stage, citizens: Iterator[str]) -> None:
    def in_the_notice() -> None:
        caller = stage.dial(next(citizens))
        caller.call.wait_sound(3)
        hang_up(caller)
        assert_kept(stage, caller, "answered")

    def in_the_question() -> None:
        caller = asked(stage, next(citizens))
        hang_up(caller)
        assert_kept(stage, caller, "listen")

    def while_speaking() -> None:
        caller = asked(stage, next(citizens))
        caller.call.play(speech("我住在扎西镇河边今天又停水没人管"))
        caller.wait("partial", 5)
        hang_up(caller)
        assert_kept(stage, caller, "listen")

    together(in_the_notice, in_the_question, while_speaking)
    stage.wait_no_channels()
    assert not [call for call in stage.network.calls if call.incoming], "no mobile was ever called"


def straight(stage: Stage, number: str) -> Caller:
    """A caller for whom mobiles ring: the notice is cut short by key 0."""
    caller = stage.dial(number, STRAIGHT)
    caller.call.wait_sound(3)
    caller.call.press("0")
    return caller


def wait_over(call: PhoneCall, since: float, within: float) -> None:
    """Until a mobile is left alone; fails when that takes longer."""
    call.wait_disconnected(within + 3)
    assert call.disconnected_at is not None and call.disconnected_at - since < within


def test_while_mobiles_ring_and_one_is_being_asked(stage: Stage, citizen: str) -> None:
    caller = straight(stage, citizen)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    director.answer()
    caller.wait("screening", 3, i=1)
    director.wait_sound(3)
    deputy = stage.phone(DEPUTY).wait_ringing(5)
    gone = hang_up(caller)
    wait_over(deputy, gone, 1.0)
    wait_over(director, gone, 8.0)
    assert found(stage.prompt("caller_gone"), director.heard().pcm) > SURELY, "who was being asked is told"
    assert_kept(stage, caller, "ring")


def test_in_the_talk(stage: Stage, citizen: str) -> None:
    stage.phone(DIRECTOR).will(accepts(after=0.2, key_after=1.0))
    caller = straight(stage, citizen)
    director = stage.phone(DIRECTOR).wait_ringing(5)
    caller.wait("talk", 5)
    caller.call.say(speech("我住在扎西镇河边今天又停水没人管"))
    gone = hang_up(caller)
    wait_over(director, gone, 1.0)
    assert caller.wait("talk_over", 2).detail["seconds"] > 3
    assert_kept(stage, caller, "talk", talked=True)


def test_in_the_promise_and_in_the_message(stage: Stage, citizens: Iterator[str]) -> None:
    for number in stage.hotline.roster.directory.numbers():
        stage.phone(number).will(unreachable())

    def in_the_promise() -> None:
        caller = straight(stage, next(citizens))
        caller.wait("promise", 15)
        note = f"database get call {caller.id}"
        wait_until(lambda: "|promise|" in stage.trial.asterisk.cli(note), 5, "the dialplan is at the promise")
        hang_up(caller)
        assert_kept(stage, caller, "promise")

    def in_the_message() -> None:
        caller = straight(stage, next(citizens))
        caller.wait("promise", 15)
        wait_heard(caller.call, stage.prompt("message"), 30, "a message may be left")
        caller.call.wait_quiet(5)
        words = speech("我住在扎西镇河边今天又停水没人管")
        caller.call.say(words)
        hang_up(caller)
        assert_kept(stage, caller, "message")
        assert [row.kind for row in stage.case(caller.call.number).messages] == ["message"]

    together(in_the_promise, in_the_message)

"""At half past two in the morning."""

import wave

import pytest

from ivr.softphone_audio import speech
from ivr.softphone_plan import unreachable
from tests.acceptance.stage import DIRECTOR, NIGHT, ROOM_AT_NIGHT, SURELY, Setting, Stage, found, wait_heard


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        start=NIGHT, short=("message",), overrides={"ladder": {"next_seconds": 2}, "speech": {"no_speech_seconds": 1}}
    )


def test_a_silent_caller_is_put_through_to_the_duty_room_and_nobody_there_means_a_message_that_rings_again(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen)
    for number in stage.hotline.roster.directory.numbers():
        stage.phone(number).will(unreachable())
    first = caller.wait("rung", 35, i=1)
    assert caller.steps == ["问:question", "问:silent_again_1", "问:silent_again_2", "找人:transfer_silent"]
    assert first.detail["number"] == ROOM_AT_NIGHT, "nobody is woken who only sits at a mobile"
    promise = caller.wait("promise", 20)
    wait_heard(caller.call, stage.prompt("message"), 25, "a message may be left")
    caller.call.wait_quiet(5)  # after the beep
    caller.call.say(speech("住在老街路灯坏了没人修"))
    caller.call.hang_up()
    record = stage.case(citizen)
    assert [task.due_at <= promise.due for task in record.redials] == [True], "as promised, or sooner"
    message = caller.wait("message", 3)
    with wave.open(str(message.detail["path"])) as kept:
        assert found(speech("住在老街路灯坏了没人修"), kept.readframes(kept.getnframes())) > SURELY
    heard = caller.call.heard().pcm
    assert found(stage.prompt("notice_night"), heard) > SURELY


def test_who_speaks_at_night_reaches_the_director_first(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    caller.call.say(speech("停电"))
    assert caller.wait("rung", 10, i=1).detail["number"] == DIRECTOR

"""The first seconds: the line answers, says that it records, and asks one open question."""

from ivr.softphone_audio import speech
from tests.acceptance.stage import SURELY, SURELY_NOT, Stage, found


def test_the_line_answers_at_once_nothing_interrupts_the_notice_and_the_recording_begins_after_it(
    stage: Stage, citizen: str
) -> None:
    caller = stage.dial(citizen)
    call = caller.call
    assert call.answered_at is not None and call.answered_at - call.invited_at < 1.0
    notice = stage.hotline.book.prompt("notice")
    assert notice.seconds <= 6.0
    assert caller.opened.detail["notice_version"] == str(notice.version)

    call.wait_sound(3)
    call.say(speech("喂你好我要找局长"))  # over the notice
    question = caller.wait_asked("question", 10)
    assert question.ms / 1000 > notice.seconds - 0.3, "the notice was not cut short"
    caller.wait_sound_after(question)
    call.wait_quiet(10, quiet=0.5)
    assert not caller.facts("speech") and not caller.facts("heard")
    call.say(speech("停水"))
    caller.wait("heard", 10)
    call.hang_up()

    heard = call.heard().pcm
    assert found(notice.pcm(), heard) > SURELY
    assert found(stage.prompt("question"), heard) > SURELY
    assert next(fact.detail["prompt"] for fact in caller.facts("asked")) == "question", "no menu before it"
    stage.case(citizen)
    said, played = stage.talk_recording(caller)
    assert found(stage.prompt("question"), played) > SURELY
    assert found(notice.pcm(), played) < SURELY_NOT, "the notice itself is not recorded"
    assert found(speech("停水"), said) > SURELY
    assert found(speech("喂你好我要找局长"), said) < SURELY_NOT, "nor what was said over it"


def test_key_0_in_the_notice_goes_straight_to_a_person_and_another_key_does_not(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen)
    caller.call.wait_sound(3)
    caller.call.press("5")
    caller.wait("pressed", 3, key="5")
    assert not caller.facts("planned")
    caller.call.hang_up()
    again = stage.dial(citizen)
    again.call.wait_sound(3)
    again.call.press("0")
    planned = again.wait("planned", 3)
    assert planned.ms < 3000, "in the middle of the notice"
    assert again.steps[-1] == "找人:transfer_person"

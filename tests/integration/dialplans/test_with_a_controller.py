"""What the dialplan does with a controller's answers, and with a controller that stops answering in each phase."""

import time
import uuid
from itertools import pairwise
from pathlib import Path

import pytest

from dialplans import names
from ivr.softphone_audio import tone
from ivr.softphone_plan import accepts, answer, busy, no_answer, press, refuse, ring, unreachable, voicemail, wait
from tests.fakes.scripted_controller import AgiRequest, Audio, ScriptedController
from tests.fakes.tone_prompts import make_prompt, prompts_in
from tests.integration.dialplans.conftest import HOTLINE, Line
from zhitong.trial import wait_until


def _opens(base: str, **more: str) -> dict[str, str]:
    return {"UBASE": f"{base}-", "HL_UUID": f"{base}-{names.UUID_ROUND}01"} | more


def _base() -> str:
    return str(uuid.uuid4())[:23]


def _listens(controller: ScriptedController, base: str) -> None:
    controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(**_opens(base), HL_STATE=names.STATE_LISTEN)


def _rings(controller: ScriptedController, *numbers: str, **more: str) -> None:
    ladder = "&".join(numbers)
    controller.answers[names.AGI_NEXT] = lambda agi: agi.set(LADDER=ladder, **more, HL_STATE=names.STATE_RING)


def _ladder(controller: ScriptedController, base: str, *numbers: str, **more: str) -> None:
    """The controller rings this ladder at once, without a conversation."""
    opened = _opens(base, HL_NOTICE=names.SAY_NOTHING, LADDER="&".join(numbers)) | more
    controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_RING)


def _hangs(controller: ScriptedController, audio: Audio) -> None:
    """As SIGSTOP does: all sockets stay open, nothing is said any more."""
    controller.answers.clear()
    audio.fall_silent()


def _audio(controller: ScriptedController, limit: float = 5) -> Audio:
    return controller.audio.get(timeout=limit)


def test_the_conversation_goes_on_until_the_controller_says_whom_to_ring(
    line: Line, controller: ScriptedController
) -> None:
    base = _base()
    director = line.phone(no_answer())
    _listens(controller, base)
    citizen = line.dial("12333")
    opened = controller.wait_request(names.AGI_ANSWER, 3)
    assert opened.arguments[1:] == [citizen.number, "12333"]
    first = _audio(controller)
    assert first.uuid == f"{base}-{names.UUID_ROUND}01".replace("-", "")

    again = f"{base}-{names.UUID_ROUND}02"
    controller.answers[names.AGI_NEXT] = lambda agi: agi.set(HL_UUID=again, HL_STATE=names.STATE_LISTEN)
    first.end()
    assert controller.wait_request(names.AGI_NEXT, 3).arguments[1:] == ["SUCCESS"]
    second = _audio(controller)
    assert second.uuid == again.replace("-", "")
    citizen.press("7")
    assert second.wait_digit(3) == "7"
    _rings(controller, director.number)
    second.end()
    director.wait_ringing(3)
    assert line.ear.kinds(opened.arguments[0])[:2] == ["recording", "rung"]
    assert line.ear.wait(names.KIND_RUNG, 1, call=opened.arguments[0])[names.EVENT_BASE] == f"{base}-"


def test_the_local_speech_is_heard_where_there_is_any_and_mandarin_where_not(
    line: Line, controller: ScriptedController
) -> None:
    prompts = line.asterisk.config.prompts
    make_prompt(prompts / names.LOCAL_SPEECH / "waiting", like="digit_9")
    first, second = line.phone(no_answer()), line.phone(no_answer())
    _ladder(controller, _base(), first.number, second.number, **{names.LANGUAGE: names.LOCAL_SPEECH})
    citizen = line.dial()
    line.hears(citizen, "transfer", "digit_9", limit=20)
    wait_until(lambda: "offer" in prompts_in(citizen.heard()), 20, "what was not recorded is said in Mandarin")
    assert "waiting" not in prompts_in(citizen.heard())


def test_key_0_in_the_notice_goes_straight_to_the_question_whom_to_ring(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    base, director = _base(), line.phone(no_answer())
    _listens(controller, base)
    _rings(controller, director.number)
    citizen = line.dial()
    citizen.wait_sound(3)
    citizen.press("0")
    assert controller.wait_request(names.AGI_NEXT, 3).arguments[0] == "0"
    director.wait_ringing(3)
    assert controller.audio.empty()


def test_another_key_does_not_get_past_the_notice(line: Line, controller: ScriptedController) -> None:
    _listens(controller, _base())
    citizen = line.dial()
    citizen.wait_sound(3)
    citizen.press("5")
    _audio(controller)
    citizen.say(tone(520, 0.6))
    citizen.hang_up()
    citizen.wait_disconnected(2)
    assert prompts_in(citizen.heard())[-1] == "notice"
    first, last = citizen.heard().spans()[0], citizen.heard().spans()[-1]
    assert last[1] - first[0] > 0.8, "heard to its end"


def test_a_caller_who_does_not_want_a_recording_has_none(line: Line, controller: ScriptedController) -> None:
    opened = _opens(_base(), HL_REC=names.RECORD_NO)
    controller.answers[names.AGI_ANSWER] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_LISTEN)
    line.dial()
    call = controller.wait_request(names.AGI_ANSWER, 3).arguments[0]
    _audio(controller)
    assert not (line.recordings / f"{call}{names.SUFFIX_RECORDING}").exists()


def test_a_recording_stops_when_the_caller_asks_for_it_in_the_conversation(
    line: Line, controller: ScriptedController
) -> None:
    director = line.phone(no_answer())
    _listens(controller, _base())
    _rings(controller, director.number, HL_REC=names.RECORD_NO)
    citizen = line.dial()
    call = controller.wait_request(names.AGI_ANSWER, 3).arguments[0]
    _audio(controller).end()
    director.wait_ringing(3)
    file = line.recordings / f"{call}{names.SUFFIX_RECORDING}"
    size = file.stat().st_size
    citizen.say(tone(520, 1.0))
    assert file.stat().st_size - size < 0.5 * 4 * 8000


def test_the_official_s_answer_is_the_controller_s_to_hear(line: Line, controller: ScriptedController) -> None:
    base, director = _base(), line.phone((ring(), answer()))
    _ladder(controller, base, director.number)
    citizen = line.dial()
    leg = _audio(controller)
    assert leg.uuid == f"{base}-{names.UUID_LEG}{1:011d}".replace("-", "")
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_ACCEPT)
    leg.end()
    assert controller.wait_request(names.AGI_SCREENED, 3).arguments == ["1", "SUCCESS"]
    line.ear.wait(names.KIND_TALK, 3, call=line.call_id(citizen), Number=director.number)


@pytest.mark.parametrize(
    ("answered", "why"), [(names.SCREEN_REFUSE, names.LEG_REFUSED), (names.SCREEN_NOBODY, names.LEG_NOBODY)]
)
def test_an_official_who_does_not_take_the_call_is_let_go(
    line: Line, controller: ScriptedController, answered: str, why: str
) -> None:
    first, second = line.phone((ring(), answer())), line.phone(no_answer())
    _ladder(controller, _base(), first.number, second.number)
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=answered)
    citizen = line.dial()
    _audio(controller).end()
    assert line.ear.wait(names.KIND_LEG, 3, call=line.call_id(citizen))["Why"] == why
    second.wait_ringing(3)


def test_an_official_in_the_controller_s_screening_is_told_when_another_was_first(
    line: Line, controller: ScriptedController
) -> None:
    slow, fast = line.phone((ring(), answer())), line.phone((ring(), answer()))
    _ladder(controller, _base(), slow.number, fast.number, STAGGER="300")
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_ACCEPT)
    line.dial()
    loser, winner = _audio(controller), _audio(controller)
    winner.end()
    assert loser.ended.wait(2), "its audio ends, so the controller knows"
    leg = slow.wait_ringing(1)
    leg.wait_disconnected(3)
    assert prompts_in(leg.heard())[-1] == "taken"


def test_a_controller_killed_in_the_conversation_leaves_the_call_on_the_duty_ladder(
    line: Line, controller: ScriptedController
) -> None:
    director = line.phone(accepts(after=0.2, key_after=0.2))
    line.duty(director)
    _listens(controller, _base())
    citizen = line.dial()
    audio = _audio(controller)
    audio.break_off()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_FALLBACK, 3, call=call, Step=names.PHASE_LISTEN)
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=director.number)
    assert "listen" in line.asterisk.cli(f"database get step {call}-1")


def test_a_controller_that_hangs_in_the_conversation_leaves_the_call_on_the_duty_ladder(
    line: Line, controller: ScriptedController
) -> None:
    director = line.phone(accepts(after=0.2, key_after=0.2))
    line.duty(director)
    _listens(controller, _base())
    citizen = line.dial()
    _hangs(controller, _audio(controller))
    line.ear.wait(names.KIND_TALK, 12, call=line.call_id(citizen), Number=director.number)


def test_a_controller_that_hangs_when_the_call_comes_does_not_hold_it_up(
    line: Line, controller: ScriptedController
) -> None:
    director = line.phone(no_answer())
    line.duty(director)
    citizen = line.dial()
    director.wait_ringing(8)
    late = controller.wait_request(names.AGI_ANSWER, 1)
    # It wakes up: its connection is closed, and what it says changes nothing.
    assert late.command('SET VARIABLE "HL_STATE" "done"') in ("", "HANGUP")
    leg = director.incoming[0]
    leg.answer()
    leg.wait_sound(5)
    leg.press("1")
    line.ear.wait(names.KIND_TALK, 5, call=line.call_id(citizen), Number=director.number)


def test_a_controller_that_hangs_after_the_conversation_leaves_the_call_on_the_duty_ladder(
    line: Line, controller: ScriptedController
) -> None:
    director = line.phone(no_answer())
    line.duty(director)
    _listens(controller, _base())
    line.dial()
    _audio(controller).end()
    director.wait_ringing(8)


@pytest.mark.parametrize("gone", ["killed", "hung", "silent"])
def test_without_a_controller_in_the_screening_the_official_accepts_by_key(
    line: Line, controller: ScriptedController, gone: str, tmp_path: Path
) -> None:
    director = line.phone((ring(), answer()))
    brief = make_prompt(tmp_path / "brief", "callback_static")
    _ladder(controller, _base(), director.number, BRIEF=brief)
    citizen = line.dial()
    leg_audio = _audio(controller)
    {"killed": leg_audio.break_off, "silent": leg_audio.end, "hung": lambda: _hangs(controller, leg_audio)}[gone]()
    leg = director.wait_ringing(1)
    leg.wait_sound(6, since=time.monotonic())
    leg.wait_quiet(4, quiet=0.4)
    leg.press("1")
    line.ear.wait(names.KIND_TALK, 3, call=line.call_id(citizen))
    leg.hang_up()
    leg.wait_disconnected(1)
    assert prompts_in(leg.heard())[:2] == ["callback_static", "keys"]


def test_a_controller_that_dies_while_the_mobiles_ring_changes_nothing(line: Line) -> None:
    first, second = line.phone(no_answer()), line.phone(accepts(after=0.2, key_after=0.2))
    with ScriptedController(line.asterisk.config.agi_port, line.asterisk.config.audio_port) as controller:
        _ladder(controller, _base(), first.number, second.number)
        citizen = line.dial()
        first.wait_ringing(3)
    line.ear.wait(names.KIND_TALK, 8, call=line.call_id(citizen), Number=second.number)


def test_what_is_said_when_a_rung_starts_is_the_controller_s_and_does_not_delay_the_next(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first, second = line.phone(no_answer()), line.phone(no_answer())
    danger, waiting = make_prompt(tmp_path / "danger", "offer"), make_prompt(tmp_path / "wait", "closed")
    _ladder(controller, _base(), first.number, second.number, P1=danger, P2=waiting, STAGGER="400", RING="20")
    citizen = line.dial()
    one, two = first.wait_ringing(3), second.wait_ringing(3)
    assert two.invited_at - one.invited_at < 0.8, "the second rang while the first sentence was still being said"
    line.hears(citizen, "offer", "closed")


def test_a_prompt_that_is_missing_is_replaced_by_the_static_one(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    first = line.phone(no_answer())
    _ladder(controller, _base(), first.number, P1=str(tmp_path / "nowhere"))
    citizen = line.dial()
    first.wait_ringing(3)
    citizen.wait_quiet(5, quiet=0.5)
    citizen.hang_up()
    citizen.wait_disconnected(1)
    assert prompts_in(citizen.heard())[:1] == ["transfer"]


def test_who_passes_the_call_on_is_rung_again_after_all_the_others(line: Line, controller: ScriptedController) -> None:
    passes = line.phone((ring(), answer()))
    others = [line.phone(no_answer()) for _ in range(2)]
    numbers = [passes.number, *(phone.number for phone in others)]
    _ladder(controller, _base(), *numbers, STAGGER="700", RING="1")
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_REFUSE)
    call = line.call_id(line.dial())
    _audio(controller).end()
    line.ear.wait(names.KIND_RUNG, 8, call=call, Rung="6")
    rungs = [rung["Number"] for rung in line.ear.of(names.KIND_RUNG, call)][:6]
    assert rungs == [*numbers, *numbers[1:], passes.number]


def test_from_the_second_round_on_a_sentence_is_said_once_a_round(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    phones = [line.phone(no_answer()) for _ in range(3)]
    again, pace = make_prompt(tmp_path / "again", "closed"), {"STAGGER": "2000", "RING": "1", "OFFER": "60000"}
    _ladder(controller, _base(), *(phone.number for phone in phones), PAGAIN=again, NOBODY="60000", **pace)
    citizen = line.dial()
    line.ear.wait(names.KIND_RUNG, 20, call=line.call_id(citizen), Rung="7")
    citizen.hang_up()
    citizen.wait_disconnected(1)
    said = prompts_in(citizen.heard())
    first, later = said[: said.index("closed")], said[said.index("closed") :]
    # A sentence is left out when the next rung has begun meanwhile.
    assert first in (["transfer", "waiting"], ["transfer", "waiting", "waiting"])
    assert later in (["closed"], ["closed", "closed"]), "the third round has just begun"


def test_no_sentence_stands_in_the_way_of_the_offer(line: Line, controller: ScriptedController) -> None:
    phones = [line.phone(no_answer()) for _ in range(2)]
    _ladder(controller, _base(), *(phone.number for phone in phones), STAGGER="1400", OFFER="2300", RING="20")
    citizen = line.dial()
    call = line.call_id(citizen)
    offered = line.ear.wait(names.KIND_OFFER, 6, call=call)
    first = line.ear.wait(names.KIND_RUNG, 1, call=call, Rung="1")
    assert float(offered["at"]) - float(first["at"]) < 3.5
    citizen.wait_quiet(5, quiet=0.5)
    time.sleep(1.2)
    citizen.hang_up()
    citizen.wait_disconnected(1)
    assert prompts_in(citizen.heard()) == ["transfer", "offer"]


def test_nobody_accepts_and_the_controller_names_the_time_of_the_promise(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    promise = make_prompt(tmp_path / "promise", "offer")
    _ladder(controller, _base(), line.phone(unreachable()).number)
    controller.answers[names.AGI_NOBODY] = lambda agi: agi.set(HL_PROMISE=promise, HL_STATE=names.STATE_MESSAGE)
    citizen = line.dial()
    assert controller.wait_request(names.AGI_NOBODY, 5).arguments == ["drained"]
    citizen.wait_disconnected(10)
    assert prompts_in(citizen.heard())[-4:] == ["offer", "message", "beep", "thanks"]


def test_nobody_accepts_and_the_controller_knows_one_more(line: Line, controller: ScriptedController) -> None:
    first, second = line.phone(unreachable()), line.phone(no_answer())
    _ladder(controller, _base(), first.number)
    controller.answers[names.AGI_NOBODY] = lambda agi: agi.set(LADDER=second.number, HL_STATE=names.STATE_RING)
    citizen = line.dial()
    second.wait_ringing(8)
    rungs = line.ear.of(names.KIND_RUNG, line.call_id(citizen))
    assert [rung["Rung"] for rung in rungs] == ["1", "2", "3"], "counted on: no leg is taken for an earlier one"


def test_whom_nobody_could_call_is_not_told_to_hang_up_when_others_are_rung_after_that_either(
    line: Line, controller: ScriptedController
) -> None:
    second = line.phone(no_answer())
    _ladder(controller, _base(), line.phone(unreachable()).number)
    controller.answers[names.AGI_NOBODY] = lambda agi: agi.set(LADDER=second.number, HL_STATE=names.STATE_RING)
    hidden = line.phone().dial("12345", via=line.via, withheld=True)
    second.wait_ringing(8)
    wait_until(lambda: prompts_in(hidden.heard())[-1:] == ["waiting_hidden"], 5, "more are rung")
    assert "waiting" not in prompts_in(hidden.heard())


def test_nobody_accepts_and_the_controller_does_not_answer(line: Line, controller: ScriptedController) -> None:
    _ladder(controller, _base(), line.phone(unreachable()).number)
    citizen = line.dial()
    citizen.wait_answered(3)
    citizen.wait_disconnected(15)
    assert prompts_in(citizen.heard())[-4:] == ["nobody_static", "message", "beep", "thanks"]


def test_rungs_are_counted_beyond_a_hundred(line: Line, controller: ScriptedController) -> None:
    base, phones = _base(), [line.phone(no_answer()), line.phone((ring(), answer()))]
    _ladder(controller, base, *(phone.number for phone in phones), STAGGER="500", N="99")
    controller.answers[names.AGI_SCREENED] = lambda agi: agi.set(HL_KEY=names.SCREEN_ACCEPT)
    call = line.call_id(line.dial())
    leg = _audio(controller)
    assert leg.uuid == f"{base}-{names.UUID_LEG}{101:011d}".replace("-", "")
    leg.end()
    assert controller.wait_request(names.AGI_SCREENED, 3).arguments == ["101", "SUCCESS"]
    line.ear.wait(names.KIND_TALK, 3, call=call, Number=phones[1].number, Rung="101")


def test_where_life_is_in_danger_the_ringing_has_no_end(
    line: Line, controller: ScriptedController, tmp_path: Path
) -> None:
    phones = [line.phone((refuse(503),)), line.phone(*[busy()] * 3, accepts(after=0.2, key_after=0.2))]
    pace = {"STAGGER": "1000", "NOBODY": "2000", "KEYS": make_prompt(tmp_path / "keys", "keys")}
    _ladder(controller, _base(), *(phone.number for phone in phones), HL_STAY=names.STAY_YES, **pace)
    call = line.call_id(line.dial())
    talk = line.ear.wait(names.KIND_TALK, 12, call=call, Number=phones[1].number)
    rungs = line.ear.of(names.KIND_RUNG, call)
    assert [rung["Number"] for rung in rungs] == [phone.number for phone in phones] * 4
    assert float(talk["at"]) - float(rungs[0]["at"]) > 3
    assert not line.ear.of(names.KIND_NOBODY, call)
    pauses = [float(later["at"]) - float(sooner["at"]) for sooner, later in pairwise(rungs)]
    assert min(pauses[1:]) > 0.5, "it does not spin"


def test_a_trunk_that_never_answers_a_word_does_not_stop_the_ladder(line: Line, controller: ScriptedController) -> None:
    # As the carrier sees it: no 100, no 180. Here a mobile that never rings; the stagger goes on regardless.
    dead, second = line.phone(()), line.phone(no_answer())
    _ladder(controller, _base(), dead.number, second.number, STAGGER="500")
    line.dial()
    second.wait_ringing(4)


def test_a_ladder_with_a_number_that_is_none_goes_on(line: Line, controller: ScriptedController) -> None:
    first, third = line.phone(no_answer()), line.phone(no_answer())
    _ladder(controller, _base(), "nobody", "", first.number, "none", third.number)
    citizen = line.dial()
    first.wait_ringing(3)
    third.wait_ringing(5)
    rungs = line.ear.of(names.KIND_RUNG, line.call_id(citizen))
    assert [(rung["Rung"], rung["Number"]) for rung in rungs] == [("1", first.number), ("2", third.number)]


def test_a_citizen_is_called_back_and_talked_to(line: Line, controller: ScriptedController) -> None:
    base, citizen = _base(), line.phone((ring(), answer()))
    opened = _opens(base, HL_NOTICE=names.SAY_NOTHING)
    controller.answers[names.AGI_CALLBACK] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_LISTEN)
    controller.answers[names.AGI_NEXT] = lambda agi: agi.set(HL_STATE=names.STATE_DONE)
    _originate(line, citizen.number, names.CONTEXT_CALLBACK, "42")
    opened_by = controller.wait_request("", 5)
    assert opened_by.path == "callback/42"
    call = citizen.wait_ringing(1)
    _audio(controller).end()
    call.wait_disconnected(3)
    assert line.note(opened_by.arguments[0])[1] == "callback:42"


def test_a_citizen_called_back_without_a_controller_is_told_so(line: Line) -> None:
    citizen = line.phone((ring(), answer()))
    _originate(line, citizen.number, names.CONTEXT_CALLBACK, "43")
    call = citizen.wait_ringing(3)
    call.wait_disconnected(5)
    assert prompts_in(call.heard()) == ["callback_static"]


@pytest.mark.parametrize("with_controller", [True, False])
def test_a_citizen_whose_call_was_missed_is_rung_and_then_connected(line: Line, with_controller: bool) -> None:
    citizen, director = line.phone((ring(), answer())), line.phone((ring(), answer(), wait(0.5), press("1")))
    line.duty(director)
    ports = (line.asterisk.config.agi_port, line.asterisk.config.audio_port)
    if with_controller:
        with ScriptedController(*ports) as controller:
            opened = _opens(_base(), HL_NOTICE=names.SAY_NOTHING, LADDER=director.number)
            controller.answers[names.AGI_REDIAL] = lambda agi: agi.set(**opened, HL_STATE=names.STATE_RING)
            _originate(line, citizen.number, names.CONTEXT_REDIAL, "7")
            controller.wait_request("redial/7", 5)
    else:
        _originate(line, citizen.number, names.CONTEXT_REDIAL, "7")
    line.ear.wait(names.KIND_TALK, 10, Number=director.number)
    assert citizen.wait_ringing(1).live


def test_a_voicemail_in_the_controller_s_screening_does_not_win(line: Line, controller: ScriptedController) -> None:
    mailbox = line.phone(voicemail(tone(1000, 1.0), after=0.1))
    deputy = line.phone((ring(), answer()))
    _ladder(controller, _base(), mailbox.number, deputy.number, STAGGER="400")

    def screened(agi: AgiRequest) -> None:
        agi.set(HL_KEY=names.SCREEN_ACCEPT if agi.arguments[0] == "2" else names.SCREEN_NOBODY)

    controller.answers[names.AGI_SCREENED] = screened
    citizen = line.dial()
    first, second = _audio(controller), _audio(controller)
    first.end()
    line.ear.wait(names.KIND_LEG, 3, call=line.call_id(citizen), Why=names.LEG_NOBODY)
    second.end()
    line.ear.wait(names.KIND_TALK, 3, call=line.call_id(citizen), Number=deputy.number)


def _originate(line: Line, number: str, context: str, task: str) -> None:
    reply = line.ear.ask(
        "Originate",
        Channel=f"PJSIP/{names.ENDPOINT}/sip:{number}@{line.network.address}",
        Context=context,
        Exten="s",
        Priority="1",
        Async="true",
        CallerID=HOTLINE,
        Variable=f"{names.TASK}={task}",
    )
    assert reply["Response"] == "Success"

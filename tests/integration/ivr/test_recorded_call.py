"""Whole calls over real sockets: the recorded AGI dialogues, AudioSocket, and the events in between."""

import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from cases.callback import CallbackBrief
from cases.redial import RedialBrief
from dialplans import names
from ivr.ami import Channel
from ivr.menu import Connect, Menu, Sentence, StaffCall, StaffPorts
from ivr.ports import KnownCaller, OpenCase
from ivr.speech import SpeechSettings
from ivr.turn import TurnSettings
from tests.fakes.asterisk_side import CALL_ID, AsteriskSide
from tests.fakes.call_ports import LADDER, NOON, Facts, fake_ports, prompt, request, route
from tests.fakes.conversation import VOICE, FakeStream, utterance

QUICK = SpeechSettings(turn=TurnSettings(wait=0.3, silence=0.3, settled=0.05))
SPEECH = bytes(3200) + VOICE * 40
"""0.2 s of silence, then 0.8 s that count as a voice."""


@pytest.fixture
def facts():
    return Facts()


def ports(facts, tmp_path, **changes):
    made = fake_ports(facts, folder=tmp_path, **changes)
    return replace(
        made,
        settings=replace(made.settings, speech=QUICK, screening=QUICK, meet_limit=5.0, step_limit=3.0, ring_limit=20.0),
    )


def says(*texts):
    """A recognizer that hears these texts, one a stream."""
    left = list(texts)

    def listen():
        text = left.pop(0)
        return FakeStream([(6400, text)] if text else [], utterance(text) if text else None)

    return listen


def all_over(facts, limit=5.0):
    return facts.wait("ended", limit).detail["outcome"]


def test_key_0_in_the_notice_rings_at_once_and_nobody_gets_a_promise(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.tell(names.KIND_KEY, Key="0", Phase="answered")
        asterisk.request("next")
        asterisk.tell(names.KIND_RUNG, Rung="1", Number=LADDER[0])
        asterisk.tell(names.KIND_LEG, Rung="1", Number=LADDER[0], Why="rang", Cause="17")
        asterisk.tell(names.KIND_NOBODY, Why="drained")
        asterisk.request("nobody")
        asterisk.tell(names.KIND_MESSAGE, File="/rec/m.wav", Ms="4200")
        asterisk.tell(names.KIND_GONE, Phase="message")
        assert all_over(facts) == "message"
    assert facts.kinds() == [
        "opened", "decided", "pressed", "decided", "planned", "asked", "rung", "leg", "nobody", "promise", "message",
        "gone", "ended",
    ]  # fmt: skip
    assert [fact.seq for fact in facts.all] == list(range(len(facts.all)))
    assert {fact.call_id for fact in facts.all} == {CALL_ID}
    assert facts.told("opened")[0]["notice_version"] == "1"
    assert facts.told("leg") == [{"i": 1, "why": "rang", "cause": 17}]
    assert facts.told("promise")[0]["due"] == NOON.replace(minute=30).isoformat()
    assert facts.told("message") == [{"path": "/rec/m.wav", "seconds": 4.2}]
    assert [rung["number"] for rung in facts.told("planned")[0]["rungs"]] == list(LADDER)


def test_a_request_is_heard_understood_and_rung_for(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"))) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound(voice=SPEECH)
        assert sound.wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["SHARED(LADDER)"] == "&".join(LADDER)
        assert told["SHARED(P1)"] == "/prompts/transfer_sure"
        assert list(told)[-1] == "HL_STATE", "half a plan is none: the state goes last"
        assert told["SHARED(CLIP)"].endswith(f"/clips/{CALL_ID}-1")
        asterisk.tell(names.KIND_TALK, Rung="2", Number=LADDER[1])
        asterisk.tell(names.KIND_TALKOVER, Rung="2", Number=LADDER[1], Ms="61000", Why="SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="over")
        assert all_over(facts) == "talk"
    assert facts.told("heard")[0]["text"] == "停水了"
    assert facts.told("understood")[0]["matter"] == "A1"
    assert facts.told("accepted") == [{"i": 2, "number": LADDER[1], "by": "dialplan"}]
    assert facts.told("talk_over") == [{"seconds": 61.0, "why": "SUCCESS"}]
    assert (tmp_path / "clips" / f"{CALL_ID}-1.wav").stat().st_size > 10_000


class Counted:
    """A port that has counted so many earlier calls; of whom it was asked is kept."""

    def __init__(self, calls):
        self.calls, self.asked = calls, []

    def __call__(self, caller, call_id):
        self.asked.append((caller, call_id))
        return lambda: KnownCaller(earlier_calls=self.calls, handler="li")


def briefed(facts, tmp_path, counted, caller="13900000009"):
    """The words of the brief of a caller who speaks a sure sentence."""
    spoken = []

    def ready(key, **slots):
        if key == "brief_sure":
            spoken.append(slots)
        return prompt(key, **slots)

    made = ports(facts, tmp_path, listen=says("停水了"), ready=ready, known_caller=counted)
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("answer", CALL_ID, caller, "08702128888")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert told["HL_STATE"] == "ring"
    return spoken[-1]


@pytest.mark.parametrize(
    ("calls", "said"),
    [(0, ""), (1, "第二次打来"), (2, "第三次打来"), (11, "第十二次打来"), (98, "第九十九次打来"), (99, "")],
)
def test_an_official_hears_how_often_this_number_has_called(facts, tmp_path, calls, said):
    counted = Counted(calls)
    assert briefed(facts, tmp_path, counted)["times"] == said
    assert counted.asked == [("13900000009", CALL_ID)], "once a call"


@pytest.mark.parametrize("caller", ["", "anonymous", "0085212345678"])
def test_who_has_no_number_to_be_known_by_is_not_counted(facts, tmp_path, caller):
    counted = Counted(2)
    assert briefed(facts, tmp_path, counted, caller)["times"] == ""
    assert counted.asked == []


@pytest.mark.parametrize("trial", [False, True])
@pytest.mark.parametrize(("care", "made"), [("留守老人", True), ("留守老人", False), ("", True)])
def test_an_official_hears_first_that_the_caller_needs_care(facts, tmp_path, care, made, trial):
    found = []

    def ready(key, **slots):
        if key == "brief_care":
            found.append(slots)
            return prompt(key, **slots) if made else None
        return prompt(key, **slots)

    known = {"known_caller": lambda caller, call: lambda: KnownCaller(care=care)}
    made_of = ports(facts, tmp_path, listen=says("停水了", "接"), ready=ready, **known)
    made_of = replace(made_of, settings=replace(made_of.settings, trial=trial))
    with AsteriskSide(made_of) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")["SHARED(BRIEF)"]
        if not trial:
            leg = asterisk.sound("b", 1)
            leg.press("1")
            assert leg.wait_ended()
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert told.startswith("/prompts/brief_care&/prompts/") == bool(trial and care and made)
    assert trial or "&" not in told, "the dialplan looks whether this one file is there"
    assert found == [{"care": care}] * len(found) and bool(found) == bool(care)


@pytest.mark.parametrize(("looked_up", "handler"), [(lambda c, i: lambda: KnownCaller(handler="li"), "li"), (None, "")])
def test_the_ladder_is_asked_for_with_who_handles_the_callers_open_case(facts, tmp_path, looked_up, handler):
    asked = []

    def planned(of):
        asked.append(of.handler)
        return route()

    known = {"known_caller": looked_up} if looked_up else {}
    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"), route=planned, **known)) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert asked[-1] == handler


OPEN = OpenCase(day="前天", when="星期四下午五点半")


@pytest.mark.parametrize(
    ("mine", "made", "first"),
    [
        (OPEN, True, "open_case"),
        (OPEN, False, "question"),  # its sound is not there yet: nobody waits for it
        (None, True, "question"),
    ],
)
def test_who_has_a_case_open_is_told_so_and_asked_whether_it_is_that(facts, tmp_path, mine, made, first):
    asked = []

    def ready(key, **slots):
        return None if key == "open_case" and not made else prompt(key, **slots)

    def planned(of):
        asked.append((of.handler, of.wish))
        return route()

    known = KnownCaller(handler="li", open_case=mine)
    changed = ports(
        facts, tmp_path, listen=says("找局长"), ready=ready, route=planned, known_caller=lambda c, i: lambda: known
    )
    with AsteriskSide(changed) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    said = facts.told("asked")[0]
    assert said["prompt"] == first
    assert said["text"] == ("open_case day=前天 when=星期四下午五点半" if first == "open_case" else "question")
    assert asked[-1] == ("li", "director") and told["SHARED(P1)"] == "/prompts/transfer_person"


def test_on_a_withheld_number_nobody_is_told_of_a_case(facts, tmp_path):
    known = {"known_caller": lambda c, i: lambda: KnownCaller(handler="li", open_case=OPEN)}
    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"), **known)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "", "08702128888")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert facts.told("asked")[0]["prompt"] == "question"


def test_a_second_question_after_silence_and_then_the_desk(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound().wait_ended(10)
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["SHARED(P1)"] == "/prompts/transfer_silent"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        assert all_over(facts) == "gone"
    asked = [detail["prompt"] for detail in facts.told("asked")]
    assert asked == ["question", "silent_again_1", "silent_again_2", "transfer_silent"]


def test_no_recording_stops_it_and_the_call_goes_on(facts, tmp_path):
    stopped = []
    made = ports(facts, tmp_path, listen=says("不要录音", "停水了"), stop_recording=stopped.append)
    with AsteriskSide(made) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound(voice=SPEECH + bytes(16000 * 2) + SPEECH)
        assert sound.wait_ended(10)
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["HL_REC"] == "no"
        assert told["HL_STATE"] == "ring"
        assert "SHARED(CLIP)" not in told
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert told["SHARED(BRIEF)"] == "/prompts/brief_unrecorded"
    assert stopped == ["PJSIP/trunk-00000004"]
    assert facts.kinds().count("no_recording") == 1
    assert not list((tmp_path / "clips").glob("*")) if (tmp_path / "clips").exists() else True


def test_no_recognizer_has_a_sentence_and_a_person(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["SHARED(P1)"] == "/prompts/recognizer_gone"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


@pytest.mark.parametrize("phase", ["notice", "question", "ringing", "talk", "promise"])
def test_the_caller_may_hang_up_at_any_moment(facts, tmp_path, phase):
    with AsteriskSide(ports(facts, tmp_path, listen=says(""))) as asterisk:
        asterisk.request("answer")
        if phase != "notice":
            sound = asterisk.sound()
            facts.wait("asked", prompt="question")
            if phase == "question":
                sound.hang_up()
            else:
                sound.press("0")
                assert sound.wait_ended()
                asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        if phase == "talk":
            asterisk.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
        if phase == "promise":
            asterisk.tell(names.KIND_NOBODY, Why="timeout")
            asterisk.request("nobody")
        asterisk.tell(names.KIND_GONE, Phase=phase)
        all_over(facts, 2.0)
        assert facts.told("gone") == [{"phase": phase}]
        assert _empty(asterisk)


def test_a_hang_up_that_nobody_told_ends_the_thread_all_the_same(facts, tmp_path):
    made = ports(facts, tmp_path)
    made = replace(made, settings=replace(made.settings, step_limit=0.3, ring_limit=0.5))
    with AsteriskSide(made) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound()
        facts.wait("asked", prompt="question")
        sound.hang_up()
        all_over(facts, 5.0)
        assert _empty(asterisk)


def test_a_controller_that_wakes_up_late_only_notes_what_it_hears(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound()
        facts.wait("asked", prompt="question")
        sound.hang_up()  # to us it looks as if the caller had left
        asterisk.tell(names.KIND_FALLBACK, Step="listen")
        asterisk.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
        facts.wait("talk")
        assert asterisk.raw_request(f"nobody/{asterisk.base}-a00000000001", "timeout") == {}, (
            "it decides nothing any more"
        )
        asterisk.tell(names.KIND_TALKOVER, Rung="1", Number=LADDER[0], Ms="9000", Why="SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="over")
        assert all_over(facts) == "talk"
    assert "planned" not in facts.kinds()
    assert facts.told("fallback") == [{"step": "listen"}]


def test_audio_that_breaks_off_while_the_caller_is_there_rings(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound()
        facts.wait("asked", prompt="question")
        sound.hang_up()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "FAILED")
        assert told["HL_STATE"] == "ring"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


def test_a_dropped_talk_is_none_and_the_next_one_counts(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        asterisk.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
        asterisk.tell(names.KIND_TALKOVER, Rung="1", Number=LADDER[0], Ms="900", Why="dropped")
        asterisk.tell(names.KIND_NOBODY, Why="drained")
        asterisk.request("nobody")
        asterisk.tell(names.KIND_GONE, Phase="promise")
        assert all_over(facts) == "nobody"
    assert facts.told("talk_over") == [{"seconds": 0.9, "why": "dropped"}]


def test_a_time_that_cannot_be_spoken_promises_what_the_fixed_sentence_says(facts, tmp_path):
    def no_synthesiser(key, **slots):
        return prompt("nobody_static") if key == "nobody" else prompt(key, **slots)

    with AsteriskSide(ports(facts, tmp_path, prompt=no_synthesiser)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        asterisk.tell(names.KIND_NOBODY, Why="drained")
        told = asterisk.raw_request(f"nobody/{asterisk.base}-a00000000001", "drained")
        asterisk.tell(names.KIND_GONE, Phase="promise")
        all_over(facts)
    assert told["HL_PROMISE"] == "/prompts/nobody_static"
    assert facts.told("promise")[0]["due"] == (NOON + timedelta(hours=2)).isoformat()


@pytest.mark.parametrize("caller", ["", "anonymous", "12345", "0085223456789", "+8613900000000000", "110"])
@pytest.mark.parametrize(("why", "said"), [("drained", "nobody_hidden"), ("wish", "offer_promise_hidden")])
def test_who_cannot_be_called_back_is_asked_for_a_number_and_promised_no_call(facts, tmp_path, caller, why, said):
    with AsteriskSide(ports(facts, tmp_path, question=False)) as asterisk:
        told = asterisk.raw_request("answer", CALL_ID, caller, "08702128888")
        assert told["SHARED(P2)"] == "/prompts/waiting_2_hidden"
        assert told[f"SHARED({names.ASK_NUMBER})"] == names.ASK_YES
        asterisk.tell(names.KIND_NOBODY, Why=why)
        told = asterisk.raw_request(f"nobody/{asterisk.base}-a00000000001", why)
        asterisk.tell(names.KIND_GONE, Phase="promise")
        all_over(facts)
    assert (told["HL_PROMISE"], told["HL_STATE"]) == (f"/prompts/{said}", "message")
    assert "promise" not in facts.kinds()
    assert facts.told("asked")[-1]["prompt"] == said


@pytest.mark.parametrize("trial", [False, True])
@pytest.mark.parametrize(("words", "open_case"), [("停水了", "4711"), ("停水了，不要说是我打的", "")])
def test_what_is_known_of_a_number_that_is_given_while_it_rings_is_in_the_brief(
    facts, tmp_path, words, open_case, trial
):
    briefed, shared, asked = [], [], []

    def ready(key, **slots):
        briefed.append((key, slots.get("times", "")))
        return prompt(key, **slots)

    def look_up(number, call_id):
        asked.append(number)
        return lambda: KnownCaller(earlier_calls=2, care="留守老人", open_short="4711")

    made = ports(facts, tmp_path, listen=says(words, "接"), ready=ready, known_caller=look_up)
    made = replace(made, settings=replace(made.settings, trial=trial), share=lambda *told: shared.append(told[2]))
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "", "08702128888")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert asked == [] and ("brief_sure", "第三次打来") not in briefed, "nobody is known yet, and it rings"
        assert "brief_care" not in told.get(f"SHARED({names.BRIEF})", "")
        giving = asterisk.sound(number=names.NUMBER_TURNS["hold"])
        for key in "13870001234":
            giving.press(key)
        facts.wait("asked", prompt="number_read")
        giving.press("1")
        assert giving.wait_ended()
        if not trial:
            leg = asterisk.sound("b", 1)
            leg.press("1")
            assert leg.wait_ended()
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert facts.told("contact")[0]["number"] == "13870001234" and asked == ["13870001234"]
    assert ("brief_care", "") in briefed
    if not trial:
        assert ("brief_sure", "第三次打来") in briefed
    else:  # the caller's own words are the brief
        assert shared[-1].startswith("/prompts/brief_care&/prompts/brief_unsure")
        assert ("/prompts/brief_open&/prompts/digit_4" in shared[-1]) == bool(open_case)


@pytest.mark.parametrize(("caller", "said"), [("13900000009", "danger_fire"), ("", "danger_fire_hidden")])
def test_in_danger_nobody_is_told_of_a_number_that_is_not_known(facts, tmp_path, caller, said):
    with AsteriskSide(ports(facts, tmp_path, listen=says("着火了"))) as asterisk:
        asterisk.raw_request("answer", CALL_ID, caller, "08702128888")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["SHARED(P1)"] == f"/prompts/{said}"
        assert told[names.STAY] == names.STAY_YES
        assert told[f"SHARED({names.LINES})"] == names.LINES_ANY, "who is in a talk is rung all the same"
        hidden = [told[f"SHARED({name})"] for name in ("P2", names.AGAIN_PROMPT)]
        assert hidden == ["/prompts/waiting_2_hidden", "/prompts/waiting_hidden"], "nobody is told to hang up"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


def test_a_line_without_question_rings_in_the_first_visit(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path, question=False)) as asterisk:
        told = asterisk.raw_request("answer", CALL_ID, "13900000009", "08702128888")
        assert told["HL_STATE"] == "ring"
        assert told["HL_UUID"], "nobody/<uuid> must find the call"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


def test_a_dialplan_that_leaves_in_the_middle_is_only_watched(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        with socket.create_connection(("127.0.0.1", asterisk._agi.port)) as connection:
            connection.sendall(f"agi_network_script: answer\nagi_arg_1: {CALL_ID}\nagi_arg_3: 08702128888\n\n".encode())
            connection.recv(100)
        asterisk.tell(names.KIND_FALLBACK, Step="answered")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts, 8.0)
    assert facts.told("fallback") == [{"step": "answered"}]


def test_a_fault_of_ours_in_a_call_leaves_it_to_the_dialplan_and_its_end_is_noted(facts, tmp_path):
    def broken(request):
        raise RuntimeError("a fault of the program")

    with AsteriskSide(ports(facts, tmp_path, route=broken)) as asterisk:
        asterisk.request("answer")
        asterisk.sound().press("0")
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert "HL_STATE" not in told, "unanswered: the dialplan's fallback rings"
        asterisk.tell(names.KIND_FALLBACK, Step="listen")
        asterisk.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
        asterisk.tell(names.KIND_GONE, Phase="talk")
        assert all_over(facts) == "talk"
        assert _empty(asterisk)


def test_a_fault_of_ours_in_the_conversation_ends_the_audio(facts, tmp_path):
    def broken(text):
        raise RuntimeError("a fault of the program")

    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"), understand=broken)) as asterisk:
        asterisk.request("answer")
        assert not asterisk.sound(voice=SPEECH).wait_ended(5), "it is closed, and the dialplan comes to ask"
        assert "HL_STATE" not in asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "FAILED")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


def test_after_a_gap_in_ami_a_call_that_is_not_up_any_more_is_over(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        facts.wait("planned")
        asterisk.switchboard.resync(lambda: [Channel(name="PJSIP/trunk-00000004", id=CALL_ID)])
        assert "gone" not in facts.kinds()
        asterisk.switchboard.resync(list)
        assert all_over(facts) == "gone"


def test_a_call_whose_end_nobody_told_is_over_when_its_channel_is_missed_twice(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        facts.wait("planned")
        noted = {CALL_ID: ("talk", LADDER[1])}
        asterisk.switchboard.sweep({CALL_ID}, noted)
        asterisk.switchboard.sweep(set(), noted)  # its end may be on its way
        assert "gone" not in facts.kinds()
        asterisk.switchboard.sweep({CALL_ID}, noted)
        asterisk.switchboard.sweep(set(), noted)
        assert "gone" not in facts.kinds()
        asterisk.switchboard.sweep(set(), noted)
        assert all_over(facts) == "talk"


def test_a_talk_that_was_not_told_is_learnt_from_asterisks_note(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        facts.wait("planned")
        note = {CALL_ID: f"1795289158|inbound|139|0870|talk|{LADDER[1]}|"}
        up = [Channel(name="PJSIP/trunk-00000004", id=CALL_ID)]
        asterisk.switchboard.resync(lambda: up, lambda: note)
        asterisk.switchboard.resync(lambda: up, lambda: note)
        assert facts.wait("talk").detail["number"] == LADDER[1]
        asterisk.tell(names.KIND_GONE, Phase="talk")
        assert all_over(facts) == "talk"
    assert facts.kinds().count("talk") == 1


def test_a_message_that_was_not_told_is_learnt_from_asterisks_note(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        facts.wait("planned")
        asterisk.switchboard.resync(list, lambda: {CALL_ID: "1795289158|inbound|139|0870|message||1795289199"})
        assert all_over(facts) == "message"
    assert facts.told("message")[0]["path"].endswith(f"{CALL_ID}-message.wav")


def test_in_trial_recognition_the_caller_goes_to_a_person_with_their_own_words(facts, tmp_path):
    made = ports(facts, tmp_path, listen=says("停水了"))
    made = replace(made, settings=replace(made.settings, trial=True))
    with AsteriskSide(made) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["SHARED(P1)"] == "/prompts/transfer_unsure"
        leg = asterisk.sound("b", 1, voice=SPEECH)
        assert not leg.wait_ended(2), "a word accepts nothing here"
        leg.press("1")
        assert leg.wait_ended()
        assert verdict(asterisk, 1) == "1"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    [understood] = facts.told("understood")
    assert (understood["matter"], understood["text"]) == (None, "停水了")
    assert (tmp_path / "clips" / f"{CALL_ID}-1.wav").exists()


# --- legs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ringing(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了", "接"))) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        yield asterisk
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)


def verdict(asterisk, leg):
    return asterisk.raw_request(f"screened/{asterisk.base}-b{leg:011d}", str(leg), "SUCCESS").get("HL_KEY")


@pytest.mark.parametrize(("key", "expected"), [("1", "1"), ("2", "2")])
def test_an_official_answers_by_key(ringing, key, expected):
    leg = ringing.sound("b", 1)
    leg.press(key)
    assert leg.wait_ended()
    assert verdict(ringing, 1) == expected


def test_an_official_accepts_by_word(ringing, facts):
    leg = ringing.sound("b", 2, voice=SPEECH)
    assert leg.wait_ended()
    assert verdict(ringing, 2) == "1"
    ringing.tell(names.KIND_TALK, Rung="2", Number=LADDER[1])
    assert facts.wait("accepted").detail["by"] == "voice"


def test_a_voicemail_that_only_talks_is_nobody(ringing):
    leg = ringing.sound("b", 3)
    assert leg.wait_ended(15)
    assert verdict(ringing, 3) == "n"


def test_two_legs_are_screened_side_by_side(ringing):
    first, second = ringing.sound("b", 1), ringing.sound("b", 2)
    second.press("2")
    assert second.wait_ended()
    first.press("1")
    assert first.wait_ended()
    assert (verdict(ringing, 1), verdict(ringing, 2)) == ("1", "2")


def test_a_leg_that_is_taken_away_has_no_verdict(ringing):
    leg = ringing.sound("b", 1)
    leg.hang_up()
    assert verdict(ringing, 1) is None


def test_a_leg_of_a_call_nobody_knows_is_left_to_the_dialplan(ringing):
    ringing.base, base = "00000000-0000-0000-0000", ringing.base
    assert not ringing.sound("b", 1).wait_ended(2)
    assert verdict(ringing, 1) is None
    ringing.base = base


# --- an official who does not take the call, or brings in another ----------------------------------------------------


@pytest.mark.parametrize(("key", "expected"), [("3", "3"), ("4", "4")])
def test_an_official_hands_to_the_deputy_or_wants_to_call_back(ringing, key, expected):
    leg = ringing.sound("b", 1)
    leg.press(key)
    assert leg.wait_ended()
    assert verdict(ringing, 1) == expected


def later(asterisk, number=LADDER[0]):
    return asterisk.raw_request(f"later/{asterisk.base}-b00000000001", "1", number)


def test_a_caller_is_told_who_calls_back_and_by_when_is_noted(ringing, facts):
    told = later(ringing)
    assert told == {"SHARED(SAY,PJSIP/trunk-00000004)": "/prompts/later", "HL_KEY": "4"}
    assert list(told)[-1] == "HL_KEY", "half an answer is none"
    facts.wait("call_back")
    assert facts.told("call_back") == [{"i": 1, "number": LADDER[0], "due": (NOON + timedelta(minutes=15)).isoformat()}]
    assert facts.wait("asked", prompt="later").detail["text"] == "later who=局长"


@pytest.mark.parametrize("changes", [{"urgency": "red"}, {"danger": "fire"}, {"intent": "emergency"}])
def test_what_is_urgent_cannot_wait_for_a_call_back(facts, tmp_path, changes):
    made = ports(facts, tmp_path, listen=says("停水了"), understand=lambda text: replace(request(text), **changes))
    with AsteriskSide(made) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert later(asterisk) == {"HL_KEY": "2"}
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert facts.told("call_back") == []


@pytest.mark.parametrize("caller", ["", "anonymous", "0085212345678"])
def test_nobody_promises_to_call_a_number_that_cannot_be_called(facts, tmp_path, caller):
    said = []

    def made_prompt(key, **slots):
        said.append(key)
        return prompt(key, **slots)

    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"), prompt=made_prompt)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, caller, "08702128888")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        leg = asterisk.sound("b", 1)
        assert later(asterisk) == {"HL_KEY": "2"}
        leg.press("2")
        assert leg.wait_ended()
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert "screen_keys" in said and "screen_later" not in said


def test_the_numbers_of_the_deputies_and_how_many_lines_each_has_are_told_with_the_ladder(facts, tmp_path):
    rungs = route().rungs
    first = replace(rungs[0], lines=2, deputies=(LADDER[1], "13800000009"))
    planned = replace(route(), rungs=(first, *rungs[1:]))
    with AsteriskSide(ports(facts, tmp_path, route=lambda facts: planned)) as asterisk:
        asterisk.request("answer")
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "0", "")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert told[f"SHARED(D{LADDER[0]})"] == f"{LADDER[1]}&13800000009"
    assert told["SHARED(OPEN)"] == LADDER[-1]
    assert f"SHARED(D{LADDER[1]})" not in told
    assert told[f"SHARED({names.LINES})"] == "&".join(["2", *("1" for _ in LADDER[1:])])


def test_a_duty_room_that_does_not_end_the_ladder_is_asked_as_all_others(facts, tmp_path):
    turned = replace(route(), rungs=route().rungs[::-1])
    with AsteriskSide(ports(facts, tmp_path, route=lambda facts: turned)) as asterisk:
        asterisk.request("answer")
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "0", "")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert "SHARED(OPEN)" not in told


@pytest.mark.parametrize(("why", "by"), [(names.OPEN_ROOM, "room"), (names.OPEN_VOICE, "heard")])
def test_how_a_call_came_to_be_connected_without_a_key_is_noted(ringing, facts, why, by):
    ringing.tell(names.KIND_OPEN, Rung="3", Number=LADDER[2], Why=why)
    ringing.tell(names.KIND_TALK, Rung="3", Number=LADDER[2])
    assert facts.wait("accepted").detail == {"i": 3, "number": LADDER[2], "by": by}


def test_on_the_last_pass_a_person_who_speaks_takes_the_call(facts, tmp_path):
    made = ports(facts, tmp_path, listen=says("停水了", "喂"))
    made = replace(made, settings=replace(made.settings, keyless=1.0))
    with AsteriskSide(made) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_SCREEN, Rung="7", Number=LADDER[0], Why=names.SCREEN_LAST)
        facts.wait("screening", i=7)
        leg = asterisk.sound("b", 7, voice=SPEECH)
        assert leg.wait_ended()
        assert verdict(asterisk, 7) == "1"
        asterisk.tell(names.KIND_TALK, Rung="7", Number=LADDER[0])
        assert facts.wait("accepted").detail["by"] == "heard"
        asterisk.tell(names.KIND_GONE, Phase="talk", Ms="9000", Why="gone")
        all_over(facts)


def test_the_keys_of_a_talk_are_noted(ringing, facts):
    ringing.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
    ringing.tell(names.KIND_STAR, Rung="1", Number=LADDER[0], Key="9", State="on")
    ringing.tell(names.KIND_STAR, Rung="1", Number=LADDER[0], Key="9", State="off")
    ringing.tell(names.KIND_THIRD, Number="13800000009", Step="rung")
    ringing.tell(names.KIND_THIRD, Number="13800000009", Step="rang", Cause="17")
    facts.wait("third", count=2)
    marked = {"key": "9", "i": 1, "number": LADDER[0]}
    assert facts.told("marked") == [marked | {"on": True}, marked | {"on": False}]
    assert facts.told("third") == [
        {"number": "13800000009", "step": "rung", "cause": 0},
        {"number": "13800000009", "step": "rang", "cause": 17},
    ]


def test_who_may_be_brought_into_a_talk_is_asked_when_it_is_wanted(facts, tmp_path):
    asked = []

    def others(wanted, there):
        asked.append((wanted.matter, there))
        return ("13800000008", "13800000009")

    with AsteriskSide(ports(facts, tmp_path, listen=says("停水了"), others=others)) as asterisk:
        asterisk.request("answer")
        assert asterisk.sound(voice=SPEECH).wait_ended()
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_TALK, Rung="1", Number=LADDER[0])
        told = asterisk.raw_request(f"others/{asterisk.base}-a00000000001", LADDER[0])
        asterisk.tell(names.KIND_GONE, Phase="talk", Ms="9000", Why="gone")
        all_over(facts)
    assert told == {"HL_OTHERS": "13800000008&13800000009"}
    assert asked == [("A1", (LADDER[0],))]


def test_a_call_that_is_not_led_from_here_any_more_decides_nothing_of_this(ringing, facts):
    ringing.tell(names.KIND_FALLBACK, Step="ring")
    facts.wait("fallback")
    assert later(ringing) == {}
    assert ringing.raw_request(f"others/{ringing.base}-a00000000001", LADDER[0]) == {}


# --- calls the system places ------------------------------------------------------------------------------------------


REDIAL = RedialBrief(
    task_id=7, case_number="20261123-1", number="13900000009", called_at=NOON, intent="request", matter="A1",
    matter_name="供水饮水", type="求助", urgency="normal", place="", danger="", text="停水了", clip="",
)  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [("停水了", "brief_sure"), ("", "brief_unrecorded")])
def test_who_wanted_no_recording_is_not_recorded_when_called_back_either(facts, tmp_path, text, said):
    brief = replace(REDIAL, text=text, no_recording=True)
    spoken = []

    def ready(key, **slots):
        spoken.append(prompt(key, **slots))
        return spoken[-1]

    with AsteriskSide(ports(facts, tmp_path, redial=lambda task: brief, ready=ready)) as asterisk:
        told = asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert (told["HL_REC"], told["HL_NOTICE"], told["HL_STATE"]) == ("no", names.SAY_NOTHING, "ring")
    assert told["SHARED(BRIEF)"] == f"/prompts/{said}"
    assert "录音" not in "".join(one.text for one in spoken)
    assert facts.kinds().count("no_recording") == 1


@pytest.mark.parametrize(("kind", "secret"), [("举报", True), ("投诉", False)])
def test_what_was_reported_or_complained_of_is_so_when_the_citizen_is_called_back(facts, tmp_path, kind, secret):
    asked = []

    def planned(request):
        asked.append(request)
        return route()

    brief = replace(REDIAL, type=kind, text="某局长不理人，停水了", accused="|o:li|")  # words that alone tell neither
    with AsteriskSide(ports(facts, tmp_path, redial=lambda task: brief, route=planned)) as asterisk:
        asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert all((one.secret, one.complains, one.text) == (secret, True, brief.text) for one in asked) and asked
    assert {one.named for one in asked} == {"|o:li|"}, "nor is who was named since"


def test_a_redial_rings_at_once_with_the_apology(facts, tmp_path):
    brief = REDIAL
    with AsteriskSide(ports(facts, tmp_path, redial=lambda task: brief if task == 7 else None)) as asterisk:
        told = asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        assert told["SHARED(P1)"] == "/prompts/redial_open"
        assert told["SHARED(BRIEF)"] == "/prompts/brief_sure"
        assert told["HL_STATE"] == "ring"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    [opened] = facts.told("opened")
    assert (opened["kind"], opened["task"], opened["case"]) == ("redial", 7, "20261123-1")


def test_the_brief_of_a_redial_says_how_often_the_citizen_had_to_call(facts, tmp_path):
    spoken = {}

    def ready(key, **slots):
        spoken[key] = slots
        return prompt(key, **slots)

    brief = replace(REDIAL, earlier_calls=2)
    with AsteriskSide(ports(facts, tmp_path, redial=lambda task: brief, ready=ready)) as asterisk:
        asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        all_over(facts)
    assert spoken["brief_sure"]["times"] == "第三次打来"


CLOSED = CallbackBrief(
    task_id=9, case_number="20261123-1", number="13900000009", called_at=NOON, matter_name="供水饮水", place="扎西镇",
    unit="水务局", result="水管换好了", disposition="已解决", promise=NOON.replace(day=28),
)  # fmt: skip


def call_back(facts, tmp_path, answers, brief=CLOSED):
    """Hold a callback: `answers` are (prompt, key) in order. What the controller set in the end."""
    with AsteriskSide(ports(facts, tmp_path, callback=lambda task: brief)) as asterisk:
        told = asterisk.raw_request("callback/9", CALL_ID, "13900000009", "08702128888")
        assert (told["HL_NOTICE"], told["HL_REC"], told["HL_STATE"]) == ("-", "no", "listen")
        sound = asterisk.sound()
        for n, (prompt, key) in enumerate(answers, 1):
            facts.wait("asked", prompt=prompt)
            sound.press(key)
            facts.wait("pressed", count=n)
        assert sound.wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)
        return told


def test_a_callback_that_is_solved_and_satisfied(facts, tmp_path):
    answers = [("callback_open", "1"), ("callback_solved", "1"), ("callback_satisfied", "1")]
    assert call_back(facts, tmp_path, answers)["HL_STATE"] == "done"
    assert [(a["question"], a["answer"]) for a in facts.told("answered")] == [
        ("person", "yes"), ("solved", "yes"), ("satisfied", "yes"),
    ]  # fmt: skip
    said = [detail["prompt"] for detail in facts.told("asked")]
    assert said.index("callback_open") < said.index("callback_result")
    assert said[-1] == "callback_thanks"
    assert facts.told("opened")[0]["task"] == 9


@pytest.mark.parametrize("path", ["callback", "staff"])
def test_whom_we_called_while_the_database_went_away_hears_that_we_call_again(facts, tmp_path, path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        told = asterisk.raw_request(f"{path}/9", CALL_ID, "13900000009", "08702128888")
        asterisk.tell(names.KIND_GONE, Phase="answered")
        all_over(facts)
    assert (told["HL_NOTICE"], told["HL_STATE"]) == (f"/prompts/{path}_static", "done")


def test_a_callback_that_is_not_solved_promises_again(facts, tmp_path):
    answers = [("callback_open", "1"), ("callback_solved", "2")]
    assert call_back(facts, tmp_path, answers)["HL_STATE"] == "done"
    assert facts.told("answered")[1] == {"question": "solved", "answer": "no", "by": "key"}
    assert facts.told("promise") == [{"due": CLOSED.promise.isoformat()}]
    assert facts.told("asked")[-1]["prompt"] == "callback_unsolved"


def test_a_result_that_is_none_is_told_as_that(facts, tmp_path):
    brief = replace(CLOSED, disposition="暂不能解决", result="要等明年的项目")
    call_back(facts, tmp_path, [("callback_open", "1"), ("callback_solved", "0")], brief)
    assert "callback_cannot" in [detail["prompt"] for detail in facts.told("asked")]


def test_a_callback_tells_nothing_to_the_wrong_person(facts, tmp_path):
    assert call_back(facts, tmp_path, [("callback_open", "2")])["HL_STATE"] == "done"
    said = [detail["prompt"] for detail in facts.told("asked")]
    assert said == ["callback_open", "callback_wrong_person"]
    assert facts.told("answered") == [{"question": "person", "answer": "no", "by": "key"}]


def test_a_callback_asks_for_a_person_and_gets_one(facts, tmp_path):
    told = call_back(facts, tmp_path, [("callback_open", "0")])
    assert told["HL_STATE"] == "ring"
    assert told["SHARED(LADDER)"]


def test_a_recheck_asks_the_same_and_promises_nothing(facts, tmp_path):
    answers = [("callback_open", "1"), ("callback_solved", "2")]
    assert call_back(facts, tmp_path, answers, replace(CLOSED, recheck=True))["HL_STATE"] == "done"
    said = [detail["prompt"] for detail in facts.told("asked")]
    assert "callback_recheck" in said and said[-1] == "callback_recheck_unsolved" and facts.told("promise") == []


def ring_back(facts, tmp_path, keys=(), *words, trial=False, missed=None):
    """Somebody whom a callback has missed calls. keys: (prompt, key) in order, then the words are said."""
    known = missed or MISSED
    made = ports(facts, tmp_path, listen=says(*words), known_caller=lambda caller, call_id: lambda: known)
    made = replace(made, settings=replace(made.settings, trial=trial))
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "13900000009", "08702128888")
        sound = asterisk.sound(voice=SPEECH if words else b"")
        for n, (prompt, key) in enumerate(keys, 1):
            facts.wait("asked", prompt=prompt)
            sound.press(key)
            facts.wait("pressed", count=n)
        assert sound.wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)
        return told


MISSED = KnownCaller(callback=CLOSED)


def test_who_rings_back_a_missed_callback_enters_it_at_once(facts, tmp_path):
    keys = [("callback_rang_back", "1"), ("callback_solved", "1"), ("callback_satisfied", "1")]
    assert ring_back(facts, tmp_path, keys)["HL_STATE"] == "done"
    assert facts.told("rings_back") == [{"case": "20261123-1", "task": 9}]
    assert [(a["question"], a["answer"]) for a in facts.told("answered")] == [
        ("person", "yes"), ("solved", "yes"), ("satisfied", "yes"),
    ]  # fmt: skip
    said = [detail["prompt"] for detail in facts.told("asked")]
    assert "question" not in said and said[-1] == "callback_thanks"
    assert said.index("callback_rang_back") < said.index("callback_result")
    assert facts.told("ended") == [{"outcome": "callback"}]


def test_who_rings_back_a_missed_confirm_call_enters_that_one(facts, tmp_path):
    keys = [("confirm_rang_back", "1"), ("confirm_yours", "1"), ("confirm_more", "2")]
    missed = KnownCaller(callback=replace(CLOSED, channel="来信"))
    assert ring_back(facts, tmp_path, keys, missed=missed)["HL_STATE"] == "done"
    assert facts.told("rings_back") == [{"case": "20261123-1", "task": 9, "confirm": True}]
    assert [(a["question"], a["answer"]) for a in facts.told("answered")] == [
        ("writer", "yes"), ("yours", "yes"), ("addition", "no"),
    ]  # fmt: skip
    assert facts.told("ended") == [{"outcome": "callback"}]


def test_who_rings_back_a_missed_recheck_enters_that_one(facts, tmp_path):
    keys = [("callback_rang_back", "1"), ("callback_solved", "1"), ("callback_satisfied", "1")]
    told = ring_back(facts, tmp_path, keys, missed=KnownCaller(callback=replace(CLOSED, recheck=True)))
    assert told["HL_STATE"] == "done"
    assert facts.told("rings_back") == [{"case": "20261123-1", "task": 9, "recheck": True}]
    said = [detail["prompt"] for detail in facts.told("asked")]
    assert said.index("callback_rang_back") < said.index("callback_recheck") and "callback_result" not in said


NO_ANSWERS = [[("callback_rang_back", "2")], [("callback_rang_back", "1"), ("callback_solved", "0")]]


@pytest.mark.parametrize("keys", NO_ANSWERS)
def test_nobody_who_rings_back_is_sent_away_but_with_an_answer(facts, tmp_path, keys):
    told = ring_back(facts, tmp_path, keys)
    assert told["HL_STATE"] == "ring" and told["SHARED(LADDER)"]
    assert facts.told("rings_back")[-1] == {"case": ""}


@pytest.mark.parametrize("trial", [False, True])
@pytest.mark.parametrize("words", ["停水了", "着火了", "我有别的事"])
def test_whoever_has_something_else_to_say_says_it_and_is_rung_for(facts, tmp_path, words, trial):
    told = ring_back(facts, tmp_path, [], words, "停水了", trial=trial)
    assert told["HL_STATE"] == "ring"
    assert facts.told("rings_back")[-1] == {"case": ""}
    assert facts.told("heard")[0]["text"] == words and facts.told("answered") == []
    assert "callback_result" not in [detail["prompt"] for detail in facts.told("asked")]


def test_who_says_nothing_after_ringing_back_is_asked_like_any_caller_and_reaches_a_person(facts, tmp_path):
    told = ring_back(facts, tmp_path)
    assert told["HL_STATE"] == "ring"
    asked = [detail["prompt"] for detail in facts.told("asked")]
    assert asked.count("callback_again") == 2 and "question" in asked and "callback_later" not in asked


# --- what must not matter ---------------------------------------------------------------------------------------------


def test_a_request_for_a_call_nobody_knows_is_closed_at_once(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        for path in (
            "next/00000000-0000-0000-0000-a00000000001",
            "nobody/",
            "screened/x",
            "nonsense",
            "",
            "callback/x",
        ):
            assert asterisk.raw_request(path, "1") == {}
        assert asterisk.raw_request("alive") == {}
    assert facts.all == []


def test_events_of_strangers_are_handed_on(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path)) as asterisk:
        asterisk.base = "00000000-0000-0000-0000"
        asterisk.tell(names.KIND_GONE, Phase="talk")
        assert [event.kind for event in asterisk.strangers] == [names.KIND_GONE]


def _empty(asterisk):
    """The call's thread has left: nobody is alive any more."""
    for _ in range(200):
        if not asterisk.switchboard.alive:
            return True
        threading.Event().wait(0.01)
    return False


def test_an_official_known_by_his_code_who_speaks_for_himself_is_a_citizen_from_there_on(facts, tmp_path):
    own = Menu(say=(), citizen=True)

    def coded(number, known):
        def typed(code):
            known("zhang")
            return own

        return Menu(say=(), code=(2, typed), silent=lambda: own)

    with AsteriskSide(ports(facts, tmp_path, staff=StaffPorts(coded=coded))) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound()
        facts.wait("asked", prompt="question")
        sound.press("*")
        facts.wait("pressed", key="*")
        sound.press("1")
        sound.press("2")
        facts.wait("asked", prompt="question", count=2)
        assert facts.told("official") == [{"official": "zhang"}, {"official": ""}]
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)


@pytest.mark.parametrize("heard", [True, False])
def test_an_official_who_hangs_up_in_his_menu_or_before_it_has_a_call_that_began_and_ended(facts, tmp_path, heard):
    menu = Menu(say=(), keys={"1": lambda: Menu(say=())})
    desk = StaffPorts(whose=lambda number: "zhang", dialled=lambda official, number: menu)
    with AsteriskSide(ports(facts, tmp_path, staff=desk)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, LADDER[0], "12345")
        if heard:
            asterisk.sound().hang_up()
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)
        assert _empty(asterisk)
    told = [kind for kind in facts.kinds() if kind in ("opened", "ended")]
    assert told == ["opened", "ended"] and facts.told("opened")[0]["kind"] == "staff"


def test_an_official_who_dialled_and_whose_menu_loses_its_sound_is_served_as_a_citizen(facts, tmp_path):
    menu = Menu(say=(), keys={"1": lambda: Menu(say=())})
    desk = StaffPorts(whose=lambda number: "zhang", dialled=lambda official, number: menu)
    with AsteriskSide(ports(facts, tmp_path, staff=desk)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, LADDER[0], "12345")
        asterisk.sound().hang_up()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "FAILED")
        assert told["HL_STATE"] == names.STATE_OPEN, "else the dialplan rings the ladder for him"
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)


def test_an_official_in_a_menu_is_on_the_telephone_for_all_other_calls(facts, tmp_path):
    menu = Menu(say=(), keys={"1": lambda: Menu(say=())})
    over, told = [], threading.Event()

    def ended(task, number, lost):
        over.append((task, number, lost))
        told.set()

    desk = StaffPorts(placed=lambda task: StaffCall(number=LADDER[0], menu=menu), over=ended)
    with AsteriskSide(ports(facts, tmp_path, staff=desk)) as asterisk:
        asterisk.raw_request("staff/7", CALL_ID, "", "12345")
        sound = asterisk.sound()
        facts.wait("opened", caller=LADDER[0])
        assert asterisk.switchboard.talking == (LADDER[0],)
        sound.hang_up()
        asterisk.tell(names.KIND_GONE, Phase="listen")
        all_over(facts)
        assert told.wait(5.0)
    assert over == [(7, LADDER[0], False)]


def test_whom_the_citizen_complained_of_is_not_brought_into_the_talk_with_who_calls_back(facts, tmp_path):
    asked = []

    def others(request, there):
        asked.append((request.text, request.complains))
        return ()

    said = Sentence(key="citizen_joined")
    connect = Connect(number="139", case_number="c", who="w", said=said, words="没水，某局不理人", type="投诉")
    desk = StaffPorts(placed=lambda task: StaffCall(number=LADDER[0], menu=Menu(say=(), connect=connect)))
    with AsteriskSide(ports(facts, tmp_path, staff=desk, others=others)) as asterisk:
        asterisk.raw_request("staff/7", CALL_ID, "", "12345")
        sound = asterisk.sound()
        assert sound.wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["HL_STATE"] == names.STATE_CONNECT
        asterisk.tell(names.KIND_TALK, Rung="0", Number=LADDER[0])
        asterisk.raw_request(f"others/{asterisk.base}-a00000000001", LADDER[0])
        asterisk.tell(names.KIND_GONE, Phase="talk")
        all_over(facts)
    assert asked == [("没水，某局不理人", True)]

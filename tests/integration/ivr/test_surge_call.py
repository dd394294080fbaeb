"""A call that belongs to a surge, over real sockets: the notice, and every way from it to a person."""

from dataclasses import replace

import pytest

from cases.redial import RedialBrief
from cases.surge import Seen
from dialplans import names
from ivr.speech import SpeechSettings
from ivr.turn import TurnSettings
from tests.fakes.asterisk_side import CALL_ID, AsteriskSide
from tests.fakes.call_ports import LADDER, NOON, Facts, fake_ports, request
from tests.fakes.conversation import VOICE, FakeStream, utterance

QUICK = SpeechSettings(turn=TurnSettings(wait=0.3, silence=0.3, settled=0.05))
SPEECH = bytes(3200) + VOICE * 40
PAUSE = bytes(6400)
SPARED = Seen(step="spared", town="扎西镇", surge="1.3", opened_at=NOON)
REDIAL = RedialBrief(
    task_id=7, case_number="20261123-1", number="13900000009", called_at=NOON, intent="request", matter="A1",
    matter_name="供水饮水", type="求助", urgency="normal", place="扎西镇", danger="", text="停水了", clip="",
)  # fmt: skip


@pytest.fixture
def facts():
    return Facts()


class Counting:
    """A port that tells each call the same; how it was asked is kept."""

    def __init__(self, seen):
        self.seen, self.asked = seen, []

    def __call__(self, **asked):
        self.asked.append(asked)
        return self.seen


def ports(facts, tmp_path, *texts, seen=SPARED, **changes):
    left = list(texts)

    def listen():
        text = left.pop(0)
        return FakeStream([(6400, text)], utterance(text))

    counting = seen if isinstance(seen, Counting) else Counting(seen)
    made = fake_ports(facts, folder=tmp_path, listen=listen, surge=counting, **changes)
    return replace(
        made,
        settings=replace(made.settings, speech=QUICK, screening=QUICK, meet_limit=5.0, step_limit=3.0, ring_limit=20.0),
    )


def called(facts, made, voice, *keys, caller="13900000009"):
    """What the dialplan is told in the end; the caller speaks, and presses keys once the notice is asked."""
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("answer", CALL_ID, caller, "08702128888")
        sound = asterisk.sound(voice=voice)
        for key in keys:
            facts.wait("asked", prompt="surge")
            sound.press(key)
        assert sound.wait_ended(10)
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="ring" if told["HL_STATE"] == "ring" else "listen")
        facts.wait("ended", 5.0)
        return told


def asked(facts):
    return [detail["prompt"] for detail in facts.told("asked")]


def test_silence_after_the_notice_ends_the_call_and_nobody_is_rung(facts, tmp_path):
    counting = Counting(SPARED)
    told = called(facts, ports(facts, tmp_path, "停水了", seen=counting), SPEECH)
    assert told["HL_STATE"] == "done" and "SHARED(LADDER)" not in told
    assert asked(facts) == ["question", "surge", "thanks"]
    assert facts.told("ended") == [{"outcome": "surge"}]
    assert "planned" not in facts.kinds()
    [surge] = facts.told("surge")
    assert (surge["step"], surge["surge"], surge["unit"]) == ("spared", "1.3", "水务局")
    assert surge["opened_at"] == NOON.isoformat()
    assert [(one["call_id"], one["caller"], one["matter"], one["counts"]) for one in counting.asked] == [
        (CALL_ID, "13900000009", "A1", True)
    ]


def test_who_hangs_up_in_the_notice_has_heard_it(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path, "停水了")) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "13900000009", "08702128888")
        sound = asterisk.sound(voice=SPEECH)
        facts.wait("asked", prompt="surge")
        sound.hang_up()
        asterisk.tell(names.KIND_GONE, Phase="listen")
        assert facts.wait("ended", 5.0).detail["outcome"] == "surge"
    assert "planned" not in facts.kinds()


@pytest.mark.parametrize("key", ["0", "5"])
def test_a_key_in_the_notice_rings(facts, tmp_path, key):
    told = called(facts, ports(facts, tmp_path, "停水了"), SPEECH, key)
    assert told["HL_STATE"] == "ring" and told["SHARED(LADDER)"] == "&".join(LADDER)
    assert facts.told("ended") == [{"outcome": "gone"}]


@pytest.mark.parametrize("said", ["转人工", "着火了", "那个咋个办"])
def test_whatever_is_said_in_the_notice_rings(facts, tmp_path, said):
    told = called(facts, ports(facts, tmp_path, "停水了", said), SPEECH + PAUSE + SPEECH)
    assert told["HL_STATE"] == "ring"


def test_something_else_is_asked_for_and_understood_without_what_was_said_before(facts, tmp_path):
    made = ports(facts, tmp_path, "停水了", "还有别的", "那个", "那个")
    told = called(facts, made, SPEECH + PAUSE + SPEECH + PAUSE + SPEECH + PAUSE + SPEECH)
    assert told["HL_STATE"] == "ring"
    assert asked(facts)[:4] == ["question", "surge", "question", "ask_again"], "the water is not what is meant now"


def test_an_announcement_is_heard_instead_of_the_general_sentence(facts, tmp_path):
    seen = replace(SPARED, announcement=b"\x11\x22" * 1600)
    with AsteriskSide(ports(facts, tmp_path, "停水了", seen=seen)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "13900000009", "08702128888")
        sound = asterisk.sound(voice=SPEECH)
        assert sound.wait_ended(10)
        asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="listen")
        facts.wait("ended")
    assert sound.heard.count(b"\x11\x22" * 160) >= 9
    text = facts.told("asked")[1]["text"]
    assert text.startswith("（领导录的通知）surge_noted") and text.endswith("surge_else")


def test_who_cannot_be_called_back_is_not_promised_it(facts, tmp_path):
    counting = Counting(SPARED)
    called(facts, ports(facts, tmp_path, "停水了", seen=counting), SPEECH, caller="anonymous")
    assert "surge_noted_hidden" in facts.told("asked")[1]["text"]
    assert counting.asked[0]["caller"] == "", "such calls count each"


@pytest.mark.parametrize("step", ["counted", "opened", "joined"])
def test_a_call_that_counts_otherwise_rings_and_says_what_it_came_to(facts, tmp_path, step):
    seen = Seen(step=step, town="扎西镇", surge="1.3", opened_at=NOON, calls=("1.1", "1.2") if step == "opened" else ())
    told = called(facts, ports(facts, tmp_path, "停水了", seen=seen), SPEECH)
    assert told["HL_STATE"] == "ring" and told["SHARED(P1)"] == "/prompts/transfer_sure"
    [surge] = facts.told("surge")
    assert surge["step"] == step and "unit" not in surge
    assert surge.get("calls", []) == (["1.1", "1.2"] if step == "opened" else [])


def test_who_wants_a_person_by_name_of_the_matter_is_put_through_and_that_is_what_is_noted(facts, tmp_path):
    def understand(text):
        return replace(request("停水了"), intent="director", text=text)

    told = called(facts, ports(facts, tmp_path, "停水了找局长", understand=understand), SPEECH)
    assert told["HL_STATE"] == "ring"
    assert [surge["step"] for surge in facts.told("surge")] == ["joined"]


def test_on_trial_recognition_nothing_counts(facts, tmp_path):
    counting = Counting(SPARED)
    made = ports(facts, tmp_path, "停水了", seen=counting)
    told = called(facts, replace(made, settings=replace(made.settings, trial=True)), SPEECH)
    assert told["HL_STATE"] == "ring" and counting.asked == []


def test_whom_an_earlier_sentence_complains_of_is_remembered(facts, tmp_path):
    counting = Counting(SPARED)

    def understand(text):
        return replace(request(text), complained_of="王明" if "王明" in text else "")

    made = ports(facts, tmp_path, "我要告王明", "停水了", seen=counting, understand=understand)
    assert called(facts, made, SPEECH + PAUSE + SPEECH)["HL_STATE"] == "ring"
    assert counting.asked == []


def test_who_is_called_back_about_a_surge_hears_the_notice_and_keeps_the_way_to_a_person(facts, tmp_path):
    counting = Counting(SPARED)
    made = ports(facts, tmp_path, seen=counting, redial=lambda task: REDIAL)
    with AsteriskSide(made) as asterisk:
        told = asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        assert told["HL_STATE"] == "listen"
        sound = asterisk.sound()
        facts.wait("asked", prompt="surge_redial")
        sound.press("0")
        assert sound.wait_ended()
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["HL_STATE"] == "ring"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")
    assert [one["counts"] for one in counting.asked] == [False]


def test_without_a_word_the_redial_is_over_with_the_notice(facts, tmp_path):
    with AsteriskSide(ports(facts, tmp_path, redial=lambda task: REDIAL)) as asterisk:
        asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        assert asterisk.sound().wait_ended(10)
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        assert told["HL_STATE"] == "done"
        asterisk.tell(names.KIND_GONE, Phase="listen")
        assert facts.wait("ended").detail["outcome"] == "surge"
    assert asked(facts) == ["surge_redial", "thanks"]


@pytest.mark.parametrize("seen", [None, replace(SPARED, step="joined")])
def test_a_redial_whose_matter_nobody_knows_of_rings_as_ever(facts, tmp_path, seen):
    with AsteriskSide(ports(facts, tmp_path, seen=seen, redial=lambda task: REDIAL)) as asterisk:
        told = asterisk.raw_request("redial/7", CALL_ID, "13900000009", "08702128888")
        assert told["HL_STATE"] == "ring" and told["SHARED(P1)"] == "/prompts/redial_open"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")

"""A call in which two matters are close, over real sockets: one short question, and every way from it to a person."""

from dataclasses import replace

import pytest

from dialplans import names
from ivr.speech import SpeechSettings
from ivr.turn import TurnSettings
from tests.fakes.asterisk_side import CALL_ID, AsteriskSide
from tests.fakes.call_ports import Facts, fake_ports, prompt, request, route
from tests.fakes.conversation import VOICE, FakeStream, utterance

QUICK = SpeechSettings(turn=TurnSettings(wait=0.3, silence=0.3, settled=0.05))
SPEECH = bytes(3200) + VOICE * 40
PAUSE = bytes(6400)
DOUBTFUL = "看病那个钱没得补助"
HEALTH, AID, ROOM = "13800000001", "13800000002", "08702120001"


@pytest.fixture
def facts():
    return Facts()


def understand(text):
    known = {"低保": ("B4", 0.9), "报销": ("B2", 0.9)}
    matter, confidence = next((sure for word, sure in known.items() if word in text), ("B2", 0.5))
    if matter == "B2" and confidence == 0.5 and DOUBTFUL not in text:
        return request(text)
    return replace(
        request(text),
        intent="request",
        matter=matter,
        matter_name={"B2": "医疗医保", "B4": "教育救助"}[matter],
        confidence=confidence,
        second="B4",
        second_name="教育救助",
        second_confidence=0.3,
    )


def planned(asked):
    return replace(route((HEALTH if asked.matter != "B4" else AID, ROOM)), unit=asked.matter or "")


def ports(facts, tmp_path, *texts, **changes):
    left = list(texts)

    def listen():
        text = left.pop(0)
        return FakeStream([(6400, text)], utterance(text))

    made = fake_ports(
        facts, folder=tmp_path, **({"listen": listen, "understand": understand, "route": planned} | changes)
    )
    return replace(
        made,
        settings=replace(made.settings, speech=QUICK, screening=QUICK, meet_limit=5.0, step_limit=3.0, ring_limit=20.0),
    )


def called(facts, made, voice, *keys):
    """What the dialplan is told in the end; the caller speaks, and presses keys once that is asked."""
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("answer", CALL_ID, "13900000009", "08702128888")
        sound = asterisk.sound(voice=voice)
        for key in keys:
            facts.wait("asked", prompt="is_it_b2")
            sound.press(key)
        assert sound.wait_ended(10)
        told = asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "SUCCESS")
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended", 5.0)
    assert told["HL_STATE"] == "ring"
    return told


def asked(facts):
    return [detail["prompt"] for detail in facts.told("asked")]


def came_of_it(facts):
    last = facts.told("understood")[-1]
    return last["asked"], last["answer"], last["matter"]


def test_a_yes_rings_for_the_matter_and_says_so(facts, tmp_path):
    prepared = []
    made = ports(facts, tmp_path, DOUBTFUL, "是的", prepare=lambda key, **slots: prepared.append((key, slots)))
    told = called(facts, made, SPEECH + PAUSE + SPEECH)
    assert asked(facts) == ["question", "is_it_b2", "transfer_sure"]
    assert told["SHARED(LADDER)"] == f"{HEALTH}&{ROOM}" and told["SHARED(P1)"] == "/prompts/transfer_sure"
    assert came_of_it(facts) == ("医疗医保", "yes", "B2")
    assert [slots["matter"] for key, slots in prepared if key == "transfer_sure"] == ["医疗医保", "教育救助"]
    assert facts.told("decided")[-1]["why"] == "问了一句，群众说是，听明白了"


def test_the_official_hears_what_was_asked_about_not_the_answer(facts, tmp_path):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL, "我也说不清楚"), SPEECH + PAUSE + SPEECH)
    assert told["SHARED(CLIP)"].endswith(f"/clips/{CALL_ID}-1")
    assert [bool(heard["clip"]) for heard in facts.told("heard")] == [True, False]
    assert told["SHARED(P1)"] == "/prompts/transfer_unsure"
    assert came_of_it(facts) == ("医疗医保", "none", "B2")


def test_a_no_with_another_matter_rings_for_that_one(facts, tmp_path):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL, "不是，是低保"), SPEECH + PAUSE + SPEECH)
    assert told["SHARED(LADDER)"] == f"{AID}&{ROOM}" and told["SHARED(P1)"] == "/prompts/transfer_sure"
    assert came_of_it(facts) == ("医疗医保", "other", "B4")


@pytest.mark.parametrize(
    ("key", "said", "answer"),
    [("1", "transfer_sure", "yes"), ("0", "transfer_person", "none"), ("*", "transfer_unsure", "none")],
)
def test_a_key_answers_at_once(facts, tmp_path, key, said, answer):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL), SPEECH, key)
    assert told["SHARED(P1)"] == f"/prompts/{said}"
    assert came_of_it(facts)[1] == answer and asked(facts).count("is_it_b2") == 1


def test_silence_goes_to_a_person_with_the_callers_own_words(facts, tmp_path):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL), SPEECH)
    assert told["SHARED(P1)"] == "/prompts/transfer_unsure" and "SHARED(CLIP)" in told
    assert came_of_it(facts) == ("医疗医保", "none", "B2")


def test_a_second_doubt_is_not_asked_about(facts, tmp_path):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL, DOUBTFUL), SPEECH + PAUSE + SPEECH)
    assert told["SHARED(P1)"] == "/prompts/transfer_unsure"
    assert asked(facts).count("is_it_b2") == 1


def test_nothing_is_asked_where_the_ladder_is_the_same(facts, tmp_path):
    told = called(facts, ports(facts, tmp_path, DOUBTFUL, route=lambda asked: route()), SPEECH)
    assert asked(facts) == ["question", "transfer_unsure"] and "SHARED(CLIP)" in told
    assert "asked" not in facts.told("understood")[-1]


def test_a_question_whose_sound_is_not_there_is_not_waited_for(facts, tmp_path):
    prepared = []

    def ready(key, **slots):
        return None if key.startswith("is_it") else prompt(key, **slots)

    made = ports(facts, tmp_path, DOUBTFUL, ready=ready, prepare=lambda key, **slots: prepared.append((key, slots)))
    called(facts, made, SPEECH)
    assert asked(facts) == ["question", "transfer_unsure"]
    assert prepared == [("is_it", {"matter": "医疗医保"})], "the next caller has it"


def test_many_unknown_words_are_no_ground_to_be_sure(facts, tmp_path):
    def listen():
        return FakeStream([(6400, "报销")], replace(utterance("报销"), unknown_share=0.6))

    told = called(facts, ports(facts, tmp_path, listen=listen), SPEECH)
    assert told["SHARED(P1)"] == "/prompts/transfer_unsure" and "SHARED(CLIP)" in told

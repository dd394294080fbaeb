"""The one short question of a call in which two matters are close, on real parts: telephones, Asterisk, recognizer."""

from dataclasses import replace

import pytest

from ivr.softphone_audio import speech
from tests.fakes.bare_hotline import DEPUTY, DIRECTOR, DUTY_ROOM, LINE, BareHotline
from tests.fakes.call_ports import request, route

CITIZEN = "13900000009"
SAID = "小区电梯停电没人管"
"""供电燃气 or 住房不动产: words of the small model."""


def understand(text):
    if "停电" not in text:
        return request(text)
    one = {"intent": "request", "matter": "A2", "matter_name": "供电燃气", "confidence": 0.5}
    return replace(request(text), **one, second="B3", second_name="住房不动产", second_confidence=0.4)


def planned(asked):
    """The director for power, the deputy for the house."""
    first, unit = (DEPUTY, "zhujian") if asked.matter == "B3" else (DIRECTOR, "nengyuan")
    return replace(route((first, DUTY_ROOM)), unit=unit)


@pytest.fixture(scope="module")
def hotline(tmp_path_factory):
    def change(ports):
        return replace(ports, understand=understand, route=planned)

    with BareHotline(tmp_path_factory.mktemp("h"), change=change) as hotline:
        for number in (DIRECTOR, DEPUTY, DUTY_ROOM):
            hotline.phones.phone(number).behaviour("accept")
        yield hotline


@pytest.mark.parametrize(
    ("answer", "came", "number"), [("是的", "yes", DIRECTOR), ("不是", "no", DEPUTY), ("1", "yes", DIRECTOR)]
)
def test_the_caller_is_asked_once_and_the_answer_decides_who_is_rung(hotline, answer, came, number):
    hotline.facts.all.clear()
    citizen = hotline.phones.phone(CITIZEN).dial(LINE, via=hotline.via)
    citizen.wait_answered(5)
    hotline.facts.wait("asked", 15, prompt="question")
    citizen.say(speech(SAID))
    asked = hotline.facts.wait("asked", 15, prompt="is_it_a2")
    assert asked.detail["text"] == "您是说用电、用气的事吗？"
    if answer == "1":
        citizen.press("1")
    else:
        citizen.say(speech(answer))
    assert hotline.facts.wait("understood", 15, asked="供电燃气").detail["answer"] == came
    assert hotline.facts.wait("talk", 30).detail["number"] == number
    citizen.hang_up()
    hotline.facts.wait("ended", 5)
    prompts = [detail["prompt"] for detail in hotline.facts.told("asked")]
    assert prompts == ["question", "is_it_a2", "transfer_sure"]
    hotline.phones.wait_all_over(10)

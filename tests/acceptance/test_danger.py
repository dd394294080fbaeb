"""Danger to life: the right number is named, a person is rung meanwhile, we never end the call or dial 119 ourselves.

The words are those of the small model's vocabulary.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from ivr.softphone_audio import speech
from ivr.softphone_plan import accepts, busy
from routing.phone import EMERGENCY
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, Caller, Setting, Stage, together, wait_heard
from tests.acceptance.test_conversation import answers, asked
from zhitong.trial import wait_until

DANGERS = [
    ("火灾", "danger_fire", "幺幺九"),
    ("救命", "danger_medical", "幺二零"),
    ("打起来了", "danger_crime", "幺幺零"),
    ("交通事故快来人", "danger_traffic", "幺二二"),
    ("不想活了", "danger_self_harm", "别挂"),
]


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        lines=8,
        overrides={"ladder": {"next_seconds": 2, "rung_seconds": 5, "offer_seconds": 8, "promise_seconds": 12}},
    )


def test_a_danger_names_the_right_number_while_the_duty_director_already_rings(
    stage: Stage, citizens: Iterator[str]
) -> None:
    callers = [asked(stage, next(citizens)) for _ in DANGERS]

    def in_danger(caller: Caller, words: str, prompt: str, named: str) -> None:
        caller.call.say(speech(words))
        rung = caller.wait("rung", 10, i=1, number=DIRECTOR)
        said = caller.wait("asked", 3, prompt=prompt)
        assert named in str(said.detail["text"])
        assert caller.wait("planned", 1).detail["rungs"][0]["post"] == "局长"
        sentence = stage.prompt(prompt)
        assert rung.ms < said.ms + 1000 < said.ms + len(sentence) / 16, "it rings while the sentence is said"
        wait_heard(caller.call, sentence, 20, f"{prompt} is heard")
        assert caller.steps[-1] == f"找人:{prompt}"

    together(*(partial(in_danger, caller, *danger) for caller, danger in zip(callers, DANGERS, strict=True)))
    assert len({call.name for call in stage.phone(DIRECTOR).incoming}) >= len(DANGERS)
    assert all(stage.case(caller.call.number, ended=False).case.urgency == "red" for caller in callers)


def test_the_call_of_someone_in_danger_is_never_ended_by_us(stage: Stage, citizen: str) -> None:
    for number in stage.hotline.roster.directory.numbers() - {DEPUTY}:
        stage.phone(number).will(busy())
    stage.phone(DEPUTY).will(accepts(after=0.5, key_after=1.0, talk=4.0))
    caller = answers(asked(stage, citizen), "着火了")
    caller.wait("talk", 10, number=DEPUTY)
    caller.wait("talk_over", 10)
    # The deputy has hung up: there is nobody any more, and still the line is open.
    assert caller.call.live
    caller.call.wait_sound(3)
    wait_until(lambda: len(caller.facts("rung")) > 2, 10, "somebody is rung again")
    assert caller.call.live


def test_in_danger_nobody_accepting_does_not_end_the_call_either(stage: Stage, citizen: str) -> None:
    for number in stage.hotline.roster.directory.numbers():
        stage.phone(number).will(busy())
    caller = answers(asked(stage, citizen), "救命")
    ladder = [rung["number"] for rung in caller.wait("planned", 10).detail["rungs"]]
    # Its third round begins some 16 s after the first, later than the promise would be made.
    wait_until(lambda: len(caller.facts("rung")) > 2 * len(ladder), 40, "the ladder is rung for the third time")
    assert [fact.detail["number"] for fact in caller.facts("rung")] == [*ladder, *ladder, ladder[0]]
    stage.phone(DEPUTY).will(accepts(after=0.5, key_after=1.0))
    caller.wait("talk", 15, number=DEPUTY)
    assert caller.call.live and not caller.facts("nobody") and not caller.facts("promise")


def test_no_emergency_number_was_dialled(stage: Stage) -> None:
    dialled = {call.number for call in stage.network.calls if call.incoming}
    assert DIRECTOR in dialled
    assert not dialled & EMERGENCY and not stage.network.strays

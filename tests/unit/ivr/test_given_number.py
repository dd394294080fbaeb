"""A caller gives a number: what is kept, what is kept apart, and what is asked again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialplans import names
from ivr.call import Call, new_base
from ivr.given_number import NumberTalk, ask_for_number
from ivr.inbox import LiveCall
from ivr.ports import KnownCaller
from ivr.speech import Deaf, Gone, Pressed, Said, Silent
from tests.fakes.call_ports import NOON, Facts, fake_ports
from tests.fakes.conversation import FakeClock, FakeLine, conversation

MOBILE, OTHER, LAND = "13870001234", "13870005678", "08702120001"
QUIET = Silent(energy=False)


class Caller:
    """Answers the questions one after the other; after the last one, hangs up. Typed: (first key, the rest)."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.questions = 0
        self.deaf: list[bool] = []
        self.said = 0

    def ask(self, pcm: bytes, *, deaf: bool = False) -> Any:
        self.questions += 1
        self.deaf.append(deaf)
        answer = self._answers.pop(0) if self._answers else Gone()
        if isinstance(answer, str):
            self._typed = answer
            return Pressed(key=answer[0])
        return answer

    def digits(self, pcm: bytes, *, most: int, first: str = "", enough: Any = None) -> str | None:
        if self._typed.endswith("…"):
            return None  # hung up in the middle
        return self._typed.rstrip("#")

    def say(self, pcm: bytes) -> None:
        self.said += 1


def said(text: str) -> Said:
    return Said(text=text, started=0, ended=1, unknown_share=0.0, clip=b"")


def live_call(facts: Facts) -> LiveCall:
    call = Call(id="1.1", base=new_base(), channel="c", caller="", dialled="2", line="l", profile="p", answered=0.0)
    return LiveCall(call, note=facts.note, now=lambda: NOON, monotonic=lambda: 1.0)


def talked(*answers: Any, trial: bool = False, **ports: Any) -> tuple[Facts, LiveCall, Caller]:
    """What came of a caller who answers so."""
    facts, caller = Facts(), Caller(*answers)
    live = live_call(facts)
    given = fake_ports(facts, folder=Path("/nonexistent"), **ports)
    given = replace(given, settings=replace(given.settings, area_code="0870", trial=trial))
    NumberTalk(live, given).hold(caller)  # type: ignore[arg-type]
    return facts, live, caller


@pytest.mark.parametrize(
    ("answers", "number", "how"),
    [
        ([MOBILE, "1"], MOBILE, "key"),
        ([LAND + "#", "1"], LAND, "key"),
        (["2120001#", "1"], LAND, "key"),
        ([said("幺三八七零零零幺二三四"), "1"], MOBILE, "voice"),
        ([said("我的电话是幺三八"), said("七零零零"), said("幺二三四"), "1"], MOBILE, "voice"),
        ([said("零八七零二幺二零零零幺"), QUIET, "1"], LAND, "voice"),
        ([OTHER, "2", MOBILE, "1"], MOBILE, "key"),
        (["12345#", MOBILE, "1"], MOBILE, "key"),
        ([said("停水三天了"), MOBILE, "1"], MOBILE, "key"),
        ([MOBILE, QUIET, "1"], MOBILE, "key"),
        ([MOBILE, "#", "1"], MOBILE, "key"),
        ([Deaf(clip=b""), MOBILE, "1"], MOBILE, "key"),
        ([MOBILE, said("对的")], MOBILE, "key"),
    ],
)
def test_a_number_that_the_caller_confirms_is_theirs(answers: list[Any], number: str, how: str) -> None:
    facts, live, caller = talked(*answers)
    assert facts.told("contact") == [{"number": number, "how": how, "confirmed": True}]
    assert live.contact == number and caller.said == 1


@pytest.mark.parametrize(
    "answers",
    [[MOBILE], [MOBILE, QUIET, QUIET, QUIET], [OTHER, "2", MOBILE, said("不知道")], [said("幺三八七零零零幺二三四")]],
)
def test_a_whole_number_that_is_not_confirmed_is_kept_apart(answers: list[Any]) -> None:
    facts, live, _ = talked(*answers)
    (told,) = facts.told("contact")
    assert told["number"] == MOBILE and told["confirmed"] is False and live.contact == ""


@pytest.mark.parametrize(
    "answers",
    [[], [QUIET], [MOBILE[:5] + "…"], [said("幺三八")], ["110#"], [MOBILE, "2"], [MOBILE, "2", "123#", "456#"]],
)
def test_half_a_number_a_wrong_one_and_none_are_nothing(answers: list[Any]) -> None:
    facts, live, _ = talked(*answers)
    assert facts.told("contact") == [] and live.contact == ""


def test_who_says_nothing_is_not_asked_twice() -> None:
    assert talked(QUIET)[2].questions == 1


def test_whoever_gives_no_number_that_works_is_left_in_peace_after_three() -> None:
    _, _, caller = talked(*["123#"] * 9)
    assert caller.questions == 3


def test_on_trial_a_word_confirms_nothing_but_may_be_the_number() -> None:
    facts, _, caller = talked(said("幺三八七零零零幺二三四"), "1", trial=True)
    assert caller.deaf == [False, True] and facts.told("contact")[0]["how"] == "voice"


def test_no_fact_but_the_number_itself_tells_its_digits() -> None:
    facts, _, _ = talked(MOBILE, "1")
    told = [str(fact.detail) for fact in facts.all if fact.kind != "contact"]
    assert told and not any(MOBILE[3:7] in text or MOBILE in text for text in told)


def test_legs_that_are_screened_by_keys_alone_are_no_longer_told_that_there_is_no_number() -> None:
    facts, shared = Facts(), list[tuple[str, ...]]()
    live, asked = live_call(facts), list[tuple[str, str]]()
    live.brief_complete = lambda: f"/prompts/brief{live.known().open_short}"

    def look_up(number: str, call_id: str) -> Callable[[], KnownCaller]:
        asked.append((number, call_id))
        return lambda: KnownCaller(open_short="4711" if shared else "")  # found a moment later

    ports = fake_ports(
        facts, folder=Path("/nonexistent"), share=lambda *told: shared.append(told), known_caller=look_up
    )
    NumberTalk(live, ports).hold(Caller(MOBILE, "1"))  # type: ignore[arg-type]
    assert asked == [(MOBILE, "1.1")]
    assert shared == [("c", names.BRIEF, "/prompts/brief"), ("c", names.BRIEF, "/prompts/brief4711")]


def test_keys_that_come_all_at_once_are_all_heard() -> None:
    clock = FakeClock()
    line = FakeLine(clock, presses=[(1.0, key) for key in MOBILE] + [(2.5, "1")])
    facts = Facts()
    live = live_call(facts)

    def never() -> Any:
        raise AssertionError("nobody spoke")

    ask_for_number(live, 2, line, fake_ports(facts, folder=Path("/")), lambda audio: conversation(line, clock, never))
    assert live.contact == MOBILE and line.ended


def test_who_has_given_a_number_is_not_asked_again() -> None:
    clock, facts = FakeClock(), Facts()
    line, live = FakeLine(clock), live_call(facts)
    live.contact = MOBILE
    ask_for_number(live, 4, line, fake_ports(facts, folder=Path("/")), lambda audio: conversation(line, clock, list))
    assert line.ended and line.seconds < 0.1 and not facts.all

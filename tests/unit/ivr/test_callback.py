"""A callback as it is held: what counts as an answer, and what is something else when the citizen has rung back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cases.callback import CallbackBrief
from dialplans.prompts import Prompt
from ivr.callback import CallbackTalk, Outcome
from ivr.facts import ASIDE
from ivr.speech import Answer, Deaf, Gone, Pressed, Said, Silent
from ivr.turn import TurnSettings
from tests.fakes.call_ports import NOON, Facts, fake_ports

CLOSED = CallbackBrief(
    task_id=9,
    case_number="20261123-1",
    number="13900000009",
    called_at=NOON,
    matter_name="供水饮水",
    place="扎西镇",
    unit="水务局",
    result="水管换好了",
    disposition="已解决",
    promise=NOON.replace(day=28),
)


class Script:
    """A citizen who answers in this order; how each question was put (True: to keys only) is kept."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers: Iterator[Answer] = iter(answers)
        self.deaf: list[bool] = []
        self.hushed: list[bool] = []
        self.patient: list[bool] = []

    def ask(
        self, pcm: bytes, *, deaf: bool = False, hushed: bool = False, patience: TurnSettings | None = None
    ) -> Answer:
        self.patient.append(patience is not None)
        self.deaf.append(deaf)
        self.hushed.append(hushed)
        return next(self._answers)

    def say(self, pcm: bytes) -> None:
        return None


def said(text: str) -> Said:
    return Said(text=text, started=0.0, ended=1.0, unknown_share=0.0, clip=b"")


def held(
    tmp_path: Path, *answers: Answer, rang_back: bool = False, brief: CallbackBrief = CLOSED
) -> tuple[Outcome, dict[str, str], list[bool]]:
    """How it ended, what was answered, and how each question was put."""
    noted: list[tuple[str, dict[str, object]]] = []
    script = Script(list(answers))
    ports = fake_ports(Facts(), folder=tmp_path)
    talk = CallbackTalk(brief, ports, lambda kind, **detail: noted.append((kind, detail)), rang_back=rang_back)
    outcome = talk.hold(script)  # type: ignore[arg-type]
    told = {str(one["question"]): str(one["answer"]) for kind, one in noted if kind == "answered"}
    return outcome, told, script.deaf


ONE = Pressed(key="1")


def test_what_is_hedged_is_asked_for_once_by_key_and_the_key_counts(tmp_path: Path) -> None:
    outcome, told, deaf = held(tmp_path, ONE, said("解决了嘛，但是水还小"), ONE, said("还可以"), Pressed(key="2"))
    assert outcome == Outcome() and told == {"person": "yes", "solved": "yes", "satisfied": "middle"}
    assert deaf == [False, False, True, False, True]


def test_what_stays_hedged_is_kept_as_that_and_satisfaction_is_not_asked(tmp_path: Path) -> None:
    outcome, told, _ = held(tmp_path, ONE, said("没有问题"), Silent(energy=True))
    assert outcome == Outcome() and told == {"person": "yes", "solved": "unclear"}


def test_without_a_recognizer_it_goes_on_by_keys(tmp_path: Path) -> None:
    _, told, deaf = held(tmp_path, Deaf(clip=b""), ONE, ONE, ONE)
    assert told == {"person": "yes", "solved": "yes", "satisfied": "yes"} and all(deaf[1:])


ELSE: list[tuple[Answer, ...]] = [
    (said("停水了"),),
    (said("着火了"),),
    (ONE, said("着火了")),
    (ONE, ONE, said("着火了")),
    (said("我还有别的事"),),
    (ONE, said("嗯"), said("解决了")),
]


@pytest.mark.parametrize("answers", ELSE)
def test_who_rang_back_for_something_else_goes_on_with_these_words(tmp_path: Path, answers: tuple[Answer, ...]) -> None:
    outcome, _, deaf = held(tmp_path, *answers, rang_back=True)
    assert outcome.other and outcome.said == answers[-1] and not any(deaf), "danger is heard whatever is asked"


@pytest.mark.parametrize(
    "answers", [(Pressed(key="2"),), (Silent(energy=False),) * 3, (ONE, *(Silent(energy=True),) * 2)]
)
def test_who_rang_back_and_has_not_answered_goes_on_as_a_caller(tmp_path: Path, answers: tuple[Answer, ...]) -> None:
    outcome, _, _ = held(tmp_path, *answers, rang_back=True)
    assert outcome.other and outcome.said is None


def test_a_plain_no_is_an_answer_whatever_else_is_in_it(tmp_path: Path) -> None:
    outcome, told, _ = held(tmp_path, ONE, said("没解决，还有问题"), said("还是没水"), rang_back=True)
    assert outcome == Outcome() and told == {"person": "yes", "solved": "no", "why": "还是没水"}


def test_who_hangs_up_has_gone(tmp_path: Path) -> None:
    outcome, told, _ = held(tmp_path, ONE, Gone(), rang_back=True)
    assert outcome.gone and told == {"person": "yes"}


DRAWN = replace(CLOSED, coached=True, round=1)
ASKED: list[tuple[tuple[Answer, ...], str, str]] = [
    ((ONE,), "yes", "key"),
    ((Pressed(key="2"),), "no", "key"),
    ((said("水务局的人叫我说满意"),), "yes", "voice"),
    ((said("局长叫我说满意"),), "yes", "voice"),
    ((said("没得人喊我说"),), "no", "voice"),
    ((said("你喊我说满意嘛"), ONE), "yes", "key"),
    ((said("你说啥子"), Silent(energy=True)), "unclear", "voice"),
]


@pytest.mark.parametrize(("last", "answer", "by"), ASKED)
def test_what_is_for_supervision_alone_is_told_as_one_fact_and_nothing_else(
    tmp_path: Path, last: tuple[Answer, ...], answer: str, by: str
) -> None:
    noted: list[tuple[str, dict[str, object]]] = []
    script = Script([ONE, ONE, ONE, *last])
    talk = CallbackTalk(DRAWN, fake_ports(Facts(), folder=tmp_path), lambda kind, **d: noted.append((kind, d)))
    assert talk.hold(script) == Outcome()  # type: ignore[arg-type]
    assert script.hushed == [False] * 3 + [True] * len(last)
    aside = (ASIDE, {"case": CLOSED.case_number, "round": 1, "answer": answer, "by": by})
    assert aside in noted and [one for one in noted if one != aside] == told_without(tmp_path, (ONE, ONE, ONE))


def told_without(tmp_path: Path, answers: tuple[Answer, ...]) -> list[tuple[str, dict[str, object]]]:
    """The facts of the same talk with a citizen who was not drawn."""
    noted: list[tuple[str, dict[str, object]]] = []
    talk = CallbackTalk(CLOSED, fake_ports(Facts(), folder=tmp_path), lambda kind, **d: noted.append((kind, d)))
    talk.hold(Script(list(answers)))  # type: ignore[arg-type]
    return noted


def test_who_rings_back_is_not_asked_it_since_that_call_is_recorded(tmp_path: Path) -> None:
    talk = CallbackTalk(DRAWN, fake_ports(Facts(), folder=tmp_path), lambda kind, **d: None, rang_back=True)
    assert talk.hold(Script([ONE, ONE, ONE])) == Outcome()  # type: ignore[arg-type]


WRITTEN = replace(CLOSED, channel="网上", unit="", result="", disposition="")
LONG = replace(said("水表也坏了，昨天又停了一回"), clip=b"sound")


def confirm(tmp_path: Path, *answers: Answer) -> tuple[dict[str, str], list[str], list[bytes], Script]:
    """What was answered, what was asked, what was kept of the sound, and how it was asked."""
    noted: list[tuple[str, dict[str, object]]] = []
    kept: list[bytes] = []
    script = Script(list(answers))
    ports = fake_ports(Facts(), folder=tmp_path)
    talk = CallbackTalk(WRITTEN, ports, lambda kind, **d: noted.append((kind, d)), keep=kept.append)
    assert talk.hold(script) == Outcome()  # type: ignore[arg-type]
    told = {str(one["question"]): str(one["answer"]) for kind, one in noted if kind == "answered"}
    return told, [str(one["text"]) for kind, one in noted if kind == "asked"], kept, script


def test_a_confirm_call_says_day_channel_and_matter_and_keeps_what_is_added(tmp_path: Path) -> None:
    told, asked, kept, script = confirm(tmp_path, said("是的"), ONE, said("有"), LONG)
    assert told == {"writer": "yes", "yours": "yes", "addition": LONG.text} and kept == [b"sound"]
    assert not any("供水饮水" in text or "网上" in text for text in asked[:1])
    assert "channel=网上" in asked[1] and "matter=供水饮水" in asked[1] and "place=扎西镇" in asked[1]
    assert script.patient == [False, False, True, True], "it may take long to say"


def test_who_says_at_once_what_there_is_to_add_need_not_say_it_again(tmp_path: Path) -> None:
    told, _, kept, _ = confirm(tmp_path, ONE, ONE, LONG)
    assert told["addition"] == LONG.text and kept == [b"sound"]


def test_an_addition_nobody_understands_is_kept_as_sound(tmp_path: Path) -> None:
    told, _, kept, _ = confirm(tmp_path, ONE, ONE, ONE, replace(LONG, text=""))
    assert told["addition"] == "unclear" and kept == [b"sound"]


@pytest.mark.parametrize("nothing", [said("没有了，谢谢"), Pressed(key="2")])
def test_nothing_to_add(tmp_path: Path, nothing: Answer) -> None:
    told, _, kept, _ = confirm(tmp_path, ONE, ONE, nothing)
    assert told["addition"] == "no" and kept == []


def test_noise_is_no_addition(tmp_path: Path) -> None:
    told, _, kept, _ = confirm(tmp_path, ONE, ONE, ONE, Silent(energy=True))
    assert "addition" not in told and kept == []


RINGS_BACK: list[tuple[tuple[Answer, ...], Outcome, dict[str, str]]] = [
    ((ONE, ONE, Pressed(key="2")), Outcome(), {"writer": "yes", "yours": "yes", "addition": "no"}),
    ((said("是的"), ONE, said("停水的还有隔壁")), Outcome(), {"writer": "yes", "yours": "yes"}),
    ((ONE, Pressed(key="2")), Outcome(), {"writer": "yes", "yours": "no"}),
    ((Pressed(key="2"),), Outcome(other=True), {"writer": "no"}),
    ((ONE, Pressed(key="0")), Outcome(to_human=True), {"writer": "yes"}),
    ((ONE, Gone()), Outcome(gone=True), {"writer": "yes"}),
]


@pytest.mark.parametrize(("answers", "ended", "answered"), RINGS_BACK)
def test_who_has_missed_a_confirm_call_and_rings_back_enters_that_one(
    tmp_path: Path, answers: tuple[Answer, ...], ended: Outcome, answered: dict[str, str]
) -> None:
    noted: list[tuple[str, dict[str, object]]] = []
    kept: list[bytes] = []
    ports, brief = fake_ports(Facts(), folder=tmp_path), replace(CLOSED, channel="网上")
    talk = CallbackTalk(brief, ports, lambda kind, **d: noted.append((kind, d)), rang_back=True, keep=kept.append)
    assert talk.hold(Script(list(answers))) == ended  # type: ignore[arg-type]
    told = {str(one["question"]): str(one["answer"]) for kind, one in noted if kind == "answered"}
    assert told.items() >= answered.items() and bool(kept) == ("停水" in told.get("addition", ""))
    asked = [one["prompt"] for kind, one in noted if kind == "asked"]
    assert asked[0] == "confirm_rang_back" and "callback_result" not in asked


def test_who_rings_back_and_tells_of_danger_where_there_is_something_to_add_is_heard(tmp_path: Path) -> None:
    ports, brief = fake_ports(Facts(), folder=tmp_path), replace(CLOSED, channel="网上")
    talk = CallbackTalk(brief, ports, lambda kind, **d: None, rang_back=True)
    fire = said("着火了")
    assert talk.hold(Script([ONE, ONE, fire])) == Outcome(other=True, said=fire)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (Pressed(key="1"), "yes"),
        (said("可以嘛"), "yes"),
        (Pressed(key="2"), "no"),
        (said("随便"), None),
        (said("是的"), None),
        (Silent(energy=False), None),
    ],
)
def test_a_clip_is_kept_for_learning_by_a_plain_yes_or_a_key_alone(
    tmp_path: Path, answer: Answer, kept: str | None
) -> None:
    brief = replace(CLOSED, learn_days=365)
    outcome, answers, _ = held(tmp_path, said("是的"), said("解决了"), said("满意"), answer, brief=brief)
    assert answers.get("learn") == kept and not outcome.gone


def test_who_is_asked_for_the_clip_hears_how_long_it_would_be_kept_and_without_that_is_not_asked(
    tmp_path: Path,
) -> None:
    brief, facts = replace(CLOSED, learn_days=730), Facts()
    ports = fake_ports(facts, folder=tmp_path)
    noted: list[str] = []

    def note(kind: str, **detail: object) -> None:
        noted.append(str(detail.get("text", "")))

    answers = [Pressed(key="1")] * 4
    CallbackTalk(brief, ports, note).hold(Script([*answers]))  # type: ignore[arg-type]
    assert "callback_learn span=2年" in noted

    def voiceless(key: str, **slots: str) -> Prompt:
        return ports.prompt("callback_thanks" if "span" in slots else key, **slots)

    noted.clear()
    silent = replace(ports, prompt=voiceless)
    CallbackTalk(brief, silent, note).hold(Script([*answers[:3]]))  # type: ignore[arg-type]
    assert noted[-1] == "callback_thanks" and not [text for text in noted if "span" in text]

"""Facts as sentences."""

from typing import Any

import pytest

from ivr.facts import KINDS, Fact
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, talked, unheard
from zhitong.usecases.replay_call import tell_call
from zhitong.usecases.tell import ON_TIMELINE, tell

EXAMPLES: dict[str, dict[str, Any]] = {
    "opened": {"caller": CITIZEN, "dialled": "12345", "kind": "inbound", "recovered": True},
    "understood": {"intent": "request", "text": "x", "matter": None},
    "planned": {"rungs": [{"number": DEPUTY}], "unit": "水务局", "why": "分管"},
    "promise": {"due": "2025-09-12T08:30:00+08:00"},
    "answered": {"question": "solved", "answer": "no", "by": "key"},
    "marked": {"key": "9", "on": True, "number": DEPUTY},
    "call_back": {"i": 2, "due": "2025-09-12T09:35:30+08:00"},
    "surge": {"town": "扎西镇", "matter": "A1", "step": "opened"},
    "contact": {"how": "key", "confirmed": True},
    "third": {"step": "joined", "number": DEPUTY},
}
FILL = {str: "x", int: 2, list: []}


def example(kind: str) -> Fact:
    required = KINDS[kind][0]
    detail = EXAMPLES.get(kind) or {key: FILL.get(wanted, 2) for key, wanted in required.items()}
    if "number" in required:
        detail = detail | {"number": DEPUTY}
    return Fact(call_id="1.2", seq=0, at=MORNING, ms=0, kind=kind, detail=detail)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_has_a_sentence_without_numbers_in_clear(kind: str) -> None:
    said = tell(example(kind))
    assert said and CITIZEN not in said and DEPUTY not in said
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said)


def test_numbers_are_told_to_who_may_see_them() -> None:
    assert DEPUTY in tell(example("rung"), number=str)


def test_the_timeline_has_none_of_the_callers_words() -> None:
    words = "水务局办不了取水许可"
    facts = talked().facts
    assert any(words in tell(fact) for fact in facts)
    assert not any(words in tell(fact, words=False) for fact in facts if fact.kind in ON_TIMELINE)
    why = Fact(call_id="1.2", seq=0, at=MORNING, ms=0, kind="answered",
               detail={"question": "why", "answer": "窗口没人", "by": "voice"})  # fmt: skip
    assert "窗口没人" in tell(why) and "窗口没人" not in tell(why, words=False)


def test_a_replay_counts_from_the_invite_and_keeps_the_order() -> None:
    lines = tell_call(list(reversed(unheard().facts)))
    assert lines[0].startswith("    0.06 秒") and "群众来电，138****0001" in lines[0]
    assert lines[-1].startswith("   30.06 秒") and len(lines) == len(unheard().facts)


def test_what_a_flow_did_is_told_step_by_step() -> None:
    details = ({"edition": 3}, {"step": "菜单"}, {"step": "菜单", "key": "0"}, {"why": "lost"})
    facts = [
        Fact(call_id="1.2", seq=i, at=MORNING, ms=0, kind="flow", detail=detail) for i, detail in enumerate(details)
    ]
    assert [tell(fact) for fact in facts] == [
        "话务流程开始（第 3 版）",
        "话务流程：菜单",
        "话务流程：菜单，按键 0",
        "话务流程走不下去，直接提问（缺提示音）",
    ]


def test_what_became_of_the_question_which_matter_is_meant_is_told_on_the_timeline_too() -> None:
    detail = {"intent": "request", "text": "x", "matter": "B4", "asked": "医疗医保", "answer": "no"}
    fact = Fact(call_id="1.2", seq=0, at=MORNING, ms=0, kind="understood", detail=detail)
    assert tell(fact, words=False).endswith("问过是不是医疗医保的事，群众说不是")

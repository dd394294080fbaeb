"""How often understanding is right, told with counts and intervals."""

from dataclasses import replace

import pytest

from recognizer.examples import Example
from recognizer.judging import Share, judge
from recognizer.request import Request

EXAMPLE = Example(text="停水", intent="request", code="A1", alt_code="", type="求助", urgency="red", place="庙沟镇")
RIGHT = Request(
    intent="request", matter="A1", matter_name="供水饮水", second="A2", type="求助", urgency="red",
    place="庙沟镇石坎村", danger="", complained_of="", confidence=0.95, evidence=(), text="停水",
)  # fmt: skip


def shares(*pairs: tuple[Example, Request]) -> dict[str, tuple[int, int]]:
    answers = iter(request for _, request in pairs)
    found = judge([example for example, _ in pairs], lambda _: next(answers))
    return {share.name: (share.right, share.of) for share in found.shares}


def test_each_question_has_its_share() -> None:
    got = shares((EXAMPLE, RIGHT), (EXAMPLE, replace(RIGHT, matter="A2", second="A1", type="投诉", urgency="orange")))
    assert got["事项"] == (1, 2)
    assert got["事项在前两个里"] == (2, 2)
    assert got["类型"] == (1, 2)
    assert got["地点"] == (2, 2)
    assert (got["红找到的"], got["说红说对的"], got["说橙说对的"]) == ((1, 2), (1, 1), (0, 1))
    assert (got["很有把握"], got["很有把握而且对"]) == ((2, 2), (1, 2))


def test_the_other_code_is_right_too_and_a_lost_request_is_counted() -> None:
    lost = replace(RIGHT, intent="unclear", matter=None, second=None, confidence=0.0)
    got = shares((replace(EXAMPLE, code="C2", alt_code="A1"), RIGHT), (EXAMPLE, lost))
    assert got["事项"] == (1, 2)
    assert got["诉求没听出来"] == (1, 2)


def test_what_is_no_request_is_judged_by_its_intent() -> None:
    director = replace(EXAMPLE, intent="director", code="")
    nothing = replace(RIGHT, intent="greeting", matter=None, second=None)
    got = shares((replace(director, intent="unclear"), nothing), (director, nothing), (director, RIGHT))
    assert got["不是诉求的，听出来"] == (1, 3)
    assert got["事项"] == (0, 0)


def test_the_interval_is_wilsons() -> None:
    assert Share(name="", right=9, of=10).interval == pytest.approx((0.596, 0.982), abs=0.001)
    assert str(Share(name="红", right=0, of=0)) == "红：没有"


def test_confusions_are_told_the_most_usual_first() -> None:
    wrong = [replace(RIGHT, matter="A2")] * 2 + [replace(RIGHT, matter=None)]
    answers = iter(wrong)
    assert judge([EXAMPLE] * 3, lambda _: next(answers)).confusions == (("A1", "A2", 2), ("A1", "", 1))

"""What a change does to labelled sentences."""

from dataclasses import replace

from recognizer.comparing import compare
from recognizer.examples import Example
from recognizer.request import Request

WATER = Example(
    text="停水了", intent="request", code="A1", alt_code="A2", type="求助", urgency="orange", place="扎西镇"
)
CHAT = Example(text="吃饭没有", intent="unclear", code="", alt_code="", type="求助", urgency="normal", place="")


def request(**changes: object) -> Request:
    right = Request(
        intent="request",
        matter="A1",
        matter_name="供水",
        second=None,
        type="求助",
        urgency="orange",
        place="扎西镇",
        danger="",
        complained_of="",
        confidence=0.9,
        evidence=(),
        text="",
    )
    return replace(right, **changes)  # type: ignore[arg-type]


NOTHING = request(intent="unclear", matter=None, urgency="normal", place="")


def test_what_comes_out_the_same_is_not_told_and_nothing_falls() -> None:
    told = {WATER: request(), CHAT: NOTHING}
    found = compare([WATER, CHAT], told, told)
    assert found.changed == () and found.falls == ()


def test_worse_ones_are_told_first_with_what_was_right() -> None:
    before = {WATER: request(matter="A4"), CHAT: NOTHING}
    after = {WATER: request(matter="A2"), CHAT: request(matter="C3")}
    worse, better = compare([WATER, CHAT], before, after).changed
    assert (worse.text, worse.better, worse.what) == (CHAT.text, -1, "是什么 unclear→request（标的是unclear）")
    assert (better.text, better.better, better.what) == (WATER.text, 1, "事项 A4→A2（标的是A1或A2）")


def test_what_it_is_about_weighs_more_than_the_other_answers() -> None:
    before, after = {WATER: request(matter="A4")}, {WATER: request(type="投诉", urgency="red")}
    [one] = compare([WATER], before, after).changed
    assert one.better == 1
    assert one.what == "事项 A4→A1（标的是A1或A2）；类型 求助→投诉（标的是求助）；紧急 orange→red（标的是orange）"
    [one] = compare([WATER], {WATER: request(type="投诉")}, {WATER: request(urgency="red")}).changed
    assert one.better == 0


def test_a_hundredth_may_be_lost_and_no_more() -> None:
    many = [replace(WATER, text=WATER.text * (n + 1)) for n in range(200)]
    before = {one: request() for one in many}

    def falls(lost: int) -> tuple[str, ...]:
        after = before | {one: request(matter="C3", urgency="orange") for one in many[:lost]}
        return compare(many, before, after).falls

    assert falls(2) == ()
    assert falls(3) == ("事项：200/200 → 197/200，最多许差 2 句",)
    assert compare(many, before, before | {many[0]: NOTHING}).falls == ()
    lost = compare(many, before, before | dict.fromkeys(many[:3], NOTHING)).falls
    assert any(told.startswith("诉求没听出来：0/200 → 3/200") for told in lost)

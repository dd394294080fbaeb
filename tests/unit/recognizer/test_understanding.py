"""Text to request."""

import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.features import sounds
from recognizer.request import Request
from recognizer.taxonomy import MATTER_CODES, Taxonomy, load_taxonomy
from recognizer.understanding import understand

SURE = 0.6
"""The bound for the scores of words (docs/adr/0022)."""

ROOT = Path(__file__).resolve().parents[3]


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy(ROOT / "config" / "taxonomy.toml")


def request(text: str) -> Request:
    return understand(text, taxonomy=taxonomy())


def test_a_whole_request_is_understood() -> None:
    got = request("我住在扎西镇河边，今天又停水三天了，麻烦帮我反映")
    assert (got.intent, got.matter, got.matter_name) == ("request", "A1", "供水饮水")
    assert (got.urgency, got.place, got.danger) == ("orange", "扎西镇", "")
    assert got.confidence >= SURE
    assert "停水" in got.evidence


@pytest.mark.parametrize("text", ["喂", "你好", "喂你好", "听得到不", "喂，你好，听得到吗", "您好，有人吗", "嗯"])
def test_a_greeting_is_neither_a_request_nor_a_failure(text: str) -> None:
    got = request(text)
    assert (got.intent, got.matter) == ("greeting", None)


@pytest.mark.parametrize("text", ["", "今天天气怎么样", "那个我想说一下", "我要投诉", "水"])
def test_words_without_a_matter_are_unclear(text: str) -> None:
    assert request(text).intent == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "找局长", "我要找局长", "转人工", "人工", "我要找领导", "帮我找一下局长", "叫你们领导来",
        "我找人社局局长", "找医保局的领导", "转接人工服务", "照局长",
    ],
)  # fmt: skip
def test_who_wants_a_person_gets_a_person(text: str) -> None:
    assert request(text).intent == "director"


@pytest.mark.parametrize("text", ["我找局长说点事", "我跟局长说点事", "那个我想说一下"])
def test_who_only_wants_to_say_something_complains_of_nobody(text: str) -> None:
    assert (request(text).type, request(text).complained_of) == ("求助", "")
    assert request("我要投诉").type == "投诉", "what is said outright counts without a matter"


def test_who_wants_the_director_keeps_the_matter_that_was_named() -> None:
    got = request("失业保险人社局不给办我要找局长")
    assert (got.intent, got.matter) == ("director", "B1")


@pytest.mark.parametrize("text", ["你们这个找局长的热线真的管用", "我带人去找你们领导", "找不到局长", "不用找局长"])
def test_talking_about_a_director_is_no_wish_for_one(text: str) -> None:
    assert request(text).intent != "director"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("楼下着火了快来人", "fire"),
        ("楼道里闻到很浓的燃气味", "fire"),
        ("我妈喘不上气了", "medical"),
        ("他们拿刀砍人", "crime"),
        ("刚才有车祸有人受伤", "traffic"),
        ("我不想活了", "self_harm"),
        ("不想活咯", "self_harm"),
        ("活起没得意思", "self_harm"),
        ("活着没得意思", "self_harm"),
        ("我想喝药算了", "self_harm"),
        ("敌敌畏我都买好了", "self_harm"),
        ("再不给钱我就从塔吊上跳下去", "self_harm"),
        ("我死了算了", "self_harm"),
        ("我老婆喝了农药", "medical"),
        ("厨房煤气漏了", "fire"),
        ("电梯关起人了", "fire"),
    ],
)
def test_danger_to_life_is_an_emergency_and_red(text: str, danger: str) -> None:
    got = request(text)
    assert (got.intent, got.danger, got.urgency) == ("emergency", danger, "red")


@pytest.mark.parametrize(
    "text", ["热水器打不着火", "我想买个灭火器", "我明天要赶火车", "家里房子去年被火烧了能不能申请临时救助"]
)
def test_words_about_fire_are_no_fire(text: str) -> None:
    assert request(text).danger == ""


@pytest.mark.parametrize(
    "text",
    ["喝药怎么报销", "我想找个活路做", "跳楼价卖房子靠不靠谱", "打了农药果子掉光", "楼上漏水", "跑了三趟累死了"],
)
def test_everyday_words_are_no_danger_to_life(text: str) -> None:
    assert request(text).danger == ""


@pytest.mark.parametrize(
    ("text", "matter"), [("水务局停水三天了", "A1"), ("税务局停水三天了", "A1"), ("税务局不给开发票", "C1")]
)
def test_departments_that_sound_alike_are_told_by_what_else_was_said(text: str, matter: str) -> None:
    assert request(text).matter == matter


def test_a_department_alone_is_never_sure() -> None:
    assert request("帮我转水务局").confidence < SURE
    assert request("帮我转税务局").confidence < SURE


def test_a_matter_written_in_wrong_characters_is_found_by_its_sound() -> None:
    assert request("听水三天了").matter == "A1"
    assert request("老街的路等坏了").matter == "A4"


def test_where_something_is_does_not_say_what_it_is() -> None:
    assert request("幼儿园门口的井盖不见了").matter == "A4"


def test_who_called_three_times_is_orange_and_twice_yellow() -> None:
    assert request("路灯坏了我打了五次电话没有人管").urgency == "orange"
    assert request("路灯坏了我反映过两次了").urgency == "yellow"
    assert request("路灯坏了").urgency == "normal"


def test_the_village_stands_with_its_town() -> None:
    assert request("庙沟镇石坎村的路灯坏了").place == "庙沟镇石坎村"


def test_a_town_that_the_shipped_model_writes_in_other_characters_is_one_town() -> None:
    assert request("麟凤镇停电了").place == request("林凤镇停电了").place == "林凤镇"
    heard = [tuple(sounds(town)) for town in taxonomy().towns]
    assert len(set(heard)) == len(heard), "two spellings of one sound would be counted as two towns"


def test_who_is_complained_of_is_named_as_said() -> None:
    assert request("我要投诉物业公司乱收费").complained_of == "物业公司"
    assert request("请问物业费怎么交").complained_of == ""


def test_a_growing_partial_text_is_understood_as_soon_as_its_words_stand() -> None:
    whole = "老街的路灯坏了一个月了没人管"
    matters = [request(whole[:n]).matter for n in range(1, len(whole) + 1)]
    first = matters.index("A4")
    assert first <= whole.index("灯")
    assert set(matters[first:]) == {"A4"}


def test_requests_never_seen_before_are_mostly_understood_and_the_sure_ones_right() -> None:
    """The recorded requests were written after the words of the taxonomy were chosen. Do not choose words by them."""
    with open(ROOT / "tests" / "recorded" / "requests.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    got = [(row, request(row["text"])) for row in rows]
    right = [r.matter in (row["code"], row["alt_code"]) for row, r in got]
    sure = [ok for ok, (_, r) in zip(right, got, strict=True) if r.confidence >= SURE]
    assert sum(right) / len(right) >= 0.85
    assert len(sure) / len(got) >= 0.5
    assert sum(sure) / len(sure) >= 0.95
    assert sum(row["urgency"] == r.urgency for row, r in got) / len(got) >= 0.9
    assert all(r.place.startswith(row["place"]) for row, r in got)
    reds = [(row, r) for row, r in got if row["urgency"] == "red"]
    assert reds and all(r.urgency == "red" for _, r in reds)


@given(st.text(max_size=80))
def test_any_text_at_all_is_understood_somehow(text: str) -> None:
    got = request(text)
    assert got.matter is None or got.matter in MATTER_CODES
    assert 0.0 <= got.confidence <= 1.0
    assert (got.confidence > 0) == (got.matter is not None)
    assert got.second != got.matter or got.matter is None
    assert (got.danger != "") == (got.intent == "emergency")
    assert all(word in got.text for word in got.evidence)


_TALE = "我们一家人在这里住了二十多年，邻居之间都很和气，平时也没有麻烦过哪个，"
"""What letters are long by."""


def test_a_long_letter_is_understood_by_how_it_begins_and_ends_and_is_kept_whole() -> None:
    letter = f"我家停水三天了，{_TALE * 40}请领导帮忙，扎西镇的"
    got = request(letter)
    assert (got.matter, got.place, got.urgency) == ("A1", "扎西镇", request("我家停水三天了").urgency)
    assert got.text == letter


@pytest.mark.parametrize("before", range(4, 60, 5))
def test_danger_is_found_wherever_in_a_long_letter_it_is_told(before: int) -> None:
    got = request(f"我家停水三天了，{_TALE * before}厨房煤气漏了，{_TALE * 20}")
    assert (got.intent, got.danger, got.urgency) == ("emergency", "fire", "red")


def test_words_of_danger_that_stand_pages_apart_are_no_danger() -> None:
    lift, stuck = "电梯坏了三天，", "有一回我家的羊困住了，"
    assert request(lift + stuck).danger
    assert request(f"{lift}{_TALE * 30}{stuck}{_TALE * 20}").danger == ""

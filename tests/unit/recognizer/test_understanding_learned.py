"""Text to request with a classifier: what was learned decides, the words keep watch."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.classifier import Classifier
from recognizer.examples import Example
from recognizer.request import Request
from recognizer.training import learn
from recognizer.understanding import town_of, understand
from tests.fakes.examples import few_examples, few_learned
from tests.unit.recognizer.test_understanding import taxonomy


@cache
def classifier() -> Classifier:
    return few_learned()


def request(text: str) -> Request:
    return understand(text, taxonomy=taxonomy(), classifier=classifier())


def test_a_request_has_matter_second_place_confidence_and_evidence() -> None:
    got = request("我住在庙沟镇石坎村，路灯坏了黑起的")
    assert (got.intent, got.matter, got.matter_name, got.place) == ("request", "A4", "市政设施", "庙沟镇石坎村")
    assert got.second not in (None, "A4")
    assert 0.5 < got.confidence <= 1
    assert got.evidence
    assert got.worded == "A4", "the words alone say the same"
    assert got.classifier == "few", "the trace tells which edition of the classifier it was"
    assert all(word in got.text for word in got.evidence)


def test_a_text_that_is_an_example_word_for_word_is_what_its_label_says_the_first_time_that_it_counts() -> None:
    new = Example(
        text="今天天气咋样", intent="request", code="D2", alt_code="", type="求助", urgency="normal", place=""
    )
    learned = learn([*few_examples(), new], [("龙头", "A1"), ("阴沟", "A4")])
    got = understand("今天天气，咋样", taxonomy=taxonomy(), classifier=learned)
    assert (got.intent, got.matter) == ("request", "D2") and got.confidence >= 0.95


def test_what_somebody_has_labelled_as_no_request_is_none_whatever_words_are_in_it() -> None:
    song = replace(few_examples()[0], text="路灯坏了黑起的", intent="unclear", code="", type="求助", urgency="normal")
    learned = learn([*few_examples(), song], [("龙头", "A1"), ("阴沟", "A4")])
    got = understand("路灯坏了，黑起的", taxonomy=taxonomy(), classifier=learned)
    assert (got.intent, got.matter, got.confidence) == ("unclear", None, 0.0)
    danger = replace(song, text="着火了快来")
    learned = learn([*few_examples(), danger], [("龙头", "A1"), ("阴沟", "A4")])
    got = understand("着火了快来", taxonomy=taxonomy(), classifier=learned)
    assert got.intent == "emergency", "what the words tell of danger is not unlearned"


def test_a_matter_among_words_that_no_request_bears_is_none() -> None:
    assert request("喂听得到不路灯再见打错了再见").matter is None


def test_who_is_complained_of_is_named_also_where_only_the_examples_tell_that_it_is_a_complaint() -> None:
    text = "物业窗口没人"
    assert understand(text, taxonomy=taxonomy()).type == "求助"
    assert (request(text).type, request(text).complained_of) == ("投诉", "物业")
    assert request("物业的路灯坏了黑起的").complained_of == "", "no complaint, nobody complained of"


def test_a_town_written_by_its_sound_is_found() -> None:
    assert request("我在秒够镇路灯坏了黑起的").place == "庙沟镇"


@pytest.mark.parametrize(
    ("text", "danger"), [("楼下着火了快来人", "fire"), ("我不想活了", "self_harm"), ("他们拿刀砍人", "crime")]
)
def test_danger_to_life_stays_with_the_words_and_is_red(text: str, danger: str) -> None:
    got = request(text)
    assert (got.intent, got.danger, got.urgency) == ("emergency", danger, "red")


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("有人追尾了快来", "traffic"),
        ("快来人娃儿掉河头了", "fire"),
        ("有人胸口痛快来", "medical"),
        ("快报警有贼在撬门", "crime"),
        ("快来人她站在楼顶要跳了", "self_harm"),
        ("快来人啊", ""),
    ],
)
def test_danger_that_only_the_examples_tell_is_an_emergency_too_with_whose_help_it_needs(
    text: str, danger: str
) -> None:
    assert understand(text, taxonomy=taxonomy()).danger == "", "by the words alone it is none"
    got = request(text)
    assert (got.intent, got.matter, got.urgency, got.danger) == ("emergency", None, "red", danger)


def test_words_of_an_emergency_are_none_elsewhere() -> None:
    got = request("路灯坏了黑起的车撞到了杆子")
    assert (got.intent, got.danger) == ("request", "")


@pytest.mark.parametrize("text", ["找局长", "转人工", "我找人社局局长"])
def test_who_wants_a_person_gets_a_person(text: str) -> None:
    assert request(text).intent == "director"


@pytest.mark.parametrize(("text", "intent"), [("喂你好", "greeting"), ("", "unclear"), ("今天天气咋样", "unclear")])
def test_what_names_no_matter_has_none(text: str, intent: str) -> None:
    got = request(text)
    assert (got.intent, got.matter, got.second, got.confidence) == (intent, None, None, 0.0)


@pytest.mark.parametrize("text", ["喂听得到不路灯坏了黑起的", "我有个事路灯坏了", "打错了哦不是路灯不亮"])
def test_a_matter_that_is_surely_named_is_a_request_whatever_was_said_around_it(text: str) -> None:
    assert (request(text).intent, request(text).matter) == ("request", "A4")


def test_a_type_named_outright_counts_for_more() -> None:
    assert request("路灯坏了黑起的").type == "求助"
    assert request("我要投诉路灯坏了黑起的").type == "投诉"


def test_the_town_of_a_place() -> None:
    assert [town_of(place) for place in ("庙沟镇石坎村", "双河乡", "县城", "")] == ["庙沟镇", "双河乡", "", ""]


@given(st.text(max_size=40))
def test_any_text_is_understood_as_something(text: str) -> None:
    got = request(text)
    assert (got.matter is None) or got.intent in ("request", "director", "emergency")
    assert 0 <= got.confidence <= 1

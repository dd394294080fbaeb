"""Officials are found by name, also where the recognizer wrote it in other characters."""

import pytest

from recognizer.taxonomy import load_taxonomy
from routing import accused as by_words
from tests.fakes.directories import official, small_directory
from zhitong.desk import understood_by
from zhitong.people_heard import accused, named
from zhitong.settings import SHIPPED
from zhitong.understanding import Understanding

PEOPLE = (
    official("wang", "13800000011", "deputy", post="副局长", name="王明", unit="water"),
    official("zhi", "13800000012", "deputy", post="副局长", name="王志强"),
    official("zhang", "13800000013", "director", post="局长", name="张春", unit="water"),
    official("zhao", "13800000014", post="股长", name="赵长河"),
)
DIRECTORY = small_directory(more=PEOPLE)
WORDS = Understanding(taxonomy=load_taxonomy(SHIPPED.parent / "taxonomy.toml"))


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("找王明局长", "副局长王明"),
        ("找往名局长", "副局长王明"),
        ("我要找忘明局长", "副局长王明"),
        ("我找往自强局长说点事", "副局长王志强"),
        ("昨天王志强来过", "副局长王志强"),
        ("找赵长和", "股长赵长河"),
    ],
)
def test_an_official_is_found_by_name_as_it_is_said_and_as_it_is_misheard(text: str, who: str) -> None:
    assert named(text, DIRECTORY) == who


def test_a_request_tells_who_is_asked_for() -> None:
    assert understood_by("找往名局长", by=WORDS, directory=DIRECTORY).named == "副局长王明"


@pytest.mark.parametrize("text", ["找局长", "我忘名字了", "往名单上写", "叫局长接电话", "", "他是不是忘了名额"])
def test_other_words_are_nobodys_name(text: str) -> None:
    assert named(text, DIRECTORY) == ""


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("我要举报往自强收红包", "zhi"),
        ("投诉往明", "wang"),
        ("章局长收钱", "zhang"),
        ("汪副局长骂人", "wang"),
    ],
)
def test_who_is_complained_of_by_a_misheard_name_is_not_rung(text: str, who: str) -> None:
    assert who not in by_words.accused(text, DIRECTORY, complains=True).officials, "the very characters are not there"
    assert who in accused(text, DIRECTORY, complains=True).officials


@pytest.mark.parametrize("text", ["找局长，水务局不管", "请局长来，他们推诿", "我要跟局长反映水务局不管"])
def test_no_word_before_a_post_is_taken_for_a_surname(text: str) -> None:
    assert accused(text, DIRECTORY, complains=True) == by_words.accused(text, DIRECTORY, complains=True)


def test_whom_a_request_complains_of_is_not_told_as_somebody_who_is_asked_for() -> None:
    request = understood_by("我要举报往自强收红包", by=WORDS, directory=DIRECTORY)
    assert "王志强" in request.complained_of and request.named == ""

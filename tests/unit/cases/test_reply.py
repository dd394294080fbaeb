"""What a reply must tell, and what is only talk."""

from dataclasses import replace

import pytest

from cases.case import Case
from cases.reply import LONGEST_RESULT, Disposition, doubts_about, faults_of
from tests.fakes.told_calls import MORNING

PHRASES = ("高度重视", "积极协调", "按照相关规定")
CASE = Case(
    number="1",
    call_id="1",
    caller="138",
    dialled="1",
    answered_at=MORNING,
    transcript="扎西镇停水三天了没有人管",
    matter_name="供水饮水",
    place="扎西镇",
)


@pytest.mark.parametrize(
    ("result", "disposition", "reply", "fault"),
    [
        ("", "已解决", "", "没有写给群众的话"),
        ("……！", "已解决", "", "没有写给群众的话"),
        ("好" * (LONGEST_RESULT + 1), "已解决", "", "最多 40 个"),
        ("第一行\n第二行", "已解决", "", "写成一句话"),
        ("水来了", "差不多", "", "不认识"),
        ("要等新水源", "暂不能解决", "", "什么时候"),
        ("不能补偿", "不符合政策", " ", "依据"),
        ("水来了", "已解决", "答" * 2001, "最多 2000 个"),
        ("水来了", "已解决", "答\udcff", "认不出"),
    ],
)
def test_what_cannot_be_an_answer_is_told(result: str, disposition: str, reply: str, fault: str) -> None:
    assert fault in "；".join(faults_of(result, disposition=disposition, reply=reply))


def test_all_faults_are_told_at_once() -> None:
    assert len(faults_of("", disposition="x", reply="答" * 2001)) == 3


@pytest.mark.parametrize("disposition", Disposition)
def test_a_sentence_of_forty_characters_with_its_why_is_an_answer(disposition: Disposition) -> None:
    assert faults_of("水" * LONGEST_RESULT, disposition=disposition, reply="三月底以前接新水源") == []


def test_empty_phrases_are_named_and_do_not_count_as_an_answer() -> None:
    doubts = doubts_about("我局高度重视，积极协调。", "正在办", case=CASE, phrases=PHRASES)
    assert doubts == ["像空话套话：高度重视、积极协调", "像答非所问：没有提到群众反映的事、地方"]


@pytest.mark.parametrize("reply", ["昨天抢修好主管，扎西已经来水", "停水是因为爆管", "供水恢复了"])
def test_a_reply_that_speaks_of_the_matter_or_the_place_answers(reply: str) -> None:
    assert doubts_about(reply, "修好了", case=CASE, phrases=PHRASES) == []


def test_words_that_any_reply_has_are_no_answer() -> None:
    case = replace(CASE, transcript="我们反映的问题没有人处理", matter_name="", place="")
    assert doubts_about("我们已经处理，没有问题", "解决了", case=case, phrases=()) != []

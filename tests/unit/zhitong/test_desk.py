"""What is told at a desk about what a caller would get. It goes by the very script of a call."""

from dataclasses import replace

import pytest

from ivr.script import Heard, Progress, Rules
from recognizer.taxonomy import load_taxonomy
from routing.directory import Directory
from tests.fakes.directories import NOON, all_day, official, small_directory
from zhitong.desk import desk_line, heard_by, would_happen
from zhitong.settings import SHIPPED, load_settings
from zhitong.understanding import Understanding

WORDS = Understanding(taxonomy=load_taxonomy(SHIPPED.parent / "taxonomy.toml"))
LINE = desk_line(load_settings(environ={}), small_directory())
REQUEST = "我住在扎西镇河边今天又停水没人管"


def told(*texts: str, trial: bool = False, refuses: bool = False) -> list[str]:
    """The lines for the last of these sentences."""
    progress, lines = Progress(), []
    for text in texts:
        rules = Rules(trial=trial)
        heard = heard_by(progress, text, by=WORDS, directory=LINE.directory, rules=rules)
        heard = replace(heard, refuses_recording=refuses)
        progress, lines = would_happen(progress, heard, rules=rules, now=NOON, line=LINE)
    return lines


def test_a_request_tells_what_was_understood_and_whom_it_would_ring_in_order() -> None:
    lines = told(REQUEST)
    assert "A1" in lines[0] and "地点 扎西镇" in lines[0]
    assert lines[1] == "对群众说：“听明白了，扎西镇供水饮水的事。我马上给您找水务局值班领导，请别挂。”"
    assert lines[2].startswith("打电话找人：听明白了") and "简报" in lines[2]
    assert [line.split(".")[0] for line in lines[3:]] == ["1", "2", "3", "4"]
    assert "马上打" in lines[3] and "director" in lines[3], "the director first, whatever the matter"
    assert "12 秒后" in lines[4] and "deputy" in lines[4]


def test_the_numbers_of_officials_are_masked() -> None:
    assert not [line for line in told(REQUEST) if "13800000001" in line or "08702120001" in line]


def test_on_trial_recognition_everybody_goes_to_a_person_with_the_own_words() -> None:
    for text in (REQUEST, "反正就是那个时候的情况"):
        assert "试用识别" in told(text, trial=True)[2] and "原话" in told(text, trial=True)[2]


def test_on_trial_recognition_what_it_is_about_is_told_but_nobody_is_rung_for_it() -> None:
    sure, trial = told(REQUEST), told(REQUEST, trial=True)
    assert "A1" in trial[0] and trial[1] == "对群众说：“好，我直接给您找值班局长，请别挂。”"
    shuiwu = [line for line in sure if "shuiwu" in line or "水务" in line]
    assert shuiwu and not [line for line in trial if "shuiwu" in line or "水务" in line]


@pytest.mark.parametrize("text", ["喂", "你好", "听得到不"])
def test_a_greeting_is_answered_with_a_question_and_rings_nobody(text: str) -> None:
    assert told(text)[1].startswith("接着问群众：“听得到，您请说。”") and len(told(text)) == 2


def test_the_second_sentence_that_is_not_understood_goes_to_a_person_and_then_it_begins_anew() -> None:
    mumbled = "反正就是那个时候的情况"
    assert told(mumbled)[1].startswith("接着问群众")
    assert told(mumbled, mumbled)[2].startswith("打电话找人")
    assert told(mumbled, mumbled, mumbled)[1].startswith("接着问群众")


def test_who_wants_no_recording_is_told_that_it_stops() -> None:
    assert "不再录音：群众不要录音" in told("不要录音", refuses=True)


def test_a_sentence_whose_words_are_missing_is_told_as_what_is_said_instead() -> None:
    assert LINE.sentence("transfer_sure") == LINE.sentence("transfer_unsure")


WATER_ON_DUTY = small_directory(
    more=(official("chief", "13800000009", unit="water"),),
    shifts=all_day("director", "deputy", "clerk", "chief"),
)


@pytest.mark.parametrize(("directory", "asked"), [(WATER_ON_DUTY, True), (small_directory(), False)])
def test_where_two_matters_are_close_and_other_people_would_ring_the_question_is_told(
    directory: Directory, asked: bool
) -> None:
    line = desk_line(load_settings(environ={}), directory)
    heard = heard_by(Progress(), REQUEST, by=WORDS, directory=directory, rules=Rules())
    close = {"confidence": 0.5, "second": "A4", "second_name": "市政设施", "second_confidence": 0.4}
    heard = Heard(request=replace(heard.request, **close))
    progress, lines = would_happen(Progress(), heard, rules=Rules(), now=NOON, line=line)
    if not asked:
        assert lines[2].startswith("打电话找人：没有把握，放原话")
        return
    assert lines[1:] == ["接着问群众：“您是说用水的事吗？”（两件事分不清，打的人不同，问一句）"]
    yes = heard_by(progress, "是的", by=WORDS, directory=directory, rules=Rules())
    _, lines = would_happen(progress, yes, rules=Rules(), now=NOON, line=line)
    assert lines[2].startswith("打电话找人：问了一句，群众说是，听明白了")

"""What is told at a desk about what a caller would get. It goes by the very script of a call."""

import pytest

from ivr.script import Progress, Rules
from recognizer.taxonomy import load_taxonomy
from recognizer.understanding import understand
from tests.fakes.directories import NOON, small_directory
from zhitong.desk import would_happen
from zhitong.settings import SHIPPED

TAXONOMY = load_taxonomy(SHIPPED.parent / "taxonomy.toml")
REQUEST = "我住在扎西镇河边今天又停水没人管"


def told(*texts: str, trial: bool = False, refuses: bool = False) -> list[str]:
    """The lines for the last of these sentences."""
    progress, lines = Progress(), []
    for text in texts:
        request = understand(text, taxonomy=TAXONOMY)
        progress, lines = would_happen(
            progress, request, refuses, rules=Rules(trial=trial), now=NOON, directory=small_directory()
        )
    return lines


def test_a_request_tells_what_was_understood_and_whom_it_would_ring_in_order() -> None:
    lines = told(REQUEST)
    assert "A1" in lines[0] and "地点 扎西镇" in lines[0]
    assert lines[1].startswith("找人：听明白了") and "简报" in lines[1]
    assert [line.split(".")[0] for line in lines[2:]] == ["1", "2", "3", "4"]
    assert "director" in lines[2] and "deputy" in lines[3], "the director first, whatever the matter"


def test_the_numbers_of_officials_are_masked() -> None:
    assert not [line for line in told(REQUEST) if "13800000001" in line or "08702120001" in line]


def test_on_trial_recognition_everybody_goes_to_a_person_with_the_own_words() -> None:
    for text in (REQUEST, "反正就是那个时候的情况"):
        assert "试用识别" in told(text, trial=True)[1] and "原话" in told(text, trial=True)[1]


@pytest.mark.parametrize("text", ["喂", "你好", "听得到不"])
def test_a_greeting_is_answered_with_a_question_and_rings_nobody(text: str) -> None:
    assert told(text)[1].startswith("接着问群众") and len(told(text)) == 2


def test_the_second_sentence_that_is_not_understood_goes_to_a_person_and_then_it_begins_anew() -> None:
    mumbled = "反正就是那个时候的情况"
    assert told(mumbled)[1].startswith("接着问群众")
    assert told(mumbled, mumbled)[1].startswith("找人")
    assert told(mumbled, mumbled, mumbled)[1].startswith("接着问群众")


def test_who_wants_no_recording_is_told_that_it_stops() -> None:
    assert "停止录音" in told("不要录音", refuses=True)

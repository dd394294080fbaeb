"""Words are found by sound, the better the closer they fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.pinyin import Lexicon, fold, readings

chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)


def fits(lexicon: Lexicon, text: str) -> dict[str, float]:
    return {m.word: round(m.fit, 2) for m in lexicon.find(text)}


def test_the_very_characters_fit_wholly() -> None:
    assert fits(Lexicon(["停水", "路灯"]), "老街的路灯坏了") == {"路灯": 1.0}


def test_one_homophone_fits_better_than_two_and_dialect_worse() -> None:
    lexicon = Lexicon(["停水"])
    one, two = fits(lexicon, "听水")["停水"], fits(lexicon, "听睡")["停水"]
    assert 1.0 > one > two > 0
    assert fits(lexicon, "吞税") == {}


def test_dialect_confusions_fold_together() -> None:
    assert fold("zhang") == fold("zan")
    assert fold("nan") == fold("lan") == fold("lang")
    assert fold("fu") == fold("hu")
    assert fold("shui") != fold("sui") or fold("shui") == "sui"
    assert fits(Lexicon(["农民工工资"]), "龙明工工资")


def test_a_character_with_two_readings_is_found_by_either() -> None:
    assert set(readings("重")) >= {"zhong", "chong"}
    assert fits(Lexicon(["银行", "行政"]), "银行的行政") == {"银行": 1.0, "行政": 1.0}


def test_a_single_character_matches_only_itself() -> None:
    assert fits(Lexicon(["水"]), "睡税谁") == {}
    assert fits(Lexicon(["水"]), "水") == {"水": 1.0}


def test_words_do_not_reach_over_punctuation() -> None:
    assert fits(Lexicon(["停水"]), "停，水") == {}


def test_a_word_of_other_letters_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="abc"):
        Lexicon(["abc"])


@given(chinese, chinese, chinese)
def test_a_word_is_found_wherever_it_stands(before: str, word: str, after: str) -> None:
    found = [m for m in Lexicon([word]).find(before + word + after) if m.start == len(before)]
    assert [m.fit for m in found] == [1.0]


@given(st.text(max_size=30), st.lists(chinese, max_size=5))
def test_every_match_says_where_it_stands_and_fits_between_0_and_1(text: str, words: list[str]) -> None:
    for m in Lexicon(words).find(text):
        assert text[m.start : m.end] == m.heard
        assert len(m.word) == len(m.heard)
        assert 0 < m.fit <= 1
        assert (m.fit == 1) == (m.word == m.heard)

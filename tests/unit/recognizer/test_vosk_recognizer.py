"""Vosk's answers as our words."""

import pytest

from recognizer.transcript import Partial, Utterance
from recognizer.vosk_recognizer import partial_of, utterance_of


def word(text: str, start: float, end: float) -> dict[str, object]:
    return {"word": text, "start": start, "end": end, "conf": 1.0}


def test_words_run_together_and_unknown_ones_are_counted_not_shown() -> None:
    result = {
        "result": [word("我", 0.5, 0.6), word("[unk]", 0.6, 0.9), word("停水", 0.9, 1.4)],
        "text": "我 [unk] 停水",
    }
    assert utterance_of(result) == Utterance(text="我停水", started_at=0.5, ended_at=1.4, unknown_share=0.25)


def test_silence_is_no_utterance() -> None:
    assert utterance_of({"text": ""}) is None


def test_a_knock_that_passes_for_a_word_is_no_utterance() -> None:
    assert utterance_of({"result": [word("二", 0.5, 0.59)], "text": "二"}) is None
    assert utterance_of({"result": [word("二", 0.5, 0.71)], "text": "二"}) is not None


def test_a_last_vowel_that_fades_away_is_no_word_of_its_own_and_a_word_is() -> None:
    complains = [word("没人", 0.5, 1.0), word("管", 1.0, 1.3)]
    faded, said = word("按", 1.3, 1.44), word("按", 1.3, 1.6)
    assert utterance_of({"result": [*complains, faded]}) == utterance_of({"result": complains})
    for words in ([*complains, said], [faded], [faded, *complains]):
        found = utterance_of({"result": words})
        assert found is not None and "按" in found.text


def test_speech_without_a_known_word_is_an_utterance_all_unknown() -> None:
    got = utterance_of({"result": [word("[unk]", 0.1, 0.3)], "text": "[unk]"})
    assert got == Utterance(text="", started_at=0.1, ended_at=0.3, unknown_share=1.0)


def test_a_partial_leaves_unknown_words_out_and_counts_them() -> None:
    assert partial_of({"partial": "我 [unk] [unk] 停水"}) == Partial(text="我停水", unknown=2)


@pytest.mark.parametrize(("partial", "text"), [("w i f i 坏了", "w i f i坏了"), ("", ""), ("[unk]", "")])
def test_only_latin_letters_keep_their_spaces(partial: str, text: str) -> None:
    assert partial_of({"partial": partial}).text == text

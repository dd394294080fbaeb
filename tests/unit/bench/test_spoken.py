"""What is spoken to the recognizer in the benchmark, and how what is heard is counted."""

import numpy as np
import pytest

from bench.spoken import LOUDNESS, SPOKEN, Heard, characters_right, lines
from bench.understanding import REQUESTS
from recognizer.examples import load_examples, load_labelled
from recognizer.model import DEMO
from recognizer.taxonomy import MATTER_CODES
from zhitong.settings import CHECKOUT

WORDS = {line.split()[0] for line in (DEMO / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()}


def made_of_words(text: str) -> bool:
    reached = {0}
    for end in range(1, len(text) + 1):
        if any(text[start:end] in WORDS for start in reached):
            reached.add(end)
    return len(text) in reached


def test_each_spoken_sentence_holds_only_words_of_the_shipped_model() -> None:
    assert [e.text for e in load_labelled(SPOKEN) if not made_of_words(e.text)] == []


def test_the_spoken_sentences_ask_for_each_matter_and_nobody_learned_from_them() -> None:
    spoken = load_labelled(SPOKEN)
    assert {e.code for e in spoken} == set(MATTER_CODES)
    learned = {e.text for e in load_examples(CHECKOUT / "config" / "examples")}
    assert [e.text for e in spoken if e.text in learned] == []


def test_requests_as_people_put_them_are_mostly_beyond_the_shipped_model() -> None:
    assert sum(made_of_words(e.text) for e in load_labelled(REQUESTS)) == 0


@pytest.mark.parametrize("kind", ["hum", "white", "babble"])
@pytest.mark.parametrize("below", [20, 5])
def test_the_noise_is_so_many_decibels_below_the_voice(kind: str, below: float) -> None:
    voices = [np.round(3000 * np.sin(np.arange(16000) * (0.1 + 0.013 * n))).astype(np.int16) for n in range(9)]
    for quiet, noisy in zip(lines(voices, None), lines(voices, (kind, below)), strict=True):
        noise = 20 * np.log10(np.sqrt(np.mean((noisy - quiet) ** 2)) / 32768)
        assert noise == pytest.approx(LOUDNESS - below, abs=0.5)


def test_characters_that_were_heard_wrong_lost_or_added_count_against_it() -> None:
    [said] = [e for e in load_labelled(SPOKEN) if e.text == "养老金上个月没到账"]
    assert characters_right([said], [Heard(text="养老金，上个月没到账", unknown_share=0.0)]) == 1.0
    assert characters_right([said], [Heard(text="养老金上个月到账", unknown_share=0.1)]) == pytest.approx(8 / 9)
    assert characters_right([said], [Heard(text="", unknown_share=None)]) == 0.0

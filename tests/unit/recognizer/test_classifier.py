"""What is learned from a few examples, how sure it is, and why."""

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recognizer.classifier import Classifier
from recognizer.examples import Example
from recognizer.features import pieces
from recognizer.learned import classifier_of, version_of
from recognizer.training import _calibrated, learn
from tests.fakes.examples import few_examples, few_learned

WORDS = [("龙头", "A1"), ("阴沟", "A4")]


@cache
def learned() -> Classifier:
    return few_learned()


def said(text: str, question: str = "code") -> tuple[str, float]:
    answers = learned().answers(pieces(text))
    return answers.of[question][0]


@pytest.mark.parametrize(("text", "code"), [("没得水了", "A1"), ("街上路灯不亮", "A4"), ("窗口的人态度差", "C2")])
def test_what_was_not_among_the_examples_is_told_by_its_pieces(text: str, code: str) -> None:
    assert said(text)[0] == code


def test_what_is_written_in_other_characters_of_the_same_sound_is_told_too() -> None:
    assert said("听谁三添乐")[0] == "A1"
    assert said("鲁等怀乐黑器的")[0] == "A4"


def test_a_word_of_the_taxonomy_is_learned_without_an_example_of_it() -> None:
    assert not any("阴沟" in e.text for e in few_examples())
    assert said("阴沟")[0] == "A4"


def test_intent_and_type_are_told_besides_the_matter() -> None:
    assert said("喊局长来接电话", "intent")[0] == "director"
    assert said("着火了", "intent")[0] == "emergency"
    assert said("来回跑了几趟窗口没人", "type")[0] == "投诉"


def test_chances_add_up_to_one_and_the_likeliest_comes_first() -> None:
    for text in ("没得水了", "", "abc", "好"):
        for ranked in learned().answers(pieces(text)).of.values():
            chances = [p for _, p in ranked]
            assert sum(chances) == pytest.approx(1.0, abs=1e-5)
            assert chances == sorted(chances, reverse=True)


def test_the_evidence_is_the_stretches_that_speak_for_the_answer() -> None:
    text = "我想问一下路灯黑起的咋个办"
    found = [text[a:b] for a, b in learned().evidence(pieces(text), "code", "A4")]
    assert any("灯" in stretch or "黑" in stretch for stretch in found)
    assert all(stretch in text for stretch in found)
    spans = learned().evidence(pieces(text), "code", "A4")
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_the_likest_examples_are_found_the_same_text_first() -> None:
    near = learned().nearest(pieces("路灯坏了黑起的"))
    assert (near[0].text, near[0].code) == ("路灯坏了黑起的", "A4")
    assert near[0].share == pytest.approx(1.0, abs=0.05)
    assert learned().nearest(pieces("")) == ()


def test_sums_become_chances_that_come_true() -> None:
    chance = np.random.default_rng(0)
    sums = chance.normal(size=(4000, 3))
    true = np.exp(3 * sums) / np.exp(3 * sums).sum(axis=1, keepdims=True)
    right = np.stack([chance.multinomial(1, p) for p in true]).astype(bool)
    sharpness, offsets = _calibrated(sums, right, shifted=False)
    assert sharpness == pytest.approx(3.0, rel=0.1)
    assert not offsets.any()


def test_the_same_input_is_learned_the_same() -> None:
    again = learn(few_examples(), WORDS, version="few")
    assert np.array_equal(again.weights, learned().weights)
    assert again.heads["code"].sharpness == learned().heads["code"].sharpness


def test_what_was_learned_is_kept_and_learned_anew_when_a_word_or_example_changes(tmp_path: Path) -> None:
    first = classifier_of(few_examples(), WORDS, folder=tmp_path)
    kept = tmp_path / f"{first.version}.npz"
    written = kept.stat().st_ino
    again = classifier_of(few_examples(), WORDS, folder=tmp_path)
    assert kept.stat().st_ino == written
    text = pieces("街上路灯不亮")
    assert again.answers(text) == first.answers(text)
    assert again.evidence(text, "code", "A4") == first.evidence(text, "code", "A4")
    assert again.nearest(text) == first.nearest(text)
    more = Example(text="屋头没得水", intent="request", code="A1", alt_code="", type="求助", urgency="normal", place="")
    versions = {
        version_of(few_examples(), WORDS),
        version_of([*few_examples(), more], WORDS),
        version_of(few_examples(), WORDS[:1]),
    }
    assert len(versions) == 3


def test_only_the_newest_few_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"old{number}.npz").write_bytes(b"")
    first = classifier_of(few_examples(), WORDS, folder=tmp_path)
    kept = {path.name for path in tmp_path.glob("*.npz")}
    assert len(kept) == 4
    assert f"{first.version}.npz" in kept


def test_a_damaged_file_is_learned_again(tmp_path: Path) -> None:
    first = classifier_of(few_examples(), WORDS, folder=tmp_path)
    (tmp_path / f"{first.version}.npz").write_bytes(b"half")
    again = classifier_of(few_examples(), WORDS, folder=tmp_path)
    assert again.answers(pieces("没水")) == first.answers(pieces("没水"))

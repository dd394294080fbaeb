"""What was learned from the labelled examples: how likely each answer to a question is, why, and what it is like. Pure.

Four questions are asked of a text: what it is (intent), which matter, which type of request, how urgent. Each answer
has a weight for each piece of text (recognizer/features.py); the sum is made a probability by what held-out examples
showed. It is learned in recognizer/training.py, kept by recognizer/learned.py; to use it takes numpy alone.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from recognizer.features import Read

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

QUESTIONS = ("intent", "code", "type", "urgency")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """One question: its answers, where their weights stand, and what makes a probability of their sums."""

    labels: tuple[str, ...]
    first: int
    """Column of the first answer's weights."""
    bias: Array
    sharpness: float
    """What sums are multiplied by: fitted on held-out examples, so that 0.9 is right nine times of ten."""
    offsets: Array
    """What is added for each answer: how usual it is."""

    def probabilities(self, sums: Array) -> Array:
        """Of each answer; they add up to 1. sums: (…, all answers of all questions)."""
        scores = self.sharpness * (self.own(sums) + self.bias) + self.offsets
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def own(self, sums: Array) -> Array:
        """Of all sums those of this question's answers."""
        return sums[..., self.first : self.first + len(self.labels)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """The pieces that were learned, as sorted checksums of their keys, and how telling each is."""

    keys: Array
    telling: Array

    def __len__(self) -> int:
        return len(self.keys)

    def vector(self, blocks: Iterable[Iterable[str]]) -> tuple[Array, Array]:
        """Positions and values of a text's pieces; each block (writing, sound) counts the same, however long."""
        positions, values = [], []
        for block in blocks:
            counted = Counter(map(checksum, block))
            keys = np.fromiter(counted, dtype=np.uint32, count=len(counted))
            times = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
            at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            known = self.keys[at] == keys
            at, value = at[known], (1 + np.log(times[known])) * self.telling[at[known]]
            if len(at):
                positions.append(at)
                values.append(value / np.sqrt((value * value).sum()))
        if not positions:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        return np.concatenate(positions), np.concatenate(values)


def checksum(key: str) -> int:
    """What a key is known by; two of 100 000 keys may share one, which does no harm."""
    return zlib.crc32(key.encode())


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """An example that is like a text. share: 0 nothing in common, 1 the same."""

    text: str
    code: str
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """The examples as vectors, to find those that a text is like."""

    texts: tuple[str, ...]
    codes: tuple[str, ...]
    starts: Array
    positions: Array
    values: Array
    codes_of: Mapping[str, str] = field(init=False)
    """The code by the text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes_of", dict(zip(self.texts, self.codes, strict=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The probability of each answer, likeliest first, and the sums behind them."""

    of: Mapping[str, tuple[tuple[str, float], ...]]

    def best(self, question: str) -> str:
        """The likeliest answer."""
        return self.of[question][0][0]

    def chance(self, question: str, answer: str) -> float:
        """How likely this answer is."""
        return next((p for label, p in self.of[question] if label == answer), 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Classifier:
    """All that was learned. `version` tells from what: the same examples, taxonomy and code give the same."""

    version: str
    vocabulary: Vocabulary
    weights: Array
    """(pieces, answers of all questions)."""
    heads: Mapping[str, Head]
    library: Library

    def answers(self, read: Read) -> Answers:
        """How likely each answer to each question is."""
        at, values = self.vocabulary.vector([key for key, _, _ in block] for block in read)
        sums = values @ self.weights[at].astype(np.float32) if len(at) else np.zeros(self.weights.shape[1], np.float32)
        return Answers(of={q: _ranked(head.labels, head.probabilities(sums)) for q, head in self.heads.items()})

    def evidence(self, read: Read, question: str, answer: str, most: int = 4) -> tuple[tuple[int, int], ...]:
        """The stretches [start, end) of the text that speak most for this answer rather than for the others."""
        head = self.heads[question]
        column = head.labels.index(answer)
        found: Counter[tuple[int, int]] = Counter()
        for block in read:
            at, values = self.vocabulary.vector([[key for key, _, _ in block]])
            gains = dict(zip(self.vocabulary.keys[at].tolist(), self._gains(at, values, head, column), strict=True))
            times = Counter(checksum(key) for key, _, _ in block)
            for key, start, end in block:
                found[start, end] += gains.get(checksum(key), 0.0) / times[checksum(key)]
        return tuple(_apart(found, most))

    def _gains(self, at: Array, values: Array, head: Head, column: int) -> list[float]:
        own = head.own(self.weights[at].astype(np.float32))
        return (values * (own[:, column] - own.mean(axis=1))).tolist()

    def nearest(self, read: Read, most: int = 3) -> tuple[Likeness, ...]:
        """The examples that have most in common with this text, the likest first."""
        library = self.library
        at, values = self.vocabulary.vector([key for key, _, _ in block] for block in read)
        if not len(at):
            return ()
        whole = np.zeros(len(self.vocabulary), dtype=np.float32)
        whole[at] = values
        products = whole[library.positions] * library.values
        shares = np.add.reduceat(products, library.starts) / 2
        best = np.argsort(-shares, kind="stable")[:most]
        return tuple(
            Likeness(text=library.texts[i], code=library.codes[i], share=round(float(shares[i]), 2)) for i in best
        )


def _ranked(labels: tuple[str, ...], chances: Array) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-chances, kind="stable")
    return tuple((labels[i], float(chances[i])) for i in order)


def _apart(found: Mapping[tuple[int, int], float], most: int) -> list[tuple[int, int]]:
    """The stretches with the greatest gains that do not overlap, in the order of the text.

    Each stretch is worth what all pieces within it are; longer ones win by what they hold.
    """
    worth = {
        (start, end): sum(found.get((s, e), 0.0) for s in range(start, end) for e in range(s + 1, end + 1))
        for start, end in found
        if end - start > 1 or len(found) == 1
    }
    chosen: list[tuple[int, int]] = []
    for (start, end), gain in sorted(worth.items(), key=lambda item: (-item[1], item[0])):
        if len(chosen) == most or gain <= 0 or (chosen and gain < worth[chosen[0]] / 5):
            break
        if all(end <= s or e <= start for s, e in chosen):
            chosen.append((start, end))
    return sorted(chosen)

"""Finding known words by their sound: a recognizer writes the right sound in the wrong characters. Pure.

Words are compared by toneless pinyin, with the confusions of south-western Mandarin folded together
(zh/z, ch/c, sh/s, n/l, f/h before u, ang/an, eng/en, ing/in). A match knows how well it fits, so that 停水 written
as 停水 counts more than 听水, and 听水 more than 聆随.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

_FOLDED_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FOLDED_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


def fold(syllable: str) -> str:
    """A toneless syllable with the usual dialect confusions folded together: zhang, zan → zan."""
    for said, kept in _FOLDED_INITIALS:
        if syllable.startswith(said):
            syllable = kept + syllable[len(said) :]
            break
    for said, kept in _FOLDED_FINALS:
        if syllable.endswith(said):
            syllable = syllable[: -len(said)] + kept
            break
    return "hu" if syllable == "fu" else syllable


@lru_cache(maxsize=8192)
def readings(character: str) -> tuple[str, ...]:
    """All toneless readings of one Chinese character; empty for anything else."""
    if not "\u3400" <= character <= "\u9fff":
        return ()
    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(found[0]) if found and found[0][0] != character else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A word of the lexicon at [start, end) of the text."""

    start: int
    end: int
    word: str
    heard: str
    """The characters as they stand in the text."""
    fit: float
    """1.0 the very characters; less the more of them only sound the same or nearly so; always above 0."""

    def inside(self, other: "Match") -> bool:
        """Whether this lies within a longer match."""
        return other.start <= self.start and self.end <= other.end and other.end - other.start > self.end - self.start


@dataclass(slots=True)
class _Node:
    next: dict[str, "_Node"]
    words: list[tuple[str, tuple[str, ...]]]


class Lexicon:
    """Words found in a text by sound, all of them in one pass."""

    def __init__(self, words: Iterable[str]) -> None:
        self._root = _Node({}, [])
        for word in sorted(set(words)):
            syllables = tuple(lazy_pinyin(word))
            if len(syllables) != len(word):
                raise ValueError(f"word={word!r}: must be Chinese characters only")
            node = self._root
            for syllable in syllables:
                node = node.next.setdefault(fold(syllable), _Node({}, []))
            node.words.append((word, syllables))

    def find(self, text: str) -> list[Match]:
        """Every word in `text`, ordered by place; overlapping ones included. One-character words match exactly only."""
        sounds = [readings(c) for c in text]
        folded = [{fold(s) for s in r} for r in sounds]
        found: list[Match] = []
        for start in range(len(text)):
            nodes, end = [self._root], start
            while nodes and end < len(text):
                nodes = [n.next[key] for n in nodes for key in folded[end] if key in n.next]
                end += 1
                for node in nodes:
                    for word, syllables in node.words:
                        fit = _fit(word, syllables, text[start:end], sounds[start:end])
                        if fit > 0:
                            found.append(Match(start=start, end=end, word=word, heard=text[start:end], fit=fit))
        return found


def _fit(word: str, syllables: tuple[str, ...], heard: str, sounds: list[tuple[str, ...]]) -> float:
    if word == heard:
        return 1.0
    if len(word) == 1:
        return 0.0
    off = sum(
        0 if a == b else 1 if syllable in sound else 2
        for a, b, syllable, sound in zip(word, heard, syllables, sounds, strict=True)
    )
    # Two-syllable words have many namesakes: one wrong character is plausible, two wrong sounds are another word.
    return max(0.0, 1.0 - (0.5 if len(word) == 2 else 0.3) * off / len(word))

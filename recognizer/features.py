"""What the classifier looks at in a text: pieces of its writing and pieces of its sound. Pure.

The sound is toneless pinyin with the confusions of south-western Mandarin folded together, more of them than for single
words (recognizer/pinyin.py): 飞 sounds as 灰, 反 as 缓. A recognizer's wrong characters mostly keep it.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from pypinyin import lazy_pinyin

from recognizer.pinyin import fold

Piece: TypeAlias = tuple[str, int, int]
"""The key under which a piece is known, and the stretch [start, end) of the text that it is."""

Read: TypeAlias = tuple[list[Piece], list[Piece]]
"""A text as it is read: all its pieces as written, and all as it sounds."""

_LONGEST_WRITTEN, _LONGEST_SOUND = 2, 3
"""Longer pieces were tried: they learn by heart what the examples say, and know less of what they do not."""
_HU = {"fa": "hua", "fei": "hui", "fen": "hun", "fan": "huan", "fou": "hou", "fo": "ho"}


@lru_cache(maxsize=4096)
def _folded(syllable: str) -> str:
    folded = fold(syllable)
    return _HU.get(folded, folded)


def sounds(text: str) -> list[str]:
    """One folded syllable for each character; what is no Chinese character stands for itself."""
    return [_folded(s) for s in lazy_pinyin(text, errors=list)]  # type: ignore[arg-type]


def pieces(text: str) -> Read:
    """All pieces of a text, as written and as it sounds; the first and last ones are also known as such."""
    return (
        list(_pieces(text, "written", _LONGEST_WRITTEN)),
        list(_pieces(sounds(text), "sound", _LONGEST_SOUND)),
    )


def _pieces(units: Sequence[str], kind: str, longest: int) -> Iterator[Piece]:
    n = len(units)
    for length in range(1, longest + 1):
        for start in range(n - length + 1):
            yield f"{kind} {' '.join(units[start : start + length])}", start, start + length
    for length in range(1, min(2, n) + 1):
        yield f"{kind} first {' '.join(units[:length])}", 0, length
        yield f"{kind} last {' '.join(units[n - length :])}", n - length, n

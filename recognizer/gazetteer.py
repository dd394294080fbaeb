"""Which town of the county a text names, also when the recognizer wrote it in other characters. Pure.

A town is X镇 or X乡. People often say X alone (庙沟那边), the recognizer changes or loses a character (秒沟镇, 沟镇).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from recognizer.features import sounds

_SAME, _SOUND = 1.0, 0.85
"""What a character is worth that stands there, and one that only sounds the same."""
_TWO = 1.85
"""Of two characters that are left of a name both must sound right, and one of them be there."""
_OF_FIELDS = ("里", "头", "纠纷", "改", "地", "插", "栽", "埂", "放水")
_BEFORE_FIELDS = ("家", "家的", "亩", "块", "丘", "片", "水田和", "占", "占了", "挖", "种")
_BESIDE_TOWN = ("上", "里", "头", "下", "长", "政")
"""After 镇 or 乡 these make a word of their own (镇上, 乡里): what only sounds as a name before it is none."""
_UNNAMED = frozenset(
    "我们你他她的了到在下乡镇城返个村找上去各古集隔壁老同外家山里头这那本全每县省市和跟与从是住往回来给报告向叫喊被把议"
)
_OTHER = re.compile(r"(?:我是|我在|我住|家住|住在|家在|在)([\u3400-\u9fff]{2})([镇乡])")
_NO_TOWN = frozenset({"城镇", "乡镇", "集镇", "古镇", "村镇"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Gazetteer:
    """The towns of the county, and which of their names without 镇 or 乡 are fields as well (水田)."""

    towns: tuple[str, ...]
    fields: frozenset[str] = frozenset()

    def find(self, text: str) -> str:
        """The full name of the first town that the text names, by its sound where none is written; or nothing."""
        named = [(at, town) for town in self.towns for at in [self._named(text, town)] if at >= 0]
        return min(named)[1] if named else self._by_sound(text) or _other(text)

    def _named(self, text: str, town: str) -> int:
        """Where the name stands, with or without 镇 or 乡; -1 if it does not."""
        stem = town[:-1] if len(town) > 2 else town
        if stem not in self.fields:
            return text.find(stem)
        found = (m.start() for m in re.finditer(stem, text) if not _field(text, m.start(), m.end()))
        return next(found, -1)

    def _by_sound(self, text: str) -> str:
        heard = sounds(text)
        found = [
            (-worth, at, town)
            for town in self.towns
            for part, sound, need in _parts(town)
            if part not in self.fields
            for at, worth in _fits(text, heard, part, sound)
            if worth >= need
        ]
        if not found:
            return ""
        worth, _, town = min(found)
        rivals = {_parts(other)[0][1] for w, _, other in found if w == worth}
        return town if len(rivals) == 1 else ""


def gazetteer(towns: Iterable[str]) -> Gazetteer:
    """The gazetteer of these towns."""
    return Gazetteer(towns=tuple(sorted(towns)), fields=frozenset({"水田"}))


def _field(text: str, start: int, end: int) -> bool:
    """Whether a field is meant: 我家的水田, 两亩水田, 水田里, 水田改旱地."""
    return text.startswith(_OF_FIELDS, end) or text[:start].endswith(_BEFORE_FIELDS)


@lru_cache(maxsize=512)
def _parts(town: str) -> list[tuple[str, tuple[str, ...], float]]:
    """The name as it may stand, whole, with one character wrong (·) or lost; its sound, and how well it must fit."""
    parts = [(town, len(town) * _SOUND - 0.05)]
    if len(town) == 3:
        first, second, last = tuple(town)
        parts.append((f"{first}·{last}", _TWO))
        if second + last not in _NO_TOWN:
            parts += [(f"·{second}{last}", _TWO), (second + last, _TWO)]
        parts.append((first + second, _TWO))
    return [(part, tuple(sounds(part)), need) for part, need in parts]


def _fits(text: str, heard: Sequence[str], part: str, sound: Sequence[str]) -> list[tuple[int, float]]:
    """Where the part may stand, and how well it fits. · is any character; beside one, 镇 and 乡 must be there."""
    found = []
    whole = len(part) > 2 and "·" not in part
    for at in range(len(text) - len(part) + 1):
        worth = 0.0
        for i, (want, wanted) in enumerate(zip(part, sound, strict=True)):
            if want == "·":
                continue
            if text[at + i] == want:
                worth += _SAME
            elif heard[at + i] == wanted and (whole or want not in "镇乡"):
                worth += _SOUND
            else:
                worth = -1.0
                break
        if worth < len(part.replace("·", "")) and not whole and text.startswith(_BESIDE_TOWN, at + len(part)):
            continue
        if worth > 0:
            found.append((at, worth))
    return found


def _other(text: str) -> str:
    """A town of another county, where it is said to be one: 我是牛场镇的."""
    for match in _OTHER.finditer(text):
        name = match[1] + match[2]
        if not _UNNAMED & set(match[1]) and not any(a + b in _NO_TOWN for a, b in pairwise(name)):
            return name
    return ""

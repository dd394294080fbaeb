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
_THERE = ("那边", "这边", "那里", "这里", "那点", "这点", "街上", "场上", "中学", "小学", "卫生院", "中心校", "政府")
_UNNAMED = frozenset(
    "我们你他她的了到在下乡镇城返个村找上去各古集隔壁老同外家山里头这那本全每县省市和跟与从是住往回来给报告向叫喊被把议"
)
_OTHER = re.compile(r"(?:我是|我在|我住|家住|住在|家在|在)([\u3400-\u9fff]{2})([镇乡])")
_NO_TOWN = frozenset({"城镇", "乡镇", "集镇", "古镇", "村镇"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Gazetteer:
    """The towns of the county, and those whose name without 镇 or 乡 is a usual word as well (水田)."""

    towns: tuple[str, ...]
    ambiguous: frozenset[str] = frozenset()

    def find(self, text: str) -> str:
        """The full name of the town that the text names, or nothing: the surest first, then the first."""
        named = [(text.find(town), town) for town in self.towns if town in text]
        if named:
            return min(named)[1]
        bare = [(at, town) for town in self.towns for at in [self._bare(text, town)] if at >= 0]
        if bare:
            return min(bare)[1]
        return self._by_sound(text) or _other(text)

    def _bare(self, text: str, town: str) -> int:
        """Where the name stands without 镇 or 乡; -1 if it does not."""
        stem = town[:-1]
        if len(stem) < 2:
            return -1
        if stem not in self.ambiguous:
            return text.find(stem)
        return next((text.find(stem + there) for there in _THERE if stem + there in text), -1)

    def _by_sound(self, text: str) -> str:
        heard = sounds(text)
        found = [
            (-worth, at, town)
            for town in self.towns
            for part, sound, need in _parts(town)
            for at, worth in _fits(text, heard, part, sound)
            if worth >= need
        ]
        if not found:
            return ""
        worth, _, town = min(found)
        rivals = {_parts(other)[0][1] for w, _, other in found if w == worth}
        return town if len(rivals) == 1 else ""


def gazetteer(towns: Iterable[str]) -> Gazetteer:
    """The gazetteer of these towns. 水田 and 长安 are usual words."""
    return Gazetteer(towns=tuple(sorted(towns)), ambiguous=frozenset({"水田", "长安"}))


@lru_cache(maxsize=512)
def _parts(town: str) -> list[tuple[str, tuple[str, ...], float]]:
    """The name as it may stand, whole, with one character wrong (·) or lost; its sound, and how well it must fit."""
    parts = [(town, len(town) * _SOUND - 0.05)]
    if len(town) == 3:
        first, second, last = tuple(town)
        parts.append((f"{first}·{last}", _TWO))
        if second + last not in _NO_TOWN:
            parts += [(f"·{second}{last}", _TWO), (second + last, _TWO)]
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
            elif heard[at + i] == wanted and (whole or i + 1 < len(part)):
                worth += _SOUND
            else:
                worth = -1.0
                break
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

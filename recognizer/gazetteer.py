"""Where in the county a text says to be: town, village and group, also in a recognizer's wrong characters. Pure.

A town is X镇 or X乡. People often say X alone (庙沟那边), the recognizer changes or loses a character (秒沟镇, 沟镇).
A village (村, 社区) is one of the county's, found by sound as well, or whatever is said to be one behind the town. A
group (三组, 五社, 岩脚组) is said behind its village.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
_NO_VILLAGE = "的到在有去来往和是了村上里下个这那哪每全各几我们你他外本邻农乡给跟驻找后"
_VILLAGE = re.compile(f"[上里]?的?([^{_NO_VILLAGE}]{{1,3}}(?:村|社区))(?![委干支公里上头])")
_GROUP_END = "(?:村民)?(?:小组|组|社|队)(?![织区保会长员里])"
_GROUP = re.compile(f"的?(?:我们|我家)?(第?[0-9一二三四五六七八九十]{{1,3}}{_GROUP_END})")
_NAMED_GROUP = re.compile(f"([^的我你他在有是了到个这那哪每全各一二两三村]{{2}}{_GROUP_END})")
_HERE = re.compile("(?:那边|那里|这边|这里|那点|这点|村|社区|第?[0-9一二三四五六七八九十]{1,3}[组社队])")
"""Behind the name of a village without its 村 these tell that it is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gazetteer:
    """The towns of the county, and which of their names without 镇 or 乡 are fields as well (水田).

    villages: (village, town) of those that the county has listed, by how they sound; stems: by their names without 村
    and 社区. longest: characters of such a name.
    """

    towns: tuple[str, ...]
    fields: frozenset[str] = frozenset()
    villages: Mapping[tuple[str, ...], Sequence[tuple[str, str]]] = field(default_factory=dict)
    stems: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    longest: int = 0

    def find(self, text: str) -> str:
        """The full name of the first town that the text names, by its sound where none is written; or nothing."""
        return self._town(text)[0]

    def place(self, text: str) -> str:
        """Town, village and group as far as the text names them: 扎西镇石坎村三组. A listed village tells its town."""
        town, end = self._town(text)
        village, its_town, after = self._village(text, town, end)
        if not village and town and (told := _VILLAGE.match(text, end)):
            village, its_town, after = told[1], town, told.end()
        if not village and not town:
            return ""
        group = _GROUP.match(text, after or end) or (_NAMED_GROUP.match(text, after) if village else None)
        return its_town + village + (group[1] if group else "") if village else town + (group[1] if group else "")

    def _town(self, text: str) -> tuple[str, int]:
        """The town, and where its name ends."""
        named = [(at, town) for town in self.towns for at in [self._named(text, town)] if at >= 0]
        if named:
            at, town = min(named)
            return town, at + (len(town) if text.startswith(town, at) else len(town) - 1)
        return self._by_sound(text) or _other(text)

    def _village(self, text: str, town: str, behind: int) -> tuple[str, str, int]:
        """A listed village of the town, or of any if none is named, with its town and where its name ends.

        Whole its name may be written otherwise, but for a character, and straight behind its town wholly (是农村 sounds
        like 石龙村); without 村 or 社区 it is, as written, only what is then told to be a place.
        """
        heard = sounds(text) if self.villages else []
        found = set[tuple[float, int, int, str, str]]()
        for at in range(len(heard)):
            for end in range(at + 2, min(len(text), at + self.longest) + 1):
                part = text[at:end]
                for village, its_town in self.villages.get(tuple(heard[at:end]), ()):
                    same = sum(a == b for a, b in zip(part, village, strict=False))
                    if at == behind or part[0] == village[0] or part[1] == village[1]:
                        found.add((-_SAME * same - _SOUND * (len(part) - same), at, end, village, its_town))
                if here := _HERE.match(text, end):
                    until = here.end() if here[0] in ("村", "社区") else end
                    found |= {(-_SAME * len(part), at, until, *one) for one in self.stems.get(part, ())}
        found = {one for one in found if town in ("", one[-1])}
        if not found:
            return "", "", 0
        worth, at, end, village, its_town = min(found)
        rivals = [one for one in found if one[:2] == (worth, at)]
        if any(one[3] != village for one in rivals):
            return "", "", 0
        return village, its_town if len(rivals) == 1 else "", end

    def _named(self, text: str, town: str) -> int:
        """Where the name stands, with or without 镇 or 乡; -1 if it does not."""
        stem = town[:-1] if len(town) > 2 else town
        if stem not in self.fields:
            return text.find(stem)
        found = (m.start() for m in re.finditer(stem, text) if not _field(text, m.start(), m.end()))
        return next(found, -1)

    def _by_sound(self, text: str) -> tuple[str, int] | None:
        heard = sounds(text)
        found = [
            (-worth, at, town, at + len(part))
            for town in self.towns
            for part, sound, need in _parts(town)
            if part not in self.fields
            for at, worth in _fits(text, heard, part, sound)
            if worth >= need
        ]
        if not found:
            return None
        worth, _, town, end = min(found)
        rivals = {_parts(other)[0][1] for w, _, other, _ in found if w == worth}
        return (town, end) if len(rivals) == 1 else None


def gazetteer(towns: Iterable[str], villages: Mapping[str, Iterable[str]] | None = None) -> Gazetteer:
    """The gazetteer of these towns. villages: by town, as 石坎村 or 河口社区, of three characters or more."""
    by_sound: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    stems: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for town, names in (villages or {}).items():
        for village in names:
            stem = village.removesuffix("村").removesuffix("社区")
            stems[stem].append((village, town))
            for kind in ("村", "社区"):  # people say either
                by_sound[tuple(sounds(stem + kind))].append((village, town))
    return Gazetteer(
        towns=tuple(sorted(towns)),
        fields=frozenset({"水田"}),
        villages=dict(by_sound),
        stems=dict(stems),
        longest=max(map(len, by_sound), default=0),
    )


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


def _other(text: str) -> tuple[str, int]:
    """A town of another county, where it is said to be one, and where its name ends: 我是牛场镇的."""
    for match in _OTHER.finditer(text):
        name = match[1] + match[2]
        if not _UNNAMED & set(match[1]) and not any(a + b in _NO_TOWN for a, b in pairwise(name)):
            return name, match.end()
    return "", 0

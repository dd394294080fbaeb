"""Names of people that a recognizer wrote in other characters: 找往自强局长 is 找王志强局长. Pure.

A recognizer knows no names; it writes what sounds so. A name is found by its folded, toneless sound, like all that is
known (recognizer/pinyin.py). Of three characters that is enough where one is right; two characters have too many
namesakes, and a surname alone more still: these count beside what tells of a person: 往明局长, 举报往明, 章局长.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from recognizer.pinyin import Lexicon, fold, readings

_POST = "副?(?:局长|镇长|乡长|县长|主任|科长|股长|书记|所长|站长|队长|部长|组长|主席|院长|校长)"
_POST_BEHIND = re.compile(_POST)
_TOLD_OF = re.compile("(?:举报|投诉|反映|告|名字是|姓名是)$")
_NO_SURNAME = frozenset(
    "找照召叫教是时和合有又由友的得地到倒这者正真整们每没个各跟给更根对队任人当党被北让请情清亲新心向像想项县现乡相镇"
    "市省局处股科所站部院校村组区长张老要也就该来了在再才那哪上下大小前后左右里外去过往与喊见另某原元位为喂女室一第监轻"
    "吗吧呢啊不书员换求说等认名年今天他她你我问遭委务建育学喝吵住我接听也有的儿中"
)
"""Before a post these are words of their own far more often than a surname misheard: 找局长 is nobody called 赵."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardNames:
    """Whole names by their sound; and surnames, by each sound that they may have."""

    names: Lexicon
    surnames: Mapping[str, frozenset[str]]

    def in_text(self, text: str) -> Iterator[tuple[int, str]]:
        """Where a whole name stands in the text or is heard in it, and the name; what is written, before the rest."""
        for match in sorted(self.names.find(text), key=lambda match: (-match.fit, match.start)):
            long = len(match.word) > 2 and any(a == b for a, b in zip(match.word, match.heard, strict=True))
            if match.fit == 1.0 or long or _beside(text, match.start, match.end):
                yield match.start, match.word

    def as_meant(self, text: str) -> frozenset[str]:
        """The text as it reads with each stretch that only sounds like a name in that name's characters."""
        found = {f"{text[:at]}{name}{text[at + len(name) :]}" for at, name in self.in_text(text)}
        for post in _POST_BEHIND.finditer(text):
            before = text[: post.start()]
            same = frozenset[str]().union(*(self.surnames.get(fold(one), ()) for one in readings(before[-1:] or "。")))
            if before[-1:] not in _NO_SURNAME | same:
                found |= {f"{before[:-1]}{one}{text[post.start() :]}" for one in same}
        return frozenset(found - {text})


def heard_names(names: Iterable[str]) -> HeardNames:
    """Of people with these full names."""
    whole = sorted({name for name in names if 2 <= len(name) <= 4 and all(map(readings, name))})
    surnames: defaultdict[str, set[str]] = defaultdict(set)
    for name in whole:
        for sound in readings(name[0]):
            surnames[fold(sound)].add(name[0])
    return HeardNames(names=Lexicon(whole), surnames={sound: frozenset(found) for sound, found in surnames.items()})


def _beside(text: str, start: int, end: int) -> bool:
    return bool(_POST_BEHIND.match(text, end) or _TOLD_OF.search(text[:start]))

"""What a change of words or examples does to labelled sentences: which come out better, which worse. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from recognizer.examples import Example
from recognizer.judging import Share, intent_of, judge
from recognizer.request import Request
from recognizer.understanding import town_of

ALLOWED = 0.01
"""Of each share so much may be lost, in whole sentences, before the change is refused."""
_LESS_IS_BETTER = "诉求没听出来"
_WATCHED = ("事项", "类型", "地点", "红找到的", "橙找到的", "不是诉求的，听出来", _LESS_IS_BETTER)

Told = Mapping[Example, Request]
"""What was made of each sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A sentence of which something else is made. better: > 0 if it is right now, < 0 if it was; by what it is about,
    and only where that is as right as before by how many of its other answers are."""

    text: str
    what: str
    better: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """The shares before and after, in the same order; the sentences that change, worse ones first; what falls too far,
    for people."""

    shares: tuple[tuple[Share, Share], ...]
    changed: tuple[Changed, ...]
    falls: tuple[str, ...]


def compare(sentences: Sequence[Example], before: Told, after: Told) -> Compared:
    """What becomes of these sentences."""
    judged = [judge(sentences, told.__getitem__).shares for told in (before, after)]
    shares = tuple(pair for pair in zip(*judged, strict=True) if pair[0].name in _WATCHED)
    changed = [found for one in sentences if (found := _changed(one, before[one], after[one])) is not None]
    falls = [
        f"{was.name}：{was.right}/{was.of} → {now.right}/{now.of}，最多许差 {floor(was.of * ALLOWED)} 句"
        for was, now in shares
        if (was.right - now.right) * (-1 if was.name == _LESS_IS_BETTER else 1) > floor(was.of * ALLOWED)
    ]
    return Compared(shares=shares, changed=tuple(sorted(changed, key=lambda one: one.better)), falls=tuple(falls))


def _changed(example: Example, before: Request, after: Request) -> Changed | None:
    told, gains = [], []
    for (name, right, was), (_, _, now) in zip(_answers(example, before), _answers(example, after), strict=True):
        gains.append((now in right) - (was in right))
        if was != now:
            told.append(f"{name} {was or '无'}→{now or '无'}（标的是{'或'.join(filter(None, right)) or '无'}）")
    return Changed(text=example.text, what="；".join(told), better=gains[0] or sum(gains)) if told else None


def _answers(example: Example, told: Request) -> list[tuple[str, tuple[str, ...], str]]:
    """What was asked, the right answers, and what was answered."""
    if example.intent != "request":
        return [("是什么", (example.intent,), intent_of(told))]
    return [
        ("事项", (example.code, example.alt_code) if example.alt_code else (example.code,), told.matter or ""),
        ("类型", (example.type,), told.type),
        ("紧急", (example.urgency,), told.urgency),
        ("地点", (example.place,), town_of(told.place)),
    ]

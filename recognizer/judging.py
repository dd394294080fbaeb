"""How often understanding is right on labelled texts: shares with their counts and 95 % intervals. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from recognizer.examples import Example
from recognizer.request import Request
from recognizer.understanding import town_of

SURE = 0.9
"""From this confidence on a decision counts as sure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """`right` of `of`, with the interval by Wilson that holds the true share 95 times of 100."""

    name: str
    right: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """From 0 to 1; of nothing: all of it."""
        if not self.of:
            return 0.0, 1.0
        z, share = 1.96, self.right / self.of
        middle = (share + z * z / (2 * self.of)) / (1 + z * z / self.of)
        half = z * sqrt(share * (1 - share) / self.of + (z / (2 * self.of)) ** 2) / (1 + z * z / self.of)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return f"{self.name}：没有"
        low, high = self.interval
        return f"{self.name}：{self.right}/{self.of}，{self.right / self.of:.1%}（{low:.1%}–{high:.1%}）"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The shares, and which matters were taken for which others, the most usual first."""

    shares: tuple[Share, ...]
    confusions: tuple[tuple[str, str, int], ...]
    """(as labelled, as understood or empty, how often)"""


def judge(examples: Sequence[Example], understand: Callable[[Example], Request]) -> Verdict:
    """What `understand` makes of each example against its labels. A matter is right by its code or its other code."""
    told = [(e, understand(e)) for e in examples]
    asked = [(e, r) for e, r in told if e.intent == "request"]
    others = [(e, r) for e, r in told if e.intent != "request"]
    sure = [(e, r) for e, r in asked if r.confidence >= SURE]
    places = [(e, r) for e, r in asked if e.place]
    shares = [
        Share(name="事项", right=sum(_is(e, r.matter) for e, r in asked), of=len(asked)),
        Share(name="事项在前两个里", right=sum(_is(e, r.matter, r.second) for e, r in asked), of=len(asked)),
        Share(name="类型", right=sum(e.type == r.type for e, r in asked), of=len(asked)),
        Share(name="地点", right=sum(e.place == town_of(r.place) for e, r in places), of=len(places)),
    ]
    for urgency, name in (("red", "红"), ("orange", "橙"), ("yellow", "黄")):
        both = sum(e.urgency == r.urgency == urgency for e, r in asked)
        shares += [
            Share(name=f"{name}找到的", right=both, of=sum(e.urgency == urgency for e, _ in asked)),
            Share(name=f"说{name}说对的", right=both, of=sum(r.urgency == urgency for _, r in asked)),
        ]
    shares += [
        Share(name="不是诉求的，听出来", right=sum(e.intent == intent_of(r) for e, r in others), of=len(others)),
        Share(name="诉求没听出来", right=sum(r.matter is None for _, r in asked), of=len(asked)),
        Share(name="很有把握", right=len(sure), of=len(asked)),
        Share(name="很有把握而且对", right=sum(_is(e, r.matter) for e, r in sure), of=len(sure)),
    ]
    wrong = Counter((e.code, r.matter or "") for e, r in asked if not _is(e, r.matter))
    return Verdict(shares=tuple(shares), confusions=tuple((a, b, n) for (a, b), n in wrong.most_common()))


def intent_of(request: Request) -> str:
    """The intent by the labels of examples: what names a matter is a request, in danger or asking for a person too."""
    return "request" if request.matter else "unclear" if request.intent == "greeting" else request.intent


def _is(example: Example, *codes: str | None) -> bool:
    return any(code and code in (example.code, example.alt_code) for code in codes)

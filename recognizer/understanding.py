"""Text to Request: which matter, what kind of request, how urgent, where, and whether a person is wanted. Pure.

Words of the taxonomy are found by sound (recognizer/pinyin.py), weighed by how well they fit, and summed per sub-item.
It works on partial text too: call it again with each partial. Single words never outvote several: whether 水务局 or
税务局 was meant is decided by what else was said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from recognizer.pinyin import Match
from recognizer.request import Danger, Intent, Request, RequestType, Urgency
from recognizer.taxonomy import DANGERS, MATTER_CODES, TYPES, WEIGHTS, Rule, Taxonomy

_CLEAR_FIT = 0.7
"""A word that decides about urgency, a person or a place must fit this well: mostly the very characters."""
_CERTAIN_FIT = 0.9
"""A word that makes us tell the caller to ring 119 must fit this well: one homophone in a long word at most."""
_NAMED = 1.4
"""A sub-item needs this score: no weak word, and no word by mere sound, names it alone."""
_WHERE = ("门口", "旁边", "背后", "附近", "后面", "对面", "楼下", "门前", "周边", "外面", "路口")
"""A word before one of these says where it is, not what it is about: 幼儿园门口的井盖."""
_PAUSES = re.compile(r"[，。！？、；,.!?;\s]+")
_VILLAGE = re.compile(r"[^的到在有去来往和是了村]{1,3}(?:村|社区)")
_TIMES = re.compile(
    r"(?:跑|找|打|去|催|反映|投诉|退|来|说|报修|问|停|补)[^，]{0,6}?(第?[两二三四五六七八九十几多]+)(?:次|趟|遍|回)"
    r"|(第[三四五六七八九十])(?:次|趟|遍|回)|(?:来来回回|来回)跑了?([两三四五六七八九十几多好]+)"
)

_Tag = TypeVar("_Tag", bound=str)
_NO_DANGER: Danger = ""


def understand(text: str, *, taxonomy: Taxonomy) -> Request:
    """What `text` (Chinese, with or without punctuation, may be partial) asks for. Never raises on any text."""
    text = _PAUSES.sub("，", text).strip("，")
    known = _without_ignored(taxonomy.lexicon.find(text), taxonomy)
    matches = _without_guesses(known)
    found = _weighed([m for m in matches if not text.startswith(_WHERE, m.end)], taxonomy.matters)
    scores = {code: f.score for code, f in found.items() if f.strongest > WEIGHTS["weak"]}
    ranked = sorted(MATTER_CODES, key=lambda code: -scores.get(code, 0.0))
    best, second = scores.get(ranked[0], 0.0), scores.get(ranked[1], 0.0)
    matter = ranked[0] if best >= _NAMED else None
    kind = _kind(_weighed(matches, taxonomy.types))
    if kind == "表扬" and matter is not None and scores.get("D4", 0.0) >= 3.0:
        # Praise names what was done well, and that is not what the call is about.
        matter, best, second = "D4", best + 2.0, min(second, best)
    clear = {m.word for m in matches if m.fit >= _CLEAR_FIT}
    certain = {m.word for m in matches if m.fit >= _CERTAIN_FIT}
    danger = next((d for d in DANGERS if any(_holds(rule, certain) for rule in taxonomy.danger[d])), _NO_DANGER)
    return Request(
        intent=_intent(text, known, danger=bool(danger), matter=matter, taxonomy=taxonomy),
        matter=matter,
        matter_name=taxonomy.names[matter] if matter else "",
        second=ranked[1] if matter and ranked[1] != matter and second >= max(1.0, best / 2) else None,
        type=kind,
        urgency="red" if danger else _urgency(text, clear, kind, taxonomy),
        place=_place(text, matches, taxonomy),
        danger=danger,
        complained_of=_complained_of(matches, taxonomy) if kind in ("投诉", "举报") else "",
        confidence=round(best / (best + 0.8 * second + 1.5), 3) if matter else 0.0,
        evidence=tuple(found[matter].words) if matter else (),
        text=text,
    )


def _without_ignored(matches: list[Match], taxonomy: Taxonomy) -> list[Match]:
    """Drop what lies in an ignored word, and that word."""
    ignored = [m for m in matches if m.word in taxonomy.ignore and m.fit == 1.0]
    return [
        m
        for m in matches
        if m.word not in taxonomy.ignore and not any(i.start <= m.start and m.end <= i.end for i in ignored)
    ]


def _without_guesses(matches: list[Match]) -> list[Match]:
    """Drop guesses by sound where the very characters of another word stand."""
    exact = [m for m in matches if m.fit == 1.0 and m.end - m.start > 1]
    return [m for m in matches if m.fit == 1.0 or not any(m.start < e.end and e.start < m.end for e in exact)]


@dataclass(slots=True)
class _Found:
    """What speaks for one tag."""

    score: float = 0.0
    strongest: float = 0.0
    """Weight of the strongest word."""
    words: list[str] = field(default_factory=list)


def _weighed(matches: list[Match], weights: Mapping[str, Mapping[_Tag, float]]) -> dict[_Tag, _Found]:
    """What speaks for each tag. What stands within a longer word counts for that one only, the same words once."""
    ours = [m for m in matches if m.word in weights]
    ours = [m for m in ours if not any(m.inside(other) and other.fit >= m.fit for other in ours)]
    best: dict[tuple[_Tag, int, int], tuple[float, float, str]] = {}
    for m in ours:
        for tag, weight in weights[m.word].items():
            place = (tag, m.start, m.end)
            best[place] = max(best.get(place, (0.0, 0.0, "")), (weight * m.fit, weight, m.heard))
    found: dict[_Tag, _Found] = {}
    for (tag, _, _), (score, weight, heard) in best.items():
        here = found.setdefault(tag, _Found())
        if heard not in here.words:
            here.words.append(heard)
            here.score += score
            here.strongest = max(here.strongest, weight)
    return found


def _kind(found: dict[RequestType, _Found]) -> RequestType:
    best = max(TYPES, key=lambda t: (found[t].score if t in found else 0.0, t == "求助"))
    return best if best in found else "求助"


def _holds(rule: Rule, words: set[str]) -> bool:
    return all(group & words for group in rule)


def _urgency(text: str, clear: set[str], kind: RequestType, taxonomy: Taxonomy) -> Urgency:
    if kind in ("表扬", "建议"):
        return "normal"
    if any(_holds(rule, clear) for rule in taxonomy.urgency["red"]):
        return "red"
    times = max((_number(m) for m in _TIMES.finditer(text)), default=0)
    if kind != "咨询" and (times >= 3 or any(_holds(rule, clear) for rule in taxonomy.urgency["orange"])):
        return "orange"
    if times == 2 or (any(_holds(rule, clear) for rule in taxonomy.urgency["yellow"]) and kind != "咨询"):
        return "yellow"
    return "normal"


def _number(match: re.Match[str]) -> int:
    said = next(g for g in match.groups() if g).lstrip("第")
    return {"两": 2, "二": 2}.get(said, 3)


def _intent(text: str, matches: list[Match], *, danger: bool, matter: str | None, taxonomy: Taxonomy) -> Intent:
    if danger:
        return "emergency"
    if _wants_person(text, matches, taxonomy):
        return "director"
    if matter:
        return "request"
    return "greeting" if text and _is_greeting(text, taxonomy) else "unclear"


def _wants_person(text: str, matches: list[Match], taxonomy: Taxonomy) -> bool:
    whole = text.replace("，", "")
    for m in matches:
        if m.fit < _CLEAR_FIT:
            continue
        if m.word in taxonomy.director_whole and m.heard == whole:
            return True
        if m.word in taxonomy.director_phrases and not text[: m.start].endswith(taxonomy.director_not_after):
            return True
    return any(not text[: m.start()].endswith(taxonomy.director_not_after) for m in taxonomy.director_of.finditer(text))


def _is_greeting(text: str, taxonomy: Taxonomy) -> bool:
    rest = text.replace("，", "")
    while rest:
        word = next((w for w in taxonomy.greeting_words if rest.startswith(w)), None)
        if word is None:
            return False
        rest = rest[len(word) :]
    return True


def _place(text: str, matches: list[Match], taxonomy: Taxonomy) -> str:
    named = [m for m in matches if m.fit >= _CLEAR_FIT]
    for m in named:
        if m.word in taxonomy.towns:
            village = _VILLAGE.match(text, m.end)
            return m.word + (village.group() if village else "")
    for m in named:
        if m.word in taxonomy.landmarks and not any(m.inside(o) and o.word in taxonomy.matters for o in named):
            return m.word
    return ""


def _complained_of(matches: list[Match], taxonomy: Taxonomy) -> str:
    ours = [m for m in matches if m.word in taxonomy.complained and m.fit >= _CLEAR_FIT]
    return next((m.heard for m in ours if not any(m.inside(o) for o in ours)), "")

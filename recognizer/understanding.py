"""Text to Request: which matter, what kind of request, how urgent, where, and whether a person is wanted. Pure.

With a classifier (recognizer/classifier.py) what was learned decides, and the words keep watch: danger to life, who
asks for a person, who only greets. Without one the words decide alone:

Words of the taxonomy are found by sound (recognizer/pinyin.py), weighed by how well they fit, and summed per sub-item.
It works on partial text too: call it again with each partial. Single words never outvote several: whether 水务局 or
税务局 was meant is decided by what else was said.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from recognizer.classifier import Answers, Classifier
from recognizer.features import pieces
from recognizer.pinyin import Match
from recognizer.request import Danger, Intent, Request, RequestType, Urgency
from recognizer.taxonomy import DANGERS, TYPES, WEIGHTS, Rule, Taxonomy

_CLEAR_FIT = 0.7
"""A word that decides about urgency, a person or a place must fit this well: mostly the very characters."""
_CERTAIN_FIT = 0.9
"""A word that makes us tell the caller to ring 119 must fit this well: one homophone in a long word at most."""
_NAMED = 1.4
"""A sub-item needs this score: no weak word, and no word by mere sound, names it alone."""
_WHERE = ("门口", "旁边", "背后", "附近", "后面", "对面", "楼下", "门前", "周边", "外面", "路口")
"""A word before one of these says where it is, not what it is about: 幼儿园门口的井盖."""
_PAUSES = re.compile(r"[，。！？、；,.!?;\s]+")
_TOWN = re.compile(r"[\u3400-\u9fff]{2,3}?[镇乡]")
_TIMES = re.compile(
    r"(?:跑|找|打|去|催|反映|投诉|退|来|说|报修|问|停|补)[^，]{0,6}?(第?[两二三四五六七八九十几多]+)(?:次|趟|遍|回)"
    r"|(第[三四五六七八九十])(?:次|趟|遍|回)|(?:来来回回|来回)跑了?([两三四五六七八九十几多好]+)"
)

_Tag = TypeVar("_Tag", bound=str)
_NO_DANGER: Danger = ""


_FIRST, _LAST = 300, 100
"""Of a longer text so many characters at its beginning and at its end are looked at: a letter says what it is about
where it begins, and what is wanted where it ends. No example is as long, and what is learned from short ones is drowned
by a tale: of 240 requests in letters of a thousand characters 44 of 100 matters are right, of whole letters 24. What is
told of danger is looked for in all."""
_STRETCH, _OVERLAP = 400, 40
"""Characters that are looked through for danger at a time: what stands pages apart belongs to no one danger."""


def understand(text: str, *, taxonomy: Taxonomy, classifier: Classifier | None = None) -> Request:
    """What `text` (Chinese, with or without punctuation, may be partial) asks for. Never raises on any text."""
    text = _PAUSES.sub("，", text).strip("，")
    if len(text) <= _FIRST + _LAST:
        return _understood(text, taxonomy=taxonomy, classifier=classifier)
    request = _understood(f"{text[:_FIRST]}，{text[-_LAST:]}", taxonomy=taxonomy, classifier=classifier)
    request = replace(request, text=text)
    if not request.danger and (danger := _danger_within(text, taxonomy)):
        return replace(request, intent="emergency", urgency="red", danger=danger)
    return request


def _understood(text: str, *, taxonomy: Taxonomy, classifier: Classifier | None) -> Request:
    told = _by_words(text, taxonomy=taxonomy)
    request = told if classifier is None else _as_learned(told, taxonomy=taxonomy, classifier=classifier)
    if request.intent == "emergency" and not request.danger:
        request = replace(request, danger=_whose_help(request.text, taxonomy))
    # Whoever is named is complained of where the request complains, whether the words or what was learned say so.
    return request if request.type in ("投诉", "举报") else replace(request, complained_of="")


def _danger_within(text: str, taxonomy: Taxonomy) -> Danger:
    stretches = (text[start : start + _STRETCH] for start in range(0, len(text), _STRETCH - _OVERLAP))
    matches = (_without_guesses(_without_ignored(taxonomy.lexicon.find(one), taxonomy)) for one in stretches)
    found = (_danger(one, taxonomy) for one in matches)
    return next(filter(None, found), _NO_DANGER)


_REQUEST, _NAMED_REQUEST = 0.9, 0.5
"""How likely it must be that a text is a request at all, and where the words name a matter."""
_SURELY_NAMED = 0.95
_SURELY_REQUEST = 0.005
"""Where the words name the matter that is learned to be so likely, this is enough: whatever was said around it."""
_DANGER = 0.5
"""Unless an emergency is so likely."""
_RED, _ORANGE, _YELLOW = 0.1, 0.12, 0.35
"""How likely an urgency must be to be said: missing a red one costs more than a needless haste."""
_CALM_RED = 0.5
"""Who only asks, suggests or praises speaks of a danger that is now more rarely."""
_SEEN = 0.03
"""How likely it must be besides, when the words say so."""
_LIKELIER: Mapping[RequestType, float] = {"投诉": 2.0, "举报": 1.5, "建议": 1.5}
"""By how much a type is likelier in calls than in the examples: of 1,516 requests of five hands 1,199 are right,
without it 1,189."""
_ASKS = re.compile("请问|想问|问一下|问哈|问问|打听")
"""Who says so asks (咨询): 43 of 46 times."""
_OUTRIGHT = re.compile(r"(?:^|我|我要|我想|我来|要)(咨询|求助|投诉|举报|建议|表扬)(?![过了的电热])")
"""A type that is named outright is believed: 我要投诉, but not 投诉过."""


def _as_learned(told: Request, *, taxonomy: Taxonomy, classifier: Classifier) -> Request:
    """The request as the classifier has it; danger and the wish for a person stay as the words told them."""
    text = told.text.replace("，", "")
    read = pieces(text)
    answers = classifier.answers(read)
    likely, really = answers.of["code"], answers.chance("intent", "request")
    label = classifier.library.codes_of.get(text, "")
    if label in taxonomy.names:
        likely, really = _as_labelled(label, likely), 1.0
    elif label:
        really = 0.0  # somebody has said that it is none
    needed = _NAMED_REQUEST if told.matter else _REQUEST
    surely_named = told.matter == likely[0][0] and likely[0][1] >= _SURELY_NAMED
    if surely_named and answers.chance("intent", "emergency") < _DANGER:
        needed = _SURELY_REQUEST
    asked = really >= needed and told.intent != "greeting" and bool(text)
    matter = likely[0][0] if asked else None
    kind = _learned_kind(text, answers, matter)
    intent = told.intent
    if intent in ("request", "unclear"):
        intent = "request" if asked else _other_than_request(answers, told)
    return replace(
        told,
        classifier=classifier.version,
        intent=intent,
        matter=matter,
        matter_name=taxonomy.names[matter] if matter else "",
        second=likely[1][0] if matter else None,
        second_name=taxonomy.names[likely[1][0]] if matter else "",
        second_confidence=round(likely[1][1] * really, 3) if matter else 0.0,
        type=kind,
        urgency="red" if intent == "emergency" else _learned_urgency(told, kind, answers) if asked else told.urgency,
        confidence=round(likely[0][1] * really, 3) if matter else 0.0,
        evidence=tuple(text[a:b] for a, b in classifier.evidence(read, "code", matter)) if matter else (),
    )


def _as_labelled(code: str, likely: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """The likely matters of a text that is an example word for word: what people said of it counts at once."""
    chances = dict(likely)
    sure = max(chances.pop(code), _SURELY_NAMED)
    return ((code, sure), *((other, min(chance, 1 - sure)) for other, chance in chances.items()))


def _learned_kind(text: str, answers: Answers, matter: str | None) -> RequestType:
    if matter is None:
        return "求助"
    if matter == "D4":
        return "表扬"
    if outright := _OUTRIGHT.search(text):
        return outright[1]  # type: ignore[return-value]
    if _ASKS.search(text):
        return "咨询"
    return max(TYPES, key=lambda kind: answers.chance("type", kind) * _LIKELIER.get(kind, 1.0))


def town_of(place: str) -> str:
    """The town of a Request's place (X镇, X乡), or nothing if that is a landmark."""
    found = _TOWN.match(place)
    return found.group() if found else ""


def _other_than_request(answers: Answers, told: Request) -> Intent:
    best = next(label for label, _ in answers.of["intent"] if label != "request")
    return best if told.text else "unclear"  # type: ignore[return-value]


def _learned_urgency(told: Request, kind: RequestType, answers: Answers) -> Urgency:
    """As learned, sooner where the words say the same; never less than red where they tell danger to life."""
    red, orange, yellow = (answers.chance("urgency", u) for u in ("red", "orange", "yellow"))
    needed = _CALM_RED if kind in ("咨询", "建议", "表扬") else _RED
    if told.danger or red >= needed or (told.urgency == "red" and red >= _SEEN):
        return "red"
    if kind in ("表扬", "建议"):
        return "normal"
    if (orange >= _ORANGE and orange >= yellow) or (told.urgency == "orange" and orange >= _SEEN):
        return "orange"
    return "yellow" if yellow >= _YELLOW else "normal"


def _by_words(text: str, *, taxonomy: Taxonomy) -> Request:
    known = _without_ignored(taxonomy.lexicon.find(text), taxonomy)
    matches = _without_guesses(known)
    found = _weighed([m for m in matches if not text.startswith(_WHERE, m.end)], taxonomy.matters)
    scores = {code: f.score for code, f in found.items() if f.strongest > WEIGHTS["weak"]}
    ranked = sorted(taxonomy.names, key=lambda code: -scores.get(code, 0.0))
    best, second = scores.get(ranked[0], 0.0), scores.get(ranked[1], 0.0)
    matter = ranked[0] if best >= _NAMED else None
    kind = _kind(_weighed(matches, taxonomy.types), asked=matter is not None)
    if kind == "表扬" and matter is not None and scores.get("D4", 0.0) >= 3.0:
        # Praise names what was done well, and that is not what the call is about.
        matter, best, second = "D4", best + 2.0, min(second, best)
    clear = {m.word for m in matches if m.fit >= _CLEAR_FIT}
    danger = _danger(matches, taxonomy)
    return Request(
        intent=_intent(text, known, danger=bool(danger), matter=matter, taxonomy=taxonomy),
        matter=matter,
        matter_name=taxonomy.names[matter] if matter else "",
        second=ranked[1] if matter and ranked[1] != matter and second >= max(1.0, best / 2) else None,
        type=kind,
        urgency="red" if danger else _urgency(text, clear, kind, taxonomy),
        place=_place(text, matches, taxonomy),
        danger=danger,
        complained_of=_complained_of(matches, taxonomy),
        confidence=round(best / (best + 0.8 * second + 1.5), 3) if matter else 0.0,
        evidence=tuple(found[matter].words) if matter else (),
        text=text,
        worded=matter,
    )


def _danger(matches: list[Match], taxonomy: Taxonomy) -> Danger:
    certain = {m.word for m in matches if m.fit >= _CERTAIN_FIT}
    return next((d for d in DANGERS if any(_holds(rule, certain) for rule in taxonomy.danger[d])), _NO_DANGER)


def _whose_help(text: str, taxonomy: Taxonomy) -> Danger:
    """Which danger an emergency is that only the examples tell: a fire needs 119, not 110."""
    heard = {m.word for m in _without_ignored(taxonomy.lexicon.find(text), taxonomy) if m.fit >= _CLEAR_FIT}
    likely = (d for d in taxonomy.emergency if any(_holds(rule, heard) for rule in taxonomy.emergency[d]))
    return next(likely, _NO_DANGER)


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


def _kind(found: dict[RequestType, _Found], *, asked: bool) -> RequestType:
    """asked: a matter was named. Without one a weak word tells no type: 我找局长说点事 complains of nobody."""
    telling = {kind: f.score for kind, f in found.items() if asked or f.strongest > WEIGHTS["weak"]}
    return max(TYPES, key=lambda kind: (telling.get(kind, 0.0), kind == "求助"))


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
    if place := taxonomy.gazetteer.place(text.replace("，", "")):
        return place
    named = [m for m in matches if m.fit >= _CLEAR_FIT]
    for m in named:
        if m.word in taxonomy.landmarks and not any(m.inside(o) and o.word in taxonomy.matters for o in named):
            return m.word
    return ""


def _complained_of(matches: list[Match], taxonomy: Taxonomy) -> str:
    ours = [m for m in matches if m.word in taxonomy.complained and m.fit >= _CLEAR_FIT]
    return next((m.heard for m in ours if not any(m.inside(o) for o in ours)), "")

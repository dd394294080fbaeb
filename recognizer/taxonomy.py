"""The words that tell what a request is about, read from config/taxonomy.toml and checked."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from recognizer.errors import TaxonomyError
from recognizer.gazetteer import Gazetteer, gazetteer
from recognizer.pinyin import Lexicon
from recognizer.request import Danger, RequestType
from routing.faults import unknown_keys

MATTER_CODES = tuple(f"{group}{n}" for group in "ABCD" for n in "1234")
"""Those that every county has. A county may add its own (OWN_CODE)."""
OWN_CODE = re.compile(r"[A-Z][1-9]\d?")
TYPES: tuple[RequestType, ...] = ("咨询", "求助", "投诉", "举报", "建议", "表扬")
URGENCIES = ("red", "orange", "yellow")
DANGERS: tuple[Danger, ...] = ("self_harm", "fire", "medical", "crime", "traffic")
"""In the order they are looked for: the first that fits is told."""
_IN_AN_EMERGENCY: tuple[Danger, ...] = ("self_harm", "crime", "traffic", "fire", "medical")
"""In the order they are looked for there: words of what happened go before those of what it did to people."""
WEIGHTS = {"said": 6.0, "strong": 3.0, "words": 2.0, "weak": 1.0}

_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "director": ("verbs", "between", "persons", "whole", "not_after"),
    "greeting": ("words", "fillers"),
    "places": ("towns", "landmarks"),
    "complained": ("names",),
    "urgency": URGENCIES,
    "danger": DANGERS,
    "emergency": DANGERS,
    "types": TYPES,
}
"""The keys of each section; a matter and a type have words below them."""
_OF_A_MATTER, _OF_A_TYPE = ("name", "strong", "words", "weak", "also"), ("said", "strong", "words", "weak")

Rule = tuple[frozenset[str], ...]
"""Groups of words: one of each group must be in the text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taxonomy:
    """The checked contents of config/taxonomy.toml, ready for `understand`."""

    names: Mapping[str, str]
    """Chinese name of each sub-item by code: the 16, and those that the county has added."""
    matters: Mapping[str, Mapping[str, float]]
    """word -> {code: weight}"""
    terms: tuple[tuple[str, str], ...]
    """(word, code): what the classifier learns besides its examples."""
    types: Mapping[str, Mapping[RequestType, float]]
    """word -> {type: weight}"""
    urgency: Mapping[str, tuple[Rule, ...]]
    danger: Mapping[Danger, tuple[Rule, ...]]
    emergency: Mapping[Danger, tuple[Rule, ...]]
    """Which danger an emergency is that none of the rules above tells: their words are usual elsewhere."""
    ignore: frozenset[str]
    director_phrases: frozenset[str]
    director_of: re.Pattern[str]
    """找人社局的局长: a person of a named office."""
    director_whole: frozenset[str]
    director_not_after: tuple[str, ...]
    greeting_words: tuple[str, ...]
    """Longest first."""
    towns: frozenset[str]
    gazetteer: Gazetteer
    """Of these towns, and of the villages that the county has listed."""
    landmarks: frozenset[str]
    complained: frozenset[str]
    lexicon: Lexicon


def load_taxonomy(path: Path) -> Taxonomy:
    """Read and check `path`. Raises TaxonomyError that lists every fault with its field."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TaxonomyError(f"{path}：读不出来（{error.strerror}）。请从发行包恢复 config/taxonomy.toml。") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path}：格式不对（{error}）。请改正后再试。") from error
    return _Reader(data, path).taxonomy()


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_Tag = TypeVar("_Tag", bound=str)


class _Reader:
    def __init__(self, data: dict[str, Any], path: Path) -> None:
        self.data, self.path, self.faults = data, path, list[str]()

    def taxonomy(self) -> Taxonomy:
        names, matters = dict[str, str](), dict[str, dict[str, float]]()
        for code in self.codes():
            names[code] = self.name(code, names)
            self.weighted(("matters", code), code, matters)
        terms = self.terms(matters)
        types = dict[str, dict[RequestType, float]]()
        for kind in TYPES:
            self.weighted(("types", kind), kind, types, "said")
        urgency = {u: self.rules("urgency", u) for u in URGENCIES}
        danger = {d: self.rules("danger", d) for d in DANGERS}
        emergency = {d: self.rules("emergency", d) for d in _IN_AN_EMERGENCY}
        verbs, persons = self.words("director", "verbs"), self.words("director", "persons")
        phrases = {
            verb + between + person
            for verb in verbs
            for between in ("", *self.words("director", "between"))
            for person in persons
        }
        lists = {
            "ignore": frozenset(self.words("ignore")),
            "director_whole": frozenset(self.words("director", "whole")),
            "towns": frozenset(self.words("places", "towns")),
            "landmarks": frozenset(self.words("places", "landmarks")),
            "complained": frozenset(self.words("complained", "names")),
        }
        greetings = {*self.words("greeting", "words"), *self.words("greeting", "fillers")}
        not_after = tuple(self.words("director", "not_after"))
        villages = self.villages(lists["towns"])
        self.no_strangers()
        if self.faults:
            raise TaxonomyError(f"{self.path} 有 {len(self.faults)} 处要改：\n" + "\n".join(self.faults))
        every_rule = chain(*urgency.values(), *danger.values(), *emergency.values())
        cues = {word for rule in every_rule for group in rule for word in group}
        everything = {*matters, *types, *cues, *phrases, *(w for words in lists.values() for w in words)}
        return Taxonomy(
            names=names,
            matters=matters,
            terms=terms,
            types=types,
            urgency=urgency,
            danger=danger,
            emergency=emergency,
            director_phrases=frozenset(phrases),
            director_of=re.compile(
                f"(?:{_any(verbs)})(?:{_any(self.words('director', 'between'))})?"
                f"(?:{_any(lists['complained'])})的?(?:{_any(persons)})"
            ),
            director_not_after=not_after,
            greeting_words=tuple(sorted(greetings, key=len, reverse=True)),
            gazetteer=gazetteer(lists["towns"], villages),
            lexicon=Lexicon(everything),
            **lists,
        )

    def section(self, *keys: str) -> Mapping[str, Any]:
        """What stands there; nothing where it is no section."""
        value: Any = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def codes(self) -> tuple[str, ...]:
        """The 16, and the county's own."""
        return tuple(dict.fromkeys((*MATTER_CODES, *filter(OWN_CODE.fullmatch, self.section("matters")))))

    def name(self, code: str, others: Mapping[str, str]) -> str:
        """Of a matter: said to callers and shown in lists, so that it tells it from all others."""
        name = self.text("matters", code, "name")
        if isinstance(self.section("matters", code).get("name"), str):
            if not name.strip() or not name.isprintable():
                self.faults.append(f"matters.{code}.name={name!r}：写事项的名称，说给群众听的")
            elif name in others.values():
                self.faults.append(f"matters.{code}.name={name!r}：别的事项也叫这个，请换一个")
        return name

    def text(self, *keys: str) -> str:
        value: Any = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            return value
        mend = '没有写；没有词，也写 ""' if value is None else "应当是文字，写在引号里"
        self.faults.append(f"{'.'.join(keys)}={value!r}：{mend}")
        return ""

    def words(self, *keys: str) -> list[str]:
        words = self.text(*keys).split()
        for word in words:
            self.check(word, ".".join(keys))
        return words

    def check(self, word: str, field: str) -> None:
        if not word or not all("\u3400" <= c <= "\u9fff" for c in word):
            self.faults.append(f"{field}={word!r}：只能用汉字，词与词用空格分开")

    def weighted(self, keys: tuple[str, str], tag: _Tag, into: dict[str, dict[_Tag, float]], *more: str) -> None:
        for part in (*more, "strong", "words", "weak"):
            for word in self.words(*keys, part):
                into.setdefault(word, {}).setdefault(tag, WEIGHTS[part])

    def terms(self, matters: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, str], ...]:
        telling = [
            (word, code)
            for word, codes in matters.items()
            for code, weight in codes.items()
            if weight >= WEIGHTS["words"] and len(codes) == 1 and len(word) > 1
        ]
        also = [
            (word, code)
            for code in self.codes()
            if "also" in self.section("matters", code)
            for word in self.words("matters", code, "also")
        ]
        return tuple(sorted({*telling, *also}))

    def villages(self, towns: frozenset[str]) -> Mapping[str, list[str]]:
        """By town; a county need not list any."""
        found = {}
        for town in self.section("villages"):
            if town not in towns:
                self.faults.append(f"villages.{town}：places.towns 里没有这个乡镇")
            found[town] = self.words("villages", town)
            self.faults += [
                f"villages.{town}={village!r}：写全名，以村或社区结尾，三个字以上"
                for village in found[town]
                if len(village) < 3 or not village.endswith(("村", "社区"))
            ]
        return found

    def rules(self, *keys: str) -> tuple[Rule, ...]:
        value = self.section(*keys[:-1]).get(keys[-1])
        field = ".".join(keys)
        if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
            self.faults.append(f'{field}={value!r}：应当是一列规则，如 ["着火|起火", "电线 & 断了|要倒"]')
            return ()
        rules = []
        for line in value:
            groups = tuple(frozenset(w.strip() for w in group.split("|")) for group in line.split("&"))
            for word in sorted(w for group in groups for w in group):
                self.check(word, f"{field}={line!r}")
            rules.append(groups)
        return tuple(rules)

    def no_strangers(self) -> None:
        """A key that nobody reads is a slip of the pen: its words would silently not count."""
        known: dict[tuple[str, ...], tuple[str, ...]] = {(): ("ignore", "matters", "villages", *_SECTIONS)}
        known |= {(name,): keys for name, keys in _SECTIONS.items()}
        known |= {("types", kind): _OF_A_TYPE for kind in TYPES}
        known |= {("matters", code): _OF_A_MATTER for code in self.codes()}
        for where, keys in known.items():
            strange = unknown_keys(self.section(*where), keys, ".".join(where))
            self.faults += [f"{fault.field}：{fault.mend}" for fault in strange]
        for code in self.section("matters"):
            if not OWN_CODE.fullmatch(code):
                self.faults.append(f"matters.{code}：事项的代码是一个大写字母加数字，如 A1；自己加的如 A5、E1")

"""Whether two cases are one: by caller, place, matter and words. Proposed with reasons; a person decides. Pure."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from cases.case import Case
from cases.sla import BadPolicy

_POINTS: Mapping[str, int] = {"caller": 2, "matter": 2, "words": 2, "place": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class LikenessRules:
    """config/policies/likeness.toml. near: cases further apart are told apart: what comes again after so long is a
    matter of its own. look_at: with so many a case is compared at most; show: so many are told where nobody asked.

    words: percent of pairs of characters that two texts share to be alike.
    """

    near: timedelta = timedelta(days=30)
    look_at: int = 500
    show: int = 5
    enough: int = 3
    words: int = 75
    points: Mapping[str, int] = field(default_factory=lambda: dict(_POINTS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How a case resembles another: points, and why, in Chinese; words: percent that their texts share."""

    case: Case
    points: int
    why: tuple[str, ...]
    words: int = 0


def alike(
    case: Case,
    others: Iterable[Case],
    rules: LikenessRules,
    *,
    known: Callable[[Case], Collection[str]],
    towns: Collection[str] = (),
) -> list[Likeness]:
    """Those that may be the same matter, the likest first.

    known: the numbers by which the citizen of a case is known, however they are written. Nothing is alike that has
    another matter, unless the words are.
    """
    found = []
    his, town, pairs = frozenset(known(case)), town_of(case.place, towns), _words(case)
    for other in others:
        if other.number == case.number or abs(other.answered_at - case.answered_at) > rules.near:
            continue
        theirs = _words(other)
        same = round(fuzz.token_set_ratio(pairs, theirs)) if pairs and theirs else 0
        words = same >= rules.words
        if case.matter and other.matter and case.matter != other.matter and not words:
            continue
        in_town = words and bool(town) and town == town_of(other.place, towns)
        reasons = (
            ("caller", "同一个号码", not his.isdisjoint(known(other))),
            ("matter", "同一事项", bool(case.matter) and case.matter == other.matter),
            ("place", "同一地点", bool(case.place) and case.place == other.place),
            ("place", "同一乡镇", in_town and case.place != other.place),
            ("words", f"说的话 {same}% 相近", words),
        )
        points = sum(rules.points[name] for name, _, holds in reasons if holds)
        if points >= rules.enough:
            why = tuple(why for _, why, holds in reasons if holds)
            found.append(Likeness(case=other, points=points, why=why, words=same))
    return sorted(found, key=lambda one: (-one.points, -one.words, one.case.answered_at))


def town_of(place: str, towns: Collection[str]) -> str:
    """The town that a place is in; empty: none of these."""
    return max((town for town in towns if place.startswith(town)), key=len, default="")


def _words(case: Case) -> str:
    # Chinese has no spaces: pairs of characters are the words that are compared.
    said = case.demand or case.transcript
    return " ".join(said[at : at + 2] for at in range(len(said) - 1))


# ── the policy file ─────────────────────────────────────────────────────────────────────────────────────────────────

_LIMITS = {"days": (1, 366), "look_at": (10, 5000), "show": (1, 50), "enough": (1, 20), "words_percent": (30, 100)}


def load_likeness_rules(path: Path) -> LikenessRules:
    """Reads likeness.toml; a missing file: as shipped. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LikenessRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = (*_LIMITS, "points")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    shipped = {"days": 30, "look_at": 500, "show": 5, "enough": 3, "words_percent": 75}
    given = {key: _number(key, content.get(key, shipped[key]), *_LIMITS[key], faults) for key in _LIMITS}
    raw = content.get("points", {})
    if not isinstance(raw, dict):
        faults.append("points 要写成 [points] 一节")
        raw = {}
    faults += [f"points.{key} 不认识；只有 {'、'.join(_POINTS)}" for key in raw if key not in _POINTS]
    points = {key: _number(f"points.{key}", raw.get(key, usual), 0, 20, faults) for key, usual in _POINTS.items()}
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return LikenessRules(
        near=timedelta(days=given["days"]),
        look_at=given["look_at"],
        show=given["show"],
        enough=given["enough"],
        words=given["words_percent"],
        points=points,
    )


def _number(name: str, value: Any, least: int, most: int, faults: list[str]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    faults.append(f"{name} 是 {value!r}；请写 {least} 到 {most} 的整数")
    return least

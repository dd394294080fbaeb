"""共性问题: so many cases of one kind, a matter in a town, that their cause is to be mended (专项治理, 万源). Pure.

What is counted are occurrences, not calls: ADR 0091.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cases.sla import BadPolicy

_PART = "|"


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """So many occurrences within this time are one problem."""

    count: int = 3
    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterRules:
    """config/policies/clusters.toml. by_matter: a matter (A1) or a class of them (A) with a threshold of its own.

    matters: those that are looked at; empty: all. types_left_out: cases of these types are no problems.
    appoint_within: until then somebody is to be made responsible. effect_days: so many days before and after compared.
    """

    threshold: Threshold = Threshold()
    by_matter: Mapping[str, Threshold] = field(default_factory=dict)
    matters: frozenset[str] = frozenset()
    types_left_out: frozenset[str] = frozenset({"表扬"})
    appoint_within: timedelta = timedelta(days=3)
    effect_days: int = 30

    def of(self, matter: str) -> Threshold:
        """The threshold of a matter: its own, its class's, or that of all."""
        return self.by_matter.get(matter) or self.by_matter.get(matter[:1]) or self.threshold

    def kind_of(self, matter: str, place: str, type: str, towns: Iterable[str]) -> str:
        """The kind of a case, as it is kept; empty for one that belongs to none: no matter, or no town is known."""
        if not matter or type in self.types_left_out:
            return ""
        if self.matters and not self.matters.intersection((matter, matter[:1])):
            return ""
        town = next((town for town in sorted(towns, key=lambda one: (-len(one), one)) if place.startswith(town)), "")
        return f"{matter}{_PART}{town}" if town else ""


def matter_and_town(kind: str) -> tuple[str, str]:
    """What a kind is made of."""
    matter, _, town = kind.partition(_PART)
    return matter, town


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """A case of a kind. over_at: when it was closed; together: what it is answered together with, a 并单 or a surge.

    given: the number that the citizen gave.
    """

    number: str
    caller: str
    at: datetime
    over_at: datetime | None = None
    together: str = ""
    given: str = ""


def occurrences(cases: Iterable[Reported]) -> dict[str, str]:
    """Case → the case that stands for its occurrence: the first of those that tell of the same trouble.

    One surge and one 并单 are one trouble, however many citizens. Who calls again while his case is open asks after
    the same one; who calls again after it was closed has it again. Callers without a number are one each.
    """
    ordered = sorted(cases, key=lambda one: (one.at, one.number))
    first: dict[str, str] = {one.number: one.number for one in ordered}

    def root(number: str) -> str:
        while first[number] != number:
            number = first[number]
        return number

    last: dict[str, Reported] = {}
    group: dict[str, str] = {}
    place = {one.number: n for n, one in enumerate(ordered)}
    for one in ordered:
        same = []
        before = last.get(one.caller) if one.caller else None
        if before is not None and (before.over_at is None or one.at < before.over_at):
            same.append(before.number)
        if one.together:
            same.append(group.setdefault(one.together, one.number))
        for other in same:
            a, b = sorted((root(one.number), root(other)), key=place.__getitem__)
            first[b] = a
        last[one.caller] = one
    return {number: root(number) for number in first}


def begins(cases: Sequence[Reported], threshold: Threshold) -> datetime | None:
    """The first moment from which so many occurrences fall into the window; None: nowhere.

    It depends on the cases alone, not on the order in which they became known.
    """
    ordered = sorted(cases, key=lambda one: (one.at, one.number))
    stands_for = occurrences(ordered)
    counts: dict[str, int] = {}
    end = 0
    for begin, one in enumerate(ordered):
        while end < len(ordered) and ordered[end].at <= one.at + threshold.within:
            told = stands_for[ordered[end].number]
            counts[told] = counts.get(told, 0) + 1
            end += 1
        if len(counts) >= threshold.count:
            return one.at
        told = stands_for[ordered[begin].number]
        counts[told] -= 1
        if not counts[told]:
            del counts[told]
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """How often it happened before a measure and after it, in so many days each. so_far: days since then."""

    days: int
    so_far: int
    before: int
    after: int
    cases_before: int
    cases_after: int


def effect(cases: Iterable[Reported], *, since: datetime, days: int, now: datetime) -> Effect:
    """What became of a kind of cases with the measure that holds since then."""
    span = timedelta(days=days)
    told = list(cases)
    earlier = [one for one in told if since - span <= one.at < since]
    later = [one for one in told if since <= one.at < min(since + span, now)]
    return Effect(
        days=days,
        so_far=max(0, min(days, (now - since).days)),
        before=len(set(occurrences(earlier).values())),
        after=len(set(occurrences(later).values())),
        cases_before=len(earlier),
        cases_after=len(later),
    )


# ── the policy file ─────────────────────────────────────────────────────────────────────────────────────────────────

_KEYS = ("count", "days", "matters", "types_left_out", "appoint_days", "effect_days", "matter")


def load_cluster_rules(path: Path) -> ClusterRules:
    """Reads clusters.toml; a missing file: as shipped. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ClusterRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    faults = [f"{key} 不认识；只有 {'、'.join(_KEYS)}" for key in content if key not in _KEYS]
    shipped = {"count": 3, "days": 30, "appoint_days": 3, "effect_days": 30}
    numbers = {name: _number(content, name, default, faults) for name, default in shipped.items()}
    lists = {}
    for name, default in (("matters", []), ("types_left_out", ["表扬"])):
        lists[name] = content.get(name, default)
        if not isinstance(lists[name], list) or not all(isinstance(one, str) and one for one in lists[name]):
            faults.append(f'{name} 是 {lists[name]!r}；请写成 ["…", "…"]')
            lists[name] = []
    by_matter = {}
    for row in content.get("matter", ()):
        if not isinstance(row, dict) or not isinstance(row.get("matter"), str) or not row["matter"]:
            faults.append(f'[[matter]] {row!r} 没有写 matter；请写事项编号，如 "A1"，或者一整类 "A"')
            continue
        faults += [
            f"[[matter]] 里的 {key} 不认识；只有 matter、count、days" for key in row.keys() - {*_KEYS[:2], "matter"}
        ]
        count, days = (_number(row, name, numbers[name], faults) for name in ("count", "days"))
        by_matter[row["matter"]] = Threshold(count=count, within=timedelta(days=days))
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return ClusterRules(
        threshold=Threshold(count=numbers["count"], within=timedelta(days=numbers["days"])),
        by_matter=by_matter,
        matters=frozenset(lists["matters"]),
        types_left_out=frozenset(lists["types_left_out"]),
        appoint_within=timedelta(days=numbers["appoint_days"]),
        effect_days=numbers["effect_days"],
    )


def _number(raw: Mapping[str, Any], name: str, default: int, faults: list[str]) -> int:
    value, least = raw.get(name, default), 2 if name == "count" else 1
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 366:
        faults.append(f"{name} 是 {value!r}；请写 {least} 到 366 的整数")
        return default
    return value

"""与其他渠道对照: one matter in one place by different ways, this time and the time before (长春新区). Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """So many cases that came by a channel about a matter in a place, in a span and in the one before it."""

    channel: str
    matter: str
    place: str
    now: int
    before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Common:
    """One matter in one town, by channel. tags: so many cases tagged with each pattern (长期性 …)."""

    town: str
    matter: str
    now: Mapping[str, int]
    before: Mapping[str, int]
    tags: Mapping[str, int]

    @property
    def seen(self) -> str:
        """Why one should look: it comes by several ways, or it came before."""
        ways = sum(count > 0 for count in self.now.values())
        told = [f"{ways} 个渠道都有" if ways > 1 else "", "上期也有" if _sum(self.now) and _sum(self.before) else ""]
        return "，".join(filter(None, told))


def common(
    came: Iterable[Came], tagged: Iterable[tuple[str, str, str, int]], *, towns: Iterable[str], least: int = 2
) -> list[Common]:
    """The problems with at least so many cases in both spans together: what comes by most ways first, then the most.

    tagged: (matter, place, pattern, cases) of the span. What is not known to be of a matter and a town is none.
    """
    ordered = sorted(towns, key=lambda one: (-len(one), one))

    def town_of(place: str) -> str:
        return next((town for town in ordered if place.startswith(town)), "")

    now, before = dict[tuple[str, str], Counter[str]](), dict[tuple[str, str], Counter[str]]()
    for one in came:
        if one.matter and (town := town_of(one.place)):
            key = (town, one.matter)
            now.setdefault(key, Counter())[one.channel] += one.now
            before.setdefault(key, Counter())[one.channel] += one.before
    tags = dict[tuple[str, str], Counter[str]]()
    for matter, place, tag, count in tagged:
        tags.setdefault((town_of(place), matter), Counter())[tag] += count
    found = [
        Common(town=key[0], matter=key[1], now=now[key], before=before[key], tags=tags.get(key, {}))
        for key in now
        if _sum(now[key]) + _sum(before[key]) >= least
    ]
    return sorted(found, key=_order)


def totals(came: Sequence[Came]) -> dict[str, tuple[int, int]]:
    """Channel → cases of the span and of the one before, the most first."""
    found = dict[str, tuple[int, int]]()
    for one in came:
        now, before = found.get(one.channel, (0, 0))
        found[one.channel] = now + one.now, before + one.before
    return dict(sorted(found.items(), key=lambda one: (-one[1][0], -one[1][1], one[0])))


def before(since: datetime, until: datetime) -> datetime:
    """When the span before [since, until) begins: a month's is the month before, any other's is as long as it."""
    month = since.day == until.day == 1 and (until.year - since.year) * 12 + until.month - since.month == 1
    if month:
        year, back = (since.year, since.month - 1) if since.month > 1 else (since.year - 1, 12)
        return since.replace(year=year, month=back)
    return since - (until - since)


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _order(one: Common) -> tuple[object, ...]:
    ways = sum(count > 0 for count in one.now.values())
    return -ways, -_sum(one.now), -_sum(one.before), one.town, one.matter

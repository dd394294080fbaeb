"""How officials answer: how often each was rung, took the call, passed it on, let it ring. From the facts of calls."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from sqlalchemy import Engine

from dialplans.names import LEG_NOBODY, LEG_RANG, LEG_REFUSED
from ivr.facts import Fact
from routing.directory import Directory
from routing.phone import mask
from zhitong.store.cases import ended_calls
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_access

Outcome = Literal["", "accepted", "refused", "missed"]

KINDS = ("opened", "rung", "leg", "accepted", "talk", "talk_over", "nobody", "gone", "ended")
"""The facts that tell of it."""
AT_ONCE = 200
"""Calls that are read at a time."""
TOGETHER = timedelta(seconds=2)
"""A telephone that falls silent this close to an acceptance, or to the caller's leaving, did so because of it."""
NEVER_RANG = timedelta(seconds=1)
"""What ends sooner without being busy never rang: the line was to blame (dialplans: LEG_HOPELESS)."""
BUSY = 17  # Q.850


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """One telephone rung once in a call. outcome: empty where another was faster, the caller left, or nobody knows.

    seconds: from the first ring to accepting. talked: seconds of the talk. redial: the citizen was called.
    """

    number: str
    outcome: Outcome = ""
    seconds: float | None = None
    talked: float | None = None
    redial: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """How somebody answered. numbers: masked. seconds: the median from the first ring to accepting.

    dropped: talks too short to have helped anybody. called_back: talks for which the citizen was called, by the system
    or by the official.
    """

    who: str
    numbers: tuple[str, ...]
    rung: int
    accepted: int
    refused: int
    missed: int
    seconds: float | None
    dropped: int
    called_back: int


def read_rings(facts: Iterable[Fact]) -> list[Ring]:
    """What became of each telephone that was rung, from the facts of one call. Pure."""
    told = sorted(facts, key=lambda fact: fact.seq)
    redial = any(fact.kind == "opened" and fact.detail["kind"] in ("redial", "staff") for fact in told)
    ends = [fact.at for fact in told if fact.kind in ("accepted", "nobody", "gone", "ended")]
    rings, began = dict[int, Ring](), dict[int, datetime]()
    talking: int | None = None
    for fact in told:
        i = fact.detail.get("i", -1)
        match fact.kind:
            case "rung":
                rings[i], began[i] = Ring(number=fact.detail["number"], redial=redial), fact.at
            case "accepted":
                seconds = (fact.at - began[i]).total_seconds() if i in began else None
                rings[i] = Ring(number=fact.detail["number"], outcome="accepted", seconds=seconds, redial=redial)
            case "leg" if i in began and not rings[i].outcome:
                rings[i] = replace(rings[i], outcome=_outcome(fact, began[i], ends))
            case "talk":
                talking = i
            case "talk_over" if talking is not None and talking in rings:
                rings[talking] = replace(rings[talking], talked=float(fact.detail["seconds"]))
                talking = None
    return list(rings.values())


def _outcome(leg: Fact, began: datetime, ends: Iterable[datetime]) -> Outcome:
    why = leg.detail["why"]
    if why == LEG_REFUSED:
        return "refused"
    if why not in (LEG_RANG, LEG_NOBODY) or any(abs(leg.at - end) <= TOGETHER for end in ends):
        return ""
    silent = why == LEG_RANG and leg.at - began < NEVER_RANG and leg.detail.get("cause") != BUSY
    return "" if silent else "missed"


def answering(
    engine: Engine, directory: Directory, *, who: str, now: datetime, days: float, short: float
) -> list[Answering]:
    """How everybody answered in the calls that ended in the last days; who was rung most comes first.

    short: seconds below which a talk counts as too short. That `who` looked is recorded. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="接听统计", unmasked=False)
    rings: defaultdict[str, list[Ring]] = defaultdict(list)
    after: tuple[datetime, str] | None = None
    while True:
        with reading(engine) as connection:
            calls = ended_calls(connection, since=now - timedelta(days=days), before=now, after=after, limit=AT_ONCE)
            told = facts_of(connection, [call_id for _, call_id in calls], kinds=KINDS)
        for facts in told.values():
            for ring in read_rings(facts):
                rings[ring.number].append(ring)
        if len(calls) < AT_ONCE:
            break
        after = calls[-1]
    people: defaultdict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for number in rings:
        people[directory.whose(number)].append(number)
    rows = [_row(found, numbers, [r for n in numbers for r in rings[n]], short) for found, numbers in people.items()]
    return sorted(rows, key=lambda row: (-row.rung, row.who))


def _row(people: tuple[tuple[str, str], ...], numbers: list[str], rings: list[Ring], short: float) -> Answering:
    counts = Counter(ring.outcome for ring in rings)
    taken = [ring.seconds for ring in rings if ring.seconds is not None]
    return Answering(
        who="、".join(name for _, name in people) or "名单里已没有的号码",
        numbers=tuple(mask(number) for number in sorted(numbers)),
        rung=len(rings),
        accepted=counts["accepted"],
        refused=counts["refused"],
        missed=counts["missed"],
        seconds=median(taken) if taken else None,
        dropped=sum(ring.talked is not None and ring.talked < short for ring in rings),
        called_back=sum(ring.outcome == "accepted" and ring.redial for ring in rings),
    )

"""How officials answer: how often each was rung, took the call, passed it on, let it ring. From the facts of calls."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Literal

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit, units_of
from dialplans.names import LEG_AWAY, LEG_DEAD, LEG_DEPUTY, LEG_NOBODY, LEG_RANG, LEG_REFUSED
from ivr.facts import Fact
from routing.directory import Directory
from routing.phone import mask
from zhitong.store.cases import ended_calls
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.usecases.kept import Held, Kept, Wanted
from zhitong.usecases.looking import looked
from zhitong.usecases.roster_rights import units_of_people

Outcome = Literal["", "accepted", "refused", "missed", "promised", "dead", "joined", "away"]

KINDS = (
    *("opened", "official", "joins", "rung", "leg", "accepted", "talk", "talk_over", "marked", "third"),
    *("nobody", "gone", "ended"),
)
"""The facts that tell of it."""
FRESH = timedelta(minutes=10)
"""How long what was counted for a page stands."""
AT_ONCE = 200
"""Calls that are read at a time."""
TOGETHER = timedelta(seconds=2)
"""A telephone that falls silent this close to an acceptance, or to the caller's leaving, did so because of it."""
NEVER_RANG = timedelta(seconds=1)
"""What ends sooner without being busy never rang: the line was to blame (dialplans: LEG_HOPELESS)."""
BUSY = 17  # Q.850
_SAID: Mapping[str, Outcome] = {
    LEG_REFUSED: "refused",
    LEG_DEPUTY: "refused",
    LEG_AWAY: "promised",
    LEG_DEAD: "dead",
    "joined": "accepted",  # a third
}
_TAKEN: tuple[Outcome, ...] = ("accepted", "joined")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """One telephone rung once in a call; or, joined and away, an official on the line who had the citizen called.

    outcome: empty where another was faster, the caller left, or nobody knows; promised: will call back himself; dead:
    none rang; away: the citizen did not answer. seconds: from the first ring to accepting. talked: seconds of the talk.
    redial: the system had called the citizen. official: whose code was typed; then the telephone is anybody's.
    """

    number: str
    outcome: Outcome = ""
    seconds: float | None = None
    talked: float | None = None
    redial: bool = False
    official: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """How somebody answered. numbers: masked; only the somebody's own.

    rung: telephones that rang for a citizen's call, *3 included. accepted, refused (keys 2 and 3), missed, promised
    (key 4: will call back himself): what became of them; the rest was taken by others, or the caller left. seconds: the
    median from the first ring to accepting. dropped: talks too short to have helped anybody. called_back: talks for
    which the citizen had been called, by the system or by the official through the hotline; away: so called by the
    official, and not answered.
    """

    who: str
    numbers: tuple[str, ...]
    rung: int
    accepted: int
    refused: int
    missed: int
    promised: int
    seconds: float | None
    dropped: int
    called_back: int
    away: int


def read_rings(facts: Iterable[Fact]) -> list[Ring]:
    """What became of each telephone that was rung, from the facts of one call. Pure."""
    told = sorted(facts, key=lambda fact: fact.seq)
    redial = any(fact.kind == "opened" and fact.detail["kind"] == "redial" for fact in told)
    ends = [fact.at for fact in told if fact.kind in ("accepted", "nobody", "gone", "ended")]
    joins: Fact | None = None
    official, rings, began = "", dict[int, Ring](), dict[int, datetime]()
    talking: int | None = None
    for fact in told:
        i = fact.detail.get("i", -1)
        match fact.kind:
            case "official":
                official = fact.detail["official"]
            case "joins":
                joins = fact
            case "rung":
                rings[i], began[i] = Ring(number=fact.detail["number"], redial=redial), fact.at
            case "accepted" | "talk" if fact.detail["number"]:
                i = _ring_of(rings, fact, i)
                talking = i if fact.kind == "talk" else talking
                if i in rings and rings[i].outcome in _TAKEN:
                    continue  # the talk of a call that was accepted
                seconds = (fact.at - began[i]).total_seconds() if i in began and fact.kind == "accepted" else None
                ring = Ring(number=fact.detail["number"], outcome="accepted", seconds=seconds, redial=redial)
                rings[i] = replace(ring, outcome="joined", official=official) if joins else ring
            case "leg" if i in began and not rings[i].outcome:
                rings[i] = replace(rings[i], outcome=_outcome(fact, fact.detail["why"], began[i], ends))
            case "nobody" if joins is not None:
                rings[0] = Ring(number=joins.detail["number"], outcome="away", official=official)
            case "talk_over" if talking is not None and talking in rings:
                rings[talking] = replace(rings[talking], talked=float(fact.detail["seconds"]))
                talking = None
    return [*rings.values(), *_thirds(told)]


def _ring_of(rings: Mapping[int, Ring], fact: Fact, i: int) -> int:
    """Of a talk that Asterisk noted and nobody saw only the number is known."""
    if i in rings:
        return i
    number = fact.detail["number"]
    return next((k for k in reversed(list(rings)) if rings[k].number == number and not rings[k].outcome), i)


def _thirds(told: Sequence[Fact]) -> Iterator[Ring]:
    """Those whom an official had rung by *3, one after the other."""
    # *3 once more, or the end of the talk, stops the ringing.
    over = (f for f in told if f.kind in ("talk_over", "gone", "ended") or (f.kind == "marked" and not f.detail["on"]))
    ends = [fact.at for fact in over]
    rung: Fact | None = None
    for fact in told:
        if fact.kind != "third":
            continue
        if rung is not None and fact.detail.get("number") == rung.detail.get("number"):
            outcome = _outcome(fact, fact.detail["step"], rung.at, ends)
            seconds = (fact.at - rung.at).total_seconds() if outcome == "accepted" else None
            yield Ring(number=rung.detail["number"], outcome=outcome, seconds=seconds)
            rung = None
        if fact.detail["step"] == "rung":
            rung = fact
    if rung is not None:
        yield Ring(number=rung.detail["number"])


def _outcome(end: Fact, why: str, began: datetime, ends: Iterable[datetime]) -> Outcome:
    if why in _SAID:
        return _SAID[why]
    if why not in (LEG_RANG, LEG_NOBODY) or any(abs(end.at - one) <= TOGETHER for one in ends):
        return ""
    silent = why == LEG_RANG and end.at - began < NEVER_RANG and end.detail.get("cause") != BUSY
    return "dead" if silent else "missed"


def answering(
    engine: Engine, directory: Directory, *, by: Actor, now: datetime, days: float, short: float
) -> list[Answering]:
    """How everybody answered in the calls that ended in the last days, or those of his units; who was rung most comes
    first.

    short: seconds below which a talk counts as too short. That he looked is kept. Raises NotPermitted, DatabaseGone.
    """
    return _answered(engine, directory, _asked(engine, by, now), now, days, short)


def kept_answering(
    engine: Engine, kept: Kept, directory: Directory, *, by: Actor, now: datetime, days: float, short: float
) -> Held[list[Answering]] | None:
    """The same without waiting for it: as it was counted last, and when; None: it is being counted.

    Raises NotPermitted, DatabaseGone.
    """
    units = _asked(engine, by, now)
    make = partial(_answered, engine, directory, units, now, days, short)
    return kept.ask([Wanted(key=("answering", units, days, short), make=make, fresh=FRESH)], now=now)[0]


def _asked(engine: Engine, by: Actor, now: datetime) -> frozenset[str] | None:
    permit(by, Action.SEE_ROSTER)
    with writing(engine) as connection:
        looked(connection, by, None, what="接听统计", now=now)
    return units_of(by, Action.SEE_ROSTER)


def _answered(
    engine: Engine, directory: Directory, units: frozenset[str] | None, now: datetime, days: float, short: float
) -> list[Answering]:
    people: defaultdict[tuple[tuple[str, str], ...], list[Ring]] = defaultdict(list)
    after: tuple[datetime, str] | None = None
    while True:
        with reading(engine) as connection:
            calls = ended_calls(connection, since=now - timedelta(days=days), before=now, after=after, limit=AT_ONCE)
            told = facts_of(connection, [call_id for _, call_id in calls], kinds=KINDS)
        for ended, call_id in calls:
            for ring in read_rings(told.get(call_id, ())):
                coded = directory.roster.official(ring.official) if ring.official else None
                reached = ((coded.id, coded.called),) if coded else directory.whose(ring.number, ended)
                people[reached].append(ring)
        if len(calls) < AT_ONCE:
            break
        after = calls[-1]
    mine = {
        found: rings
        for found, rings in people.items()
        if units is None or (found and units_of_people(directory, [id for id, _ in found]) <= units)
    }
    return sorted((_row(found, own, short) for found, own in mine.items()), key=lambda row: (-row.rung, row.who))


def _row(people: tuple[tuple[str, str], ...], rings: list[Ring], short: float) -> Answering:
    counts = Counter(ring.outcome for ring in rings)
    taken = [ring.seconds for ring in rings if ring.seconds is not None]
    return Answering(
        who="、".join(name for _, name in people) or "名单里已没有的号码",
        numbers=tuple(mask(number) for number in sorted({ring.number for ring in rings if not ring.official})),
        rung=sum(ring.outcome not in ("dead", "joined", "away") for ring in rings),
        accepted=counts["accepted"],
        refused=counts["refused"],
        missed=counts["missed"],
        promised=counts["promised"],
        seconds=median(taken) if taken else None,
        dropped=sum(ring.talked is not None and ring.talked < short for ring in rings),
        called_back=counts["joined"] + sum(ring.outcome == "accepted" and ring.redial for ring in rings),
        away=counts["away"],
    )

"""话务流程: the calls of the last days walked through the flow in use and through a draft: whose way would change."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from cases.roles import Action, Actor, permit
from dialplans.flow import ASK, HELP, PERSON, Flow, digits_of, parse_flow
from dialplans.flow_walk import walk
from ivr.facts import Fact
from recognizer.request import Request
from routing.router import Wish
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.flows import USED, newest_flow
from zhitong.store.tables import calls
from zhitong.usecases.looking import looked

BACK = timedelta(days=7)
MOST_CALLS = 2_000
"""Newest first; of all lines, since a case knows only the line of its first call."""
MOST_TOLD = 200
_KINDS = ("opened", "flow", "pressed", "asked", "understood")
_NOTHING_SAID = {"matter": None, "matter_name": "", "second": None, "type": "", "urgency": "normal", "place": ""} | {
    "danger": "",
    "complained_of": "",
    "confidence": 0.0,
    "evidence": (),
}

Ladder = Callable[[Request | None, Wish, datetime], tuple[str, ...]]
"""Whose telephones ring on the line, in their order, for who has said that, or wishes that, at that moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """steps: of the flow, with its end last. rings: who is called, in order; nobody where the end is no person."""

    steps: tuple[str, ...]
    end: str
    rings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """A call that would go another way. keys: those pressed in its flow then. No number and no word of the caller."""

    call_id: str
    at: datetime
    keys: tuple[str, ...]
    before: Way
    after: Way

    @property
    def rings_others(self) -> bool:
        """Whether other people would be called, or in another order."""
        return self.before.rings != self.after.rings


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowReplay:
    """calls: of the line; passed: of them, those that the flow does not touch (key 0 in the notice, alone). Ends: how
    many calls come to each. changed: those that ring others first, at most MOST_TOLD; ways, rings: how many there are.
    cut: there were more calls than were looked at.
    """

    calls: int
    passed: int
    ends_before: Mapping[str, int]
    ends_after: Mapping[str, int]
    ways: int
    rings: int
    changed: tuple[Replayed, ...]
    cut: bool


def replay_flow(
    engine: Engine,
    *,
    line: str,
    draft: Flow | None,
    ladder: Ladder,
    canonical: Callable[[str], str],
    by: Actor,
    now: datetime,
) -> FlowReplay:
    """The line's calls of the last seven days, newest first.

    draft: None: no flow. canonical: a dialled number as the line's number is written. A caller of whom no key is known
    has pressed none; who has said nothing, says nothing. That he looked is kept. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE_FLOW)
    key = digits_of(line)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"重放话务流程 {key}", now=now)
    with reading(engine) as connection:
        used = newest_flow(connection, key, USED)
        query = select(calls.c.call_id).where(calls.c.kind == "inbound", calls.c.answered_at >= now - BACK)
        query = query.order_by(calls.c.answered_at.desc()).limit(MOST_CALLS + 1)
        ids = list(connection.execute(query).scalars())
        found = facts_of(connection, ids[:MOST_CALLS], kinds=_KINDS)
    before = parse_flow(used.text) if used is not None and used.text else None
    told = [found[id] for id in ids[:MOST_CALLS] if id in found and _is_of(found[id], key, canonical)]
    touched = [facts for facts in told if not _passed(facts)]
    replayed = [_replayed(facts, before, draft, ladder) for facts in touched]
    changed = [one for one in replayed if one.before != one.after]
    return FlowReplay(
        calls=len(told),
        passed=len(told) - len(touched),
        ends_before=Counter(one.before.end for one in replayed),
        ends_after=Counter(one.after.end for one in replayed),
        ways=len(changed),
        rings=sum(one.rings_others for one in changed),
        changed=tuple(sorted(changed, key=lambda one: not one.rings_others)[:MOST_TOLD]),
        cut=len(ids) > MOST_CALLS,
    )


def _is_of(facts: Sequence[Fact], line: str, canonical: Callable[[str], str]) -> bool:
    return any(fact.kind == "opened" and digits_of(canonical(fact.detail["dialled"])) == line for fact in facts)


def _passed(facts: Sequence[Fact]) -> bool:
    """Whether the caller pressed 0 in the notice: no flow is met then, nor will be."""
    first = next((fact for fact in facts if fact.kind in ("flow", "pressed", "asked")), None)
    return first is not None and first.kind == "pressed" and first.detail["key"] == HELP


def _replayed(facts: Sequence[Fact], before: Flow | None, after: Flow | None, ladder: Ladder) -> Replayed:
    opened = next(fact for fact in facts if fact.kind == "opened")
    keys = tuple(fact.detail["key"] for fact in facts if fact.kind == "flow" and "key" in fact.detail)
    said = [fact.detail for fact in facts if fact.kind == "understood"]
    request = _request(said[-1]) if said else None

    def way(flow: Flow | None) -> Way:
        walked = walk(flow, opened.at, keys) if flow is not None else None
        end = walked.end if walked is not None else ASK
        rings: tuple[str, ...] = ()
        if end == ASK:
            rings = ladder(request, "" if request else "silent", opened.at)
        elif end == PERSON:
            rings = ladder(None, "key0", opened.at)
        return Way(steps=tuple(met.step for met in walked.met) if walked else (ASK,), end=end, rings=rings)

    return Replayed(call_id=opened.call_id, at=opened.at, keys=keys, before=way(before), after=way(after))


def _request(detail: Mapping[str, Any]) -> Request:
    """What was understood, from its fact; an older one lacks what is newer."""
    known = {name: detail[name] for name in Request.__dataclass_fields__ if name in detail}
    return Request(**{**_NOTHING_SAID, **known, "evidence": tuple(detail.get("evidence", ()))})

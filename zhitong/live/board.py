"""The board of live calls: what each fact of a call makes of it. Pure."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from ivr.facts import Fact
from routing.phone import mask
from zhitong.live.calls import Calls, LiveCall, Phase, Ring
from zhitong.live_words import HIDDEN

LONGEST_SAID = 400
"""Characters of what was said that are shown; the rest is in the case."""
MOST_RINGS = 12
_FIRST = {"staff": Phase.OFFICIAL, "callback": Phase.CALLBACK, "confirm": Phase.CALLBACK}
_UNLED = (Phase.TALKING, Phase.OFFICIAL)

Called = Callable[[str], str]
"""How whoever has this number is called; the masked number for nobody's."""


def heard(calls: Calls, fact: Fact, called: Called) -> Calls:
    """The calls after this fact, which must be one that may be shown (zhitong.live_words); the same mapping where it
    changes nothing. A fact of a call that is not on the board is of one that began before anybody listened."""
    before = calls.get(fact.call_id)
    if fact.kind in ("gone", "ended"):
        return {id: call for id, call in calls.items() if id != fact.call_id} if before else calls
    now = _opened(fact, before) if fact.kind == "opened" else before and _changed(before, fact, called)
    return calls if now is None or now == before else {**calls, fact.call_id: now}


def without(calls: Calls, gone: Collection[str]) -> Calls:
    """The calls but for these, whose end was not told."""
    return {id: call for id, call in calls.items() if id not in gone} if gone else calls


def _opened(fact: Fact, before: LiveCall | None) -> LiveCall:
    told = fact.detail
    caller = mask(told["caller"]) if told["caller"] else ""
    phase = _FIRST.get(told["kind"], Phase.NOTICE)
    return LiveCall(
        id=fact.call_id,
        kind=told["kind"],
        line=told.get("line", ""),
        caller=caller,
        opened_at=before.opened_at if before else fact.at,
        phase=phase,
        since=fact.at,
    )


def _changed(call: LiveCall, fact: Fact, called: Called) -> LiveCall:
    told = fact.detail
    if told.get("text") == HIDDEN:  # what it seemed to be about before is not shown any longer, either
        call = replace(call, said="", hearing="", matter="", type="", place="", secret=True)
    match fact.kind:
        case "asked":
            return _to(call, Phase.LISTENING, fact.at) if call.phase is Phase.NOTICE else call
        case "partial":
            return replace(call, hearing=told["text"][-LONGEST_SAID:])
        case "heard":
            return replace(call, hearing="", said=_joined(call.said, told["text"]))
        case "understood":
            return _understood(call, fact)
        case "planned":
            # A line without a question is planned while the notice still plays: the first rung tells that it is over.
            call = call if call.phase is Phase.NOTICE else _to(call, Phase.RINGING, fact.at)
            return replace(call, unit=told["unit"], hearing="", rings=(), talks_with="")
        case "rung":
            ring = Ring(i=told["i"], who=called(told["number"]), since=fact.at)
            others = [one for one in call.rings if one.i != ring.i][1 - MOST_RINGS :]
            call = call if call.phase in _UNLED else _to(call, Phase.RINGING, fact.at)
            return replace(call, rings=(*others, ring))
        case "screening":
            rings = (replace(one, asked=True) if one.i == told["i"] else one for one in call.rings)
            return replace(call, rings=tuple(rings))
        case "leg":
            return replace(call, rings=tuple(one for one in call.rings if one.i != told["i"]))
        case "talk":
            call = replace(call, rings=(), talks_with=called(told["number"]), hearing="")
            return _to(call, Phase.TALKING, fact.at)
        case "third" if told["step"] == "joined" and told.get("number"):
            return replace(call, talks_with=f"{call.talks_with}、{called(told['number'])}")
        case "talk_over":
            again = told.get("why") == "dropped"
            return replace(_to(call, Phase.RINGING if again else Phase.TALKED, fact.at), talks_with="")
        case "nobody":
            return replace(_to(call, Phase.NOBODY, fact.at), rings=())
        case "fallback":
            return replace(call, alone=True)
    return call


def _understood(call: LiveCall, fact: Fact) -> LiveCall:
    told = fact.detail
    return replace(
        call,
        matter=told.get("matter_name") or call.matter,
        type="" if told["text"] == HIDDEN else told.get("type") or call.type,
        urgency=told.get("urgency") or call.urgency,
        place=told.get("place") or call.place,
        danger=call.danger or bool(told.get("danger")) or told["intent"] == "emergency",
    )


def _joined(before: str, text: str) -> str:
    return "，".join(filter(None, (before, text)))[-LONGEST_SAID:]


def _to(call: LiveCall, phase: Phase, at: datetime) -> LiveCall:
    return call if call.phase is phase else replace(call, phase=phase, since=at)

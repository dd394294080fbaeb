"""Calls of the county that does not exist, told as the facts that a live call would have noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cases.case import REPORT
from ivr.facts import Fact
from routing.directory import Directory


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a citizen wants: `unit` is the one that answers for it."""

    matter: str
    matter_name: str
    type: str
    urgency: str
    place: str
    unit: str
    text: str


@dataclass
class Call:
    """Gathers the facts of one call in order."""

    call_id: str
    answered_at: datetime
    facts: list[Fact] = field(default_factory=list)

    def note(self, seconds: float, kind: str, /, **detail: Any) -> "Call":
        """One more, so many seconds after the answer."""
        at, n = self.answered_at + timedelta(seconds=seconds), len(self.facts)
        self.facts.append(Fact(call_id=self.call_id, seq=n, at=at, ms=int(seconds * 1000), kind=kind, detail=detail))
        return self


def rungs_for(directory: Directory, request: Request) -> list[dict[str, str]]:
    """Whose telephones ring: the leaders of the hotline's own unit, for a 举报 only supervision."""
    if request.type == REPORT:
        there = directory.supervision
        return [{"number": there.numbers[0], "name": there.name, "post": "", "reason": "举报只到督查"}]
    own = [one for one in directory.roster.officials if one.unit == directory.home_unit and one.rank != "staff"]
    return [{"number": one.phones[0].number, "name": one.name, "post": one.post, "reason": "找局长直通"} for one in own]


def inbound(
    call_id: str,
    at: datetime,
    caller: str,
    request: Request,
    rungs: Sequence[Mapping[str, str]],
    *,
    dialled: str,
    answered_by: int | None,
    surge: Mapping[str, Any] | None = None,
) -> list[Fact]:
    """A citizen calls. answered_by: which rung takes it, None: nobody does. surge: what LiveSurges made of it."""
    call = Call(call_id, at).note(0, "opened", caller=caller, dialled=dialled, kind="inbound", invite_ms=80)
    call.note(0.1, "asked", prompt="question").note(1, "speech")
    call.note(6, "heard", text=request.text, started=1, ended=6)
    told = {name: getattr(request, name) for name in ("text", "matter", "matter_name", "type", "urgency", "place")}
    call.note(6, "understood", intent="request", confidence=0.9, **told)
    if surge:
        call.note(6.1, "surge", **surge)
    call.note(6.2, "planned", rungs=[dict(one) for one in rungs], unit=request.unit, why="找局长直通")
    return _rings(call, rungs, answered_by, 6.3)


def redial(call_id: str, at: datetime, case: Any, task: int, rungs: Sequence[Mapping[str, str]]) -> list[Fact]:
    """The system rings the citizen whom nobody had talked with, and somebody does now. case: a cases.case.Case."""
    call = _placed("redial", call_id, at, case, task)
    call.note(1, "planned", rungs=[dict(one) for one in rungs], unit=case.unit, why="回拨")
    return _rings(call, rungs, 0, 1.2)


def asked(
    kind: str, call_id: str, at: datetime, case: Any, task: int, answers: Mapping[str, str], *, over: bool = True
) -> list[Fact]:
    """A callback, a 回头看 or a 核实电话 that was picked up. answers: by question; over: whether it has ended."""
    call = _placed(kind, call_id, at, case, task)
    for n, (question, answer) in enumerate(answers.items()):
        call.note(9 + 8 * n, "answered", question=question, answer=answer, by="voice" if question == "why" else "key")
    return call.note(60, "ended", outcome=kind).facts if over else call.facts


def _placed(kind: str, call_id: str, at: datetime, case: Any, task: int) -> Call:
    told = {"caller": case.number_to_call, "dialled": case.dialled, "kind": kind, "case": case.number, "task": task}
    return Call(call_id, at).note(0, "opened", **told)


def _rings(call: Call, rungs: Sequence[Mapping[str, str]], answered_by: int | None, seconds: float) -> list[Fact]:
    for i, rung in enumerate(rungs, start=1):
        call.note(seconds, "rung", i=i, number=rung["number"])
        if answered_by == i - 1:
            seconds += 7
            call.note(seconds, "accepted", i=i, number=rung["number"], by="key")
            call.note(seconds + 0.1, "talk", i=i, number=rung["number"])
            call.note(seconds + 95, "talk_over", seconds=95.0).note(seconds + 95.1, "gone", phase="talk")
            return call.note(seconds + 95.1, "ended", outcome="talk").facts
        seconds += 15
    call.note(seconds, "nobody", why="timeout").note(seconds + 5, "gone", phase="promise")
    return call.note(seconds + 5, "ended", outcome="nobody").facts

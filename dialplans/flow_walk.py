"""A flow walked without a telephone: which steps a caller meets at a time with some keys; and the flow as a picture."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from dialplans.flow import (
    ASK,
    FRAGMENT,
    HELP,
    KEYS,
    PERSON,
    PLAY,
    TERMINALS,
    TIME,
    Edge,
    Flow,
    Kind,
    Step,
    edges_of,
    written_hours,
)
from routing.calendar import LOCAL, Calendar

MOST_STEPS = 100
"""Beyond it the walk ends in the question, as the call does when its time is up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """A step that was met. `said`: names of prompts; `keys`: what was pressed at it, "" = nothing in time."""

    step: str
    kind: Kind
    said: tuple[str, ...]
    keys: tuple[str, ...]
    why: str  # how it went on, in words


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """`end`: one of TERMINALS. `lost`: it went round for too long."""

    met: tuple[Met, ...]
    end: str
    lost: bool = False

    @property
    def said(self) -> tuple[str, ...]:
        """All that was said, in its order."""
        return tuple(name for met in self.met for name in met.said)


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A step in the picture; `met`: some caller can come to it."""

    name: str
    kind: Kind
    say: tuple[str, ...]
    met: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """The flow as nodes and edges, from the start on; steps that nobody comes to stand last."""

    start: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def walk(flow: Flow, now: datetime, keys: Sequence[str] = (), otherwise: Set[str] = frozenset()) -> Walk:
    """What a caller meets who comes to the flow at `now` (aware) and presses `keys` one after the other.

    Each time a 按键 step waits it takes the next of them; "" = nothing is pressed, and so it is when there are no more.
    While a 播放 step speaks, 0 alone is listened to: it is taken there if it is the next one.
    Fragments whose step is in `otherwise` go the way of `else`, all others that of `then`.
    """
    left = list(keys)
    met: list[Met] = []
    name = flow.start
    while len(met) < MOST_STEPS:
        step = flow.step(name)
        if step.kind in TERMINALS:
            met.append(_met(step, ""))
            return Walk(met=tuple(met), end=step.kind)
        if step.kind == KEYS:
            name, one = _asked(step, left)
            met.append(one)
        elif step.kind == PLAY and left[:1] == [HELP]:
            name = PERSON
            met.append(_met(step, f"按 {HELP}", (left.pop(0),)))
        elif step.kind == TIME:
            holds = any(one.covers(now.astimezone(LOCAL), Calendar()) for one in step.hours)
            met.append(_met(step, f"{'在' if holds else '不在'} {written_hours(step.hours)}"))
            name = step.then if holds else step.otherwise
        else:
            other = step.kind == FRAGMENT and step.name in otherwise
            met.append(_met(step, "否则" if other else ""))
            name = step.otherwise if other else step.then
    return Walk(met=tuple(met), end=ASK, lost=True)


def _asked(step: Step, left: list[str]) -> tuple[str, Met]:
    """Where a 按键 step goes, and how often it had to ask."""
    pressed = []
    ways = {HELP: PERSON, **step.keys}
    for _ in range(1 + step.repeat):
        key = left.pop(0) if left else ""
        pressed.append(key)
        if key in ways:
            return ways[key], _met(step, f"按 {key}", tuple(pressed))
    return step.none, _met(step, "没按", tuple(pressed))


def _met(step: Step, why: str, keys: tuple[str, ...] = ()) -> Met:
    return Met(step=step.name, kind=step.kind, said=step.say * max(1, len(keys)), keys=keys, why=why)


def reached(flow: Flow) -> tuple[str, ...]:
    """The steps and terminals that some caller can come to, in the order in which they are found from the start."""
    found = [flow.start]
    for name in found:
        found += dict.fromkeys(edge.target for edge in edges_of(flow.step(name)) if edge.target not in found)
    return tuple(found)


def picture(flow: Flow) -> Picture:
    """The flow to be drawn."""
    met = reached(flow)
    steps = [flow.step(name) for name in (*met, *(name for name in flow.steps if name not in met))]
    edges = [edge for step in steps for edge in edges_of(step)]
    names = {step.name for step in steps}
    steps += [flow.step(end) for end in TERMINALS if end not in names and any(edge.target == end for edge in edges)]
    return Picture(
        start=flow.start,
        nodes=tuple(Node(name=step.name, kind=step.kind, say=step.say, met=step.name in met) for step in steps),
        edges=tuple(edges),
    )

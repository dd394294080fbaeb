"""What speaks against a flow before it is published: pure. An error keeps it from being published, a warning does not.

The rule behind most of them: a caller who does nothing, or presses 0, comes to a person, and soon. Only who has pressed
another key may end at a message or a goodbye.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dialplans.flow import (
    BYE,
    FRAGMENT,
    HELP,
    KEYS,
    MESSAGE,
    PEOPLE,
    PERSON,
    Flow,
    Step,
    digits_of,
    edges_of,
)
from dialplans.flow_fragment import fragment_faults
from dialplans.flow_walk import reached
from routing.faults import BadConfig, Fault

WAIT_SECONDS = 60
"""A caller who does nothing comes to a person so soon, from wherever a key was awaited."""
MANY_KEYS = 5
"""Nobody remembers more of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing found. `step`: where, or empty; `mend`: what is wrong and how to mend it."""

    error: bool
    step: str
    mend: str

    def __str__(self) -> str:
        return f"{self.step}：{self.mend}" if self.step else self.mend


def check(flow: Flow, prompts: Mapping[str, float], line: str = "") -> tuple[Finding, ...]:
    """All findings, errors first.

    prompts: the line's own sentences that a flow may say, with their seconds. line: the number that the flow is meant
    for, if that is known.
    """
    found = list(_findings(flow, prompts, line))
    return tuple(sorted(found, key=lambda one: not one.error))


def refuse_errors(findings: tuple[Finding, ...], source: str = "话务流程") -> None:
    """Raises BadConfig with every error among them."""
    faults = [Fault(field=one.step or "流程", value=None, mend=one.mend) for one in findings if one.error]
    if faults:
        raise BadConfig(source, faults)


def _findings(flow: Flow, prompts: Mapping[str, float], line: str) -> Iterator[Finding]:
    if line and digits_of(line) != flow.digits:
        yield _error("", f"line 写的是 {flow.line}，这里是线路 {line}，请改成一样的。")
    seconds = {**prompts, **{name: one.most_seconds for name, one in flow.prompts.items()}}
    yield from _prompts(flow, prompts)
    for fragment in flow.fragments.values():
        for fault in fragment_faults(fragment, seconds.keys()):
            yield _error(fragment.name, str(fault))
    looping = _loops(flow)
    for names in looping:
        round_ = " → ".join((*names, names[0]))
        yield _error(names[0], f"不按键会一直转圈：{round_}。请让其中一步走到 找局长 或 找人。")
    if not looping:
        yield from _ways_to_people(flow, seconds)
    yield from _spare(flow)
    yield from _menus(flow)


def _error(step: str, mend: str) -> Finding:
    return Finding(error=True, step=step, mend=mend)


def _warning(step: str, mend: str) -> Finding:
    return Finding(error=False, step=step, mend=mend)


def _prompts(flow: Flow, prompts: Mapping[str, float]) -> Iterator[Finding]:
    for step in flow.steps.values():
        for name in step.say:
            if name not in flow.prompts and name not in prompts:
                yield _error(step.name, f"没有“{name}”这句话，请写一节 [[prompt]]，name = {name!r}，text 写要说的话。")
    for name in flow.prompts.keys() & prompts.keys():
        yield _error("", f"[[prompt]] 的名字 {name} 是热线自己的一句话，请换一个名字。")


def _waits(step: Step) -> list[str]:
    """Where a caller may come to from here by doing nothing."""
    return [edge.target for edge in edges_of(step) if edge.waits]


def rings(ways: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Each ring that a search in depth meets on the ways from one to the next: its last leads to its first.

    A target that has no ways of its own leads nowhere.
    """
    state: dict[str, bool] = {}  # True: all that comes after it is seen
    found = []
    for first in ways:
        if first in state:
            continue
        state[first] = False
        path = [(first, iter(ways[first]))]
        while path:
            name, left = path[-1]
            target = next(left, None)
            if target is None:
                state[name] = True
                path.pop()
            elif target not in state:
                state[target] = False
                path.append((target, iter(ways.get(target, ()))))
            elif not state[target]:
                names = [name for name, _ in path]
                found.append(tuple(names[names.index(target) :]))
    return found


def _loops(flow: Flow) -> list[tuple[str, ...]]:
    """Each ring of steps from which a caller who does nothing never comes away, once."""
    return rings({name: _waits(step) for name, step in flow.steps.items()})


def _ways_to_people(flow: Flow, seconds: Mapping[str, float]) -> Iterator[Finding]:
    """Of a flow without such rings: who does nothing, or presses 0, comes to a person in time."""
    met = reached(flow)
    for name in met:
        step = flow.step(name)
        if step.kind == KEYS:
            for end in _ends(flow, step.keys.get(HELP, PERSON)) - PEOPLE:
                yield _error(name, f"按 0 会走到 {end}。按 0 必须找到人：请改成 找人，或者删掉 0（没写就是找人）。")
            for end in _ends(flow, step.none) - PEOPLE:
                yield _error(name, f"什么都不按会走到 {end}。请让 none 走到 找局长 或 找人。")
        if name == flow.start:
            for end in _ends(flow, name) - PEOPLE:
                if step.kind != KEYS:
                    yield _error(name, f"什么都不按会走到 {end}，没有人接。{MESSAGE}、{BYE} 只能放在按了键以后。")
        longest = longest_wait(flow, name, seconds)
        if longest > WAIT_SECONDS and (name == flow.start or step.kind == KEYS):
            mend = f"从这里起什么都不按，最长 {longest:.0f} 秒才找人，最多 {WAIT_SECONDS} 秒。请少说几句、少重复。"
            yield _error(name, mend)


def _ends(flow: Flow, name: str) -> set[str]:
    """The terminals that a caller who does nothing may come to from there."""
    found = [name]
    for one in found:
        found += [target for target in _waits(flow.step(one)) if target not in found]
    return {flow.step(one).kind for one in found if not _waits(flow.step(one))}


def longest_wait(flow: Flow, name: str, seconds: Mapping[str, float]) -> float:
    """Seconds that a caller who does nothing spends at most from this step to a terminal. The flow has no loops.

    seconds: of each sentence; those that are not there last none.
    """
    known: dict[str, float] = {}

    def longest(name: str) -> float:
        if name not in known:
            step = flow.step(name)
            said = sum(seconds.get(one, 0) for one in step.say)
            own = (said + step.seconds) * (1 + step.repeat)
            known[name] = own + max(map(longest, _waits(step)), default=0)
        return known[name]

    return longest(name)


def _spare(flow: Flow) -> Iterator[Finding]:
    met = reached(flow)
    for name in flow.steps:
        if name not in met:
            yield _warning(name, "没有一步走到这里，可以删掉。")
    for name in flow.prompts:
        said = any(name in step.say for step in flow.steps.values())
        if not said and not any(name in fragment.lines for fragment in flow.fragments.values()):
            yield _warning("", f"“{name}”这句话没有用到，可以删掉。")
    for name in flow.fragments:
        if not any(step.kind == FRAGMENT and step.fragment == name for step in flow.steps.values()):
            yield _warning("", f"片段 {name} 没有用到，可以删掉。")


def _menus(flow: Flow) -> Iterator[Finding]:
    for step in flow.steps.values():
        if step.kind != KEYS:
            continue
        if len(step.keys) > MANY_KEYS:
            yield _warning(step.name, f"有 {len(step.keys)} 个键，记不住，最好不超过 {MANY_KEYS} 个。")
        said = "".join(flow.prompts[name].text for name in step.say if name in flow.prompts)
        for key in sorted(step.keys):
            if said and all(name in flow.prompts for name in step.say) and f"按{key}" not in said.replace(" ", ""):
                yield _warning(step.name, f"能按 {key}，话里没有说“按{key}”。")

"""A flow as Asterisk's contexts. Every text goes through dialplans.escaping or a grammar of its own (flow_fragment).

The names of the contexts hold a piece of a digest of what stands in them: another edition has other names, so a call
that is in one when the dialplan is reloaded stays in it. Whatever goes wrong (a sentence without a file, the flow's
time is up, a fragment that hangs) goes on with the question.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import time

from dialplans import names
from dialplans.escaping import Where, escape
from dialplans.flow import (
    ASK,
    BYE,
    FRAGMENT,
    HELP,
    KEYS,
    MESSAGE,
    PERSON,
    PLAY,
    TERMINALS,
    TIME,
    WHOLE_SECONDS,
    Flow,
    Step,
)
from dialplans.flow_fragment import ELSE, FROM, FragmentLine, read_fragment
from dialplans.flow_walk import reached
from routing.hours import Hours

TRY_SECONDS = WHOLE_SECONDS + 20
"""A test call lasts no longer."""
TRY = "try"
"""The exten of a flow's first context in which a test call begins."""

NOTICE = "notice"
"""The context that leads callers to their flow, by HOOK."""
HOOK = f"{names.CONTEXT_FLOW},${{{names.FLOW}}}"

_END = "flow-end"  # the terminals, the same for all flows
_EXTENS = {ASK: "ask", PERSON: "person", MESSAGE: "message", BYE: "bye"}

_NOW = "${STRFTIME(,,%s%3q)}"
_ZONE_SECONDS = 8 * 3600  # Asia/Shanghai, without summer time
_DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One priority: the exten it stands in, its label, what is done."""

    exten: str
    label: str
    application: str
    data: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """A flow's contexts by name; the first is where it begins. number: of the edition, 0 for none."""

    digits: str
    number: int
    contexts: Mapping[str, tuple[Line, ...]]

    @property
    def first(self) -> str:
        """The context in which the flow begins."""
        return next(iter(self.contexts))


def compile_flow(flow: Flow, paths: Mapping[str, str], number: int = 0) -> Compiled:
    """The contexts of a flow that has no errors (flow_checks).

    paths: of each sentence that it says, by name, absolute and without extension. Raises KeyError for one that is not
    there, BadConfig for a fragment with faults, Unescapable.
    """
    paths = {name: escape(path, Where.DIALPLAN) for name, path in paths.items()}
    body = "\n".join(_text(dict(_contexts(flow, paths, number, "flow-"))))
    prefix = f"flow-{flow.digits}-{hashlib.sha256(body.encode()).hexdigest()[:10]}"
    return Compiled(digits=flow.digits, number=number, contexts=dict(_contexts(flow, paths, number, prefix)))


def flows_text(used: Iterable[Compiled], kept: Iterable[Compiled] = ()) -> str:
    """A whole flows.conf: the flows that count now, and those that calls may still be in; empty without any."""
    contexts = meant(used, kept)
    return "\n".join(_text(contexts)) + "\n" if contexts else ""


def meant(used: Iterable[Compiled], kept: Iterable[Compiled] = ()) -> Mapping[str, tuple[Line, ...]]:
    """What Asterisk is to have of them: each context with its lines. Nothing without any."""
    used, kept = list(used), list(kept)
    if not used and not kept:
        return {}
    return {**_shared(used), **{name: lines for one in (*used, *kept) for name, lines in one.contexts.items()}}


def _text(contexts: Mapping[str, tuple[Line, ...]]) -> Iterator[str]:
    for context, lines in contexts.items():
        yield f"[{context}]"
        exten = ""
        for line in lines:
            place = f"exten => {line.exten},1" if line.exten != exten else " same => n"
            label = f"({line.label})" if line.label else ""
            yield f"{place}{label},{line.application}({line.data})"
            exten = line.exten
        yield ""


class _Writer:
    """Gathers the lines of one context."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._exten = "s"

    def exten(self, name: str) -> None:
        self._exten = name

    def add(self, application: str, data: str = "", label: str = "") -> None:
        self.lines.append(Line(exten=self._exten, label=label, application=application, data=data))

    def tell(self, kind: str, headers: Mapping[str, str]) -> None:
        told = "".join(f",{key}: {value}" for key, value in headers.items())
        call = f"{names.EVENT_CALL}: ${{{names.CALL}}},{names.EVENT_BASE}: ${{SHARED({names.UBASE})}}"
        self.add("UserEvent", f"{names.EVENT},{names.EVENT_KIND}: {kind},{call}{told}")

    def late(self) -> None:
        """When the time is up, whatever is going on."""
        self.exten("T")
        self.add("Goto", f"{_END},late,1")

    def done(self) -> tuple[Line, ...]:
        return tuple(self.lines)


def _shared(used: Iterable[Compiled]) -> dict[str, tuple[Line, ...]]:
    start = _Writer()
    for one in sorted(used, key=lambda one: one.digits):
        start.exten(one.digits)
        start.add("Goto", f"{one.first},s,1")
    start.exten("_[0-9]!")
    start.add("Goto", "decided,s,1")
    return {names.CONTEXT_FLOW: start.done(), _END: _end(), names.CONTEXT_FLOW_CALLER: _caller()}


def _end() -> tuple[Line, ...]:
    write = _Writer()
    goes = {
        "ask": [("Goto", "decided,s,1")],
        "person": [("Set", f"{names.KEY}={HELP}"), ("Goto", "next,s,1")],
        "message": [("Goto", "nobody,wish,1")],
        "bye": [("Hangup", "16")],
    }
    for end, exten in _EXTENS.items():
        write.exten(exten)
        write.add("Set", "TIMEOUT(absolute)=0")
        write.tell(names.KIND_FLOW, {names.EVENT_STEP: end})
        write.add("GotoIf", f'$["${{{names.FLOW_TRY}}}"!=""]?told,1')
        for application, data in goes[exten]:
            write.add(application, data)
    for exten, why in (("late", "late"), ("lost", "lost")):
        write.exten(exten)
        write.add("Set", "TIMEOUT(absolute)=0")
        write.tell(names.KIND_FLOW, {names.EVENT_WHY: why})
        write.add("Goto", "ask,1")
    write.exten("told")
    write.add("Hangup", "16")
    write.exten("T")
    write.add("Goto", "ask,1")
    return write.done()


def _caller() -> tuple[Line, ...]:
    write = _Writer()
    write.add("Wait", str(TRY_SECONDS))
    write.add("Hangup")
    write.exten(HELP)
    write.add("Wait", "1", label="again")
    write.add("SendDTMF", HELP)
    write.add("Goto", "again")
    return write.done()


def _contexts(flow: Flow, paths: Mapping[str, str], number: int, prefix: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    met = reached(flow)
    kinds = {name: flow.step(name).kind for name in met}
    # A terminal without words of its own needs no context of its own.
    own = [name for name in met if kinds[name] not in TERMINALS or flow.step(name).say]
    places = {name: f"{prefix}-{i}" for i, name in enumerate(own, 1)}
    at = {name: f"{_END},{_EXTENS[kinds[name]]},1" for name in met if kinds[name] in TERMINALS}
    at |= {name: f"{place},s,1" for name, place in places.items()}
    yield prefix, _begin(at[flow.start], number)
    for name in places:
        step = flow.step(name)
        yield places[name], _step(step, at, paths, f"{places[name]}-f")
        if step.kind == FRAGMENT:
            lines = read_fragment(flow.fragments[step.fragment], paths.keys())
            yield f"{places[name]}-f", _fragment(lines, paths)


def _begin(start: str, number: int) -> tuple[Line, ...]:
    write = _Writer()
    ends = f"HL_FLOW_END=$[{_NOW}+{WHOLE_SECONDS * 1000}]"
    write.add("MSet", f"{names.FLOW}=,{names.PHASE}={names.PHASE_LISTEN},{ends},TIMEOUT(absolute)={WHOLE_SECONDS}")
    write.tell(names.KIND_FLOW, {names.EVENT_EDITION: str(number)})
    write.add("Goto", start)
    write.late()
    write.exten(TRY)
    write.add("Answer")
    write.add("Goto", "s,1")
    return write.done()


def _step(step: Step, at: Mapping[str, str], paths: Mapping[str, str], fragment: str) -> tuple[Line, ...]:
    write = _Writer()
    told = escape(step.name, Where.DIALPLAN)
    write.tell(names.KIND_FLOW, {names.EVENT_STEP: told})
    said = [paths[name] for name in step.say]
    for path in dict.fromkeys(said):
        write.add("GotoIf", f"$[0${{STAT(s,{path}.alaw)}}=0]?{_END},lost,1")
    if step.kind == KEYS:
        _keys(write, step, told, "&".join(said), at)
    elif step.kind == TIME:
        _time(write, step, at)
    elif step.kind == FRAGMENT:
        rest = f"$[(${{HL_FLOW_END}}-{_NOW})/1000]"
        write.add("MSet", f"{FROM}=${{HL_FROM}},{ELSE}=,HL_REST={rest}")
        write.add("Set", f"TIMEOUT(absolute)=${{IF($[${{HL_REST}}<{step.seconds}]?${{HL_REST}}:{step.seconds})}}")
        write.add("Gosub", f"{fragment},s,1")
        write.add("Set", f"HL_REST={rest}")
        write.add("GotoIf", f"$[${{HL_REST}}<0.1]?{_END},late,1")
        write.add("Set", "TIMEOUT(absolute)=${HL_REST}")
        write.add("GotoIf", f'$["${{{ELSE}}}"!=""]?{at[step.otherwise]}:{at[step.then]}')
    elif step.kind == BYE:
        write.add("Playback", "&".join(said))
        write.add("Goto", f"{_END},{_EXTENS[BYE]},1")
    else:
        then = at[step.then] if step.kind == PLAY else f"{_END},{_EXTENS[step.kind]},1"
        write.add("Read", f"HL_PRESSED,{'&'.join(said)},1,,1,0.01")
        write.add("GotoIf", f'$["${{HL_PRESSED}}"!="{HELP}"]?{then}')
        write.tell(names.KIND_FLOW, {names.EVENT_STEP: told, names.EVENT_KEY: HELP})
        write.add("Goto", f"{_END},{_EXTENS[PERSON]},1")
    write.late()
    return write.done()


def _keys(write: _Writer, step: Step, told: str, said: str, at: Mapping[str, str]) -> None:
    write.add("Set", "HL_TRY=0")
    write.add("Read", f"HL_PRESSED,{said},1,,1,{step.seconds}", label="ask")
    write.add("Set", "HL_TRY=$[${HL_TRY}+1]")
    write.add("GotoIf", '$["${HL_PRESSED}"=""]?none')
    write.tell(names.KIND_FLOW, {names.EVENT_STEP: told, names.EVENT_KEY: "${HL_PRESSED}"})
    for key, target in {HELP: PERSON, **step.keys}.items():
        write.add("GotoIf", f'$["${{HL_PRESSED}}"="{key}"]?{at[target]}')
    write.add("GotoIf", f"$[${{HL_TRY}}<{1 + step.repeat}]?ask", label="none")
    write.add("Goto", at[step.none])


def _time(write: _Writer, step: Step, at: Mapping[str, str]) -> None:
    write.add("Set", f"HL_CLOCK=$[(${{EPOCH}}+{_ZONE_SECONDS})%{_DAY}]")
    # 1 January 1970 was a Thursday; 1 = Monday.
    write.add("Set", f"HL_TODAY=$[(((${{EPOCH}}+{_ZONE_SECONDS}-${{HL_CLOCK}})/{_DAY})+3)%7+1]")
    write.add("Set", "HL_DAY_BEFORE=$[(${HL_TODAY}+5)%7+1]")
    for hours in step.hours:
        write.add("GotoIf", f"$[{_holds(hours)}]?{at[step.then]}")
    write.add("Goto", at[step.otherwise])


def _holds(hours: Hours) -> str:
    start, end = _seconds(hours.start), _seconds(hours.end)
    today = f"${{HL_CLOCK}}>={start}{_on('HL_TODAY', hours)}"
    if start < end:
        return f"{today} & ${{HL_CLOCK}}<{end}"
    return f"({today}) | (${{HL_CLOCK}}<{end}{_on('HL_DAY_BEFORE', hours)})"


def _on(variable: str, hours: Hours) -> str:
    if len(hours.days) == 7:
        return ""
    return " & (" + " | ".join(f"${{{variable}}}={day}" for day in sorted(hours.days)) + ")"


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _fragment(lines: Iterable[FragmentLine], paths: Mapping[str, str]) -> tuple[Line, ...]:
    write = _Writer()
    for line in lines:
        data = list(line.arguments)
        if line.sounds:
            data[0 if line.application == "Playback" else 1] = "&".join(paths[name] for name in line.sounds)
        write.add(line.application, ",".join(data), label=line.label)
    write.add("Return")
    write.exten("T")
    write.add("StackPop")
    write.add("Goto", f"{_END},late,1")
    return write.done()


def sentences_of(flow: Flow, known: Set[str]) -> tuple[str, ...]:
    """The names of all sentences that its contexts need a file of. known: the line's own, too.

    Raises BadConfig for a fragment with faults.
    """
    met = [flow.step(name) for name in reached(flow)]
    said = [name for step in met for name in step.say]
    for step in met:
        if step.kind == FRAGMENT:
            lines = read_fragment(flow.fragments[step.fragment], known)
            said += [name for line in lines for name in line.sounds]
    return tuple(dict.fromkeys(said))

"""话务流程: what a line says and asks between the recording notice and the question, as an admin writes it (TOML).

Without one a caller is asked at once. Whatever a flow does, it ends in one of TERMINALS, and all that goes wrong in it
ends in the question. How it is judged: `flow_checks`; what it becomes in Asterisk: `flow_compile`.
"""

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from routing.faults import BadConfig, Fault, unknown_keys
from routing.fields import FieldReader, toml_of
from routing.hours import Hours

ASK: Final = "找局长"
"""The question, as on a line without a flow."""
PERSON: Final = "找人"
"""Straight to a person, as with key 0 in the notice."""
MESSAGE: Final = "留言"
BYE: Final = "再见"
TERMINALS: Final = (ASK, PERSON, MESSAGE, BYE)
PEOPLE: Final = frozenset({ASK, PERSON})
"""The terminals at which a person's telephone rings."""

TIME: Final = "时间"
PLAY: Final = "播放"
KEYS: Final = "按键"
FRAGMENT: Final = "片段"
KINDS: Final = (TIME, PLAY, KEYS, FRAGMENT, *TERMINALS)
Kind = Literal["时间", "播放", "按键", "片段", "找局长", "找人", "留言", "再见"]

HELP: Final = "0"
"""The key that leads to a person from wherever something is said or asked."""
WHOLE_SECONDS: Final = 180
"""So long after the notice, whatever the caller does, the question is asked."""
FRAGMENT_SECONDS: Final = 20

LONGEST_TEXT: Final = 64_000
"""Characters of a flow."""

_MOST = 60  # steps, prompts or fragments
_LONGEST_PROMPT = 120  # characters; some 35 s
_NAME = re.compile(r"\w{1,20}")
_FIELDS: Mapping[str, frozenset[str]] = {
    TIME: frozenset({"hours", "days", "then", "else"}),
    PLAY: frozenset({"say", "then"}),
    KEYS: frozenset({"say", "seconds", "repeat", "keys", "none"}),
    FRAGMENT: frozenset({"fragment", "seconds", "then", "else"}),
    **{end: frozenset({"say"}) for end in TERMINALS},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPrompt:
    """A sentence that is the flow's own."""

    name: str
    text: str

    @property
    def most_seconds(self) -> int:
        """So long it may last, read aloud without haste: four characters a second."""
        return math.ceil(1 + len(self.text) / 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step. `then`: what follows; of 时间 while the hours hold, of 片段 unless it has set OWN_ELSE: `otherwise`."""

    name: str
    kind: Kind
    say: tuple[str, ...] = ()  # names of prompts
    hours: tuple[Hours, ...] = ()
    seconds: int = 0  # 按键: waited for a key after what is said; 片段: its longest time
    repeat: int = 0  # so often it is said again when no key comes, or another one
    keys: Mapping[str, str] = field(default_factory=dict)  # key → the step's name; 0 = 找人 where it is not here
    none: str = ASK
    then: str = ""
    otherwise: str = ""
    fragment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """Own Asterisk, in a fenced context: one application a line."""

    name: str
    lines: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A line's flow. Every name that a step leads to is one of `steps` or of TERMINALS."""

    line: str  # as it was written
    start: str
    steps: Mapping[str, Step]
    prompts: Mapping[str, OwnPrompt]
    fragments: Mapping[str, Fragment]

    @property
    def digits(self) -> str:
        """The digits of the line's number."""
        return digits_of(self.line)

    def step(self, name: str) -> Step:
        """A step, or a terminal that stands by its name alone. Raises KeyError."""
        return self.steps[name] if name in self.steps else _BARE[name]


_BARE: Mapping[str, Step] = {
    ASK: Step(name=ASK, kind="找局长"),
    PERSON: Step(name=PERSON, kind="找人"),
    MESSAGE: Step(name=MESSAGE, kind="留言"),
    BYE: Step(name=BYE, kind="再见", say=("thanks",)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A way from one step to the next. `waits`: it is taken when the caller does nothing."""

    source: str
    target: str
    label: str
    waits: bool


def digits_of(number: str) -> str:
    """A telephone number without what people write into it."""
    return re.sub(r"\D", "", number)


def edges_of(step: Step) -> Iterator[Edge]:
    """Where a step leads to, the ways of its keys first. Terminals lead nowhere."""
    if step.kind == KEYS:
        for key, target in sorted({HELP: PERSON, **step.keys}.items(), key=lambda one: (one[0] == HELP, one[0])):
            yield Edge(source=step.name, target=target, label=f"按 {key}", waits=False)
        yield Edge(source=step.name, target=step.none, label="没按", waits=True)
    elif step.kind == TIME:
        yield Edge(source=step.name, target=step.then, label=written_hours(step.hours), waits=True)
        yield Edge(source=step.name, target=step.otherwise, label="其他时间", waits=True)
    elif step.kind == PLAY:
        yield Edge(source=step.name, target=PERSON, label=f"按 {HELP}", waits=False)
        yield Edge(source=step.name, target=step.then, label="", waits=True)
    elif step.kind == FRAGMENT:
        yield Edge(source=step.name, target=step.then, label="", waits=True)
        if step.otherwise != step.then:
            yield Edge(source=step.name, target=step.otherwise, label="否则", waits=True)


def written_hours(hours: tuple[Hours, ...]) -> str:
    """The hours as they are read: 22:00-06:00 周一二三."""
    week = "一二三四五六日"
    return "、".join(
        f"{one.start:%H:%M}-{one.end:%H:%M}"
        + ("" if len(one.days) == 7 else " 周" + "".join(week[day - 1] for day in sorted(one.days)))
        for one in hours
    )


def parse_flow(text: str, source: str = "话务流程") -> Flow:
    """The flow that a TOML text describes. Raises BadConfig with every fault at once; `source` is named there."""
    if len(text) > LONGEST_TEXT:
        mend = f"太长，最多 {LONGEST_TEXT} 个字。"
        raise BadConfig(source, [Fault(field="文字", value=f"{len(text)} 个字", mend=mend)])
    reader = _Reader()
    try:
        flow = reader.flow(toml_of(text, source))
    except RecursionError:
        raise BadConfig(source, [Fault(field="文字", value="[[[…", mend="括号套得太深。")]) from None
    if reader.faults:
        raise BadConfig(source, reader.faults)
    return flow


class _Reader(FieldReader):
    def __init__(self) -> None:
        super().__init__(area_code="", service_numbers=frozenset())

    def flow(self, table: Mapping[str, Any]) -> Flow:
        self.faults += unknown_keys(table, ("line", "start", "step", "prompt", "fragment"), "")
        for key in ("step", "prompt", "fragment"):
            if isinstance(table.get(key), list) and len(table[key]) > _MOST:
                self.fault(key, f"{len(table[key])} 个", f"太多，最多 {_MOST} 个。")
                return Flow(line="", start="", steps={}, prompts={}, fragments={})
        line = self.text(table, "line", "")
        if line and not re.fullmatch(r"\+?[0-9][0-9 -]{2,20}", line):
            self.fault("line", line, "写这条线路的号码，如 0870-2128888。")
        start = self.text(table, "start", "")
        steps = self.each(table, "step", self._step)
        prompts = self.each(table, "prompt", self._prompt)
        fragments = self.each(table, "fragment", self._fragment)
        self._names([step.name for step in steps], "step")
        self._names([prompt.name for prompt in prompts], "prompt")
        self._names([fragment.name for fragment in fragments], "fragment")
        flow = Flow(
            line=line,
            start=start,
            steps={step.name: step for step in steps},
            prompts={prompt.name: prompt for prompt in prompts},
            fragments={fragment.name: fragment for fragment in fragments},
        )
        self._leads(start, flow, "start")
        for i, step in enumerate(steps, 1):
            for key, target in step.keys.items():
                self._leads(target, flow, f"step[{i}].keys.{key}")
            for name, target in (("then", step.then), ("else", step.otherwise), ("none", step.none)):
                self._leads(target, flow, f"step[{i}].{name}")
            if step.kind == FRAGMENT and step.fragment not in flow.fragments:
                self._unknown(step.fragment, flow.fragments, f"step[{i}].fragment", "[[fragment]]")
        return flow

    def _step(self, row: Mapping[str, Any], at: str) -> Step:
        name = self._name(row, at)
        kind: Kind = self.one_of(row, "kind", at, KINDS, PLAY)
        if "kind" not in row:
            self.fault(f"{at}.kind", None, f"写 {'、'.join(KINDS)} 之一。")
            return Step(name=name, kind="播放")
        if kind in _FIELDS:
            self.faults += unknown_keys(row, {"name", "kind"} | _FIELDS[kind], at)
        say = self.texts(row, "say", at)
        if not say and kind in (PLAY, KEYS, BYE):
            self.fault(f"{at}.say", row.get("say"), '写要说的话的名字，如 ["菜单"]。')
        then = self.text(row, "then", at) if "then" in _FIELDS[kind] else ""
        hours = self._hours(row, at) if kind == TIME else ()
        otherwise = self.text(row, "else", at) if kind == TIME else self.text(row, "else", at, then)
        seconds = {KEYS: 5, FRAGMENT: FRAGMENT_SECONDS}.get(kind, 0)
        most = {KEYS: 15, FRAGMENT: FRAGMENT_SECONDS}.get(kind, 0)
        return Step(
            name=name,
            kind=kind,
            say=say,
            hours=hours,
            seconds=self._whole(row, "seconds", at, 1, most, seconds) if seconds else 0,
            repeat=self._whole(row, "repeat", at, 0, 3, 1) if kind == KEYS else 0,
            keys=self._keys(row, at) if kind == KEYS else {},
            none=self.text(row, "none", at, ASK),
            then=then,
            otherwise=otherwise,
            fragment=self.text(row, "fragment", at) if kind == FRAGMENT else "",
        )

    def _hours(self, row: Mapping[str, Any], at: str) -> tuple[Hours, ...]:
        """As in the roster, and a single span without brackets; days by the calendar are not known to Asterisk."""
        if isinstance(row.get("hours"), str):
            row = {**row, "hours": [row["hours"]]}
        if row.get("days") in ("工作日", "休息日"):
            mend = "这里只能写星期几的那个字，如 一二三四五；放假和调休电话系统不知道。"
            self.fault(f"{at}.days", row.get("days"), mend)
        return self.hours(row, at)

    def _keys(self, row: Mapping[str, Any], at: str) -> dict[str, str]:
        value = row.get("keys")
        if not isinstance(value, Mapping) or not value:
            self.fault(f"{at}.keys", value, '写成 { 1 = "找局长", 2 = "公告" }。')
            return {}
        keys = {}
        for key, target in value.items():
            if not re.fullmatch(r"[0-9*]", key):
                self.fault(f"{at}.keys.{key}", target, "键只能是 0 到 9，或者加引号的 *。")
            elif not isinstance(target, str) or not target.strip():
                self.fault(f"{at}.keys.{key}", target, "写按了以后到哪一步。")
            else:
                keys[key] = target.strip()
        return keys

    def _prompt(self, row: Mapping[str, Any], at: str) -> OwnPrompt:
        self.faults += unknown_keys(row, ("name", "text"), at)
        text = self.text(row, "text", at)
        if len(text) > _LONGEST_PROMPT:
            self.fault(f"{at}.text", text, f"太长，最多 {_LONGEST_PROMPT} 个字，请分成几句。")
        if not text.isprintable() or re.search(r"[{}\[\]<>\\]", text):
            self.fault(f"{at}.text", text, "只写要说的话，不要换行和 { } [ ] < > \\。")
        return OwnPrompt(name=self._name(row, at), text=text)

    def _fragment(self, row: Mapping[str, Any], at: str) -> Fragment:
        self.faults += unknown_keys(row, ("name", "lines"), at)
        return Fragment(name=self._name(row, at), lines=self.text(row, "lines", at))

    def _name(self, row: Mapping[str, Any], at: str) -> str:
        name = self.text(row, "name", at)
        if name and not _NAME.fullmatch(name):
            self.fault(f"{at}.name", name, "名字用汉字、字母、数字和下划线，最多 20 个字。")
        return name

    def _names(self, names: list[str], key: str) -> None:
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.fault(key, name, "这个名字用了两次，每个只能用一次。")
        for name in names:
            if key == "step" and name in TERMINALS:
                self.fault(key, name, "这是结束的名字，可以直接写在 then、keys 里；这一步换一个名字。")

    def _leads(self, target: str, flow: Flow, at: str) -> None:
        if target and target not in TERMINALS and target not in flow.steps:
            self._unknown(target, (*flow.steps, *TERMINALS), at, "步骤")

    def _unknown(self, name: str, known: Any, at: str, what: str) -> None:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        mend = f"没有这个{what}" + (f"，是不是 {near[0]}？" if near else f"，已有的：{'、'.join(known) or '没有'}。")
        self.fault(at, name, mend)

    def _whole(self, row: Mapping[str, Any], key: str, at: str, low: int, high: int, default: int) -> int:
        value = row.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(f"{at}.{key}", value, f"写 {low} 到 {high} 之间的整数。")
        return default

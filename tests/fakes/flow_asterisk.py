"""An Asterisk that reads its flows from the files that were written, and holds test calls: for tests of the keeper."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from dialplans import names
from dialplans.flow_compile import HOOK, NOTICE
from ivr.ami import AmiGone
from ivr.inbox import Event

Shown = list[tuple[str, str, str, str]]


class FlowAsterisk:
    """ends: what a test call comes to by the exten of its caller, or lost. odd: contexts that it takes otherwise."""

    def __init__(self, etc: Path) -> None:
        self.etc = etc
        self.up = True
        self.ends = {"s": "找局长", "0": "找人"}
        self.odd: frozenset[str] = frozenset()
        self.reloads = 0
        self.calls: list[str] = []
        self.hear: Callable[[Event], None] = lambda event: None
        self._contexts: dict[str, Shown] = {}

    def act(self, name: str, *, variables: Mapping[str, str] | None = None, **keys: str) -> Mapping[str, str]:
        """Holds the test call at once."""
        self._alive()
        assert name == "Originate"
        self.calls.append(keys["Channel"])
        assert keys["Channel"].removeprefix("Local/try@").removesuffix("/n") in self._contexts
        call = (variables or {})[names.CALL]
        told = [(names.EVENT_STEP, "菜单"), (names.EVENT_STEP, self.ends[keys["Exten"]])]
        if self.ends[keys["Exten"]] == "lost":
            told[1:] = [(names.EVENT_WHY, "lost"), (names.EVENT_STEP, "找局长")]
        for header, value in told:
            self.hear(Event(kind=names.KIND_FLOW, headers={names.EVENT_CALL: call, header: value}))
        return {}

    def reload_dialplan(self) -> None:
        """Reads what lies there."""
        self._alive()
        self.reloads += 1
        self._contexts, context, exten = {}, "", ""
        for line in (self.etc / "flows.conf").read_text(encoding="utf-8").splitlines():
            if found := re.fullmatch(r"\[(.+)\]", line):
                context = found[1]
                self._contexts[context] = []
            elif found := re.fullmatch(r"(?:exten => ([^,]+),1| same => n)(?:\((\w+)\))?,(\w+)\((.*)\)", line):
                exten = found[1] or exten
                self._contexts[context].append((exten, found[2] or "", found[3], found[4]))
        for odd in self.odd:
            for name in [name for name in self._contexts if re.search(odd, name)]:
                self._contexts[name] = self._contexts[name][:-1]
        if HOOK in (self.etc / "line.conf").read_text(encoding="utf-8"):
            self._contexts[NOTICE] = [("s", "", "Goto", HOOK)]

    def dialplan(self, context: str) -> Shown:
        """As ivr.ami.Ami tells it."""
        self._alive()
        return sorted(self._contexts.get(context, []), key=lambda line: line[0])

    def leads_to(self, line: str) -> str:
        """The context to which it leads a caller of this line; empty: to none."""
        found = [data for exten, _, _, data in self._contexts.get(names.CONTEXT_FLOW, []) if exten == line]
        return found[0].partition(",")[0] if found else ""

    def _alive(self) -> None:
        if not self.up:
            raise AmiGone("stopped")

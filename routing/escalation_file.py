"""config/escalation.toml: the ladders of the line profiles and the other doors, with every fault at once."""

from collections.abc import Mapping, Set
from typing import Any

from routing.escalation import SELECTORS, Condition, Ladder, Step, is_selector
from routing.faults import Fault, unknown_keys
from routing.fields import FieldReader
from routing.officials import Door

URGENCIES = ("red", "orange", "yellow", "normal")


def read_escalation(
    table: Mapping[str, Any], *, officials: Set[str]
) -> tuple[tuple[Ladder, ...], tuple[Door, ...], list[Fault]]:
    """The ladders, the doors, and everything that is wrong. officials: the ids there are, for steps that name one."""
    reader = _Reader(officials)
    ladders = reader.each(table, "ladders", reader.ladder)
    doors = reader.each(table, "doors", reader.door)
    reader.faults += unknown_keys(table, ("ladders", "doors"), "")
    reader.once([ladder.profile for ladder in ladders], "ladders.profile")
    if not ladders:
        reader.fault("ladders", table.get("ladders"), "至少写一个 [[ladders]]，写明先打谁、再打谁。")
    return ladders, doors, reader.faults


class _Reader(FieldReader):
    def __init__(self, officials: Set[str]) -> None:
        super().__init__(area_code="", service_numbers=frozenset())
        self._officials = officials

    def ladder(self, row: Mapping[str, Any], at: str) -> Ladder:
        self.faults += unknown_keys(row, ("profile", "steps"), at)
        steps = row.get("steps", [])
        if not isinstance(steps, list) or not steps or not all(isinstance(step, Mapping) for step in steps):
            self.fault(f"{at}.steps", steps, "至少写一个 [[ladders.steps]]。")
            steps = []
        read = tuple(self._step(step, f"{at}.steps[{i}]") for i, step in enumerate(steps, 1))
        return Ladder(profile=self.text(row, "profile", at), steps=read)

    def _step(self, row: Mapping[str, Any], at: str) -> Step:
        known = ("ring", "seconds", "next", "together", "repeat", "days", "hours", "urgency", "matters", "secret")
        self.faults += unknown_keys(row, known, at)
        ring = self.texts(row, "ring", at)
        if not ring:
            self.fault(f"{at}.ring", row.get("ring"), f"写打谁，可以写：{SELECTORS}。")
        for one in ring:
            if not is_selector(one):
                self.fault(f"{at}.ring", one, f"不认识，可以写：{SELECTORS}。")
            elif one.startswith("official:"):
                self.among(one.removeprefix("official:"), self._officials, f"{at}.ring")
        urgency = self.texts(row, "urgency", at)
        for one in urgency:
            self.among(one, URGENCIES, f"{at}.urgency")
        secret = row.get("secret")
        if secret not in (None, True, False):
            self.fault(f"{at}.secret", secret, "写 true（只对举报和保密的）或 false，不写就是都算。")
        repeat = self.amount(row, "repeat", at, 1, 3)
        return Step(
            ring=ring,
            seconds=self.amount(row, "seconds", at, 5, 60),
            next=self.amount(row, "next", at, 0, 60),
            together=self.one_of(row, "together", at, (True, False), False),
            repeat=int(repeat or 1),
            when=Condition(
                hours=self.hours(row, at, needed=False),
                urgency=frozenset(urgency),
                matters=frozenset(self.texts(row, "matters", at)),
                secret=secret if isinstance(secret, bool) else None,
            ),
        )

    def door(self, row: Mapping[str, Any], at: str) -> Door:
        self.faults += unknown_keys(row, ("name", "number", "words"), at)
        words = self.texts(row, "words", at)
        if not words:
            self.fault(f"{at}.words", row.get("words"), "写群众会说的词，说到其中一个就告诉他这个号码。")
        return Door(name=self.text(row, "name", at), number=self.text(row, "number", at), words=words)

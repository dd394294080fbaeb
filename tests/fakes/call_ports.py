"""Ports of a call without anything behind them: facts in a list, prompts of silence, a fixed ladder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dialplans.prompts import Prompt
from ivr.facts import Fact
from ivr.ports import CallPorts, CallSettings, Line
from recognizer.errors import DecoderGone
from recognizer.request import Request
from routing.calendar import LOCAL
from routing.route import Route, Rung
from tests.fakes.conversation import FakeActivity

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=LOCAL)
LADDER = ("13800000001", "13800000002", "08702120001")


class Facts:
    """Facts as they come; waiting for one has a limit."""

    def __init__(self) -> None:
        self.all: list[Fact] = []
        self._changed = threading.Condition()

    def note(self, fact: Fact) -> None:
        with self._changed:
            self.all.append(fact)
            self._changed.notify_all()

    def wait(self, kind: str, limit: float = 10.0, *, count: int = 1, **detail: Any) -> Fact:
        """The `count`-th fact of this kind with these details. Raises AssertionError after `limit` seconds."""

        def found() -> list[Fact]:
            return [
                f
                for f in self.all
                if f.kind == kind and all(f.detail.get(key) == value for key, value in detail.items())
            ]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout=limit):
                told = [(f.ms, f.kind, dict(f.detail)) for f in self.all]
                raise AssertionError(f"no fact {kind} {detail} within {limit} s; there were {told}")
            return found()[count - 1]

    def kinds(self) -> list[str]:
        """The kinds of all facts so far, in order."""
        return [fact.kind for fact in self.all]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The details of all facts of a kind."""
        return [dict(fact.detail) for fact in self.all if fact.kind == kind]


def prompt(key: str, seconds: float = 0.1, **slots: str) -> Prompt:
    """A prompt of silence under /prompts; its text names key and slots."""
    text = key + "".join(f" {name}={value}" for name, value in sorted(slots.items()))
    return Prompt(
        key=key, version=1, path=f"/prompts/{key}", text=text, seconds=seconds, pcm=lambda: bytes(int(16000 * seconds))
    )


def request(text: str) -> Request:
    """An understanding good enough for tests of a call: one word decides."""
    intent, matter, danger = "unclear", None, ""
    if "找局长" in text or "人工" in text:
        intent = "director"
    elif "着火" in text:
        intent, danger = "emergency", "fire"
    elif "水" in text:
        intent, matter = "request", "A1"
    elif text in ("喂", "你好"):
        intent = "greeting"
    return Request(
        intent=intent,  # type: ignore[arg-type]
        matter=matter,
        matter_name="供水饮水" if matter else "",
        second=None,
        type="求助",
        urgency="red" if danger else "normal",
        place="",
        danger=danger,  # type: ignore[arg-type]
        complained_of="",
        confidence=0.9 if matter else 0.0,
        evidence=(),
        text=text,
    )


def route(numbers: tuple[str, ...] = LADDER) -> Route:
    """A ladder of these numbers; the last one is the duty room."""
    return Route(
        rungs=tuple(
            Rung(
                number=number,
                official_id="duty_room" if number == numbers[-1] else f"o{i}",
                name=f"某{i}",
                post="局长",
                reason="值班",
            )
            for i, number in enumerate(numbers)
        ),
        unit="shuiwu",
        reason="值班",
    )


def no_recognizer() -> Any:
    raise DecoderGone("there is none")


def fake_ports(
    facts: Facts, *, folder: Path, listen: Callable[[], Any] = no_recognizer, question: bool = True, **changes: Any
) -> CallPorts:
    """Ports with these facts; any field may be given."""
    values: dict[str, Any] = {
        "note": facts.note,
        "now": lambda: NOON,
        "route": lambda facts: route(),
        "understand": request,
        "listen": listen,
        "activity": FakeActivity,
        "prompt": prompt,
        "ready": prompt,
        "prepare": lambda key, **slots: None,
        "promise": lambda urgency: NOON + timedelta(minutes=30),
        "spoken": lambda due: "十二点半",
        "spoken_day": lambda day: "昨天",
        "unit_name": lambda code: "水务局",
        "callback": lambda task: None,
        "redial": lambda task: None,
        "settings": CallSettings(
            lines=(Line(number="08702128888", name="找局长热线", question=question),), clips=folder / "clips"
        ),
    }
    return CallPorts(**(values | changes))

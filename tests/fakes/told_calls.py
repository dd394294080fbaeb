"""Calls told as facts, and a casework to tell them to: for tests."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ivr.facts import Fact
from routing.calendar import LOCAL
from zhitong.store.engine import open_engine, writing
from zhitong.store.migrate import migrate
from zhitong.usecases.apply_facts import apply_facts
from zhitong.usecases.rules import Rules, StaffRules, load_rules

CONFIG = Path(__file__).parents[2] / "config"
CITIZEN, DEPUTY = "13800000001", "13900000002"
# A Thursday morning, 2025-09-11: an ordinary week of a year whose holidays are known.
MORNING = datetime(2025, 9, 11, 9, 20, 30, tzinfo=LOCAL)
NIGHT = MORNING.replace(hour=23)
NUMBER = "20250911-092030-0007"
"""The case that `talked` becomes; `unheard` becomes the next one."""
RULES: Rules = load_rules(CONFIG, staff=StaffRules(missed_after=timedelta(), surge_after=timedelta()))
"""As config/ ships them, but that no official is called for what calls bring."""


@dataclass
class ToldCall:
    """Gathers facts of one call: at(seconds since the answer), kind, details."""

    call_id: str = "1757553630.7"
    answered_at: datetime = MORNING
    facts: list[Fact] = field(default_factory=list)

    def note(self, at: float, kind: str, /, **detail: Any) -> "ToldCall":
        moment = self.answered_at + timedelta(seconds=at)
        self.facts.append(
            Fact(call_id=self.call_id, seq=len(self.facts), at=moment, ms=int(at * 1000), kind=kind, detail=detail)
        )
        return self

    def opened(self, caller: str = CITIZEN, **more: Any) -> "ToldCall":
        return self.note(
            0, "opened", **({"caller": caller, "dialled": "12345", "kind": "inbound", "invite_ms": 60} | more)
        )

    def understood(self, at: float = 4, **more: Any) -> "ToldCall":
        text = more.pop("text", "水务局办不了取水许可")
        self.note(at, "heard", text=text, started=at - 3, ended=at)
        known = {
            "intent": "request",
            "matter": "B2",
            "matter_name": "取水许可",
            "type": "投诉",
            "urgency": "orange",
            "place": "扎西镇",
            "evidence": ["取水"],
        }
        return self.note(at, "understood", text=text, **(known | more))

    def planned(self, at: float = 4.1) -> "ToldCall":
        rungs = [
            {"number": "13900000001", "name": "王明", "post": "局长", "reason": "找局长直通"},
            {"number": DEPUTY, "name": "李强", "post": "副局长", "reason": "分管"},
        ]
        return self.note(at, "planned", rungs=rungs, unit="水务局", why="找局长直通")


def talked(call_id: str = "1757553630.7", answered_at: datetime = MORNING, **opened: Any) -> ToldCall:
    """The call of the demo: the director does not accept, the deputy does."""
    call = ToldCall(call_id, answered_at).opened(**opened).note(0.1, "asked", prompt="question").note(1, "speech")
    call.note(2, "partial", text="水务局").understood().note(4, "decided", step="ring", why="听明白了").planned()
    call.note(4.2, "rung", i=1, number="13900000001").note(16.2, "rung", i=2, number=DEPUTY)
    call.note(20, "screening", i=2).note(24, "accepted", i=2, number=DEPUTY, by="voice")
    call.note(24.1, "talk", i=2, number=DEPUTY).note(84.1, "talk_over", seconds=60.0)
    call.note(84.2, "recording", path=f"{call_id}.raw", kind="talk", started=None)
    return call.note(84.3, "gone", phase="talk").note(84.3, "ended", outcome="talk")


def unheard(call_id: str = "1757553630.8", answered_at: datetime = MORNING, **opened: Any) -> ToldCall:
    """A call that nobody accepts; the caller hangs up while it rings."""
    call = ToldCall(call_id, answered_at).opened(**opened).understood().planned()
    call.note(4.2, "rung", i=1, number="13900000001").note(22.2, "leg", i=1, why="noanswer", cause=0)
    return call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def placed(kind: str, case: str, task: int, answered_at: datetime, call_id: str = "1757600000.9") -> ToldCall:
    """The beginning of a callback or a redial that was picked up."""
    call = ToldCall(call_id, answered_at)
    return call.note(0, "opened", caller=CITIZEN, dialled="12345", kind=kind, case=case, task=task)


def new_database(folder: Path) -> Engine:
    """A migrated SQLite database in a real file."""
    url = f"sqlite:///{folder / 'cases.sqlite3'}"
    migrate(url)
    return open_engine(url)


def tell_it(engine: Engine, rules: Rules, *calls: ToldCall) -> None:
    """Applies the facts of calls, each call in a transaction of its own."""
    for call in calls:
        with writing(engine) as connection:
            apply_facts(connection, rules, call.facts)

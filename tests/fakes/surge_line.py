"""A line without telephones: calls about one matter, decided by a live call's own script and counting."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.surge import SurgeRules
from ivr.script import Ask, Done, Event, Heard, Progress, Quiet, Ring, Rules, Step, counts_for_surge, next_step
from recognizer.request import Request
from tests.fakes.told_calls import MORNING, RULES, ToldCall, tell_it
from zhitong.surges import LiveSurges

TOWNS = ("扎西镇", "双河乡")
SILENT = Quiet(energy=False)


def water(**changes: object) -> Request:
    """No water in 扎西镇, said so that there is no doubt."""
    told = {
        "intent": "request",
        "matter": "A1",
        "matter_name": "供水饮水",
        "second": None,
        "type": "求助",
        "urgency": "orange",
        "place": "扎西镇河边",
        "danger": "",
        "complained_of": "",
        "confidence": 0.9,
        "evidence": ("停水",),
        "text": "扎西镇停水没人管",
    }
    return Request(**(told | changes))  # type: ignore[arg-type]


@dataclass
class SurgeLine:
    """Takes calls one after the other, as they come in; `engine` None: the database is away, facts are only kept."""

    engine: Engine | None
    rules: SurgeRules = field(default_factory=SurgeRules)
    calls: list[ToldCall] = field(default_factory=list)
    ends: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.surges = LiveSurges(self.rules, TOWNS)

    def call(
        self, n: int, minutes: float, *answers: Event, caller: str | None = None, request: Request | None = None
    ) -> Step:
        """The n-th caller says it at so many minutes, and this after a notice; silence when nothing is left to say."""
        request = request or water()
        at = MORNING + timedelta(minutes=minutes)
        told = ToldCall(f"1757553630.{n}", at)
        self.calls.append(told)
        told.opened(f"139{n:08d}" if caller is None else caller)
        told.understood(4, **{key: getattr(request, key) for key in ("text", "matter", "matter_name", "type", "place")})
        progress, step, seconds = Progress(), None, 4
        for event in (Heard(request=request, surge=self._seen(told, request)), *answers, *[SILENT] * 5):
            progress, step = next_step(progress, event, Rules())
            seconds += 12
            told.note(seconds, "decided", step=step.prompt, why=step.why)
            if not isinstance(step, Ask):
                break
            told.note(seconds + 0.1, "asked", prompt=step.prompt)
        assert isinstance(step, Ring | Done)
        if isinstance(step, Ring):
            told.planned(seconds).note(seconds + 0.1, "rung", i=1, number="13900000001")
        else:
            told.note(seconds + 2, "gone", phase="listen").note(seconds + 2, "ended", outcome="surge")
        self.ends.append(step)
        self.keep(told)
        return step

    def _seen(self, told: ToldCall, request: Request):  # type: ignore[no-untyped-def]
        if not counts_for_surge(request, Rules()):
            return None
        caller = str(told.facts[0].detail["caller"])
        at = told.answered_at + timedelta(seconds=4)
        seen = self.surges.see(
            call_id=told.call_id,
            caller=caller,
            place=request.place,
            matter=request.matter or "",
            now=at,
            counts=True,
        )
        if seen is not None:
            more = {"surge": seen.surge, "opened_at": seen.opened_at.isoformat()} if seen.opened_at else {}
            names = {"town": seen.town, "matter": request.matter, "matter_name": request.matter_name}
            told.note(4.1, "surge", step=seen.step, calls=list(seen.calls), **names, **more)
        return seen

    def accepts(self, n: int, seconds: float = 60) -> None:
        """An official takes the n-th call (in the order of the calls) and talks for so long."""
        told = self.calls[n]
        at = told.facts[-1].ms / 1000 + 8
        told.note(at, "accepted", i=1, number="13900000001", by="key").note(at, "talk", i=1, number="13900000001")
        self.surges.hear(told.facts[-1])
        self.keep(told)
        told.note(at + seconds, "talk_over", seconds=seconds).note(at + seconds, "gone", phase="talk")
        told.note(at + seconds, "ended", outcome="talk")
        self.keep(told)

    def nobody(self, n: int) -> None:
        """Nobody takes the n-th call: the caller is promised a call, and hangs up."""
        told = self.calls[n]
        at = told.facts[-1].ms / 1000 + 90
        told.note(at, "nobody", why="timeout").note(at + 5, "gone", phase="promise")
        told.note(at + 5, "ended", outcome="nobody")
        self.keep(told)

    def keep(self, told: ToldCall) -> None:
        """The facts so far become casework."""
        if self.engine is not None:
            tell_it(self.engine, RULES, told)

    @property
    def rings(self) -> int:
        """How many calls rang an official."""
        return sum(isinstance(step, Ring) for step in self.ends)


def at(minutes: float) -> datetime:
    """So many minutes after the first call could come."""
    return MORNING + timedelta(minutes=minutes)

"""Two controllers on one database and one Asterisk; the one at work is killed before and after every outside effect.

No citizen is forgotten, none is rung twice; if Asterisk dies too, the attempt is unknown, and the next window is used.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, Row, select

from cases.attempt import Fate
from cases.case import Case
from cases.tries import Outcome
from dialplans.child_process import ChildProcess
from ivr.softphone import PhoneCall
from ivr.softphone_plan import Plan, answer, declines, hang_up, no_answer, ring, until_heard, wait
from routing.calendar import LOCAL
from tests.fakes.closing import signed_off
from tests.fakes.tapped_manager import TappedManager
from tests.fakes.told_calls import MORNING, RULES, talked, tell_it
from zhitong.settings import CHECKOUT, merged
from zhitong.store import tables
from zhitong.store.cases import find_cases
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import open_engine, reading
from zhitong.store.facts import facts_of
from zhitong.store.migrate import migrate
from zhitong.store.tries import callbacks_of
from zhitong.toml_text import as_toml
from zhitong.trial import Trial, wait_until

DUE = datetime(2025, 9, 12, 9, 40, tzinfo=LOCAL)
"""A Friday morning, within the hours in which citizens are called back."""
HEARS_OUT: Plan = (ring(), wait(2), answer(), until_heard(5), wait(0.5), hang_up())
PUSHES_AWAY: Plan = declines(after=1.0)

_NUMBERS = count(1)


@dataclass
class Hotline:
    """Asterisk, telephones, a database; one controller at work and one that stands by."""

    trial: Trial
    engine: Engine
    tap: TappedManager
    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "die-at").write_text("")
        self.running: list[ChildProcess] = []
        self.set_clock(DUE)

    def set_clock(self, now: datetime) -> None:
        """What time it is for controllers that are started from now on."""
        self._now, self._since = now, time.monotonic()

    def start(self) -> None:
        """One more controller."""
        at = self._now + timedelta(seconds=time.monotonic() - self._since)
        overrides = merged(self.trial.overrides, {"asterisk": {"ami_port": self.tap.port}})
        settings = self.folder / "controller.toml"
        settings.write_text(as_toml(overrides))
        controller = ChildProcess(
            [sys.executable, "-m", "tests.acceptance.dying_controller", at.isoformat()],
            folder=CHECKOUT,
            environ={**os.environ, "ZHITONG_CONFIG": str(settings), "DIE_AT": str(self.folder / "die-at")},
            output=self.folder / "controllers.log",
        )
        controller.start()
        self.running.append(controller)

    @property
    def at_work(self) -> ChildProcess:
        """The controller whose turn it is."""
        wait_until(lambda: self._holder in {one.pid for one in self.running if one.alive}, 30, "a controller works")
        return next(one for one in self.running if one.pid == self._holder)

    @property
    def _holder(self) -> int:
        lock = self.trial.settings.asterisk.folder / "controller.lock"
        return int((lock.read_text() if lock.exists() else "") or 0)

    def arm(self, moment: str) -> None:
        """The controllers kill themselves then."""
        (self.folder / "die-at").write_text(moment)

    def kill(self) -> None:
        """Kill the controller at work."""
        self.at_work.kill()

    def wait_died(self) -> None:
        """Until one controller has died; nothing is armed then, and another one stands by again."""
        wait_until(lambda: any(not one.alive for one in self.running), 40, "a controller is killed", every=0.01)
        self.arm("")
        self.tap.before, self.tap.after = lambda: True, lambda: None
        self.running = [one for one in self.running if one.alive]
        self.start()

    def close(self, plan: Plan) -> "Citizen":
        """A citizen whose case has just been closed, whose callback is due now."""
        n = next(_NUMBERS)
        number, call_id = f"137000001{n:02d}", f"17575536{n:02d}.{n}"
        self.trial.phone(number).will(plan)
        answered = MORNING + timedelta(seconds=n)
        tell_it(self.engine, RULES, talked(call_id, answered, caller=number))
        with reading(self.engine) as connection:
            (case,) = find_cases(connection, caller=number, limit=2)
        signed_off(self.engine, RULES, number=case.number, now=DUE - timedelta(minutes=11))
        return Citizen(self, number, case.number)

    def stop(self) -> None:
        for one in self.running:
            one.stop()


@dataclass
class Citizen:
    """Whom the system calls back."""

    hotline: Hotline
    number: str
    case: str

    @property
    def rings(self) -> int:
        """How often their telephone was called."""
        return len(self.hotline.trial.phone(self.number).incoming)

    @property
    def task(self) -> DueTask:
        """Their callback."""
        with reading(self.hotline.engine) as connection:
            return next(one for one in tasks_of(connection, self.case) if one.kind == "callback")

    @property
    def attempts(self) -> list[Row]:
        """The calls to them as they are written down, in the order in which their ends became known."""
        query = select(tables.attempts).where(tables.attempts.c.number == self.number)
        with reading(self.hotline.engine) as connection:
            return list(connection.execute(query.order_by(tables.attempts.c.ended_at)))

    @property
    def outcomes(self) -> list[str]:
        """What became of them."""
        return [one.outcome for one in self.attempts]

    @property
    def tries(self) -> list[Row]:
        with reading(self.hotline.engine) as connection:
            return callbacks_of(connection, [self.case])

    def wait_put_off(self) -> None:
        """Until the callback is due another day: this one has been made."""
        wait_until(
            lambda: self.task.due_at.astimezone(LOCAL).date() > DUE.date() and all(a.ended_at for a in self.attempts),
            40,
            f"the callback of {self.number} is put off ({self.rings} rings, {self.task}, {self.attempts})",
        )


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    folder = tmp_path_factory.mktemp("killed")
    with Trial(folder=folder) as trial, TappedManager(trial.settings.asterisk.ami_port) as tap:
        migrate(trial.settings.store.database_url)
        engine = open_engine(trial.settings.store.database_url)
        hotline = Hotline(trial, engine, tap, folder)
        hotline.start()
        assert hotline.at_work.alive
        hotline.start()
        try:
            yield hotline
        finally:
            hotline.stop()
            engine.dispose()


def by_itself(moment: str) -> Callable[[Hotline], Citizen]:
    def die(hotline: Hotline) -> Citizen:
        hotline.arm(moment)
        return hotline.close(HEARS_OUT)

    return die


def before_asterisk_is_told(hotline: Hotline) -> Citizen:
    worker = hotline.at_work

    def die() -> bool:
        worker.kill()
        return False

    hotline.tap.before = die
    return hotline.close(HEARS_OUT)


def told_too_late(hotline: Hotline) -> Citizen:
    """What was sent reaches Asterisk when the other controller has already found that nothing rang."""
    worker, citizens = hotline.at_work, list[Citizen]()

    def die() -> bool:
        hotline.tap.before = lambda: True
        worker.kill()
        wait_until(lambda: citizens[0].outcomes[:1] == [Outcome.NOT_DIALLED], 30, "the other one has looked")
        return True

    hotline.tap.before = die
    citizens.append(hotline.close(HEARS_OUT))
    return citizens[0]


def once_asterisk_is_told(hotline: Hotline) -> Citizen:
    hotline.tap.after = hotline.at_work.kill
    return hotline.close(HEARS_OUT)


def while_it_rings(hotline: Hotline) -> Citizen:
    citizen = hotline.close(HEARS_OUT)
    hotline.trial.phone(citizen.number).wait_ringing(20)
    hotline.kill()
    return citizen


def once_answered(hotline: Hotline) -> Citizen:
    citizen = hotline.close(HEARS_OUT)
    hotline.trial.phone(citizen.number).wait_ringing(20).wait_answered(10)
    hotline.kill()
    return citizen


def pushed_away(hotline: Hotline) -> Citizen:
    hotline.arm("before the outcome")
    return hotline.close(PUSHES_AWAY)


@pytest.mark.parametrize(
    ("die", "outcomes"),
    [
        (by_itself("before the claim"), [Fate.ANSWERED]),
        (by_itself("after the claim"), [Fate.ANSWERED]),
        (by_itself("before the attempt"), [Fate.ANSWERED]),
        (by_itself("after the attempt"), [Outcome.NOT_DIALLED, Fate.ANSWERED]),
        (before_asterisk_is_told, [Outcome.NOT_DIALLED, Fate.ANSWERED]),
        (told_too_late, [Outcome.NOT_DIALLED, Fate.ANSWERED]),
        (once_asterisk_is_told, [Fate.ANSWERED]),
        (while_it_rings, [Fate.ANSWERED]),
        (once_answered, [Fate.ANSWERED]),
        (by_itself("before the call"), [Fate.ANSWERED]),
        (by_itself("after the call"), [Fate.ANSWERED]),
        (by_itself("before the end"), [Fate.ANSWERED]),
        (by_itself("after the end"), [Fate.ANSWERED]),
        (pushed_away, [Outcome.UNANSWERED]),
    ],
    ids=[
        "before the claim",
        "after the claim",
        "before the attempt is written",
        "after it is written",
        "before Asterisk is told",
        "Asterisk is told too late",
        "after it is told",
        "while it rings",
        "once it is answered",
        "before the call is written",
        "after it",
        "before its end is written",
        "after that",
        "before the outcome is written",
    ],
)
def test_whenever_the_controller_is_killed_the_telephone_rings_once(
    hotline: Hotline, die: Callable[[Hotline], Citizen], outcomes: list[object]
) -> None:
    citizen = die(hotline)
    hotline.wait_died()
    citizen.wait_put_off()
    assert citizen.rings == 1
    assert citizen.outcomes == outcomes


def test_one_that_hangs_is_ended_while_a_telephone_rings_all_the_same_and_nobody_is_rung_twice(
    hotline: Hotline,
) -> None:
    """SIGSTOP: it has the ports and the turn, and answers nothing. A person is reached by Asterisk's own ladder."""
    hung, trial = hotline.at_work, hotline.trial
    first = hotline.close(HEARS_OUT)
    trial.phone(first.number).wait_ringing(20)
    trial.phone("*").will(no_answer())  # all officials
    os.kill(hung.pid, signal.SIGSTOP)
    stopped_at = time.monotonic()
    second = hotline.close(HEARS_OUT)
    caller = trial.call("13900010001")

    def rung() -> list[PhoneCall]:
        calls = (call for call in trial.network.live_calls() if call.incoming)
        return [call for call in calls if call.number not in (first.number, second.number)]

    wait_until(lambda: bool(rung()), 15, "an official's telephone rings")
    assert hung.alive, "nobody has helped it"
    assert caller.live
    caller.hang_up()
    hotline.wait_died()
    assert time.monotonic() - stopped_at < 25
    assert hotline.at_work.pid != hung.pid
    for citizen in (first, second):
        citizen.wait_put_off()
        assert citizen.rings == 1 and citizen.outcomes == [Fate.ANSWERED]
    another = trial.call("13900010002")
    (case,) = _cases(hotline, "13900010002")
    with reading(hotline.engine) as connection:
        kinds = [fact.kind for fact in facts_of(connection, [case.call_id])[case.call_id]]
    assert "opened" in kinds and "fallback" not in kinds, "the one that stood by serves it"
    another.hang_up()


def _cases(hotline: Hotline, number: str) -> list[Case]:
    """The cases of this number, once there are any."""

    def found() -> list[Case]:
        with reading(hotline.engine) as connection:
            return list(find_cases(connection, caller=number, limit=2))

    wait_until(lambda: bool(found()), 20, f"a case of {number}")
    return found()


def test_if_asterisk_dies_too_the_call_is_unknown_and_the_next_window_is_used(hotline: Hotline) -> None:
    citizen = hotline.close(HEARS_OUT)
    ringing = hotline.trial.phone(citizen.number).will(no_answer(), HEARS_OUT).wait_ringing(20)
    for one in hotline.running:
        one.kill()
    hotline.trial.asterisk.kill()
    ringing.hang_up()  # nobody tells the telephone
    assert citizen.outcomes == [""], "nobody knows"
    hotline.running.clear()
    hotline.trial.asterisk.start()
    hotline.start()
    citizen.wait_put_off()
    assert citizen.outcomes == [Outcome.UNSEEN]
    assert [one.outcome for one in citizen.tries] == [Outcome.UNSEEN]
    assert citizen.rings == 1
    hotline.stop()
    hotline.running.clear()
    hotline.set_clock(citizen.task.due_at)
    hotline.start()
    wait_until(
        lambda: [one.answered for one in citizen.tries] == [False, True], 30, "it is answered in the next window"
    )
    assert citizen.rings == 2

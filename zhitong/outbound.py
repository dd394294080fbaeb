"""Calls the system places: what is due is taken from the database and dialled by AMI, a few at a time."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from uuid import uuid4

from sqlalchemy import Engine

from cases.attempt import Attempt, Ended, Fate, Mark, fate_of, not_answered, read_mark
from cases.tries import Outcome
from dialplans import names
from ivr.ami import Ami, AmiGone, AmiRefused
from ivr.inbox import Event
from routing.directory import Directory
from routing.phone import mask
from zhitong.errors import DatabaseGone, ZhitongError
from zhitong.store.due import DueTask
from zhitong.usecases.place_call import OutboundCall, call_failed, place_call
from zhitong.usecases.rules import Rules
from zhitong.usecases.settle_attempts import forget_old, known_calls, left_open, picked_up
from zhitong.usecases.staff_calls import KINDS, place_staff_call, staff_call_over
from zhitong.usecases.take_due import BEFORE_PLACING, CALLING, give_back, take_due

log = logging.getLogger(__name__)

RING_SECONDS = 40.0 + 5.0
"""Longer than Asterisk lets a telephone ring (AsteriskConfig.placed_seconds): it ends the call, not we."""
LINES = 4
"""Calls that are placed at the same time."""

STAFF_LINES = 2
"""The same for calls to officials."""
_CONTEXTS = dict.fromkeys(("callback", "recheck", "confirm"), names.CONTEXT_CALLBACK) | {"redial": names.CONTEXT_REDIAL}

MARKS_KEPT = 86_400.0
"""Seconds; no leg comes so late."""
_FORGOTTEN_AT_ONCE = 500


class Outbound:
    """Places the calls that are due. `place_due` is called by the scheduler, `on_unreached` when Asterisk tells so."""

    def __init__(
        self,
        *,
        engine: Engine,
        rules: Rules,
        ami: Ami,
        now: Callable[[], datetime],
        directory: Callable[[], Directory],
        talking: Callable[[], Collection[str]],
        caller_id: str,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._ami = ami
        self._now = now
        self._directory = directory
        self._talking = talking
        self._caller_id = caller_id
        self._busy = {CALLING: 0, KINDS: 0}
        self._ended: dict[str, Ended | None] = {}  # of the attempts under way here
        self._lost: set[str] = set()  # attempts whose channel was gone at the last look, and their end not told
        self._unsettled = threading.Event()
        self._unsettled.set()
        self._settling = Lock()
        self._ringing: dict[int, str] = {}  # numbers of officials that are being rung, by task
        self._choosing = Lock()
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=LINES + STAFF_LINES, thread_name_prefix="outbound")

    def go_by(self, rules: Rules) -> None:
        """The next calls are placed by these rules."""
        self._rules = rules

    def place_due(self, now: datetime) -> None:
        """Take what citizens are to be called for and dial it. Without a manager connection it stays due."""
        self._place_due(now, CALLING, LINES)

    def place_staff_due(self, now: datetime) -> None:
        """The same for officials; so many of them are called in one evening that they have lines of their own."""
        self._place_due(now, KINDS, STAFF_LINES)

    def _place_due(self, now: datetime, kinds: tuple[str, ...], lines: int) -> None:
        with self._lock:
            free = lines - self._busy[kinds]
        if free <= 0 or not self._ami.up:
            return
        if self._unsettled.is_set():
            self.settle(now)
        if self._unsettled.is_set():
            return  # what was begun before us comes first: it may be the same citizen's
        try:
            tasks = take_due(self._engine, now=now, kinds=kinds, limit=free, lease=BEFORE_PLACING)
        except DatabaseGone as gone:
            log.warning("what is due cannot be read: %s", gone)
            return
        for task in tasks:
            with self._lock:
                self._busy[kinds] += 1
            self._pool.submit(self._place, task, kinds)

    def on_unreached(self, event: Event) -> None:
        """A call we placed ended unanswered; Asterisk tells how before it answers the Originate. Never blocks."""
        attempt = event.headers.get(names.EVENT_ATTEMPT, "")
        ended = Ended(state=event.headers.get(names.EVENT_STATE, ""), cause=event.number(names.EVENT_CAUSE))
        with self._lock:
            if attempt in self._ended:
                self._ended[attempt] = ended

    def look_again(self) -> None:
        """Asterisk has been away: before anything is dialled, look what became of what was. Never blocks."""
        self._unsettled.set()

    def settle(self, now: datetime) -> None:
        """Find out what became of calls whose end nobody has written down: of a controller that was killed, or while
        Asterisk did not answer. What never rang is due again at once; what may have rung is not dialled again today."""
        if not self._ami.up:
            return
        with self._settling:
            self._unsettled.clear()
            try:
                attempts = [one for one in left_open(self._engine) if not self._is_own(one.id)]
                if attempts:
                    self._settle(attempts, now)
            except (AmiGone, AmiRefused, DatabaseGone) as error:
                self._unsettled.set()
                log.warning("what became of the last calls is not known yet: %s", error)

    def _is_own(self, attempt: str) -> bool:
        with self._lock:
            return attempt in self._ended

    def _settle(self, attempts: Sequence[Attempt], now: datetime) -> None:
        switch = self._ami.started()
        marks = {one.id: self._mark(one.id) for one in attempts}
        up = {channel.id for channel in self._ami.channels()}  # after the marks: a leg that is up then has its mark
        channels = {mark.channel for mark in marks.values() if mark is not None}
        answered = known_calls(self._engine, channels) | self._ami.db_tree(names.DB_CALL).keys()
        lost = set()
        for one in attempts:
            mark = marks[one.id]
            channel = mark.channel if mark else ""
            fate = fate_of(mark, lived=one.switch == switch, up=channel in up, answered=channel in answered)
            if fate is Fate.LOST and one.id not in self._lost:
                lost.add(one.id)  # its end may be told in this very moment
            elif fate is not Fate.UNDER_WAY:
                outcome = Outcome.UNSEEN if fate is Fate.LOST else fate
                log.warning("attempt %s of task %s: %s", one.id, one.task_id, outcome.value)
                if isinstance(outcome, Outcome):
                    self._failed(one, outcome)
                else:
                    picked_up(self._engine, attempt=one.id, now=now)
        self._lost = lost

    def _mark(self, attempt: str) -> Mark | None:
        """What its leg has noted. None: there was none, and there will be none that rings."""
        value = self._ami.db_get(names.DB_ATTEMPT, attempt)
        if value is None:
            self._ami.db_put(names.DB_VOID, attempt, f"{time.time():.0f}")
            value = self._ami.db_get(names.DB_ATTEMPT, attempt)
        return None if value is None else read_mark(value)

    def forget(self, now: datetime) -> None:
        """Take back old marks in Asterisk, some at a time, and old attempts in the database."""
        try:
            kept = {one.id for one in left_open(self._engine)}
            old = time.time() - MARKS_KEPT
            for family in (names.DB_ATTEMPT, names.DB_VOID):
                marks = self._ami.db_tree(family).items()
                gone = [id for id, value in marks if id not in kept and read_mark(value).began < old]
                for id in gone[:_FORGOTTEN_AT_ONCE]:
                    self._ami.db_del(family, id)
            forget_old(self._engine, now=now)
        except (AmiGone, AmiRefused, DatabaseGone) as error:
            log.warning("old attempts are forgotten later: %s", error)

    def stop(self) -> None:
        """Dial nothing more; calls that are up are Asterisk's."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _place(self, task: DueTask, kinds: tuple[str, ...]) -> None:
        attempt = uuid4().hex
        with self._lock:
            self._ended[attempt] = None
        try:
            try:
                switch = self._ami.started()
            except (AmiGone, AmiRefused) as error:
                log.warning("task %s is not dialled now: %s", task.id, error)
                give_back(self._engine, task)
                return
            call = self._call(task, attempt, switch)
            if call is not None:
                self._dial(call)
        except ZhitongError as error:
            log.error("task %s is not dialled: %s", task.id, error)
        except Exception:
            # The thread's edge: the task's lease ends by itself and it is tried again.
            log.exception("task %s is not dialled", task.id)
        finally:
            with self._choosing:
                self._ringing.pop(task.id, None)
            with self._lock:
                del self._ended[attempt]
                self._busy[kinds] -= 1

    def _call(self, task: DueTask, attempt: str, switch: str) -> OutboundCall | None:
        if task.kind in KINDS:
            with self._choosing:  # one after the other: no telephone is rung for two things at once
                call = place_staff_call(
                    self._engine,
                    self._directory(),
                    task,
                    talking={*self._talking(), *self._ringing.values()},
                    now=self._now(),
                    attempt=attempt,
                    switch=switch,
                    area_code=self._rules.area_code,
                )
                if call is not None:
                    self._ringing[task.id] = call.number
            return call
        return place_call(self._engine, self._rules, task, now=self._now(), attempt=attempt, switch=switch)

    def _dial(self, call: OutboundCall) -> None:
        log.info("%s of case %s: dialling %s", call.kind, call.case_number, mask(call.number))
        done = self._ami.originate(
            channel=f"Local/go@{names.CONTEXT_ATTEMPT}/n",
            context=names.CONTEXT_ATTEMPT,
            variables={
                names.TASK: str(call.task_id),
                names.ATTEMPT: call.attempt,
                names.PLACED: _CONTEXTS.get(call.kind, names.CONTEXT_STAFF),
                names.CONNECT: call.number,
            },
            caller_id=self._caller_id,
            ring_seconds=RING_SECONDS,
        )
        with self._lock:
            ended = self._ended[call.attempt]
        if done.outcome == "answered":
            log.info("task %s: answered", call.task_id)
            picked_up(self._engine, attempt=call.attempt, now=self._now())
        elif done.outcome == "unknown" or (ended is not None and ended.state == names.MARK_NONE):
            log.warning("task %s: what became of attempt %s is found out later", call.task_id, call.attempt)
        else:
            outcome = not_answered(None if done.outcome == "unsent" else ended)
            log.info("task %s: %s (%s %s %s)", call.task_id, outcome.value, done.outcome, done.reason, ended)
            self._failed(call, outcome)

    def _failed(self, call: OutboundCall | Attempt, outcome: Outcome) -> None:
        attempt = call.attempt if isinstance(call, OutboundCall) else call.id
        if call.kind not in KINDS:
            call_failed(
                self._engine, self._rules, task_id=call.task_id, now=self._now(), outcome=outcome, attempt=attempt
            )
            return
        staff_call_over(
            self._engine,
            self._rules.staff,
            self._directory(),
            task_id=call.task_id,
            number=call.number,
            now=self._now(),
            why=outcome.value,
            attempt=attempt,
        )

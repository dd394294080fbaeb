"""Calls the system places: what is due is taken from the database and dialled by AMI, a few at a time."""

import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine

from cases.tries import Outcome
from dialplans import names
from ivr.ami import Ami, Originated
from ivr.inbox import Event
from routing.directory import Directory
from routing.phone import mask
from zhitong.errors import DatabaseGone, ZhitongError
from zhitong.store.due import DueTask
from zhitong.usecases.place_call import OutboundCall, call_failed, place_call
from zhitong.usecases.rules import Rules
from zhitong.usecases.staff_calls import KINDS, place_staff_call, staff_call_over
from zhitong.usecases.take_due import CALLING, take_due

log = logging.getLogger(__name__)

LINES = 4
"""Calls that are placed at the same time."""
RING_SECONDS = 40.0

STAFF_LINES = 2
"""The same for calls to officials."""
_CONTEXTS = dict.fromkeys(("callback", "recheck", "confirm"), names.CONTEXT_CALLBACK) | {"redial": names.CONTEXT_REDIAL}

_NO_ANSWER = "3"
"""Asterisk's Reason of a call that rang until our time was up; any other failure has Reason 0, whatever it was."""
_BUSY = 17
_NO_LINE = frozenset({3, 18, 27, 34, 38, 41, 42, 44, 47, 58, 63, 66, 79, 88, 102, 111, 127})
"""Q.850: no route, no circuit, congestion, a carrier that says nothing: the number itself was never reached."""

_HANDLER = {"CHANNEL(hangup_handler_push)": f"{names.CONTEXT_UNREACHED}\\,s\\,1"}
"""With backslashes: a comma would begin another variable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How the channel of a call that was not answered ended: its state (Ringing, Down …) and Q.850 cause."""

    state: str
    cause: int


def how_it_went(result: Originated, ended: Ended | None) -> Outcome:
    """What became of a call that was not answered. ended: None when no channel was ever made."""
    if result.reason == _NO_ANSWER:
        return Outcome.UNANSWERED
    if result.outcome == "unsent" or ended is None:
        return Outcome.NO_LINE
    if ended.state == "Ringing":
        return Outcome.UNANSWERED  # it rang, and was declined or given up
    if ended.cause == _BUSY:
        return Outcome.BUSY
    return Outcome.NO_LINE if ended.cause in _NO_LINE else Outcome.NOT_REACHED


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
        carrier: str,
        caller_id: str,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._ami = ami
        self._now = now
        self._directory = directory
        self._talking = talking
        self._carrier = carrier
        self._caller_id = caller_id
        self._busy = {CALLING: 0, KINDS: 0}
        self._ended: dict[int, Ended | None] = {}  # of the calls being placed now, by task
        self._ringing: dict[int, str] = {}  # numbers of officials that are being rung, by task
        self._choosing = Lock()
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=LINES + STAFF_LINES, thread_name_prefix="outbound")

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
        try:
            tasks = take_due(self._engine, now=now, kinds=kinds, limit=free)
        except DatabaseGone as gone:
            log.warning("what is due cannot be read: %s", gone)
            return
        for task in tasks:
            with self._lock:
                self._busy[kinds] += 1
            self._pool.submit(self._place, task, kinds)

    def on_unreached(self, event: Event) -> None:
        """A call we placed ended unanswered; Asterisk tells how before it answers the Originate. Never blocks."""
        task = event.number(names.EVENT_TASK)
        ended = Ended(state=event.headers.get(names.EVENT_STATE, ""), cause=event.number(names.EVENT_CAUSE))
        with self._lock:
            if task in self._ended:
                self._ended[task] = ended

    def stop(self) -> None:
        """Dial nothing more; calls that are up are Asterisk's."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _place(self, task: DueTask, kinds: tuple[str, ...]) -> None:
        try:
            call = self._call(task)
            if call is not None:
                self._dial(call)
        except ZhitongError as error:
            log.error("task %s is not dialled: %s", task.id, error)
        except Exception:
            # The thread's edge: the task's lease ends in minutes and it is tried again.
            log.exception("task %s is not dialled", task.id)
        finally:
            with self._choosing:
                self._ringing.pop(task.id, None)
            with self._lock:
                self._busy[kinds] -= 1

    def _call(self, task: DueTask) -> OutboundCall | None:
        if task.kind in KINDS:
            with self._choosing:  # one after the other: no telephone is rung for two things at once
                talking = {*self._talking(), *self._ringing.values()}
                call = place_staff_call(self._engine, self._directory(), task, talking=talking, now=self._now())
                if call is not None:
                    self._ringing[task.id] = call.number
            return call
        return place_call(self._engine, self._rules, task, now=self._now())

    def _dial(self, call: OutboundCall) -> None:
        log.info("%s of case %s: dialling %s", call.kind, call.case_number, mask(call.number))
        with self._lock:
            self._ended[call.task_id] = None
        done = self._ami.originate(
            channel=f"PJSIP/{names.ENDPOINT}/sip:{call.number}@{self._carrier}",
            context=_CONTEXTS.get(call.kind, names.CONTEXT_STAFF),
            variables=_HANDLER | {names.TASK: str(call.task_id)},
            caller_id=self._caller_id,
            ring_seconds=RING_SECONDS,
        )
        with self._lock:
            ended = self._ended.pop(call.task_id)
        if done.outcome in ("failed", "unsent"):
            outcome = how_it_went(done, ended)
            log.info("task %s: %s (%s %s %s)", call.task_id, outcome.value, done.outcome, done.reason, ended)
            self._failed(call, outcome)
        else:
            log.info("task %s: %s", call.task_id, done.outcome)
        # answered: the call's own facts tell the rest. unknown: whether it rang is not known, so it is not dialled
        # again before the task's lease is over.

    def _failed(self, call: OutboundCall, outcome: Outcome) -> None:
        if call.kind not in KINDS:
            call_failed(self._engine, self._rules, task_id=call.task_id, now=self._now(), outcome=outcome)
            return
        staff_call_over(
            self._engine,
            self._rules.staff,
            self._directory(),
            task_id=call.task_id,
            number=call.number,
            now=self._now(),
            why=outcome.value,
        )

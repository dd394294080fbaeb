"""Calls the system places: what is due is taken from the database and dialled by AMI, a few at a time."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine

from dialplans import names
from ivr.ami import Ami
from routing.phone import mask, may_dial
from zhitong.errors import DatabaseGone, ZhitongError
from zhitong.store.due import DueTask
from zhitong.usecases.place_call import OutboundCall, call_failed, place_call
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import CALLING, take_due

log = logging.getLogger(__name__)

LINES = 4
"""Calls that are placed at the same time."""
RING_SECONDS = 40.0

_REASONS = {"0": "打不通", "1": "没接通", "3": "没人接", "5": "占线", "8": "线路忙"}


class Outbound:
    """Places the calls that are due. `place_due` is called by the scheduler."""

    def __init__(
        self,
        *,
        engine: Engine,
        rules: Rules,
        ami: Ami,
        now: Callable[[], datetime],
        carrier: str,
        caller_id: str,
        area_code: str,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._ami = ami
        self._now = now
        self._carrier = carrier
        self._caller_id = caller_id
        self._area_code = area_code
        self._busy = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=LINES, thread_name_prefix="outbound")

    def place_due(self, now: datetime) -> None:
        """Take what is due and dial it. Without a manager connection nothing is taken: it stays due."""
        with self._lock:
            free = LINES - self._busy
        if free <= 0 or not self._ami.up:
            return
        try:
            tasks = take_due(self._engine, now=now, kinds=CALLING, limit=free)
        except DatabaseGone as gone:
            log.warning("what is due cannot be read: %s", gone)
            return
        for task in tasks:
            with self._lock:
                self._busy += 1
            self._pool.submit(self._place, task)

    def stop(self) -> None:
        """Dial nothing more; calls that are up are Asterisk's."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _place(self, task: DueTask) -> None:
        try:
            call = place_call(self._engine, self._rules, task, now=self._now(), area_code=self._area_code)
            if call is not None:
                self._dial(call)
        except ZhitongError as error:
            log.error("task %s is not dialled: %s", task.id, error)
        except Exception:
            # The thread's edge: the task's lease ends in minutes and it is tried again.
            log.exception("task %s is not dialled", task.id)
        finally:
            with self._lock:
                self._busy -= 1

    def _dial(self, call: OutboundCall) -> None:
        if not may_dial(call.number, allowed=frozenset({call.number})):
            log.error("refused to dial %s for task %s", mask(call.number), call.task_id)
            return
        log.info("%s of case %s: dialling %s", call.kind, call.case_number, mask(call.number))
        done = self._ami.originate(
            channel=f"PJSIP/{names.ENDPOINT}/sip:{call.number}@{self._carrier}",
            context=names.CONTEXT_CALLBACK if call.kind == "callback" else names.CONTEXT_REDIAL,
            variables={names.TASK: str(call.task_id)},
            caller_id=self._caller_id,
            ring_seconds=RING_SECONDS,
        )
        log.info("task %s: %s %s", call.task_id, done.outcome, done.reason)
        if done.outcome in ("failed", "unsent"):
            cause = _REASONS.get(done.reason, "没接通") if done.outcome == "failed" else "没有打出去"
            call_failed(self._engine, self._rules, task_id=call.task_id, now=self._now(), cause=cause)
        # answered: the call's own facts tell the rest. unknown: whether it rang is not known, so it is not dialled
        # again before the task's lease is over.

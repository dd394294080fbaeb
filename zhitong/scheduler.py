"""The tick. What is due stands in the database; this only looks, again and again, whether something is."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from zhitong.clock import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Something to be looked at regularly. every: seconds. run: gets the clock's time, decides what is due."""

    name: str
    every: float
    run: Callable[[datetime], object]


class Scheduler:
    """Runs each job at its interval, never twice at once; one that fails is logged and runs again next time."""

    def __init__(self, jobs: Sequence[Job], clock: Clock) -> None:
        """Raises ValueError for an interval that is not positive or a name that comes twice."""
        for job in jobs:
            if job.every <= 0:
                raise ValueError(f"job {job.name}: every is {job.every}; give a number of seconds above 0")
        if len({job.name for job in jobs}) < len(jobs):
            raise ValueError("two jobs have the same name; name each differently")
        self._jobs, self._clock = tuple(jobs), clock
        self._busy = {job.name: threading.Lock() for job in jobs}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max_workers=max(1, len(self._jobs)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begins to tick; each job runs first after its interval."""
        for job in self._jobs:
            self._scheduler.add_job(self._tick, "interval", args=[job], seconds=job.every, id=job.name)
        self._scheduler.start()

    def tick_now(self) -> None:
        """Runs every job once on this thread, in order, each after a run of it that is under way."""
        for job in self._jobs:
            with self._busy[job.name]:
                self._run(job)

    def stop(self) -> None:
        """Ends the ticking; waits for jobs that are running."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _tick(self, job: Job) -> None:
        if not self._busy[job.name].acquire(blocking=False):
            return  # tick_now is at it
        try:
            self._run(job)
        finally:
            self._busy[job.name].release()

    def _run(self, job: Job) -> None:
        try:
            job.run(self._clock.now())
        except Exception:
            # The outermost edge of a tick: what is due is still due, so the next one takes it up again.
            _log.exception("job %s failed; it runs again in %g s", job.name, job.every)

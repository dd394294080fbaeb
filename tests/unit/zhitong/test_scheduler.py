"""The tick."""

import threading
from datetime import datetime

import pytest

from tests.fakes.told_calls import MORNING
from zhitong.clock import FastForwardClock
from zhitong.scheduler import Job, Scheduler


def test_a_tick_gets_the_injected_time() -> None:
    seen: list[datetime] = []
    Scheduler([Job(name="a", every=60, run=seen.append)], FastForwardClock(MORNING)).tick_now()
    assert len(seen) == 1 and (seen[0] - MORNING).total_seconds() < 60


def test_a_job_that_fails_does_not_stop_the_others_nor_itself(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[str] = []

    def fails(now: datetime) -> None:
        runs.append("fails")
        raise RuntimeError("broken")

    jobs = [Job(name="bad", every=60, run=fails), Job(name="good", every=60, run=lambda now: runs.append("good"))]
    scheduler = Scheduler(jobs, FastForwardClock(MORNING))
    scheduler.tick_now()
    scheduler.tick_now()
    assert runs == ["fails", "good", "fails", "good"] and "job bad failed" in caplog.text


def test_it_ticks_by_itself_and_never_runs_a_job_twice_at_once() -> None:
    three, overlap = threading.Event(), threading.Event()
    inside = threading.Lock()
    runs: list[datetime] = []

    def job(now: datetime) -> None:
        if not inside.acquire(blocking=False):
            overlap.set()
            return
        try:
            runs.append(now)
            if len(runs) >= 3:
                three.set()
        finally:
            inside.release()

    scheduler = Scheduler([Job(name="a", every=0.02, run=job)], FastForwardClock(MORNING))
    scheduler.start()
    try:
        while not three.wait(0.01):
            scheduler.tick_now()
    finally:
        scheduler.stop()
    assert not overlap.is_set()


def test_jobs_that_cannot_be_are_refused() -> None:
    clock = FastForwardClock(MORNING)
    with pytest.raises(ValueError, match="every"):
        Scheduler([Job(name="a", every=0, run=print)], clock)
    with pytest.raises(ValueError, match="same name"):
        Scheduler([Job(name="a", every=1, run=print), Job(name="a", every=2, run=print)], clock)

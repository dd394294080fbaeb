"""Threads for what no call waits for: a bounded number of things at a time, the rest is left out."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Background:
    """One kind of errands. A kind that hangs does not hold up another."""

    def __init__(self, name: str, *, workers: int = 1, limit: int = 64) -> None:
        """limit: errands under way or waiting."""
        self._name = name
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
        self._free = threading.BoundedSemaphore(limit)

    def later(self, run: Callable[[], T]) -> "Future[T] | None":
        """Have it done; None when too much waits already, or at the end. Never blocks."""
        if not self._free.acquire(blocking=False):
            log.warning("too much waits for %s, something was left out", self._name)
            return None
        try:
            errand = self._pool.submit(run)
        except RuntimeError:  # stopping
            self._free.release()
            return None
        errand.add_done_callback(self._done)
        return errand

    def _done(self, errand: "Future[Any]") -> None:
        self._free.release()
        if not errand.cancelled() and (error := errand.exception()) is not None:
            log.error("%s: an errand failed", self._name, exc_info=error)

    def stop(self) -> None:
        """Do nothing more; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

"""The one clock. It is made at the edge and handed in; nothing else asks the machine for the time of day."""

import threading
import time
from datetime import datetime, timedelta
from typing import Protocol

from routing.calendar import LOCAL


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time now, aware, in the county's zone (Asia/Shanghai)."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The time now, aware, in Asia/Shanghai."""
        return datetime.now(LOCAL)


class FastForwardClock:
    """A clock that begins at `start`, runs on with real time, and can be put forward. For demo and tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError(f"clock: start is {start.isoformat()} without a time zone; give an aware datetime")
        self._start = start.astimezone(LOCAL)
        self._began = time.monotonic()
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time now, aware, in Asia/Shanghai."""
        with self._lock:
            return self._start + self._ahead + timedelta(seconds=time.monotonic() - self._began)

    def advance(self, by: timedelta) -> None:
        """Puts the clock forward; never back, since due times must not become undue. Raises ValueError."""
        if by < timedelta():
            raise ValueError(f"clock: cannot go back by {-by}; make a new clock with an earlier start")
        with self._lock:
            self._ahead += by

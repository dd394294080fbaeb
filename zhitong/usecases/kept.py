"""What takes seconds to count is counted behind and kept with the moment it was counted at: no page waits for it.

What is kept is shown while it is counted anew, so a figure is never older than its page says. Kept in memory: after a
restart it is counted again when somebody asks.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
WAIT = 0.1
"""Seconds: what is counted by then is on the page at once; a small county waits for nothing."""
MOST, MOST_WANTED = 300, 60
"""So much is kept, what nobody asked for longest goes first; so much waits to be counted, more is asked for again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held(Generic[T]):
    """What was counted, and when."""

    value: T
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted(Generic[T]):
    """What is to be counted. key: all that it depends on, who asks included where it shows him less or more.

    fresh: how long it stands before it is counted anew.
    """

    key: Hashable
    make: Callable[[], T]
    fresh: timedelta


class Kept:
    """Counts one thing at a time on a thread of its own, which ends when nothing is left to count."""

    def __init__(self, *, wait: float = WAIT) -> None:
        """wait: seconds that one waits for what has never been counted."""
        self._wait = wait
        self._held: OrderedDict[Hashable, Held[object]] = OrderedDict()
        self._failed: dict[Hashable, Exception] = {}
        self._wanted: OrderedDict[Hashable, tuple[Callable[[], object], datetime]] = OrderedDict()
        self._changed = threading.Condition()
        self._counts = False

    def ask(self, every: Sequence[Wanted[T]], *, now: datetime) -> list[Held[T] | None]:
        """Each as it was counted last; None: it is being counted for the first time. Raises what counting it raised."""
        keys = [one.key for one in every]
        with self._changed:
            for one in every:
                held = self._held.get(one.key)
                old = held is None or held.at + one.fresh <= now
                if old and (one.key in self._wanted or len(self._wanted) < MOST_WANTED):
                    self._wanted.setdefault(one.key, (one.make, now))
            if self._wanted and not self._counts:
                self._counts = True
                threading.Thread(target=self._count, name="kept figures", daemon=True).start()
            self._changed.wait_for(lambda: all(key in self._held or key in self._failed for key in keys), self._wait)
            for key in keys:
                if key in self._failed:
                    raise self._failed.pop(key)
            return [self._look(key) for key in keys]

    def _look(self, key: Hashable) -> Held[T] | None:
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)  # type: ignore[return-value]

    def _count(self) -> None:
        while True:
            with self._changed:
                if not self._wanted:
                    self._counts = False
                    return
                key, (make, at) = next(iter(self._wanted.items()))
            found: object = None
            fault: Exception | None = None
            try:
                found = make()
            except Exception as error:  # whoever asked is told
                log.warning("what a page asked for could not be counted: %s", type(error).__name__)
                fault = error
            with self._changed:
                del self._wanted[key]
                if fault is not None:
                    self._failed[key] = fault
                    while len(self._failed) > MOST_WANTED:
                        del self._failed[next(iter(self._failed))]
                else:
                    self._held[key] = Held(value=found, at=at)
                    self._held.move_to_end(key)
                    while len(self._held) > MOST:
                        self._held.popitem(last=False)
                self._changed.notify_all()

"""Where everything that concerns one call arrives for the call's own thread: AGI requests, audio, events from AMI."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

from ivr.agi import Agi
from ivr.audio import AudioConnection
from ivr.call import Call
from ivr.facts import Fact
from ivr.ports import KnownCaller
from routing.route import Rung

log = logging.getLogger(__name__)

Reply = Literal["accept", "refuse", "deputy", "later", "nobody"]
"""What an official may answer in the screening; `deputy`: the deputy is to be rung, `later`: he will call back."""

INBOX_LIMIT = 128
"""Items one call may leave unread. A call has about ten; only a thread that stands still fills it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What the dialplan told by UserEvent: its kind and the other headers."""

    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def number(self, header: str) -> int:
        """A header that counts; 0 when it is missing or no number."""
        value = self.headers.get(header, "")
        return int(value) if value.isascii() and value.isdigit() else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a leg's screening came to."""

    answer: Reply
    by: Literal["key", "voice", "heard", ""] = ""
    """`heard`: a person spoke, and no key came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Briefing:
    """What an official hears before the caller: sentences as sound."""

    brief: Callable[[], bytes]
    keys: Callable[[], bytes]
    clip: Callable[[], bytes] | None = None
    """The caller's own words, read from their file; None when there are none or they may not be kept."""
    clip_first: bool = False
    """Unsure of the matter: the caller's words are the brief."""


Item = Agi | AudioConnection | Event


class LiveCall:
    """One call that is up: its facts so far, its inbox, and what its legs need. Shared by its threads."""

    def __init__(
        self, call: Call, *, note: Callable[[Fact], None], now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self.call = call
        self.briefing: Briefing | None = None
        self.verdicts: dict[int, Verdict] = {}
        self.talks_with = ""
        """The number of the official in the talk, or in a menu; empty without one."""
        self.last_pass: set[int] = set()
        """The legs that cannot be rung once more before time is up."""
        self.contact = ""
        """The number that the caller gave and confirmed, at which they can be called; canonical."""
        self.short = ""
        """The number of the case that is told to the caller, once the writer of facts has chosen it."""
        self.known: Callable[[], KnownCaller] = KnownCaller
        """What is known of the caller by now: by the number of the call, or by the one that they have given."""
        self.directed: Rung | None = None
        """Whom the desk wants rung, until the dialplan comes to ask."""
        self.brief_complete: Callable[[], str] | None = None
        """names.BRIEF as it is now that the caller has given a number; None where it needs no change."""
        self._note = note
        self._now = now
        self._monotonic = monotonic
        self._seq = count()
        self._lock = threading.Lock()
        self._items: queue.Queue[Item] = queue.Queue(maxsize=INBOX_LIMIT)

    def note(self, kind: str, /, **detail: Any) -> None:
        """Emit one fact; any of the call's threads may."""
        with self._lock:  # numbers go out in order
            self._note(
                Fact(
                    call_id=self.call.id,
                    seq=next(self._seq),
                    at=self._now(),
                    ms=max(0, round((self._monotonic() - self.call.answered) * 1000)),
                    kind=kind,
                    detail=detail,
                )
            )

    def put(self, item: Item) -> bool:
        """Leave something for the call's thread; False when the inbox is full (and the item must be closed)."""
        try:
            self._items.put_nowait(item)
        except queue.Full:
            log.error("call %s: inbox full, %s dropped", self.call.id, type(item).__name__)
            return False
        return True

    def take(self, limit: float) -> Item | None:
        """The next item, or None after `limit` seconds."""
        try:
            return self._items.get(timeout=max(0.0, limit))
        except queue.Empty:
            return None


class Registry:
    """The calls that are up, by the base of their uuids. Thread-safe, bounded."""

    def __init__(self, *, limit: int = 1024) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._lock = threading.Lock()
        self._limit = limit

    def add(self, live: LiveCall) -> bool:
        """False when there are too many already; the call then goes the dialplan's own way."""
        with self._lock:
            if len(self._calls) >= self._limit:
                return False
            self._calls[live.call.base] = live
        return True

    def remove(self, live: LiveCall) -> None:
        """Close the call's inbox: what still comes for it is refused, what waits in it is closed."""
        with self._lock:
            self._calls.pop(live.call.base, None)
        while (item := live.take(0)) is not None:
            if not isinstance(item, Event):
                item.close()

    def find(self, base: str) -> LiveCall | None:
        """The live call of this base (with or without its last dash)."""
        with self._lock:
            return self._calls.get(base.rstrip("-").lower())

    def all(self) -> tuple[LiveCall, ...]:
        """All calls that are up now."""
        with self._lock:
            return tuple(self._calls.values())

"""监听, the hotline's end: rings who is to listen, ends it, and writes down when it began and was over.

A channel bears the id of its entry, so any controller can end what another one began. What cannot be written down now
is tried again at the next look.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from dialplans import names
from ivr.ami import Ami, AmiGone, AmiRefused
from ivr.inbox import Event
from routing.phone import mask
from zhitong.background import Background
from zhitong.errors import DatabaseGone
from zhitong.usecases.monitor_live import monitoring_began, monitoring_over, turned_secret

log = logging.getLogger(__name__)

RING_SECONDS = 30.0
MOST = 4
"""Who listen at the same time, to all calls together."""
LISTENED, UNANSWERED, SECRET, STOPPED = "听完了", "没有接电话", "来电要保密，停了", "停了"


class Monitoring:
    """`begin`, `end` and `on_event` never block; `look` is called by the scheduler."""

    def __init__(
        self, *, engine: Engine, ami: Ami, now: Callable[[], datetime], trunk_address: str, caller_id: str
    ) -> None:
        self._engine, self._ami, self._now = engine, ami, now
        self._trunk, self._caller_id = trunk_address, caller_id
        self._lock = threading.Lock()
        self._calls: dict[int, str] = {}  # entry → the call that is listened to
        self._ended: dict[int, str] = {}  # entry → how; not written down yet
        self._why: dict[int, str] = {}  # entry → why it was ended
        self._rings = Background("monitoring", workers=MOST, limit=MOST)
        self._errands = Background("monitoring errands")

    def begin(self, id: int, call: str, channel: str, number: str) -> bool:
        """Ring this number, and join it to the caller's channel. False: too many listen already."""
        with self._lock:
            self._calls[id] = call
        if self._rings.later(lambda: self._ring(id, channel, number)) is not None:
            return True
        with self._lock:
            del self._calls[id]
        return False

    def end(self, id: int, why: str = STOPPED) -> None:
        """Hang up who listens, or is rung to."""
        with self._lock:
            self._why.setdefault(id, why)
        self._errands.later(lambda: self._hang_up(id))

    def end_of(self, call: str, why: str) -> None:
        """The same for whoever listens to this call."""
        with self._lock:
            found = [id for id, one in self._calls.items() if one == call]
        for id in found:
            self.end(id, why)

    @property
    def calls(self) -> frozenset[str]:
        """The ids of the calls that this controller has somebody listen to."""
        with self._lock:
            return frozenset(self._calls.values())

    def on_event(self, event: Event) -> None:
        """The dialplan tells that somebody has begun to listen, or does no longer."""
        told = event.headers.get(names.EVENT_MONITORING, "")
        if not told.isdigit():
            return
        id, state = int(told), event.headers.get(names.EVENT_STATE, "")
        if state == names.MONITOR_ON:
            self._errands.later(lambda: self._began(id))
        else:
            self._over(id, LISTENED)

    def look(self, now: datetime) -> None:
        """What has become secret is listened to no longer; what could not be written down is."""
        try:
            if self.calls:
                for id in turned_secret(self._engine):
                    self.end(id, SECRET)
            with self._lock:
                ended = dict(self._ended)
            for id, outcome in ended.items():
                monitoring_over(self._engine, id, now=now, outcome=outcome)
                with self._lock:
                    self._ended.pop(id, None)
        except DatabaseGone as gone:
            log.warning("who listened to which call is written down later: %s", gone)

    def stop(self) -> None:
        """Ring nobody any more; who listens stays Asterisk's until the call is over."""
        self._rings.stop()
        self._errands.stop()

    def _ring(self, id: int, channel: str, number: str) -> None:
        log.info("monitoring %d: dialling %s", id, mask(number))
        done = self._ami.originate(
            channel=f"PJSIP/{names.ENDPOINT}/sip:{number}@{self._trunk}",
            context=names.CONTEXT_MONITOR,
            variables={names.MONITORED: channel, names.MONITORING: str(id), names.MONITOR: number},
            caller_id=self._caller_id,
            ring_seconds=RING_SECONDS,
            channel_id=_channel(id),
        )
        if done.outcome == "unknown":
            self._hang_up(id)  # nobody may listen of whom nobody knows
        if done.outcome != "answered":
            self._over(id, UNANSWERED)

    def _began(self, id: int) -> None:
        try:
            monitoring_began(self._engine, id, now=self._now())
        except DatabaseGone as gone:
            log.warning("monitoring %d is not written down, and ended: %s", id, gone)
            self._hang_up(id)

    def _over(self, id: int, outcome: str) -> None:
        with self._lock:
            self._calls.pop(id, None)
            self._ended.setdefault(id, self._why.pop(id, outcome))
        self._errands.later(lambda: self.look(self._now()))

    def _hang_up(self, id: int) -> None:
        try:
            self._ami.hang_up(_channel(id))
        except (AmiGone, AmiRefused) as error:
            log.info("monitoring %d is not hung up: %s", id, error)


def _channel(id: int) -> str:
    return f"monitoring-{id}"

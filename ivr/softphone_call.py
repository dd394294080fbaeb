"""One call of a software telephone: what is known about it, what can be done with it, what can be waited for."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr.softphone_audio import BYTES_PER_SECOND, Sound, load, silence
from ivr.softphone_plan import Audio, DigitMethod, Step

if TYPE_CHECKING:
    from ivr.softphone import PhoneNetwork

_HEADER_BYTES = 44


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a call: `at` in seconds of CLOCK_MONOTONIC."""

    kind: str
    at: float
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        detail = "".join(f" {key}={value}" for key, value in self.detail.items() if key in _TOLD)
        return f"{self.at:.3f} {self.kind}{detail}"


_TOLD = ("code", "reason", "by", "digit", "method", "text", "number")


def wall_clock(at: float) -> datetime:
    """The time of day, with UTC as its zone, of a moment of CLOCK_MONOTONIC."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - at)


class PhoneCall:
    """One call as seen by one telephone.

    `number` is the telephone's own number, `incoming` whether it was rung, `headers` those of the INVITE that rang it.
    The kinds of `events`: invite, progress (183), ringing (180), answered (200), confirmed (ACK), audio, rtp (first
    packet heard), sound and quiet (the other end became audible, fell silent), playing, played, pressed, digit (a key
    heard), cancelled, disconnected, closed (recording written out), fault.
    """

    def __init__(self, network: "PhoneNetwork", name: str, number: str, *, incoming: bool) -> None:
        self._network, self.name, self.number, self.incoming = network, name, number, incoming
        self.events: list[Event] = []
        self.headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<{'call to' if self.incoming else 'call from'} {self.number}: {self._network.last_seen(self)}>"

    # What is known about it.

    def at(self, kind: str) -> float | None:
        """When an event of this kind happened first (seconds of CLOCK_MONOTONIC), or None."""
        return next((event.at for event in tuple(self.events) if event.kind == kind), None)

    @property
    def invited_at(self) -> float:
        """When the INVITE was sent, or arrived."""
        return self.wait_for("invite", 5.0).at

    @property
    def rung_at(self) -> float | None:
        """When it began to ring: 180 sent, or received."""
        return self.at("ringing")

    @property
    def answered_at(self) -> float | None:
        """When 200 was sent, or received."""
        return self.at("answered")

    @property
    def disconnected_at(self) -> float | None:
        """When it was over, for whatever reason."""
        return self.at("disconnected")

    @property
    def live(self) -> bool:
        """Whether it is not over yet."""
        return self.at("disconnected") is None

    @property
    def code(self) -> int | None:
        """The SIP code it ended with (200 after a talk, 487 after CANCEL, 486…), None while it lives."""
        end = next((event for event in tuple(self.events) if event.kind == "disconnected"), None)
        return end.detail["code"] if end else None

    @property
    def ended_by(self) -> str | None:
        """Who ended it: "here" (this telephone) or "there" (the other end); None while it lives."""
        end = next((event for event in tuple(self.events) if event.kind == "disconnected"), None)
        return end.detail["by"] if end else None

    @property
    def digits(self) -> str:
        """The keys heard from the other end (RFC 4733 or SIP INFO)."""
        return "".join(event.detail["digit"] for event in tuple(self.events) if event.kind == "digit")

    def header(self, name: str) -> str:
        """The value of a header of the incoming INVITE; "" if it has none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def from_number(self) -> str:
        """The user part of From: who the trunk says is calling."""
        return _user(self.header("From"))

    @property
    def asserted_number(self) -> str:
        """The user part of P-Asserted-Identity, or ""; carriers show this one when it is there."""
        return _user(self.header("P-Asserted-Identity"))

    # What can be done with it.

    def answer(self) -> None:
        """Take an incoming call."""
        self._do("accept")

    def reject(self, code: int = 603) -> None:
        """Refuse an incoming call: 486 busy, 480 unreachable, 603 declined, 404, 503. ValueError once answered."""
        self._do("refuse", code)

    def hang_up(self) -> None:
        """BYE, or CANCEL before the answer. Nothing if it is over already."""
        if self.live:
            try:
                self._do("hang_up")
            except ValueError:
                if self.live:
                    raise

    def hold(self) -> None:
        """Put the other end on hold (re-INVITE)."""
        self._do("hold")

    def resume(self) -> None:
        """Take the other end off hold."""
        self._do("resume")

    def play(self, sound: Audio, *, loop: bool = False) -> None:
        """Play pcm or a sound file to the other end instead of what played before; returns at once."""
        path, seconds = self._network.sound_file(sound)
        self._do("play", path, seconds, loop)

    def say(self, sound: Audio) -> None:
        """Play pcm or a sound file and return when it is over (or the call is)."""
        _, seconds = self._network.sound_file(sound)
        self.play(sound)
        self._wait(lambda: self._last("playing", "played").kind == "played" or not self.live, seconds + 5.0, "its end")

    def silence(self) -> None:
        """Stop playing."""
        self._do("stop")

    def press(self, digits: str, method: DigitMethod = "rfc4733") -> None:
        """Press keys, 0.3 s apart: as RTP events, SIP INFO, tones in the sound ("inband"), or not arriving ("lost")."""
        for step in self._network.encode((Step("press", (digits, method)),)):
            if step[0] == "press":
                self._do(*step)
            else:
                self._do("play", *step[1:], False)

    def perform(self, *steps: Step) -> None:
        """Let the telephone go on by itself with these steps of ivr.softphone_plan."""
        self._network.command("steps", call=self.name, steps=self._network.encode(steps))

    # Waiting: limits in seconds.

    def wait_for(self, kind: str, limit: float) -> Event:
        """Until an event of this kind has happened; the first one."""
        self._wait(lambda: self.at(kind) is not None, limit, kind)
        return next(event for event in self.events if event.kind == kind)

    def wait_answered(self, limit: float) -> float:
        """Until 200 and ACK; the moment of the 200."""
        self.wait_for("confirmed", limit)
        return self.wait_for("answered", limit).at

    def wait_disconnected(self, limit: float) -> int:
        """Until it is over; the SIP code."""
        self._wait(lambda: not self.live, limit, "the end")
        return self.code or 0

    def wait_cancelled(self, limit: float) -> float:
        """Until the caller took an unanswered call back; the moment."""
        return self.wait_for("cancelled", limit).at

    def wait_sound(self, limit: float, *, since: float | None = None) -> float:
        """Until the other end is audible (now, or at any time since `since`); the moment it became so."""
        self._wait(lambda: self._sound_since(since) is not None, limit, "a sound")
        return self._sound_since(since) or 0.0

    def wait_quiet(self, limit: float, *, quiet: float = 0.6) -> float:
        """Until the other end has been silent for `quiet` seconds; the moment its last sound ended."""
        self.wait_for("audio", limit)
        deadline = time.monotonic() + limit
        while True:
            since = self._quiet_since()
            now = time.monotonic()
            if since is not None and now - since >= quiet:
                return since
            if now >= deadline:
                raise TimeoutError(f"waited {limit} s for {quiet} s of quiet: {self!r}")
            self._network.wait_change(min(deadline, now + 0.05 if since is None else since + quiet) - now)

    def wait_digits(self, digits: str, limit: float) -> None:
        """Until these keys have been heard, among others perhaps."""
        self._wait(lambda: digits in self.digits, limit, f"the keys {digits}")

    # The sound itself.

    def heard(self) -> Sound:
        """All that was heard so far: complete once the call is over, else up to half a second ago.

        The network and the jitter buffer make it 60 to 100 ms later than it was sent. Empty before there is any sound.
        """
        if not self.live and self.at("audio") is not None:
            self.wait_for("closed", 5.0)
        began = next((event.detail for event in tuple(self.events) if event.kind == "audio"), None)
        if began is None:
            return Sound(pcm=b"", started_at=self.invited_at)
        data = Path(began["path"]).read_bytes()[_HEADER_BYTES:]
        return Sound(pcm=data[: len(data) // 2 * 2], started_at=began["began"])

    def heard_between(self, start: float, end: float, *, limit: float = 2.0) -> Sound:
        """What was heard between two moments; waits until `end` is over and written, `limit` seconds longer at most."""
        deadline = max(end, time.monotonic()) + limit
        while self.live and self.heard().ended_at < end:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the recording does not reach {end:.3f}: {self!r}")
            self._network.wait_change(0.05)
        return self.heard().between(start, end)

    def said(self) -> Sound:
        """All that was played so far, silence between; begins when sound became possible. Without RFC 4733 keys."""
        events = tuple(self.events)
        began = next((event.detail["began"] for event in events if event.kind == "audio"), None)
        until = self.disconnected_at or time.monotonic()
        if began is None:
            return Sound(pcm=b"", started_at=self.invited_at)
        pcm = bytearray(silence(max(0.0, until - began)))
        for index, event in enumerate(events):
            if event.kind == "playing":
                stop = next((later.at for later in events[index + 1 :] if later.kind in ("played", "playing")), until)
                data = load(Path(event.detail["path"]))
                first = 2 * round(max(0.0, event.at - began) * BYTES_PER_SECOND / 2)
                length = min(2 * round(max(0.0, stop - event.at) * BYTES_PER_SECOND / 2), len(pcm) - first)
                data = data * (length // len(data) + 1) if event.detail["loop"] and data else data
                data = data[: max(0, length)]
                pcm[first : first + len(data)] = data
        return Sound(pcm=bytes(pcm), started_at=began)

    def _sound_since(self, since: float | None) -> float | None:
        loud = [event for event in tuple(self.events) if event.kind in ("sound", "quiet")]
        if since is None:
            return loud[-1].at if loud and loud[-1].kind == "sound" else None
        started = None
        for event in loud:
            if event.kind == "sound":
                started = event.at
                if event.at >= since:
                    return event.at
            elif started is not None and event.at >= since:
                return since
        return max(since, started) if loud and loud[-1].kind == "sound" and started is not None else None

    def _quiet_since(self) -> float | None:
        last = self._last("audio", "sound", "quiet")
        return None if last.kind == "sound" else last.at

    def _last(self, *kinds: str) -> Event:
        return [event for event in tuple(self.events) if event.kind in kinds][-1]

    def _wait(self, done: Callable[[], bool], limit: float, what: str) -> None:
        begun = time.monotonic()
        self._network.wait_until(lambda: done() or self.at("closed") is not None, limit)
        if not done():
            over = "it is over; " if self.at("closed") is not None else ""
            raise TimeoutError(f"waited {time.monotonic() - begun:.1f} of {limit} s for {what}: {over}{self!r}")

    def _do(self, verb: str, *values: Any) -> None:
        self._network.command(verb, call=self.name, values=values)


def _user(header: str) -> str:
    found = re.search(r"sips?:([^@;>\s]+)@|tel:([^;>\s]+)", header)
    return (found[1] or found[2]) if found else ""

"""Telephones in software: a whole telephone network on a loopback address, for the demo, the acceptance tests and 拨测.

    with PhoneNetwork() as network:
        citizen, director = network.phone("13900000001"), network.phone("13800000001")
        call = citizen.dial("12345", via=asterisk)          # "127.0.0.1:5060"
        call.wait_answered(5)
        call.say(speech("我要找局长"))
        ring = director.wait_ringing(10)
        ring.answer()
        ring.press("1")
        ring.wait_sound(3)
        call.hang_up()
        ring.wait_disconnected(1)

Every number is dialled at one SIP address, `network.address`, and rings at the telephone of that number; an unknown
number is answered 404. All moments are seconds of CLOCK_MONOTONIC (`time.monotonic()`), so they compare with those of
any other process of this machine. Every wait has a limit in seconds and raises TimeoutError saying what was last seen,
at once if the call is over. A verb that is impossible now (answering a call that has ended) raises ValueError, and
SoftphoneGone tells that the telephones' process itself has died.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ivr.softphone_audio import BYTES_PER_SECOND, Sound, dtmf, load, silence, wav
from ivr.softphone_plan import BEHAVIOURS, Audio, DigitMethod, Plan, Step, no_answer, say

_REPLY_LIMIT = 10.0
_HEADER_BYTES = 44


class SoftphoneGone(RuntimeError):
    """The process of the telephones did not start, or has died; its last words are in the message."""


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

    send_digits = press

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


class Phone:
    """A telephone with a number. It rings and waits, until `behaviour` or `will` tell it what to do by itself."""

    def __init__(self, network: "PhoneNetwork", number: str, lines: int, key_events: bool) -> None:
        self._network, self.number, self._lines, self._key_events = network, number, lines, key_events
        self.calls: list[PhoneCall] = []
        """All its calls so far, incoming and outgoing, in order."""
        self._taken: set[str] = set()

    @property
    def incoming(self) -> tuple[PhoneCall, ...]:
        """The calls that reached it so far, refused ones too."""
        return tuple(call for call in tuple(self.calls) if call.incoming)

    def will(self, *plans: Plan) -> Self:
        """What it does with its next calls: one plan a call, the last one for all that follow."""
        encoded = [self._network.encode(plan) for plan in plans or (no_answer(),)]
        kind = {"lines": self._lines, "key_events": self._key_events}
        self._network.command("phone", number=self.number, plans=encoded, **kind)
        return self

    def behaviour(self, name: str, **values: Any) -> Self:
        """The same by name: no-answer, dead, busy, unreachable, reject, voicemail, accept, answer-silent.

        `values` are those of the plan in ivr.softphone_plan, e.g. `behaviour("accept", after=2, key="2")`.
        """
        if name not in BEHAVIOURS:
            raise ValueError(f"behaviour: {name!r} is not one of {', '.join(BEHAVIOURS)}")
        return self.will(BEHAVIOURS[name](**values))

    def dial(
        self,
        to: str,
        *,
        via: str,
        caller_id: str | None = None,
        withheld: bool = False,
        headers: Mapping[str, str] | None = None,
        plan: Plan = (),
        rtp: bool = True,
    ) -> PhoneCall:
        """Call the number `to` at the SIP address `via` ("127.0.0.1:5060"); returns when the INVITE is sent.

        From is the telephone's number, or `caller_id`; `withheld` sends an anonymous From and "Privacy: id".
        `plan` begins once the call is answered. `rtp=False`: sends no RTP while nothing is played.
        """
        more = dict(headers or {})
        caller = f"<sip:{caller_id or self.number}@{self._network.address}>"
        if withheld:
            caller = '"Anonymous" <sip:anonymous@anonymous.invalid>'
            more["Privacy"] = "id"
        call = self._network.new_call(self)
        values = {"call": call.name, "number": self.number, "to": f"sip:{to}@{via}", "caller": caller, "rtp": rtp}
        self._network.command("dial", headers=more, steps=self._network.encode(plan), **values)
        return call

    def wait_ringing(self, limit: float) -> PhoneCall:
        """Until it rings; each call is returned once, in order, those it answered by itself too."""
        return self._next(lambda call: call.at("ringing") is not None, limit, "ring")

    def wait_called(self, limit: float) -> PhoneCall:
        """Until an INVITE arrives, whatever becomes of it; each call is returned once, in order."""
        return self._next(lambda call: True, limit, "be called")

    def _next(self, fits: Callable[[PhoneCall], bool], limit: float, what: str) -> PhoneCall:
        def found() -> PhoneCall | None:
            return next((call for call in self.incoming if call.name not in self._taken and fits(call)), None)

        if not self._network.wait_until(lambda: found() is not None, limit):
            seen = "; ".join(repr(call) for call in self.incoming[-3:]) or "it was never called"
            raise TimeoutError(f"waited {limit} s for {self.number} to {what}: {seen}")
        call = found()
        assert call is not None
        self._taken.add(call.name)
        return call


class PhoneNetwork:
    """The telephones and the process they live in. A context manager; leaving it hangs everything up.

    `host` is the loopback address of all telephones. `folder` keeps the recordings and the log; default: a temporary
    folder that goes when the network closes.
    """

    def __init__(self, *, host: str = "127.0.0.3", folder: Path | None = None, start_limit: float = 20.0) -> None:
        self.host, self._start_limit = host, start_limit
        self._own_folder = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="softphone-")) if folder is None else folder
        self.address = ""
        """Where the telephones are, "127.0.0.3:port": the trunk's address for outbound calls."""
        self.calls: list[PhoneCall] = []
        """All calls so far."""
        self.strays: list[PhoneCall] = []
        """Calls to numbers that no telephone has: answered 404."""
        self._phones: dict[str, Phone] = {}
        self._by_name: dict[str, PhoneCall] = {}
        self._replies: dict[int, dict[str, Any] | None] = {}
        self._change = threading.Condition()
        self._commands = 0
        self._gone = ""
        self._dead_sockets: list[socket.socket] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._control = socket.socket()
        self._reader = threading.Thread(target=self._read, name="softphone", daemon=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process of the telephones."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process. Raises SoftphoneGone with the reason if it cannot start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "ivr.softphone_process"]
        path = [str(Path(__file__).resolve().parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs, (self.folder / "stderr.txt").open("wb") as said:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), self.host, str(self.folder)],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self._reader.start()
        if not self.wait_until(lambda: bool(self.address), self._start_limit):
            raise SoftphoneGone(f"the telephones did not start within {self._start_limit} s: {self._last_words()}")

    def close(self) -> None:
        """Hang up all calls and end the process."""
        for dead in self._dead_sockets:
            dead.close()
        if self._process is not None:
            self._control.shutdown(socket.SHUT_WR)
            try:
                self._process.wait(8)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._reader.join(5)
            self._process = None
        self._control.close()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def phone(self, number: str, *, lines: int = 1, key_events: bool = True) -> Phone:
        """The telephone with this number ("*": all numbers that nobody has). Rings until told otherwise.

        `lines` is how many calls it can have at once; one more is answered 486, as by a real mobile in a call.
        `key_events=False` is a telephone without RFC 4733: its keys are tones in the sound (`press(…, "inband")`).
        """
        if number not in self._phones:
            self._phones[number] = Phone(self, number, lines, key_events)
            self._phones[number].will(no_answer())
        return self._phones[number]

    def dead_address(self) -> str:
        """The address of a SIP trunk that takes every packet and never says a word, not even 100."""
        dead = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        dead.bind((self.host, 0))
        self._dead_sockets.append(dead)
        return f"{self.host}:{dead.getsockname()[1]}"

    def live_calls(self) -> tuple[PhoneCall, ...]:
        """The calls that are not over."""
        return tuple(call for call in tuple(self.calls) if call.live)

    def wait_all_over(self, limit: float) -> None:
        """Until no call is left: no ghost legs."""
        if not self.wait_until(lambda: not self.live_calls(), limit):
            raise TimeoutError(f"after {limit} s these calls still live: {', '.join(map(repr, self.live_calls()))}")

    # For the classes of this file.

    def wait_until(self, done: Callable[[], bool], limit: float) -> bool:
        """Until `done()`, asked again at every event; False after `limit` seconds. Raises SoftphoneGone."""
        with self._change:
            self._change.wait_for(lambda: done() or self._gone, limit)
            if not done() and self._gone:
                raise SoftphoneGone(self._gone)
            return done()

    def wait_change(self, limit: float) -> None:
        """Until the next event, `limit` seconds at most. Raises SoftphoneGone."""
        with self._change:
            self._change.wait(max(0.0, limit))
            if self._gone:
                raise SoftphoneGone(self._gone)

    def last_seen(self, call: PhoneCall) -> str:
        """The last few events of a call, for messages."""
        return " | ".join(str(event) for event in tuple(call.events)[-6:]) or "nothing happened yet"

    def new_call(self, phone: Phone) -> PhoneCall:
        """A call that is about to be dialled."""
        with self._change:
            call = PhoneCall(self, f"out-{len(self.calls) + 1}", phone.number, incoming=False)
            self._add(call, phone)
        return call

    def command(self, verb: str, **values: Any) -> None:
        """Have a command carried out. Raises ValueError if it was refused, SoftphoneGone if nobody is there."""
        with self._change:
            self._commands += 1
            identity = self._commands
            self._replies[identity] = None
            if self._gone:
                raise SoftphoneGone(self._gone)
            try:
                self._control.sendall(json.dumps({"do": verb, "id": identity, **values}).encode() + b"\n")
            except OSError as error:
                raise SoftphoneGone(self._last_words()) from error
        if not self.wait_until(lambda: self._replies[identity] is not None, _REPLY_LIMIT):
            raise SoftphoneGone(f"no reply to {verb} within {_REPLY_LIMIT} s: {self._last_words()}")
        reply = self._replies.pop(identity) or {}
        if "error" in reply:
            raise ValueError(reply["error"])

    def encode(self, plan: Iterable[Step]) -> list[list[Any]]:
        """A plan as the process understands it: sounds in files, tones made, lost keys left out."""
        steps: list[list[Any]] = []
        for step in plan:
            values: list[Any] = list(step.values)
            if step.verb == "press" and values[1] == "inband":
                step, values = say(dtmf(values[0])), [dtmf(values[0])]
            if step.verb == "press" and values[1] == "lost":
                continue
            if step.verb in ("say", "play"):
                values[0:1] = self.sound_file(values[0])
            steps.append([step.verb, *values])
        return steps

    def sound_file(self, sound: Audio) -> tuple[str, float]:
        """A WAV file with this sound, and its length in seconds."""
        pcm = load(sound) if isinstance(sound, Path) else sound
        if not pcm:
            raise ValueError("sound: it is empty; give pcm (8 kHz, 16 bit, mono) or the path of a sound file")
        path = self.folder / f"sound-{hashlib.sha256(pcm).hexdigest()[:16]}.wav"
        if not path.exists():
            path.write_bytes(wav(pcm))
        return str(path), len(pcm) / BYTES_PER_SECOND

    def _add(self, call: PhoneCall, phone: Phone | None) -> None:
        self.calls.append(call)
        self._by_name[call.name] = call
        (self.strays if phone is None else phone.calls).append(call)

    def _read(self) -> None:
        with self._control.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                with self._change:
                    if "re" in message:
                        self._replies[message["re"]] = message
                    else:
                        self._note(message)
                    self._change.notify_all()
        with self._change:
            self._gone = self._last_words()
            self._change.notify_all()

    def _note(self, message: dict[str, Any]) -> None:
        kind, at, name = message.pop("event"), message.pop("at"), message.pop("call", "")
        if kind == "ready":
            self.address = message["address"]
            return
        if name not in self._by_name:
            call = PhoneCall(self, name, message["number"], incoming=True)
            call.headers = tuple((key, value) for key, value in message.pop("headers"))
            phone = self._phones.get(call.number) or self._phones.get("*")
            self._add(call, phone if message.pop("known") else None)
        self._by_name[name].events.append(Event(kind, at, message))

    def _last_words(self) -> str:
        words = self.folder / "stderr.txt"
        text = words.read_text(errors="replace").strip()[-2000:] if words.exists() else ""
        if "No module named 'pjsua2'" in text:
            return "pjsua2 is not installed in this Python; run: make setup"
        return f"the telephones' process has ended: {text or 'it said nothing'}"


def _user(header: str) -> str:
    found = re.search(r"sips?:([^@;>\s]+)@|tel:([^;>\s]+)", header)
    return (found[1] or found[2]) if found else ""

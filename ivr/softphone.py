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
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ivr.softphone_audio import BYTES_PER_SECOND, dtmf, load, wav
from ivr.softphone_call import Event, PhoneCall, wall_clock
from ivr.softphone_plan import BEHAVIOURS, Audio, Plan, Step, no_answer, say

__all__ = ["Phone", "PhoneCall", "PhoneNetwork", "SoftphoneGone", "wall_clock"]

_REPLY_LIMIT = 10.0


class SoftphoneGone(RuntimeError):
    """The process of the telephones did not start, or has died; its last words are in the message."""


class Phone:
    """A telephone with a number. It rings and waits, until `behaviour` or `will` tell it what to do by itself."""

    def __init__(self, network: "PhoneNetwork", number: str, lines: int, key_events: bool) -> None:
        self._network, self.number, self.lines, self.key_events = network, number, lines, key_events
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
        kind = {"lines": self.lines, "key_events": self.key_events}
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
        self._process: subprocess.Popen[bytes] | None = None
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
        self._control, theirs = socket.socketpair()  # ours until close()
        command = [sys.executable, "-P", "-m", "ivr.softphone_process"]
        path = [str(Path(__file__).resolve().parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs, (self.folder / "stderr.txt").open("wb") as said:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), self.host, str(self.folder)],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "PYTHONFAULTHANDLER": "1"},
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
        phone = self._phones[number]
        if (lines, key_events) not in ((phone.lines, phone.key_events), (1, True)):
            raise ValueError(f"phone {number}: has lines={phone.lines}, key_events={phone.key_events} already")
        return phone

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
        code = None if self._process is None else self._process.poll()
        return f"the telephones' process has ended (exit code {code}): {text or 'it said nothing'}"

"""The telephones' own process: `python -m ivr.softphone_process FD HOST FOLDER`, started by ivr.softphone.

The only file that imports pjsua2. pjproject is GPL, so it stays in a process of its own and is spoken to over a socket
(docs/adr/0030-telephones-in-a-process-of-their-own.md). One thread does everything in Python: it polls pjsua2, reads
commands, performs plans and tells what happened. The sound itself runs in pjsua2's own C threads.

FD is an open stream socket with one JSON object a line. In: `{"do": verb, "id": n, …}`, answered by `{"re": n}` or
`{"re": n, "error": text}`. Out: `{"event": kind, "call": name, "at": seconds of CLOCK_MONOTONIC, …}`. When the socket
closes, all calls are hung up and the process ends: it never outlives the one who started it.
"""

import gc
import json
import os
import re
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pjsua2 as pj

LOUD = 6
"""The level of pjsua2 (0 to 49) from which the other end counts as audible: about AUDIBLE of ivr.softphone_audio."""

QUIET_AFTER = 0.2
"""So many seconds below LOUD, and the other end counts as quiet."""

MAX_CALLS = 120
"""Below PJSUA_MAX_CALLS of the wheel; the next one is answered 486 by pjsua2."""

_POLL = 10
_KEY_GAP = 0.3
_SEND_LIMIT = 5.0
_LAST_BREATH = 5
_CLOSE_LIMIT = 1.0
_RETIREMENT = 0.5
_DTMF_METHODS = {"rfc4733": pj.PJSUA_DTMF_METHOD_RFC2833, "info": pj.PJSUA_DTMF_METHOD_SIP_INFO}


class Line(pj.Call):
    """One call of one telephone, incoming or outgoing."""

    def __init__(self, exchange: "Exchange", name: str, number: str, steps: list[list[Any]], call_id: int = -1) -> None:
        super().__init__(exchange.account, call_id)
        self.exchange, self.name, self.number = exchange, name, number
        self.steps = deque(steps)
        self.incoming = call_id >= 0
        self.rtp = self.key_events = True
        self.state = "new"
        self.ended_here = False
        self.audio: pj.AudioMedia | None = None
        self.recorder: pj.AudioMediaRecorder | None = None
        self.recorded: Path | None = None
        self.player: pj.AudioMediaPlayer | None = None
        self.playing_until = 0.0
        self.keys: deque[tuple[str, str]] = deque()
        self.next_key_at = 0.0
        self.has_rtp = False
        self.loud = False
        self.last_loud = 0.0
        self.not_before = 0.0
        self.step_since: float | None = None

    def tell(self, kind: str, **detail: Any) -> None:
        """Tell the other side what just happened to this call."""
        self.exchange.tell(kind, call=self.name, **detail)

    # What pjsua2 tells; an exception would be swallowed in C++, so it is kept and raised from the poll loop.

    def onCallState(self, prm: Any) -> None:
        """pjsua2: the state of the invitation changed."""
        self.exchange.guard(self._on_state)

    def onCallMediaState(self, prm: Any) -> None:
        """pjsua2: sound became possible, or stopped being so."""
        self.exchange.guard(self._on_media)

    def onCallSdpCreated(self, prm: Any) -> None:
        """pjsua2: this is what we are about to offer or answer."""
        if not self.key_events:
            prm.sdp.wholeSdp = _without_key_events(prm.sdp.wholeSdp)

    def onDtmfDigit(self, prm: Any) -> None:
        """pjsua2: the other end pressed a key."""
        method = "info" if prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO else "rfc4733"
        self.tell("digit", digit=prm.digit, method=method)

    def _on_state(self) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            self.tell("ringing" if info.lastStatusCode == 180 else "progress", code=info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONNECTING:
            self.state = "answered"
            self.tell("answered")
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.state = "confirmed"
            self.tell("confirmed")
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            if self.incoming and self.state not in ("answered", "confirmed") and not self.ended_here:
                self.tell("cancelled")
            self.state = "over"
            by = "here" if self.ended_here else "there"
            self.tell("disconnected", code=info.lastStatusCode, reason=info.lastReason, by=by)
            self.exchange.over.append(self)

    def _on_media(self) -> None:
        info = self.getInfo()
        for index, media in enumerate(info.media):
            alive = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            if media.type == pj.PJMEDIA_TYPE_AUDIO and alive:
                self.audio = self.getAudioMedia(index)
                if self.recorder is None:
                    self._start_recording()
                self.audio.startTransmit(self.recorder)
                if self.rtp:
                    # With noVad, a connected but silent source makes RTP flow as from a real telephone.
                    self.exchange.silence.startTransmit(self.audio)
                if self.player is not None:
                    self.player.startTransmit(self.audio)
                return
        self.audio = None

    def _start_recording(self) -> None:
        self.recorded = self.exchange.folder / f"{self.name}.wav"
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(str(self.recorded))
        # The silent source keeps the recording running through a re-INVITE or a hold, so its time base holds.
        self.exchange.silence.startTransmit(self.recorder)
        # The next tick of the bridge, 10 ms from now on average, records the 20 ms before it.
        self.tell("audio", path=str(self.recorded), began=time.monotonic() - 0.01)

    # What is asked of this call: each method is a command and a step of a plan.

    def ring(self) -> None:
        """180."""
        self._respond(180)
        self.tell("ringing")

    def progress(self) -> None:
        """183, as a trunk sends that plays a colour ring tone."""
        self._respond(183)

    def accept(self) -> None:
        """200."""
        self._respond(200)

    def refuse(self, code: int) -> None:
        """A final answer that is not 200."""
        if self.state in ("answered", "confirmed", "over"):
            raise ValueError(f"call {self.name} is {self.state}, too late to refuse it; hang up instead")
        self.ended_here = True
        param = pj.CallOpParam()
        param.statusCode = code
        self.hangup(param)

    def hang_up(self) -> None:
        """BYE, CANCEL, or 603 for a call that rings here; nothing if it is over."""
        if self.state != "over" and self.isActive():
            self.ended_here = True
            self.hangup(pj.CallOpParam())

    def hold(self) -> None:
        """Re-INVITE with sendonly."""
        self.setHold(pj.CallOpParam(True))

    def resume(self) -> None:
        """Re-INVITE with sendrecv."""
        param = pj.CallOpParam(True)
        param.opt.flag = pj.PJSUA_CALL_UNHOLD
        param.opt.textCount = param.opt.videoCount = 0
        self.reinvite(param)

    def play(self, path: str, seconds: float, loop: bool) -> None:
        """Play a WAV file instead of whatever played before."""
        self.stop()
        player = pj.AudioMediaPlayer()
        player.createPlayer(path, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        self.player = player
        if self.audio is not None:
            player.startTransmit(self.audio)
        now = time.monotonic()
        self.playing_until = float("inf") if loop else now + seconds
        self.tell("playing", path=path, loop=loop)

    def stop(self) -> None:
        """Stop playing."""
        player, self.player = self.player, None
        if player is not None:
            self.exchange.retire(player)
            self.tell("played")
            if self.audio is not None:
                player.stopTransmit(self.audio)

    def press(self, digits: str, method: str) -> None:
        """Send keys one after the other; the first one at once."""
        self.keys.extend((method, digit) for digit in digits)

    def act(self, verb: str, *values: Any) -> None:
        """Do one of the things above."""
        actions: dict[str, Callable[..., None]] = {
            "ring": self.ring,
            "progress": self.progress,
            "accept": self.accept,
            "refuse": self.refuse,
            "hang_up": self.hang_up,
            "hold": self.hold,
            "resume": self.resume,
            "play": self.play,
            "stop": self.stop,
            "press": self.press,
        }
        if verb not in actions:
            raise ValueError(f"do: {verb!r} is not one of {', '.join(actions)}")
        actions[verb](*values)

    def _respond(self, code: int) -> None:
        param = pj.CallOpParam(True)
        param.statusCode = code
        param.opt.textCount = param.opt.videoCount = 0
        self.answer(param)

    # Called from the poll loop.

    def look(self, now: float) -> None:
        """Notice what pjsua2 does not tell by itself: first RTP, sound and quiet, how far the recording is."""
        if self.audio is None or self.state == "over":
            return
        if not self.has_rtp and self.getStreamStat(0).rtcp.rxStat.pkt:
            self.has_rtp = True
            self.tell("rtp")
        # "Tx" is what this port transmits into the bridge: what is heard from the other end.
        if self.audio.getTxLevel() >= LOUD:
            self.last_loud = now
            if not self.loud:
                self.loud = True
                self.tell("sound")
        elif self.loud and now - self.last_loud > QUIET_AFTER:
            self.loud = False
            self.exchange.tell("quiet", call=self.name, at=self.last_loud)

    def go_on(self, now: float) -> None:
        """Perform the keys and steps that are due."""
        if self.player is not None and now >= self.playing_until:
            self.stop()
        if self.keys and now >= self.next_key_at and self.state == "confirmed":
            method, digit = self.keys.popleft()
            param = pj.CallSendDtmfParam()
            param.method, param.digits = _DTMF_METHODS[method], digit
            self.sendDtmf(param)
            self.tell("pressed", digit=digit, method=method)
            self.next_key_at = now + _KEY_GAP
        while self.steps and self.state != "over" and now >= self.not_before and self._step_is_done(now):
            self.steps.popleft()
            self.step_since = None

    def _step_is_done(self, now: float) -> bool:
        """Perform the first step; False if it has to be asked again."""
        verb, *values = self.steps[0]
        begun, self.step_since = self.step_since, now if self.step_since is None else self.step_since
        waited = now - self.step_since
        if not self.incoming and self.state != "confirmed":
            # A caller's plan begins with the answer.
            return False
        match verb:
            case "wait":
                return waited >= values[0]
            case "until_heard":
                return self.loud or waited >= values[0]
            case "until_quiet":
                quiet = 0.0 if self.loud else now - max(self.last_loud, self.step_since)
                return quiet >= values[0] or waited >= values[1]
            case "answer":
                if begun is None:
                    self.accept()
                return self.state == "confirmed"
            case "say":
                if begun is None:
                    self.play(values[0], values[1], False)
                return waited >= values[1]
            case _:
                self.act(verb, *values)
                return True

    def drop(self) -> None:
        """Let go of everything, so that the recording is written out; outside pjsua2's callbacks only."""
        if self.player is not None:
            self.exchange.retire(self.player)
        self.player = None
        self.audio = None
        self.recorder = None

    def is_written_out(self) -> bool:
        """Whether the recording is complete: pjsua2's clock thread closes it some time after it was let go."""
        if self.recorded is None:
            return True
        with self.recorded.open("rb") as file:
            content = file.read(44)
            size = file.seek(0, os.SEEK_END)
        return size >= 44 and int.from_bytes(content[40:44], "little") == size - 44


class Trunk(pj.Account):
    """Where every INVITE arrives."""

    def __init__(self, exchange: "Exchange") -> None:
        super().__init__()
        self.exchange = exchange

    def onIncomingCall(self, prm: Any) -> None:
        """pjsua2: somebody calls a number."""
        call_id, message = prm.callId, prm.rdata.wholeMsg
        self.exchange.guard(lambda: self.exchange.ring_at(call_id, message))


class Exchange:
    """All telephones and calls of the process."""

    def __init__(self, control: socket.socket, host: str, folder: Path) -> None:
        self.control, self.folder = control, folder
        control.settimeout(_SEND_LIMIT)
        self.unread = b""
        self.phones: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, Line] = {}
        self.over: list[Line] = []
        self.closing: list[tuple[float, Line]] = []
        self.retired: deque[tuple[float, pj.AudioMediaPlayer]] = deque()
        self.faults: list[BaseException] = []
        self.incoming_count = 0
        self.open = True
        self.endpoint = pj.Endpoint()
        self.transport = self._start_library(host)
        self.silence = pj.ToneGenerator()
        self.silence.createToneGenerator(8000, 1)
        self.account = Trunk(self)
        self.address = self._open_account(host)

    def _start_library(self, host: str) -> int:
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = MAX_CALLS
        config.uaConfig.userAgent = "softphone"
        config.logConfig.level = int(os.environ.get("SOFTPHONE_LOG_LEVEL", "1"))
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = str(self.folder / "pjsua.log")
        media = config.medConfig
        media.clockRate = media.sndClockRate = 8000
        media.channelCount = 1
        media.audioFramePtime = 20
        media.ptime = 20
        media.maxMediaPorts = 1000
        media.noVad = True
        media.ecTailLen = 0
        media.sndAutoCloseTime = -1
        # A fixed delay of 60 ms and nothing thrown away: what is heard is what was sent, 60 to 80 ms later.
        media.jbInit = media.jbMinPre = media.jbMaxPre = 60
        media.jbMax = 500
        media.jbDiscardAlgo = pj.PJMEDIA_JB_DISCARD_NONE
        self.endpoint.libCreate()
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.boundAddress = host
        transport.port = 0
        identity = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.audDevManager().setNullDev()
        self.endpoint.libStart()
        for codec in self.endpoint.codecEnum2():
            wanted = {"PCMA/8000/1": 255, "PCMU/8000/1": 128}.get(codec.codecId, 0)
            self.endpoint.codecSetPriority(codec.codecId, wanted)
        return int(identity)

    def _open_account(self, host: str) -> str:
        address = str(self.endpoint.transportGetInfo(self.transport).localAddress)
        config = pj.AccountConfig()
        config.idUri = f"sip:softphone@{address}"
        config.sipConfig.transportId = self.transport
        config.natConfig.contactRewriteUse = config.natConfig.viaRewriteUse = config.natConfig.sdpNatRewriteUse = 0
        config.mediaConfig.transportConfig.boundAddress = host
        config.mediaConfig.transportConfig.port = 0
        # Or every answer with two codecs would be followed by a re-INVITE.
        config.mediaConfig.lockCodecEnabled = False
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        self.account.create(config, True)
        return address

    def tell(self, kind: str, **detail: Any) -> None:
        """Send one event; `at` is now unless given."""
        self.send({"event": kind, "at": time.monotonic(), **detail})

    def send(self, message: dict[str, Any]) -> None:
        """Send one line. A reader that is gone or stuck ends this process."""
        try:
            self.control.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.open = False

    def guard(self, work: Callable[[], None]) -> None:
        """Do `work` of a callback; keep what it raises for the poll loop."""
        try:
            work()
        except Exception as error:  # pjsua2 would swallow it; `run` raises it again
            self.faults.append(error)

    def ring_at(self, call_id: int, message: str) -> None:
        """An INVITE arrived: offer it to the telephone with that number."""
        number = _called_number(message)
        phone = self.phones.get(number) or self.phones.get("*")
        busy = sum(line.number == number and line.state != "over" for line in self.calls.values())
        self.incoming_count += 1
        name = f"in-{self.incoming_count}"
        steps: list[list[Any]] = [["refuse", 404]]
        if phone is not None:
            steps = [["refuse", 486]] if busy >= phone["lines"] else _next_plan(phone)
        line = Line(self, name, number, steps, call_id)
        line.key_events = phone is None or phone["key_events"]
        self.calls[name] = line
        self.tell("invite", call=name, number=number, known=phone is not None, headers=_headers(message))
        line.go_on(time.monotonic())

    # The commands.

    def phone(self, number: str, plans: list[list[list[Any]]], lines: int, key_events: bool) -> None:
        """A telephone has this number now, and does this: one plan a call, the last one again and again."""
        self.phones[number] = {"plans": deque(plans), "lines": lines, "key_events": key_events}

    def dial(
        self, call: str, number: str, to: str, caller: str, headers: dict[str, str], steps: list[list[Any]], rtp: bool
    ) -> None:
        """Send an INVITE to the SIP URI `to`, with `caller` as its From."""
        line = Line(self, call, number, steps)
        line.rtp = rtp
        line.key_events = self.phones[number]["key_events"]
        param = pj.CallOpParam(True)
        param.opt.textCount = param.opt.videoCount = 0
        param.txOption.localUri = caller
        for key, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = key, value
            param.txOption.headers.append(header)
        self.calls[call] = line
        self.tell("invite", call=call, number=number)
        try:
            line.makeCall(to, param)
        except pj.Error:
            # pjsua2 has told of the end already, or never will.
            if line not in self.over:
                self.calls.pop(call)
            raise

    def obey(self, command: dict[str, Any]) -> None:
        """Carry out one command and answer it."""
        verb, identity, name = command.pop("do"), command.pop("id"), command.get("call")
        reply: dict[str, Any] = {"re": identity}
        try:
            if verb in ("phone", "dial"):
                getattr(self, verb)(**command)
            elif name not in self.calls:
                raise ValueError(f"call {name} is over")
            elif verb == "steps":
                self.calls[name].steps.extend(command["steps"])
            else:
                self.calls[name].act(verb, *command["values"])
        except pj.Error as error:
            reply["error"] = f"{verb}: {error.info()}"
        except ValueError as error:
            reply["error"] = str(error)
        self.send(reply)

    def listen(self) -> None:
        """Obey what has been sent; notice when the other side has gone."""
        while self.open and select.select([self.control], [], [], 0)[0]:
            try:
                data = self.control.recv(65536)
            except ConnectionError:
                data = b""
            self.open = bool(data)
            *lines, self.unread = (self.unread + data).split(b"\n")
            for line in lines:
                self.obey(json.loads(line))

    def run(self) -> None:
        """Until the other side closes the socket."""
        looked = 0.0
        while self.open:
            self.endpoint.libHandleEvents(_POLL)
            self.listen()
            now = time.monotonic()
            look = now - looked >= 0.02
            looked = now if look else looked
            for line in list(self.calls.values()):
                self._attend(line, now, look)
            self.forget_what_is_over()
            if self.faults:
                raise self.faults[0]

    def _attend(self, line: Line, now: float, look: bool) -> None:
        try:
            if look:
                line.look(now)
            line.go_on(now)
        except pj.Error as error:
            # The other end hung up between two polls: the call's own event tells so. Anything else is a fault to show.
            if line.state != "over" and line.isActive():
                line.tell("fault", text=error.info())
                line.steps.clear()

    def forget_what_is_over(self) -> None:
        """Drop the calls that ended, outside pjsua2's callbacks."""
        now = time.monotonic()
        over, self.over = self.over, []
        for line in over:
            line.drop()
            self.closing.append((now + _CLOSE_LIMIT, line))
        for limit, line in tuple(self.closing):
            if now > limit or line.is_written_out():
                self.closing.remove((limit, line))
                self.calls.pop(line.name, None)
                line.tell("closed")
        while self.retired and self.retired[0][0] < now:
            self.retired.popleft()

    def retire(self, player: pj.AudioMediaPlayer) -> None:
        """Let go of a player that plays no more, but not yet.

        pjsua2 tells the end of a file from a thread of its own, without looking whether the player is still there.
        """
        self.retired.append((time.monotonic() + _RETIREMENT, player))

    def close(self) -> None:
        """Hang up everything, give the farewells a moment, and close the library."""
        self.endpoint.hangupAllCalls()
        deadline = time.monotonic() + 1.0
        while self.calls and time.monotonic() < deadline:
            self.endpoint.libHandleEvents(_POLL)
            self.forget_what_is_over()
        self.calls.clear()
        self.closing.clear()
        self.retired.clear()
        del self.silence
        self.account.shutdown()
        del self.account
        # pjsua2 objects must be gone before the library is.
        gc.collect()
        # The farewells are said: without this flag the library waits a second for them again.
        self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)


def _next_plan(phone: dict[str, Any]) -> list[list[Any]]:
    plans = phone["plans"]
    return list(plans.popleft() if len(plans) > 1 else plans[0])


def _called_number(message: str) -> str:
    found = re.match(r"INVITE sips?:([^@;>\s]+)@", message)
    return unquote(found[1]) if found else ""


def _without_key_events(sdp: str) -> str:
    """The same session description, but of a telephone that does not know RFC 4733."""
    for kind in re.findall(r"a=rtpmap:(\d+) telephone-event/", sdp):
        sdp = re.sub(rf"a=(rtpmap|fmtp):{kind} [^\r\n]*\r?\n", "", sdp)
        sdp = re.sub(rf"(?m)^(m=audio .*?) {kind}(?=[ \r\n])", r"\1", sdp)
    return sdp


def _headers(message: str) -> list[tuple[str, str]]:
    head = re.sub(r"\r?\n[ \t]+", " ", message.split("\r\n\r\n", 1)[0])
    return [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head.splitlines()[1:])]


def main(descriptor: int, host: str, folder: Path) -> None:
    """Serve until the socket `descriptor` is closed by the other side."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    try:
        exchange = Exchange(control, host, folder)
        exchange.tell("ready", address=exchange.address)
        try:
            exchange.run()
        finally:
            # Should the library hang while closing, the alarm ends the process.
            signal.alarm(_LAST_BREATH)
            exchange.close()
    except pj.Error as error:
        # An Error of pjsua2 has no text of its own.
        raise RuntimeError(error.info()) from error


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))

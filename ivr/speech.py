"""The conversation on one audio connection: prompts out, the caller's voice, words and keys in. One thread, no queues.

Every tick the thread reads what came in, sends what is due (sound or silence: a silent AudioSocket dies after 2 s),
looks at the recognizer and asks `ivr.turn` what to do. The recognizer's stream is opened at the first voice and gets
the sound from before it too, so a caller who says nothing costs no recognition.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from ivr.audio import FRAME_BYTES, FRAME_SECONDS, SILENCE_FRAME, WIRE_BYTES, Received, framed
from ivr.early import UNJUDGED, Judged
from ivr.turn import Move, Turn, TurnSettings
from recognizer.errors import DecoderGone
from recognizer.transcript import Partial, Utterance

FAINT = 100
"""Samples below this, some -50 dBFS, are nobody's voice (recognizer.activity begins at -45)."""
_UNSEEN = 4
"""Frames of the prompt that were sent and not yet compared with what came in; its echo is expected for much longer."""
BYTES_PER_SECOND = 16000
"""Bytes of one second of sound: 8 kHz, 16 bit, mono."""


class Stream(Protocol):
    """What this module needs of recognizer.decoder.DecoderStream."""

    def send(self, pcm: bytes) -> None: ...
    def poll(self) -> list[Partial | Utterance]: ...
    def finish(self, deadline: float) -> Utterance | None: ...
    def close(self) -> None: ...


class Activity(Protocol):
    """What this module needs of recognizer.activity.VoiceActivity."""

    frames: int
    unvoiced: int
    offset: int | None

    def feed(self, frame: bytes, playing: bytes = b"") -> bool: ...


class Audio(Protocol):
    """What this module needs of ivr.audio.AudioConnection."""

    def receive(self) -> Received: ...
    def wait(self, limit: float) -> None: ...
    def send(self, frames: bytes) -> bool: ...
    def end(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechSettings:
    """How a conversation is held. All in seconds."""

    turn: TurnSettings = field(default_factory=TurnSettings)
    tick: float = 0.04
    mute: float = 0.06
    """The tick while a prompt plays that no voice is about to interrupt. No longer: what comes 80 ms off its time gets
    a time of its own from Asterisk, and the telephone stutters."""
    calm: float = 0.1
    """The tick while there is no voice to react to: nobody speaks, and no prompt plays that could be interrupted."""
    idle: float = 0.5
    """The tick while moreover nothing comes in at all and nothing is said: then a frame or two of silence keep the
    connection alive. Whatever comes in ends it at once."""
    lead: float = 0.02
    """So far ahead of its time sound is sent, for a thread that wakes late; in the longer `mute` by as much more."""
    preroll: float = 0.4
    """Sound from before the voice set in, for the recognizer and the clip."""
    clip: float = 6.0
    """Longest clip of the caller's own words."""
    finish: float = 0.6
    """So long the recognizer may take for its last word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """Words, or speech that no known word matches (empty text, high unknown share)."""

    text: str
    started: float
    """Seconds since the conversation began."""
    ended: float
    unknown_share: float
    clip: bytes
    """The caller's own voice, raw 16 bit 8 kHz."""
    quiet: float = 0.0
    """Seconds from the last voice to the end of the turn."""
    early: bool = False
    """Whether the turn ended before its silence had passed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """A key."""

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Silent:
    """Nothing was said in the time there was; `energy`: though some voice or noise was heard."""

    energy: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """The other side closed: the caller hung up, was taken away by the dialplan, or we were too late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deaf:
    """The recognizer is gone; `clip` is what the caller had said by then."""

    clip: bytes


Answer = Said | Pressed | Silent | Gone | Deaf

Judge = Callable[[str, float], Judged]
"""What the words so far, and the share of syllables among them that is not known, mean for the end of the turn."""


@dataclass(slots=True)
class _Heard:
    """The speech of one turn so far."""

    finals: list[Utterance] = field(default_factory=list)
    partial: str = ""
    unknown: int = 0
    clip: bytearray = field(default_factory=bytearray)

    @property
    def words(self) -> str:
        return "，".join([*(u.text for u in self.finals if u.text), *([self.partial] if self.partial else [])])

    @property
    def unknown_share(self) -> float:
        """Share of syllables, 0 to 1, that no known word matches."""
        sizes = [(max(1.0, len(u.text)), u.unknown_share) for u in self.finals]
        if self.unknown or self.partial:
            known = len(self.partial)
            sizes.append((known + self.unknown, self.unknown / (known + self.unknown)))
        return sum(n * share for n, share in sizes) / sum(n for n, _ in sizes) if sizes else 0.0


class Conversation:
    """Holds one audio connection. Used by one thread, ended by `end`."""

    def __init__(
        self,
        audio: Audio,
        *,
        listen: Callable[[], Stream],
        activity: Callable[[], Activity],
        settings: SpeechSettings,
        on_voice: Callable[[bool], None] = lambda barged_in: None,
        on_partial: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._audio = audio
        self._listen = listen
        self._new_activity = activity
        self._activity: Activity | None = None
        self._settings = settings
        self._on_voice = on_voice
        self._on_partial = on_partial
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._pace = self._began
        self._lead = settings.lead
        self._sent = 0
        self._loose = b""
        self._recent = b""
        self._frame_at = self._began
        self._speaking = False
        self._playing = deque[bytes](maxlen=_UNSEEN)
        self._ahead = ""

    def say(self, pcm: bytes) -> Pressed | Gone | None:
        """Say something to its end; voice does not interrupt it. A key does."""
        sound, at = framed(pcm), 0
        while at < len(sound):
            got = self._tick(self._settings.mute)
            if not got.open:
                return Gone()
            if got.digits:
                return Pressed(key=got.digits[0])
            at = self._send(sound, at)
        return None

    def ask(
        self,
        pcm: bytes,
        *,
        deaf: bool = False,
        hushed: bool = False,
        patience: TurnSettings | None = None,
        judge: Judge | None = None,
    ) -> Answer:
        """Put a question and listen, at the same time. `deaf`: to keys only, the voice is not even noticed.

        hushed: nobody is told of the voice and the words as they come. patience: for an answer that may be long, all of
        which is in the clip then. judge: what the words mean for the end of the turn; asked once for each text, on the
        call's own thread: well within a tick.
        """
        sound, at = framed(pcm), 0
        self._ahead = ""
        judged = UNJUDGED
        turn = Turn(patience or self._settings.turn, now=self._clock())
        clip = patience.longest if patience else self._settings.clip
        heard = _Heard()
        stream: Stream | None = None
        stream_at = 0.0
        try:
            while True:
                if stream is not None or self._speaking or (at < len(sound) and not self._mute):
                    got = self._tick(self._settings.tick)
                elif at < len(sound):
                    got = self._tick(self._settings.mute)
                elif not self._mute:
                    got = self._tick(self._settings.calm)
                else:
                    self._audio.wait(self._settings.idle)
                    got = self._audio.receive()
                if not got.open:
                    return Gone()
                if got.digits:
                    self._ahead = got.digits[1:]
                    return Pressed(key=got.digits[0])
                before = self._recent
                if not deaf:
                    self._look(got.pcm, alert=stream is not None)
                words = heard.words
                if stream is not None:
                    if len(heard.clip) < clip * BYTES_PER_SECOND:
                        heard.clip += got.pcm
                    if got.pcm:
                        stream.send(got.pcm)
                    self._gather(stream, heard)
                if heard.words != words and not hushed:
                    self._on_partial(heard.words)
                if heard.words != words and judge is not None:
                    judged = judge(heard.words, heard.unknown_share)
                had_onset = turn.onset is not None
                move = turn.tick(
                    self._clock(),
                    speaking=self._speaking and not deaf,
                    voice_at=self._voice_at(),
                    voiceless=self._activity.unvoiced * FRAME_SECONDS if self._activity is not None else 0.0,
                    words="" if judged.noise else heard.words,
                    prompt_left=at < len(sound),
                    judged=judged,
                )
                if turn.onset is not None and not had_onset and not hushed:
                    self._on_voice(at < len(sound))
                if turn.onset is not None and stream is None:
                    stream = self._listen()
                    stream_at = self._clock() - self._began - len(before) / BYTES_PER_SECOND
                    heard.clip = bytearray(before + got.pcm)
                    stream.send(bytes(heard.clip))
                elif turn.onset is None and stream is not None:
                    # Noise during the prompt that came to nothing: free the recognizer's place.
                    stream.close()
                    stream, heard, judged = None, _Heard(), UNJUDGED
                if move is Move.SILENT:
                    return Silent(energy=turn.energy)
                if move in (Move.END, Move.EARLY) and stream is not None:
                    words = heard.words
                    self._finish(stream, heard)
                    early, answer = move is Move.EARLY, judged.answer
                    if judge is not None and heard.words != words:
                        judged = judge(heard.words, heard.unknown_share)
                        if early and (judged.answer != answer or not judged.early):
                            continue  # the last word says otherwise, or more: the silence decides
                    said = None if judged.noise else self._said(stream_at, heard)
                    if said is not None:
                        return replace(said, quiet=round(self._clock() - turn.voice_at, 3), early=early)
                if move is Move.END:
                    if stream is not None:
                        stream.close()
                    turn.noise()
                    stream, heard, judged = None, _Heard(), UNJUDGED
                at = self._send(sound, at) if move is Move.PLAY else self._send(b"", at)
        except DecoderGone:
            return Deaf(clip=bytes(heard.clip))
        finally:
            if stream is not None:
                stream.close()

    def digits(
        self, pcm: bytes, *, most: int, first: str = "", enough: Callable[[str], bool] = lambda typed: False
    ) -> str | None:
        """Say something and gather digits, until # or so many of them, or none comes for the turn's `wait`.

        first: the key with which a question was answered; what was typed right after it counts, too. enough: whether
        these are all. Empty: nothing was typed. None: the other side has gone.
        """
        sound, at = framed(pcm), 0
        typed, ended, _ = ((first + self._ahead) if first else "").partition("#")
        until = self._clock() + len(sound) / WIRE_BYTES * FRAME_SECONDS + self._settings.turn.wait
        while self._clock() < until and not ended and len(typed) < most and not enough(typed):
            got = self._tick(self._settings.mute)
            if not got.open:
                return None
            for key in got.digits:
                if key == "#":
                    return typed
                typed += key
                at, until = len(sound), self._clock() + self._settings.turn.wait
            at = self._send(sound, at)
        return typed[:most]

    def end(self) -> None:
        """End the audio: the dialplan goes on with the channel up."""
        self._audio.end()

    def _finish(self, stream: Stream, heard: _Heard) -> None:
        """Have the recognizer's last word on all the sound so far; the stream may go on."""
        last = stream.finish(self._settings.finish)
        heard.partial, heard.unknown = "", 0
        if last is not None and (last.text or last.unknown_share > 0):
            heard.finals.append(last)

    @staticmethod
    def _said(stream_at: float, heard: _Heard) -> Said | None:
        """What was said in the end; None when it was noise after all."""
        spoken = heard.finals
        if not spoken:
            return None
        known = sum(len(u.text) for u in spoken)
        return Said(
            text="，".join(u.text for u in spoken if u.text),
            started=round(stream_at + spoken[0].started_at, 2),
            ended=round(stream_at + spoken[-1].ended_at, 2),
            unknown_share=1.0 if known == 0 else sum(len(u.text) * u.unknown_share for u in spoken) / known,
            clip=bytes(heard.clip),
        )

    @staticmethod
    def _gather(stream: Stream, heard: _Heard) -> None:
        for result in stream.poll():
            if isinstance(result, Utterance):
                heard.partial, heard.unknown = "", 0
                if result.text or result.unknown_share > 0:
                    heard.finals.append(result)
            else:
                heard.partial, heard.unknown = result.text, result.unknown

    @property
    def _mute(self) -> bool:
        """Whether the trunk sends no sound at all (or has stopped to)."""
        return self._clock() - self._frame_at > 0.3

    def _tick(self, length: float) -> Received:
        """Sleep until the next piece of sound of this length is due, then see what came in."""
        rules = self._settings
        self._lead = rules.lead + (rules.mute - rules.tick if length == rules.mute else 0.0)
        due = self._pace + self._sent * FRAME_SECONDS - self._lead
        wait = due + length - FRAME_SECONDS - self._clock()
        self._sleep(min(max(wait, 0.001), length))
        return self._audio.receive()

    def _send(self, sound: bytes, at: int) -> int:
        """Send what is due by now, prompt first, then silence; returns where the prompt has got to."""
        now = self._clock()
        due = int((now + self._lead - self._pace) / FRAME_SECONDS) + 1
        count = due - self._sent
        if count > 10:
            # We slept too long (planning, a busy machine, a stop): go on from here instead of catching up in a burst.
            self._pace, self._sent, count = now, 0, 2
        if count <= 0:
            return at
        chunk = sound[at : at + count * WIRE_BYTES]
        self._sent += count
        self._playing.extend(chunk[i + 3 : i + WIRE_BYTES] for i in range(0, len(chunk), WIRE_BYTES))
        self._audio.send(chunk + SILENCE_FRAME * (count - len(chunk) // WIRE_BYTES))
        return at + len(chunk)

    def _voice_at(self) -> float | None:
        """When the caller's voice was last there, once the activity detector has seen its end."""
        heard = self._activity
        if heard is None or heard.offset is None:
            return None
        return self._frame_at - (heard.frames - heard.offset) * FRAME_SECONDS

    def _look(self, pcm: bytes, *, alert: bool) -> None:
        """Own voice activity on whatever frame sizes the trunk sends; without frames nobody speaks.

        A piece in which nothing is as loud as a voice is looked at once, for the line's noise; while somebody speaks
        (`alert`) every frame counts.
        """
        now = self._clock()
        if pcm:
            self._frame_at = now
            if self._activity is None:
                self._activity = self._new_activity()
            data = self._loose + pcm if self._loose else pcm
            whole = len(data) - len(data) % FRAME_BYTES
            first = 0 if alert or self._speaking or not _faint(data) else max(0, whole - FRAME_BYTES)
            for start in range(first, whole, FRAME_BYTES):
                playing = self._playing.popleft() if self._playing else b""
                self._speaking = self._activity.feed(data[start : start + FRAME_BYTES], playing)
            self._loose = data[whole:]
            keep = int(self._settings.preroll * BYTES_PER_SECOND)
            self._recent = (self._recent + pcm)[-keep:]
        elif self._mute:
            self._speaking = False


def _faint(pcm: bytes) -> bool:
    """Whether no sample is as loud as the quietest voice would be."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
    return not samples.size or (int(samples.max()) < FAINT and int(samples.min()) > -FAINT)

"""A telephone line and a recognizer for `ivr.speech`, on a clock that only moves when the conversation sleeps."""

from __future__ import annotations

from collections.abc import Callable

from ivr.audio import FRAME_BYTES, SILENCE_FRAME, WIRE_BYTES, Received
from ivr.speech import Conversation, SpeechSettings
from recognizer.errors import DecoderGone
from recognizer.transcript import Partial, Utterance

VOICE = b"\x10\x20" * 160
QUIET = bytes(FRAME_BYTES)


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeLine:
    """What the caller does, by seconds since the beginning; keeps what was sent."""

    def __init__(
        self,
        clock: FakeClock,
        *,
        speaks: list[tuple[float, float]] | None = None,
        presses: list[tuple[float, str]] | None = None,
        leaves: float | None = None,
        sends_sound: bool = True,
    ) -> None:
        self._clock = clock
        self._began = clock()
        self._speaks = speaks or []
        self._presses = list(presses or [])
        self._leaves = leaves
        self._sends_sound = sends_sound
        self._frames = 0
        self.sent: list[tuple[float, bytes]] = []
        """(seconds, frame of sound) as the caller hears it."""
        self.ended = False

    @property
    def seconds(self) -> float:
        return self._clock() - self._began

    def receive(self) -> Received:
        if self._leaves is not None and self.seconds >= self._leaves:
            return Received(open=False)
        due = int(self.seconds / 0.02)
        frames = []
        while self._frames < due:
            frames.append(self.frame(self._frames))
            self._frames += 1
        digits = ""
        while self._presses and self._presses[0][0] <= self.seconds:
            digits += self._presses.pop(0)[1]
        return Received(pcm=b"".join(frames) if self._sends_sound else b"", digits=digits)

    def frame(self, number: int) -> bytes:
        """The caller's sound of 20 ms."""
        at = number * 0.02
        return VOICE if any(a <= at < b for a, b in self._speaks) else QUIET

    def wait(self, limit: float) -> None:
        """Nothing ever comes early on this line."""
        self._clock.sleep(limit)

    def send(self, frames: bytes) -> bool:
        assert len(frames) % WIRE_BYTES == 0
        for at in range(0, len(frames), WIRE_BYTES):
            self.sent.append((self.seconds, frames[at : at + WIRE_BYTES]))
        return True

    def end(self) -> None:
        self.ended = True

    def heard_prompt(self) -> list[float]:
        """The moments at which sound that is no silence was sent."""
        return [at for at, frame in self.sent if frame != SILENCE_FRAME]


class FakeActivity:
    """A frame that is not silent is voice; speech begins with the fifth and ends 0.2 s after the last."""

    def __init__(self) -> None:
        self.frames = 0
        self.unvoiced = 0
        self.offset: int | None = None
        self._run = 0
        self._quiet = 0
        self._speaking = False

    def feed(self, frame: bytes, playing: bytes = b"") -> bool:
        assert len(frame) == FRAME_BYTES
        self.frames += 1
        voice = frame != QUIET
        self._run = self._run + 1 if voice else 0
        self._quiet = self.unvoiced = 0 if voice else self._quiet + 1
        if self._run >= 5:
            self._speaking, self.offset = True, None
        elif self._speaking and self._quiet >= 10:
            self._speaking, self.offset = False, self.frames - self._quiet
        return self._speaking


class FakeStream:
    """Words come as the sound grows: `script` is (bytes of sound, text or None for a death)."""

    def __init__(self, script: list[tuple[int, str | None]], final: Utterance | None) -> None:
        self._script = list(script)
        self._final = final
        self.got = b""
        self.closed = False

    def send(self, pcm: bytes) -> None:
        assert not self.closed
        self.got += pcm

    def poll(self) -> list[Partial | Utterance]:
        results: list[Partial | Utterance] = []
        while self._script and len(self.got) >= self._script[0][0]:
            text = self._script.pop(0)[1]
            if text is None:
                raise DecoderGone("died")
            results.append(Partial(text=text))
        return results

    def finish(self, deadline: float) -> Utterance | None:
        assert deadline > 0
        return self._final

    def close(self) -> None:
        self.closed = True


def utterance(text: str, *, start: float = 0.4, end: float = 2.0, unknown: float = 0.0) -> Utterance:
    return Utterance(text=text, started_at=start, ended_at=end, unknown_share=unknown)


def conversation(
    line: FakeLine,
    clock: FakeClock,
    streams: Callable[[], FakeStream],
    *,
    settings: SpeechSettings | None = None,
    partials: list[tuple[float, str]] | None = None,
    voices: list[tuple[float, bool]] | None = None,
) -> Conversation:
    return Conversation(
        line,
        listen=streams,
        activity=FakeActivity,
        settings=settings or SpeechSettings(),
        on_voice=lambda barged_in: voices.append((line.seconds, barged_in)) if voices is not None else None,
        on_partial=lambda text: partials.append((line.seconds, text)) if partials is not None else None,
        clock=clock,
        sleep=clock.sleep,
    )

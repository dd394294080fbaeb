"""A caller whose sound is real, on a clock that only moves when the conversation sleeps, and Vosk in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.audio import FRAME_BYTES
from recognizer.decoder_process import PIECE
from recognizer.transcript import Partial, Utterance
from recognizer.vosk_recognizer import VoskRecognizer
from tests.fakes.conversation import FakeClock, FakeLine

FRAME_SECONDS = 0.02


class SoundLine(FakeLine):
    """Sends this sound from the beginning, then silence; `echo` makes what comes back of what was sent (20 ms each)."""

    def __init__(
        self, clock: FakeClock, sound: bytes, *, echo: Callable[[list[bytes], int], bytes] | None = None, **more: Any
    ) -> None:
        super().__init__(clock, **more)
        self._sound = sound
        self._echo = echo

    def frame(self, number: int) -> bytes:
        at = number * FRAME_BYTES
        own = self._sound[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
        return self._echo([frame for _, frame in self.sent], number) if self._echo else own


class VoskStream:
    """Hears as recognizer.decoder_process does, at once."""

    def __init__(self, model: Any) -> None:
        self._recognizer = VoskRecognizer(model)
        self._sound = b""
        self._last = Partial(text="")
        self._heard: list[Partial | Utterance] = []

    def send(self, pcm: bytes) -> None:
        self._sound += pcm
        while len(self._sound) >= PIECE:
            piece, self._sound = self._sound[:PIECE], self._sound[PIECE:]
            ended = self._recognizer.accept(piece)
            partial = Partial(text="") if ended else self._recognizer.partial()
            self._heard += [ended] if ended else [partial] if partial != self._last else []
            self._last = partial

    def poll(self) -> list[Partial | Utterance]:
        heard, self._heard = self._heard, []
        return heard

    def finish(self, deadline: float) -> Utterance | None:
        ended = self._recognizer.accept(self._sound) if self._sound else None
        last = self._recognizer.finish()
        self._sound, self._last = b"", Partial(text="")
        return ended or last

    def close(self) -> None:
        self._heard = []

"""Does someone speak now? Decided frame by frame, long before the recognizer knows a word: prompts pause on it.

A frame counts as voice when its level within the speech band stands clear of the line's own noise, it is no tone, and
a second opinion (WebRTC's detector) agrees. Speech begins when four of five frames (100 ms) count, so a click or a
knock is none; it ends after a set time without. While a prompt plays, its echo is expected and must be outdone.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import webrtcvad

SAMPLE_RATE = 8000
FRAME_SECONDS = 0.02
FRAME_BYTES = 320
_ECHO_FRAMES = 15
"""An echo comes back within 300 ms."""
SILENT = -100.0
"""dBFS given to digital silence."""

_SILENCE = bytes(FRAME_BYTES)
_WINDOW = np.hanning(160)
_BAND = slice(4, 69)
"""200 to 3400 Hz in bins of 50 Hz: mains hum and its first harmonics stay out."""
_FULL = 20 * np.log10(32768.0 * np.sqrt(np.sum(_WINDOW**2) * 80))
"""Level of a full-scale square wave's spectrum, so that levels are in dBFS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivitySettings:
    """What counts as voice. Levels in dB, times in seconds."""

    silence: float = 0.7
    """Speech has ended after so long without voice."""
    quietest: float = -42.0
    """dBFS in the speech band below which nothing counts as voice."""
    above_noise: float = 8.0
    """So far above the line's noise a voice must stand."""
    echo_loss: float = 16.0
    """A voice over a prompt must be louder than the prompt less this. Echoes are at least 18 dB weaker; frame by frame,
    through A-law and with the line's noise, such a one is measured up to 2 dB louder."""
    tone_share: float = 0.9985
    """A frame with this share of its energy in its two strongest spots is a tone (keys, busy, ring-back)."""
    needed: int = 4
    window: int = 5
    """Speech begins when `needed` of the last `window` frames count as voice."""


def webrtc_opinion(aggressiveness: int = 2) -> Callable[[bytes], bool]:
    """A fresh WebRTC voice detector (it remembers the line); 0 lets most through, 3 least."""
    detector = webrtcvad.Vad(aggressiveness)
    return lambda frame: bool(detector.is_speech(frame, SAMPLE_RATE))


class VoiceActivity:
    """One line's voice activity. Feed every frame of 20 ms in order, from one thread."""

    def __init__(
        self, settings: ActivitySettings | None = None, opinion: Callable[[bytes], bool] | None = None
    ) -> None:
        self._settings = settings or ActivitySettings()
        self._opinion = opinion or webrtc_opinion()
        self._noise: float | None = None
        self._first: list[float] = []
        self._prompt = deque([SILENT] * _ECHO_FRAMES, maxlen=_ECHO_FRAMES)
        self._recent = deque([False] * self._settings.window, maxlen=self._settings.window)
        self._quiet_for = 0
        self.frames = 0
        """Frames fed so far."""
        self.voiced = 0
        """Frames that counted as voice: 0 after a while means that nobody said anything at all."""
        self.unvoiced = 0
        """Frames since the last that counted as voice, be it alone; all of them before any."""
        self.speaking = False
        self.onset: int | None = None
        """Number of the first frame of the present or last speech; None before any."""
        self.offset: int | None = None
        """Number of the frame after the last speech's last voice; None while speaking or before any."""

    def feed(self, frame: bytes, playing: bytes = b"") -> bool:
        """Take the next 20 ms (320 bytes: 16 bit, 8 kHz, mono); True while someone speaks.

        `playing` is the frame sent to the line at this time, if a prompt plays: its echo is not taken for a voice.
        Raises ValueError for a frame of another length.
        """
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"frame of {len(frame)} bytes: must be {FRAME_BYTES} (20 ms, 16 bit, 8 kHz, mono)")
        voice = self._is_voice(frame, playing)
        self.frames += 1
        self.voiced += voice
        self.unvoiced = 0 if voice else self.unvoiced + 1
        self._recent.append(voice)
        if not self.speaking:
            if sum(self._recent) >= self._settings.needed:
                self.speaking, self.offset, self._quiet_for = True, None, 0
                self.onset = self.frames - len(self._recent) + list(self._recent).index(True)
            return self.speaking
        # A lone frame of noise after the last word must not stretch the wait.
        self._quiet_for = 0 if voice and self._recent[-2] else self._quiet_for + 1
        if self._quiet_for * FRAME_SECONDS >= self._settings.silence:
            self.speaking, self.offset = False, self.frames - self._quiet_for
            self._recent.extend([False] * self._settings.window)
        return self.speaking

    def _is_voice(self, frame: bytes, playing: bytes) -> bool:
        self._prompt.append(_power(playing) if playing and playing != _SILENCE else SILENT)
        if frame == _SILENCE or (power := _power(frame)) < self._settings.quietest - 6.0:
            # Most frames of most calls: nobody speaks. They must cost next to nothing.
            self._line_noise(SILENT if frame == _SILENCE else power)
            self._opinion(frame)  # it learns the line's noise
            return False
        level, tone = _look(frame)
        noise = self._line_noise(level)
        echo = max(self._prompt) - self._settings.echo_loss
        needed = max(self._settings.quietest, noise + self._settings.above_noise, echo)
        agreed = self._opinion(frame)
        return agreed and level >= needed and tone < self._settings.tone_share

    def _line_noise(self, level: float) -> float:
        """dBFS of the line's own noise: falls at once to what is quieter, rises slowly to what stays loud."""
        if self._noise is None:
            # At first the quietest of five frames; whoever speaks right away has a gap between syllables soon.
            self._first.append(level)
            noise = min(-25.0, *self._first)
            if len(self._first) >= 5:
                self._noise = noise
            return noise
        if level < self._noise:
            self._noise += 0.5 * (level - self._noise)
        else:
            self._noise += min(0.01 if self.speaking else 0.06, level - self._noise)
        self._noise = max(self._noise, -75.0)
        return self._noise


def _power(frame: bytes) -> float:
    """Level in dBFS over all frequencies; never below that of the speech band by more than the window's effect."""
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return 10 * math.log10(max(1e-10, float(samples @ samples) / len(samples) / 32768.0**2))


def _look(frame: bytes) -> tuple[float, float]:
    """(level in dBFS within the speech band, share of its energy in the two strongest spots)."""
    samples = np.frombuffer(frame, "<i2").astype(np.float64)
    power = np.abs(np.fft.rfft(samples * _WINDOW)[_BAND]) ** 2
    total = float(power.sum())
    if total < 1e-6:
        return SILENT, 0.0
    spots = power.copy()
    strongest = 0.0
    for _ in range(2):
        at = int(spots.argmax())
        near = slice(max(0, at - 2), at + 3)
        strongest += float(spots[near].sum())
        spots[near] = 0.0
    return float(10 * np.log10(total) - _FULL), strongest / total

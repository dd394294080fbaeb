"""Sound for the software telephones: tones, keys and Chinese speech, and whether what was said is what was heard.

All sound here is what a telephone line carries: signed linear, 16 bit little endian, 8000 Hz, one channel ("pcm").
"""

import hashlib
import os
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer import g711

RATE = 8000
"""Samples a second of everything here."""

BYTES_PER_SECOND = 2 * RATE

AUDIBLE = 150.0
"""Mean absolute amplitude (of 32767) above which 20 ms count as audible; A-law silence is 8."""

VOICES = ("m4", "f5", "victor", "Michael", "steph2")
"""espeak-ng voices that sound like five different people; `speech` takes any other variant of espeak-ng too."""

_FRAME = RATE // 50
_DTMF_LOW = {**dict.fromkeys("123A", 697), **dict.fromkeys("456B", 770), **dict.fromkeys("789C", 852)}
_DTMF_LOW |= dict.fromkeys("*0#D", 941)
_DTMF_HIGH = {**dict.fromkeys("147*", 1209), **dict.fromkeys("2580", 1336), **dict.fromkeys("369#", 1477)}
_DTMF_HIGH |= dict.fromkeys("ABCD", 1633)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """A stretch of sound and when it began: `started_at` in seconds of CLOCK_MONOTONIC (`time.monotonic()`)."""

    pcm: bytes
    started_at: float

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / BYTES_PER_SECOND

    @property
    def ended_at(self) -> float:
        """The moment after the last sample, in seconds of CLOCK_MONOTONIC."""
        return self.started_at + self.seconds

    def between(self, start: float, end: float) -> "Sound":
        """The part between two moments of CLOCK_MONOTONIC, as far as there is any."""
        first = min(max(0, round((start - self.started_at) * RATE)), len(self.pcm) // 2)
        last = min(max(first, round((end - self.started_at) * RATE)), len(self.pcm) // 2)
        return Sound(pcm=self.pcm[2 * first : 2 * last], started_at=self.started_at + first / RATE)

    def spans(self, *, threshold: float = AUDIBLE, gap: float = 0.3) -> tuple[tuple[float, float], ...]:
        """When it was audible: (from, until) in seconds of CLOCK_MONOTONIC, in steps of 20 ms.

        Pauses shorter than `gap` seconds do not end a span.
        """
        loud = np.flatnonzero(loudness(self.pcm) > threshold)
        spans: list[tuple[float, float]] = []
        for frame in loud:
            start = self.started_at + int(frame) / 50
            if spans and start - spans[-1][1] < gap:
                spans[-1] = (spans[-1][0], start + 0.02)
            else:
                spans.append((start, start + 0.02))
        return tuple(spans)

    def save(self, path: Path) -> None:
        """Write it as a WAV file."""
        path.write_bytes(wav(self.pcm))


def loudness(pcm: bytes) -> NDArray[np.float64]:
    """Mean absolute amplitude (0 to 32767) of each whole 20 ms."""
    samples = _samples(pcm)
    whole = len(samples) // _FRAME * _FRAME
    return np.abs(samples[:whole]).reshape(-1, _FRAME).mean(axis=1)


def correlation(sent: Sound, heard: Sound, *, window: float = 0.5, max_lag: float = 1.0) -> float:
    """How surely `sent` is in `heard`: 1.0 the same sound, above 0.8 surely heard, below 0.6 something else or nothing.

    Each audible window (seconds) of what was sent is looked for in what was heard, from 0.2 s before it was sent until
    `max_lag` seconds after; the answer is the median of the best matches. So a jitter buffer, a slipped packet or a
    dropped tenth of the windows does not matter, and a wrong or missing sound does.

    Raises ValueError if nothing audible was sent.
    """
    size = round(window * RATE)
    samples = _samples(sent.pcm)
    matches = []
    for first in range(0, len(samples) - size + 1, size):
        wanted = samples[first : first + size]
        if np.abs(wanted).mean() > AUDIBLE:
            at = sent.started_at + first / RATE
            matches.append(_best_match(wanted, _samples(heard.between(at - 0.2, at + window + max_lag).pcm)))
    if not matches:
        raise ValueError(f"sent: {sent.seconds:.2f} s without an audible {window} s; play something louder or longer")
    return float(np.median(matches))


def _best_match(wanted: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    """The highest normalised cross-correlation over all lags; 0 when there is too little to compare."""
    if len(there) < len(wanted):
        return 0.0
    size = 1 << (len(there) + len(wanted) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(there**2)))
    energy = energy[len(wanted) :] - energy[: -len(wanted)]
    # A floor of one unit of amplitude, so that digital silence divides by something.
    return float((products[: len(energy)] / np.sqrt(np.maximum(energy, len(wanted)) * (wanted**2).sum())).max())


def silence(seconds: float) -> bytes:
    """So many seconds of nothing."""
    return bytes(2 * round(seconds * RATE))


def tone(frequency: float, seconds: float, *, amplitude: float = 8000.0) -> bytes:
    """A sine tone; `frequency` in Hz."""
    return _pcm(amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE))


def dtmf(digits: str, *, seconds: float = 0.12, pause: float = 0.12) -> bytes:
    """Digits as the tones of ITU-T Q.23, as a telephone without RFC 4733 sends them. Raises ValueError for no digit."""
    wrong = [digit for digit in digits if digit not in _DTMF_LOW]
    if wrong:
        raise ValueError(f"digits: {wrong[0]!r} is no key of a telephone; use 0-9, *, #, A-D")
    sound = b""
    for digit in digits:
        low, high = _DTMF_LOW[digit], _DTMF_HIGH[digit]
        both = _samples(tone(low, seconds, amplitude=5000)) + _samples(tone(high, seconds, amplitude=6000))
        sound += _pcm(both) + silence(pause)
    return sound


def speech(text: str, *, voice: str = "m4", speed: int = 160, folder: Path | None = None) -> bytes:
    """Chinese `text` spoken by espeak-ng; `speed` in its words a minute. Kept on disk: the second time costs nothing.

    `folder` is where it is kept; default: the folder speech in $ZHITONG_CACHE, else in the temporary folder.
    Raises FileNotFoundError if espeak-ng or sox are missing, CalledProcessError if they refuse the text or the voice.
    """
    folder = folder or Path(os.environ.get("ZHITONG_CACHE") or tempfile.gettempdir()) / "speech"
    name = hashlib.sha256(f"{voice} {speed} {text}".encode()).hexdigest()[:24]
    kept = folder / f"{name}.sln"
    if kept.exists():
        return kept.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        spoken, line = Path(work) / "spoken.wav", Path(work) / "line.sln"
        # Debian 12's plain "cmn" spells most characters as English letters; "cmn-latn-pinyin" speaks them.
        _run("espeak-ng", "-v", f"cmn-latn-pinyin+{voice}", "-s", str(speed), "-w", str(spoken), "--", text)
        _run("sox", str(spoken), "-t", "raw", "-e", "signed", "-b", "16", "-r", str(RATE), "-c", "1", str(line))
        os.replace(line, kept)
    return kept.read_bytes()


def load(path: Path) -> bytes:
    """The pcm of a sound file: .wav (8 kHz, mono, 16 bit), .alaw, .sln or .raw. ValueError tells what is wrong."""
    if path.suffix == ".alaw":
        return g711.decode(path.read_bytes())
    if path.suffix in (".sln", ".raw"):
        return path.read_bytes()
    with wave.open(str(path)) as file:
        kind = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        if kind != (RATE, 1, 2):
            found = f"{kind[0]} Hz, {kind[1]} channels, {8 * kind[2]} bit"
            raise ValueError(f"{path}: {found}; convert it to 8000 Hz, 1 channel, 16 bit with sox")
        return file.readframes(file.getnframes())


def wav(pcm: bytes) -> bytes:
    """The bytes of a WAV file with this sound."""
    header = b"WAVEfmt " + (16).to_bytes(4, "little")
    for value, size in ((1, 2), (1, 2), (RATE, 4), (BYTES_PER_SECOND, 4), (2, 2), (16, 2)):
        header += value.to_bytes(size, "little")
    header += b"data" + len(pcm).to_bytes(4, "little")
    return b"RIFF" + (len(header) + len(pcm)).to_bytes(4, "little") + header + pcm


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{command[0]} is not installed; run: apt-get install {command[0]}") from error


def _samples(pcm: bytes) -> NDArray[np.float64]:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)


def _pcm(samples: NDArray[np.float64]) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()

"""Chinese speech from text: espeak-ng speaks, sox makes 8 kHz A-law of it. Each call is bounded in time.

The voice is `cmn-latn-pinyin`, not `cmn`: Debian 12 has no dictionary of characters for the latter and spells them as
English letters. It is given pinyin: by itself it reads a character
nearly always alike, 科长 as kēcháng, 调解 as diàojiě.
"""

import re
import subprocess
import time
from dataclasses import dataclass

import numpy as np
from pypinyin import Style, lazy_pinyin

RATE = 8000
"""Bytes of A-law a second, and samples a second."""

_SILENCE = b"\xd5"  # a sample of nothing in A-law
_MAX_CHARACTERS = 600
_MAX_SPEED = 300
_TRIM = ("silence", "1", "0.01", "0.2%", "reverse", "silence", "1", "0.01", "0.2%", "reverse")
_RAW = ("-r", str(RATE), "-c", "1", "-t", "al", "-")


class SynthesisFailed(RuntimeError):
    """The text could not be spoken: no program, too slow, too long, or nothing came out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A voice of espeak-ng and its speed in words a minute."""

    name: str
    speed: int


def speak(text: str, voice: Voice, limit: float) -> bytes:
    """The text as raw A-law without silence at its ends. `limit` in seconds. Raises SynthesisFailed."""
    if len(text) > _MAX_CHARACTERS:
        raise SynthesisFailed(f"{len(text)} characters, at most {_MAX_CHARACTERS}")
    deadline = time.monotonic() + limit
    speed = str(min(voice.speed, _MAX_SPEED))
    wav = _run(["espeak-ng", "-v", voice.name, "-s", speed, "--stdin", "--stdout"], as_read(text).encode(), deadline)
    # espeak-ng writes a stream: the lengths in its header are made up, so sox is told to ignore them.
    sound = _run(["sox", "--ignore-length", "-t", "wav", "-", *_RAW, "gain", "-n", "-3", *_TRIM], wav, deadline)
    if len(sound) < RATE // 20:
        raise SynthesisFailed("nothing was spoken")
    return sound


def as_read(text: str) -> str:
    """The text with its characters in pinyin, by the words of pypinyin's dictionary: 科长 ke1 zhang3."""
    return re.sub(r"[\u4e00-\u9fff]+", lambda found: f" {' '.join(_syllables(found[0]))} ", text)


def _syllables(characters: str) -> list[str]:
    return list(lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True))


def speak_within(text: str, voice: Voice, *, seconds: float, limit: float) -> bytes:
    """As `speak`, but faster where it would last longer than `seconds`. Raises SynthesisFailed if that is no help."""
    deadline = time.monotonic() + limit
    sound = speak(text, voice, limit)
    if len(sound) > seconds * RATE:
        # Pauses do not shrink with the speed, hence a little more than the ratio.
        faster = int(voice.speed * (len(sound) / (seconds * RATE)) * 1.04) + 1
        sound = speak(text, Voice(name=voice.name, speed=faster), deadline - time.monotonic())
    if len(sound) > seconds * RATE:
        raise SynthesisFailed(f"{len(sound) / RATE:.1f} s spoken, at most {seconds:g} s wanted")
    return sound


def tone(hertz: int, seconds: float, limit: float = 2.0) -> bytes:
    """A plain tone as raw A-law; silence for 0 Hz."""
    if hertz == 0:
        return _SILENCE * round(seconds * RATE)
    return _run(
        ["sox", "-n", *_RAW, "synth", str(seconds), "sine", str(hertz), "gain", "-9"], b"", time.monotonic() + limit
    )


def from_recording(path: str, limit: float = 10.0) -> bytes:
    """A recorded sound file (.wav, or raw .alaw) as raw A-law, silence at its ends removed. Raises SynthesisFailed."""
    kind = ["-t", "al", "-r", str(RATE), "-c", "1"] if path.endswith(".alaw") else []
    sound = _run(["sox", *kind, path, *_RAW, *_TRIM], b"", time.monotonic() + limit)
    if len(sound) < RATE // 20:
        raise SynthesisFailed(f"{path} holds no sound")
    return sound


def to_linear(alaw: bytes) -> bytes:
    """A-law (G.711) as 16-bit little-endian samples."""
    return bytes(_LINEAR[np.frombuffer(alaw, dtype=np.uint8)].tobytes())


def _linear_table() -> "np.ndarray":
    """ITU-T G.711, table 1: even bits inverted, sign, three bits of exponent, four of mantissa."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    step = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, step, -step).astype("<i2")


_LINEAR = _linear_table()


def _run(command: list[str], given: bytes, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise SynthesisFailed(f"no time left for {command[0]}")
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        raise SynthesisFailed(f"{command[0]} took longer than {left:.1f} s") from None
    except OSError as error:
        raise SynthesisFailed(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise SynthesisFailed(f"{command[0]} ended with {done.returncode}")
    return done.stdout

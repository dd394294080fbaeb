"""Chinese speech from text: espeak-ng or a command speaks, sox makes 8 kHz of it. Each call is bounded in time.

The voice is `cmn-latn-pinyin`, not `cmn`: Debian 12 has no dictionary of characters for the latter and spells them as
English letters. It is given pinyin: by itself it reads a character
nearly always alike, 科长 as kēcháng, 调解 as diàojiě.
"""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pypinyin import Style, lazy_pinyin

from dialplans.loudness import RATE, at_one_loudness

LONGEST_WAV = 64 * 2**20
"""Bytes of a sound file that is read."""

_SILENCE = b"\xd5"  # a sample of nothing in A-law
_MAX_CHARACTERS = 600
_MAX_SPEED = 300
_FASTEST = 1.35  # so much faster a command's speech is played at most
_FLOATS = ("-t", "f32", "-r", str(RATE), "-c", "1", "-")
_RAW = ("-r", str(RATE), "-c", "1", "-t", "al", "-")


class SynthesisFailed(RuntimeError):
    """The text could not be spoken: no program, too slow, too long, or nothing came out."""


class SpokenTooLong(SynthesisFailed):
    """It can speak, but this text lasts too long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A voice of espeak-ng and its speed in words a minute; `command`: another program that speaks in its place.

    The command gets the text on its standard input, or where {text} stands in an argument, and writes WAV to its
    standard output, or to the file {out}. It is no shell: each argument is one string.
    """

    name: str
    speed: int
    command: tuple[str, ...] = ()


def speak(text: str, voice: Voice, limit: float) -> bytes:
    """The text as raw A-law by espeak-ng, without silence at its ends. `limit` in seconds. Raises SynthesisFailed."""
    if len(text) > _MAX_CHARACTERS:
        raise SynthesisFailed(f"有 {len(text)} 个字，最多 {_MAX_CHARACTERS} 个")
    deadline = time.monotonic() + limit
    speed = str(min(voice.speed, _MAX_SPEED))
    wav = _run(["espeak-ng", "-v", voice.name, "-s", speed, "--stdin", "--stdout"], as_read(text).encode(), deadline)
    # espeak-ng writes a stream: the lengths in its header are made up, so sox is told to ignore them.
    floats = _run(["sox", "--ignore-length", "-t", "wav", "-", *_FLOATS], wav, deadline)
    return _prompt_of(floats, "什么都没有说出来")


def as_read(text: str) -> str:
    """The text with its characters in pinyin, by the words of pypinyin's dictionary: 科长 ke1 zhang3."""
    return re.sub(r"[\u4e00-\u9fff]+", lambda found: f" {' '.join(_syllables(found[0]))} ", text)


def _syllables(characters: str) -> list[str]:
    return list(lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True))


def speak_within(text: str, voice: Voice, *, seconds: float, limit: float) -> bytes:
    """By the voice's command, else as `speak`; faster where it would last longer than `seconds`.

    Raises SpokenTooLong if that is no help, SynthesisFailed.
    """
    if voice.command:
        return by_command(text, voice.command, seconds=seconds, limit=limit)
    deadline = time.monotonic() + limit
    sound = speak(text, voice, deadline - time.monotonic())
    if len(sound) > seconds * RATE:
        # Pauses do not shrink with the speed, hence a little more than the ratio.
        faster = int(voice.speed * (len(sound) / (seconds * RATE)) * 1.04) + 1
        sound = speak(text, Voice(name=voice.name, speed=faster), deadline - time.monotonic())
    if len(sound) > seconds * RATE:
        raise SpokenTooLong(f"说了 {len(sound) / RATE:.1f} 秒，最多 {seconds:g} 秒")
    return sound


def by_command(text: str, command: Sequence[str], *, seconds: float, limit: float) -> bytes:
    """The text as raw A-law by another program; a little faster where it is too long. Raises SynthesisFailed."""
    deadline = time.monotonic() + limit
    with tempfile.TemporaryDirectory(prefix="zhitong-voice-") as folder:
        wav = Path(folder) / "out.wav"
        filled = [part.replace("{text}", text).replace("{out}", str(wav)) for part in command]
        given = b"" if any("{text}" in part for part in command) else text.encode()
        to_file = any("{out}" in part for part in command)
        _run_bounded(filled, given, wav.with_suffix(".out") if to_file else wav, deadline)
        _check_wav(wav, filled[0])
        sound = _from_wav(wav, deadline)
        faster = len(sound) / (seconds * RATE)
        if 1 < faster <= _FASTEST:
            sound = _from_wav(wav, deadline, "tempo", "-s", f"{faster * 1.04:.3f}")
    if len(sound) > seconds * RATE:
        raise SpokenTooLong(f"{filled[0]} 说了 {len(sound) / RATE:.1f} 秒，最多 {seconds:g} 秒")
    return sound


def tone(hertz: int, seconds: float, limit: float = 2.0) -> bytes:
    """A plain tone as raw A-law; silence for 0 Hz."""
    if hertz == 0:
        return _SILENCE * round(seconds * RATE)
    return _run(
        ["sox", "-n", *_RAW, "synth", str(seconds), "sine", str(hertz), "gain", "-9"], b"", time.monotonic() + limit
    )


def from_recording(path: str, limit: float = 10.0) -> bytes:
    """A recorded sound file (.wav of any usual kind, or raw .alaw) as raw A-law, at the loudness of all prompts.

    Silence at its ends is removed. Raises SynthesisFailed.
    """
    return _from_wav(Path(path), time.monotonic() + limit)


def wave_of(path: Path, limit: float = 10.0) -> "np.ndarray":
    """The samples of a sound file as they are, all channels after one another, −1 … 1. Raises SynthesisFailed."""
    _check_wav(path, path.name)
    floats = _run(["sox", str(path), "-t", "f32", "-"], b"", time.monotonic() + limit)
    return np.frombuffer(floats, dtype="<f4")


def _from_wav(path: Path, deadline: float, *effects: str) -> bytes:
    kind = ["-t", "al", "-r", str(RATE), "-c", "1"] if path.suffix == ".alaw" else []
    floats = _run(["sox", *kind, str(path), *_FLOATS, *effects], b"", deadline)
    return _prompt_of(floats, f"{path.name} 里没有说话声，或者太轻")


def _prompt_of(floats: bytes, nothing: str) -> bytes:
    sound = to_alaw(at_one_loudness(np.frombuffer(floats, dtype="<f4").astype(float)))
    if len(sound) < RATE // 20:
        raise SynthesisFailed(nothing)
    return sound


def _check_wav(path: Path, whose: str) -> None:
    try:
        with path.open("rb") as file:
            head, size = file.read(12), path.stat().st_size
    except OSError as error:
        raise SynthesisFailed(f"{whose}：没有这个文件，或者读不了（{error.strerror}）") from None
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        raise SynthesisFailed(f"{whose}：不是 WAV（{size} 字节，开头是 {head[:8]!r}）")
    if size > LONGEST_WAV:
        raise SynthesisFailed(f"{whose}：{size >> 20} MB，最多 {LONGEST_WAV >> 20} MB")


def to_alaw(samples: "np.ndarray") -> bytes:
    """Samples in −1 … 1 as A-law (G.711): to each the nearest that can be said."""
    return bytes(_CODES[np.searchsorted(_BETWEEN, samples * 32768)].tobytes())


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
_CODES = np.argsort(_LINEAR).astype(np.uint8)
_BETWEEN = (np.sort(_LINEAR)[1:].astype(float) + np.sort(_LINEAR)[:-1]) / 2


def _run(command: list[str], given: bytes, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise SynthesisFailed(f"来不及运行 {command[0]}")
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        raise SynthesisFailed(f"{command[0]} 过了 {left:.1f} 秒还没说完") from None
    except OSError as error:
        raise SynthesisFailed(f"{command[0]} 运行不了（{error.strerror}）") from None
    if done.returncode != 0:
        raise SynthesisFailed(f"{command[0]} 出错，退出码 {done.returncode}")
    return done.stdout


def _run_bounded(command: list[str], given: bytes, out: Path, deadline: float) -> None:
    """Run a program that is not ours: with all that it starts it ends in time, and fills neither disk nor memory."""
    left, complaints = max(0.1, deadline - time.monotonic()), out.with_suffix(".err")
    limited = ["sh", "-c", f'ulimit -f {LONGEST_WAV // 512}; exec "$@"', "sh", *command]
    with out.open("wb") as told, complaints.open("wb") as errors:
        started = subprocess.Popen(limited, stdin=subprocess.PIPE, stdout=told, stderr=errors, start_new_session=True)
        try:
            started.communicate(given, timeout=left)
        except subprocess.TimeoutExpired:
            raise SynthesisFailed(f"{command[0]} 过了 {left:.1f} 秒还没说完") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()
    if started.returncode != 0:
        with complaints.open("rb") as errors:
            lines = errors.read(4000).decode(errors="replace").strip().splitlines()
        raise SynthesisFailed(f"{command[0]} 出错，退出码 {started.returncode}：{''.join(lines[-1:])[:200]}")

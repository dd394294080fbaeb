"""The words in a sound file, as it comes from a telephone's recorder or a chat: heard by a stream of the recognizer."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from recognizer.decoder import DecoderStream
from recognizer.errors import SoundError
from recognizer.microphone import FRAME_BYTES, SAMPLE_RATE, listen
from recognizer.transcript import Utterance

LONGEST = 600
"""Seconds that are heard of one file."""
_CONVERT = 60.0


def words_of(path: Path, stream: DecoderStream) -> str:
    """What is said in the file, its sentences one after the other; empty when nothing is.

    Raises SoundError when sox cannot read it, DecoderGone.
    """
    said: list[Utterance] = []
    listen(frames_of(path), stream, on_partial=lambda partial: None, on_final=said.append, last_word=30.0)
    return "，".join(utterance.text for utterance in said if utterance.text)


def frames_of(path: Path) -> Iterator[bytes]:
    """Frames of 20 ms (16 bit, 8 kHz, mono) of a sound file of any kind, rate and channels that sox reads.

    Raises SoundError when it cannot read it.
    """
    sound = _linear(path)
    for start in range(0, len(sound), FRAME_BYTES):
        yield sound[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def _linear(path: Path) -> bytes:
    """Its first LONGEST seconds as 16 bit, 8 kHz, mono. The kind is told: sox is not to try what else it may be."""
    if not path.is_file():
        raise SoundError(f"没有 {path} 这个文件")
    kind = path.suffix.removeprefix(".")
    form = ["-t", "raw", "-r", str(SAMPLE_RATE), "-c", "1", "-e", "signed-integer", "-b", "16", "-L", "-"]
    command = ["sox", "-V1", "-t", _CALLED.get(kind, kind), str(path), *form, "trim", "0", str(LONGEST)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_CONVERT, check=False)
    except subprocess.TimeoutExpired:
        raise SoundError(f"{kind} 格式的声音转换太久") from None
    except OSError as error:
        raise SoundError(f"sox 用不了（{error.strerror}）") from error
    if done.returncode != 0 or not done.stdout:
        mend = "多半坏了，或者里面没有声音" if kind.lower() == "wav" else "可以转成 wav 再发"
        raise SoundError(f"这里读不了这个{f' {kind} ' if kind else '没有后缀的'}文件，{mend}")
    return done.stdout


_CALLED = {"amr": "amr-nb", "awb": "amr-wb", "m4a": "mp4"}

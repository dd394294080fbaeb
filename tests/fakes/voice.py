"""A synthesised citizen: Chinese text to what comes over an A-law telephone line."""

import subprocess
from functools import cache

VOICES = ("m4", "f5", "victor", "Michael", "steph2")
"""Voices that the small model never learnt from."""


@cache
def speak(text: str, voice: str = "f5", *, before: float = 0.3, after: float = 0.6, gain: float = -6.0) -> bytes:
    """16 bit, 8 kHz, mono; `before` and `after` seconds of silence, peak at `gain` dBFS."""
    spoken = _run(["espeak-ng", "-v", f"cmn-latn-pinyin+{voice}", "--stdout", text])
    line = ["-r", "8000", "-c", "1", "-e", "a-law", "-b", "8"]
    alaw = _run(
        ["sox", "-D", "-t", "wav", "-", "-t", "raw", *line, "-", "norm", str(gain), "pad", str(before), str(after)],
        spoken,
    )
    return _run(["sox", "-D", "-t", "raw", *line, "-", "-t", "raw", "-e", "signed", "-b", "16", "-"], alaw)


def _run(command: list[str], data: bytes = b"") -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=30).stdout

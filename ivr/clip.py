"""The caller's own words as a small file that Asterisk, a browser and a person can play."""

from __future__ import annotations

import logging
import os
import wave
from pathlib import Path

log = logging.getLogger(__name__)


def save_clip(folder: Path, name: str, pcm: bytes) -> Path | None:
    """Write raw 16 bit 8 kHz sound as <folder>/<name>.wav, whole or not at all; None when the disk refuses."""
    path = folder / f"{name}.wav"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with wave.open(str(part), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(pcm)
        os.replace(part, path)
    except OSError as error:
        log.error("clip %s not written: %s", name, error)
        return None
    return path


def load_clip(path: Path) -> bytes:
    """The sound of a clip; empty when it is gone (retention) or not ours."""
    try:
        with wave.open(str(path), "rb") as sound:
            if (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) != (1, 2, 8000):
                return b""
            return sound.readframes(8000 * 10)
    except (OSError, EOFError, wave.Error) as error:
        log.warning("clip not read: %s", error)
        return b""

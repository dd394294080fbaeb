"""Prompts that a test can tell apart by ear: each static prompt is a tone of its own, but for the pause."""

from pathlib import Path

import numpy as np

from dialplans import names
from ivr.softphone_audio import Sound, tone
from recognizer.g711 import encode

SECONDS = 0.8  # a software telephone that is hung up on loses the last 0.4 s of what it heard
_FREQUENCIES = {key: 700 + 60 * place for place, key in enumerate(names.STATIC_PROMPTS)}
_WINDOW = 400  # samples: 50 ms, so the spectrum has steps of 20 Hz
_TORN = 2400  # samples: on a busy machine a tone may pause for so long and is still one


def make_prompts(folder: Path) -> Path:
    """Write all static prompts; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, frequency in _FREQUENCIES.items():
        (folder / f"{key}.alaw").write_bytes(encode(bytes(48_000) if key == "pause" else tone(frequency, SECONDS)))
    return folder


def make_prompt(path: Path, like: str) -> str:
    """Write one more prompt that sounds like a static one; returns its path as the dialplan wants it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".alaw").write_bytes(encode(tone(_FREQUENCIES[like], SECONDS)))
    return str(path.with_suffix(""))


def prompts_in(sound: Sound) -> list[str]:
    """The static prompts in what was heard, in order; each must last 100 ms, and may be torn for 300."""
    samples = np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], dtype="<i2").astype(float)
    heard: list[str] = []
    last, times, ended = "", 0, 0
    for start in range(0, len(samples) - _WINDOW + 1, _WINDOW):
        spectrum = np.abs(np.fft.rfft(samples[start : start + _WINDOW]))
        peak = int(spectrum.argmax())
        loud = spectrum[peak] > 100_000 and spectrum[peak] ** 2 > 0.4 * (spectrum**2).sum()
        key = next((key for key, hz in _FREQUENCIES.items() if loud and abs(hz - peak * 20) <= 20), "")
        times = times + 1 if key == last else 1
        last = key
        if key and times == 2 and not (heard and heard[-1] == key and start - ended < _TORN):
            heard.append(key)
        if heard and key == heard[-1] and times > 1:
            ended = start
    return heard

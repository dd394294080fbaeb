"""What a telephone brings besides words: a cough, a slammed door, a crackling line, the echo of our own prompt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ivr.audio import FRAME_BYTES
from recognizer.g711 import decode, encode

RATE = 8000
Array = Any


def telephone(samples: Array) -> bytes:
    """16 bit, 8 kHz, mono, as A-law brings it."""
    return decode(encode(np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()))


def cough(seed: int, level: float) -> Array:
    """Twice: a burst of breath, and some voice after it. level: dBFS."""
    draws = np.random.default_rng(seed)
    t = np.arange(int(0.28 * RATE)) / RATE
    pieces = []
    for base in (160, 200):
        breath = _band(draws.standard_normal(len(t)), 250, 3200) * np.exp(-t / 0.07)
        voice = sum(np.sin(2 * np.pi * base * n * t) / n for n in range(1, 12)) * np.exp(-t / 0.09) * 0.5
        pieces += [breath + voice * (t > 0.05), np.zeros(int(0.15 * RATE))]
    return _at(level, np.concatenate(pieces))


def slammed_door(seed: int, level: float) -> Array:
    """A crack, a thud and the room. level: dBFS."""
    draws = np.random.default_rng(seed)
    t = np.arange(int(0.6 * RATE)) / RATE
    crack = draws.standard_normal(len(t)) * np.exp(-t / 0.004) * 3
    room = _band(draws.standard_normal(len(t)), 60, 1500) * np.exp(-t / 0.06) * 1.5
    return _at(level, np.sin(2 * np.pi * 95 * t) * np.exp(-t / 0.12) + crack + room)


def crackle(seed: int, rate: int, seconds: float = 6.0) -> Array:
    """So many clicks a second, of half a millisecond to three, from -30 to -8 dBFS."""
    draws = np.random.default_rng(seed)
    samples = draws.standard_normal(int(seconds * RATE)) * 5
    for at in draws.integers(0, len(samples) - 40, int(rate * seconds)):
        n = int(draws.integers(4, 24))
        samples[at : at + n] += draws.standard_normal(n) * 32768 * 10 ** (draws.uniform(-30, -8) / 20)
    return samples


def echo(loss: float, delay: int) -> Callable[[list[bytes], int], bytes]:
    """The frame that comes back: `delay` frames late, `loss` dB weaker, over the line's noise."""

    def frame(sent: list[bytes], number: int) -> bytes:
        at = len(sent) - 1 - delay
        ours = sent[at][3:] if at >= 0 else bytes(FRAME_BYTES)
        noise = np.random.default_rng(number).standard_normal(FRAME_BYTES // 2) * 8
        return telephone(np.frombuffer(ours, "<i2") * 10 ** (-loss / 20) + noise)

    return frame


def _band(samples: Array, low: float, high: float) -> Array:
    spectrum = np.fft.rfft(samples)
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    return np.fft.irfft(np.where((at < low) | (at > high), 0, spectrum), len(samples))


def _at(level: float, samples: Array) -> Array:
    return samples / np.sqrt(np.mean(samples**2)) * 32768 * 10 ** (level / 20)

"""What a telephone line does to a voice: band, level, noise, echo, codec."""

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recognizer import g711
from recognizer.model_builder.features import RATE

Wave = NDArray[np.float64]
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Gain by frequency in Hz."""

_TONES = [[450], [440, 480], [697, 1209], [770, 1336], [852, 1477], [941, 1633], [1000], [950], [425]]
_CADENCES = [(1.0, 4.0), (0.35, 0.35), (0.1, 0.1), (0.4, 0.2), (9.0, 0.0)]
"""Seconds on and off."""
NOISES = ["white", "pink", "brown", "hum", "tone", "clicks", "band"]


def alaw(sound: Wave) -> NDArray[np.int16]:
    """Through G.711 A-law and back."""
    pcm = np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
    return np.frombuffer(g711.decode(g711.encode(pcm)), np.int16)


def ulaw(sound: Wave) -> NDArray[np.int16]:
    """Through G.711 µ-law and back."""
    sound = np.clip(np.round(sound), -32635, 32635)
    sign, size = np.sign(sound) + (sound == 0), np.abs(sound) + 132
    exponent = np.floor(np.log2(size)).astype(int) - 7
    rounded = np.floor(size / 2.0 ** (exponent + 3)) * 2.0 ** (exponent + 3) + 2.0 ** (exponent + 2)
    return (sign * (rounded - 132)).astype(np.int16)


def resample(sound: Wave, source: float, target: float, curve: Curve | None = None) -> Wave:
    """Change the rate, with a gain curve on the way."""
    count = round(len(sound) * target / source)
    spectrum = np.fft.rfft(sound)
    kept = np.zeros(count // 2 + 1, complex)
    both = min(len(kept), len(spectrum))
    kept[:both] = spectrum[:both]
    if curve is not None:
        kept *= curve(np.arange(len(kept)) * target / count)
    return np.fft.irfft(kept, count) * (count / len(sound))


def noise(count: int, rng: random.Random, kind: str | None = None) -> Wave:
    """Noise of a kind of NOISES, at an RMS of 1."""
    kind = kind or rng.choice(NOISES)
    draws = np.random.default_rng(rng.getrandbits(32))
    sound: Wave = draws.standard_normal(count)
    time = np.arange(count) / RATE
    if kind in ("pink", "brown", "band"):
        spectrum = np.fft.rfft(sound)
        hz = np.maximum(np.arange(len(spectrum)) * RATE / max(count, 1), 20.0)
        if kind == "band":
            centre = rng.uniform(200, 3000)
            spectrum *= np.exp(-(((hz - centre) / rng.uniform(100, 1000)) ** 2))
        else:
            spectrum *= hz ** (-0.5 if kind == "pink" else -1.0)
        sound = np.fft.irfft(spectrum, count)
    elif kind == "hum":
        base = rng.choice([50, 50, 60, 100])
        sound = 0.1 * sound + sum(
            rng.random() * np.sin(2 * np.pi * base * h * time + rng.random() * 6) for h in range(1, 9)
        )
    elif kind == "tone":
        tones, (on, off) = rng.choice(_TONES), rng.choice(_CADENCES)
        sounding = ((time + rng.random() * 5) % (on + off)) < on
        sound = sum((np.sin(2 * np.pi * f * time) for f in tones), np.zeros(count)) * sounding + 0.003 * sound
    elif kind == "clicks":
        hits = draws.random(count) < rng.uniform(0.0002, 0.003)
        decay = np.exp(-np.arange(60) / rng.uniform(2, 20))
        sound = np.convolve(hits * draws.standard_normal(count), decay, "same") + 0.01 * sound
    if rng.random() < 0.3:  # slow changes of level
        levels = 10 ** np.array([rng.uniform(-1, 0) for _ in range(6)])
        sound = sound * np.interp(np.arange(count), np.linspace(0, count, 6), levels)
    return sound / (np.sqrt(np.mean(sound**2)) + 1e-9)


def burst(rng: random.Random) -> Wave:
    """A knock, a cough, a rustle at the mouthpiece: 0.05 to 0.8 s of shaped noise, -35 to -8 dBFS."""
    seconds = rng.uniform(0.05, 0.8)
    count = int(RATE * seconds)
    time = np.arange(count) / RATE
    rise = np.minimum(1.0, time / rng.uniform(0.001, 0.05))
    fades = rng.random() < 0.5
    fall = np.exp(-time / (seconds / 4)) if fades else np.minimum(1.0, (seconds - time) / rng.uniform(0.01, 0.1))
    sound = noise(count, rng, rng.choice(["white", "pink", "brown", "band", "clicks"]))
    return sound * rise * fall * 32768 * 10 ** (rng.uniform(-35, -8) / 20)


def add_bursts(sound: Wave, rng: random.Random, start: int, end: int) -> None:
    """One to three bursts somewhere in [start, end) of `sound`."""
    for _ in range(rng.randint(1, 3)):
        hit = burst(rng)[: end - start]
        at = rng.randint(start, end - len(hit))
        sound[at : at + len(hit)] += hit


def line(sound: Wave, rng: random.Random, babble: Wave | None) -> NDArray[np.int16]:
    """A random line: level -38 to -12 dBFS, perhaps a room's echo, noise or other voices, and a codec."""
    count = len(sound)
    loud = np.abs(sound) > 0.02 * np.abs(sound).max() if np.abs(sound).max() > 0 else np.ones(count, bool)
    sound = sound * (32768 * 10 ** (rng.uniform(-38, -12) / 20) / (np.sqrt(np.mean(sound[loud] ** 2)) + 1e-9))
    level = np.sqrt(np.mean(sound[loud] ** 2))
    if rng.random() < 0.25:
        length = int(RATE * rng.uniform(0.02, 0.15))
        draws = np.random.default_rng(rng.getrandbits(32))
        room = draws.standard_normal(length) * np.exp(-np.arange(length) / (length / 4.0))
        room *= rng.uniform(0.1, 0.5) / np.sqrt(np.sum(room**2))
        room[0] = 1.0
        sound = np.convolve(sound, room)[:count]
    chance = rng.random()
    if chance < 0.70:
        sound = sound + noise(count, rng) * level * 10 ** (-rng.uniform(6, 45) / 20)
    elif chance < 0.82 and babble is not None:
        others = np.resize(np.roll(babble, rng.randrange(len(babble))), count)
        sound = sound + others / (np.sqrt(np.mean(others**2)) + 1e-9) * level * 10 ** (-rng.uniform(10, 35) / 20)
    chance = rng.random()
    if chance < 0.65:
        return alaw(sound)
    return ulaw(sound) if chance < 0.8 else np.round(np.clip(sound, -32768, 32767)).astype(np.int16)


def band(low: float, high: float, tilt: float = 0.0, steep: int = 6) -> Curve:
    """A telephone's frequency curve between two frequencies in Hz; tilt in dB per octave around 1 kHz."""

    def curve(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        hz = np.maximum(hz, 1.0)
        gain = 1 / np.sqrt(1 + (low / hz) ** steep) / np.sqrt(1 + (hz / high) ** 20)
        tilted: NDArray[np.float64] = gain * 10 ** (tilt * np.log2(hz / 1000.0) / 20)
        return tilted

    return curve


def random_band(rng: random.Random) -> Curve | None:
    """Some telephone's curve, or none."""
    if rng.random() < 0.3:
        return None
    return band(rng.uniform(100, 320), rng.uniform(3200, 3800), rng.uniform(-4, 4))

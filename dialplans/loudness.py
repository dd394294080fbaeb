"""Speech at one loudness: active speech level after ITU-T P.56 (method B), silence at the ends cut off. Pure."""

import numpy as np

RATE = 8000
"""Samples a second."""
TARGET = -20.0
"""Active speech level of every prompt, dBov (0 dBov: the level of a full-scale square wave); about −14 dBm0."""
FAINTEST = -50.0
"""dBov; what is quieter holds no speech."""

_FRAME = RATE // 100
_MARGIN = 15.9  # dB below the active level, P.56
_QUIET = 28.0  # dB below the active level a frame at the ends is no speech
_HANGOVER = 20  # frames: 200 ms, P.56
_KEEP_BEFORE, _KEEP_AFTER = 2, 6  # frames of quiet left at the ends
_KNEE = 0.8


def speech_level(samples: np.ndarray) -> float:
    """Active speech level in dBov of samples in −1 … 1 at 8 kHz; −100 for silence."""
    frames = _frames(samples)
    energy = (frames**2).mean(axis=1)
    if not len(frames) or energy.sum() < 1e-9:
        return -100.0
    envelope = np.abs(frames).mean(axis=1)
    level = _decibel(energy.mean())
    for _ in range(20):
        active = _with_hangover(envelope > 10 ** ((level - _MARGIN) / 20))
        before, level = level, _decibel(energy.sum() / max(1, active.sum()))
        if abs(level - before) < 0.05:
            break
    return level


def at_one_loudness(samples: np.ndarray) -> np.ndarray:
    """The samples cut to the speech and brought to TARGET, peaks rounded off; none when there is no speech in them."""
    level = speech_level(samples)
    if level < FAINTEST:
        return samples[:0]
    loud = np.flatnonzero((_frames(samples) ** 2).mean(axis=1) > 10 ** ((level - _QUIET) / 10))
    first, last = max(0, loud[0] - _KEEP_BEFORE), loud[-1] + 1 + _KEEP_AFTER
    louder = samples[first * _FRAME : last * _FRAME] * 10 ** ((TARGET - level) / 20)
    beyond = np.abs(louder) - _KNEE
    rounded = np.sign(louder) * (_KNEE + (1 - _KNEE) * np.tanh(beyond / (1 - _KNEE)))
    return np.where(beyond > 0, rounded, louder)


def clipped_share(samples: np.ndarray) -> float:
    """How much of a recording stands still at its loudest value, as it does when a microphone was overdriven; 0 … 1."""
    highest = float(np.abs(samples).max(initial=0.0))
    if highest < 0.1:
        return 0.0
    flat = np.abs(samples) >= highest * 0.999
    return float((flat[2:] & flat[1:-1] & flat[:-2]).mean()) if len(flat) > 2 else 0.0


def _frames(samples: np.ndarray) -> np.ndarray:
    whole = len(samples) // _FRAME * _FRAME
    return samples[:whole].reshape(-1, _FRAME)


def _with_hangover(active: np.ndarray) -> np.ndarray:
    """Each frame that is active, or was within the hangover."""
    counted = np.cumsum(np.concatenate([np.zeros(_HANGOVER, dtype=int), active]))
    return counted[_HANGOVER:] - np.concatenate([[0], counted[:-1]])[: len(active)] > 0


def _decibel(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))

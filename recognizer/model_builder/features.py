"""MFCC as Kaldi computes it: povey window, pre-emphasis 0.97, DC removed, lifter 22, no energy, no dither."""

import numpy as np
from numpy.typing import NDArray

RATE = 8000
SHIFT, LENGTH, FFT = 80, 200, 256
"""Samples."""
BINS = 30
LOW, HIGH = 100.0, 3700.0
"""Hz."""
FLOOR = 1.1920929e-07


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log(1.0 + hz / 700.0)


def _bank() -> NDArray[np.float32]:
    low, high = _mel(np.array([LOW, HIGH]))
    step = (high - low) / (BINS + 1)
    mel = _mel(np.arange(FFT // 2) * RATE / FFT)  # Kaldi leaves the Nyquist bin out
    bank = np.zeros((BINS, FFT // 2 + 1))
    for n in range(BINS):
        left, centre, right = low + n * step, low + (n + 1) * step, low + (n + 2) * step
        up, down = (mel - left) / (centre - left), (right - mel) / (right - centre)
        bank[n, : FFT // 2] = np.where((mel > left) & (mel < right), np.minimum(up, down), 0)
    return bank.T.astype(np.float32)


def _cosines() -> NDArray[np.float32]:
    k, n = np.arange(BINS)[:, None], np.arange(BINS)[None, :]
    table = np.sqrt(2.0 / BINS) * np.cos(np.pi / BINS * (n + 0.5) * k)
    table[0] = np.sqrt(1.0 / BINS)
    lifter = 1 + 11.0 * np.sin(np.pi * np.arange(BINS) / 22.0)
    return (lifter[:, None] * table).T.astype(np.float32)


_BANK, _COSINES = _bank(), _cosines()
_WINDOW = ((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / (LENGTH - 1))) ** 0.85).astype(np.float32)


def mfcc(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Features of 8 kHz sound, one row of BINS numbers each 10 ms."""
    sound = np.asarray(samples, np.float32)
    count = 1 + (len(sound) - LENGTH) // SHIFT
    frames = np.lib.stride_tricks.sliding_window_view(sound, LENGTH)[::SHIFT][:count].copy()
    frames -= frames.mean(1, keepdims=True)
    frames[:, 1:] -= 0.97 * frames[:, :-1].copy()
    frames[:, 0] *= 0.03
    power = np.abs(np.fft.rfft(frames * _WINDOW, FFT)) ** 2
    energies: NDArray[np.float32] = np.log(np.maximum(power.astype(np.float32) @ _BANK, FLOOR)) @ _COSINES
    return energies.astype(np.float32)

"""One loudness, measured by an implementation of ITU-T P.56 of the tests' own: sample by sample as it says there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from dialplans.loudness import RATE, TARGET, at_one_loudness, clipped_share, speech_level
from dialplans.voice import to_alaw, to_linear


def p56(samples: np.ndarray) -> float:
    """Active speech level in dBov, method B: envelope of 30 ms, hangover of 200 ms, margin of 15.9 dB."""
    decay = np.exp(-1 / (RATE * 0.03))
    envelope = lfilter([1 - decay], [1, -decay], lfilter([1 - decay], [1, -decay], np.abs(samples)))
    energy, before = float((samples**2).sum()), (0.0, 99.0)
    for threshold in 2.0 ** -np.arange(15, 0, -0.5):
        at = np.where(envelope >= threshold, np.arange(len(samples)), -RATE)
        active = (np.arange(len(samples)) - np.maximum.accumulate(at) <= 0.2 * RATE).sum()
        if not active:
            break
        level = 10 * np.log10(energy / active)
        if level - 20 * np.log10(threshold) <= 15.9:
            return (before[0] + level) / 2
        before = (level, threshold)
    return before[0]


def speech_like(pauses: list[float], decibel: float) -> np.ndarray:
    """Syllables of 0.25 s of noise that swells and falls, with pauses (s) between them."""
    noise, parts = np.random.default_rng(1), []
    for pause in pauses:
        parts += [np.hanning(RATE // 4) * noise.standard_normal(RATE // 4), np.zeros(int(pause * RATE))]
    return np.concatenate(parts) * 0.2 * 10 ** (decibel / 20)


sounds = st.builds(
    speech_like, st.lists(st.floats(0, 0.8), min_size=4, max_size=12), st.floats(-25, 3, allow_nan=False)
)


@given(sounds)
@settings(max_examples=50, deadline=None)
def test_the_level_is_that_of_the_standard(sound: np.ndarray) -> None:
    assert speech_level(sound) == pytest.approx(p56(sound), abs=1.5)


@given(sounds)
@settings(max_examples=50, deadline=None)
def test_whatever_was_recorded_comes_out_at_one_loudness_and_never_clips(sound: np.ndarray) -> None:
    loud = at_one_loudness(sound)
    assert p56(loud) == pytest.approx(TARGET, abs=1.5)
    assert np.abs(loud).max() <= 1.0


def test_silence_stays_silence() -> None:
    assert len(at_one_loudness(np.zeros(RATE))) == 0
    assert len(at_one_loudness(np.random.default_rng(1).standard_normal(RATE) * 1e-4)) == 0


def test_quiet_at_the_ends_is_cut_off_and_between_words_is_kept() -> None:
    sound = np.concatenate([np.zeros(RATE), speech_like([0.5, 0.0], 0), np.zeros(2 * RATE)])
    assert len(at_one_loudness(sound)) / RATE == pytest.approx(1.0, abs=0.15)


def test_a_recording_that_was_overdriven_is_known_by_its_flat_tops() -> None:
    sound = speech_like([0.1] * 8, 0)
    assert clipped_share(sound) == 0.0
    assert clipped_share(np.clip(sound * 10, -1, 1)) > 0.02
    assert clipped_share(np.clip(sound * 10, -1, 1) * 0.5) > 0.02
    assert clipped_share(np.zeros(RATE)) == 0.0


def test_a_law_goes_there_and_back() -> None:
    codes = bytes(range(256))
    assert to_alaw(np.frombuffer(to_linear(codes), "<i2") / 32768) == codes

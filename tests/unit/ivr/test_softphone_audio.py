"""Sound of the software telephones: what is made, and how surely it is found again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.softphone_audio import RATE, Sound, correlation, dtmf, load, loudness, silence, tone, wav


def babble(seed: int, seconds: float) -> bytes:
    """Something with the unrest of speech: noise whose loudness changes every 100 ms."""
    source = np.random.default_rng(seed)
    size = round(seconds * RATE)
    envelope = np.repeat(source.uniform(0.1, 1.0, size // 800 + 1), 800)[:size]
    return bytes((source.normal(0, 3000, size) * envelope).clip(-32768, 32767).astype("<i2").tobytes())


def strongest_frequencies(pcm: bytes, count: int) -> set[int]:
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, dtype="<i2")))
    return {round(int(peak) * RATE / (len(pcm) // 2)) for peak in np.argsort(spectrum)[-count:]}


@settings(max_examples=30, deadline=None)
@given(lag=st.floats(0.0, 0.9), gain=st.floats(0.2, 2.0), seed=st.integers(0, 1000))
def test_what_was_said_is_found_in_what_was_heard_at_any_lag_and_loudness(lag: float, gain: float, seed: int) -> None:
    said = Sound(pcm=babble(seed, 2.0), started_at=100.0)
    heard = (np.frombuffer(said.pcm, dtype="<i2") * gain).clip(-32768, 32767).astype("<i2").tobytes()
    late = Sound(pcm=silence(lag) + heard + silence(0.5), started_at=100.0)
    assert correlation(said, late) > 0.9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_somebody_elses_voice_is_not_taken_for_it(seed: int) -> None:
    said = Sound(pcm=babble(seed, 2.0), started_at=100.0)
    assert correlation(said, Sound(pcm=babble(seed + 1, 3.0), started_at=100.0)) < 0.6


def test_nothing_heard_is_no_match() -> None:
    said = Sound(pcm=babble(1, 2.0), started_at=100.0)
    assert correlation(said, Sound(pcm=silence(3.0), started_at=100.0)) == pytest.approx(0.0, abs=0.01)
    assert correlation(said, Sound(pcm=b"", started_at=100.0)) == 0.0


def test_a_sound_that_comes_too_late_is_no_match() -> None:
    said = Sound(pcm=babble(1, 2.0), started_at=100.0)
    assert correlation(said, Sound(pcm=said.pcm, started_at=103.5), max_lag=1.0) == 0.0


def test_one_lost_half_second_does_not_hide_a_good_line() -> None:
    said = Sound(pcm=babble(1, 4.0), started_at=0.0)
    heard = said.pcm[:16000] + silence(0.5) + said.pcm[24000:]
    assert correlation(said, Sound(pcm=heard, started_at=0.0)) > 0.9


def test_silence_cannot_be_compared() -> None:
    quiet = Sound(pcm=silence(2.0), started_at=0.0)
    with pytest.raises(ValueError, match="without an audible"):
        correlation(quiet, quiet)


def test_a_tone_has_its_frequency_and_length() -> None:
    pcm = tone(1000, 0.5)
    assert len(pcm) == RATE
    assert strongest_frequencies(pcm, 1) == {1000}


@pytest.mark.parametrize(
    ("digit", "low", "high"), [("1", 697, 1209), ("5", 770, 1336), ("0", 941, 1336), ("#", 941, 1477)]
)
def test_a_key_is_two_tones(digit: str, low: int, high: int) -> None:
    assert strongest_frequencies(dtmf(digit, seconds=1.0, pause=0.0), 2) == {low, high}


def test_what_is_no_key_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'x'"):
        dtmf("1x")


@given(start=st.floats(-2, 5), length=st.floats(0, 5))
def test_a_part_of_a_sound_lies_within_the_asked_moments_and_the_sound(start: float, length: float) -> None:
    whole = Sound(pcm=babble(1, 2.0), started_at=1.0)
    part = whole.between(start, start + length)
    assert len(part.pcm) % 2 == 0
    assert part.pcm in whole.pcm
    if part.pcm:
        assert part.started_at >= max(whole.started_at, start) - 1 / RATE
        assert part.ended_at <= min(whole.ended_at, start + length) + 1 / RATE


def test_audible_spans_bridge_short_pauses_only() -> None:
    pcm = silence(0.5) + tone(500, 0.2) + silence(0.1) + tone(500, 0.2) + silence(1.0) + tone(500, 0.4)
    spans = Sound(pcm=pcm, started_at=10.0).spans(gap=0.3)
    assert [(round(start, 2), round(end, 2)) for start, end in spans] == [(10.5, 11.0), (12.0, 12.4)]


def test_a_wav_file_comes_back_as_it_was(tmp_path: Path) -> None:
    pcm = babble(3, 0.3)
    (tmp_path / "x.wav").write_bytes(wav(pcm))
    assert load(tmp_path / "x.wav") == pcm


def test_an_alaw_prompt_is_decoded(tmp_path: Path) -> None:
    # G.711: 0xD5 and 0x55 are the smallest values, 0xAA and 0x2A the largest.
    (tmp_path / "x.alaw").write_bytes(bytes([0xD5, 0x55, 0xAA, 0x2A]))
    assert np.frombuffer(load(tmp_path / "x.alaw"), dtype="<i2").tolist() == [8, -8, 32256, -32256]


def test_a_file_of_another_kind_is_refused_with_the_mend(tmp_path: Path) -> None:
    stereo = bytearray(wav(tone(500, 0.1)))
    stereo[22] = 2
    (tmp_path / "x.wav").write_bytes(bytes(stereo))
    with pytest.raises(ValueError, match=r"x\.wav: 8000 Hz, 2 channels.*sox"):
        load(tmp_path / "x.wav")


def test_loudness_counts_whole_frames() -> None:
    assert loudness(silence(0.1) + tone(500, 0.05)).shape == (7,)

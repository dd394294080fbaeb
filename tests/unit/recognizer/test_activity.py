"""Who speaks, and when: frames of 20 ms in, speaking or not out."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.activity import FRAME_SECONDS, ActivitySettings, VoiceActivity

SILENCE = bytes(320)
RATE = 8000


def pcm(samples: np.ndarray) -> bytes:
    return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()


def voice(seconds: float, level: float = -20.0, base: float = 140.0) -> bytes:
    """Something voiced: harmonics of a wandering base up to 3 kHz, four syllables a second."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(base * (1 + 0.1 * np.sin(2 * np.pi * 2 * t))) / RATE
    sound = sum(np.sin(n * phase + n) / n**0.7 for n in range(1, 21))
    sound = sound * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
    return pcm(sound / np.sqrt(np.mean(sound**2)) * 32768 * 10 ** (level / 20))


def frames(sound: bytes) -> list[bytes]:
    return [sound[n : n + 320] for n in range(0, len(sound) - 319, 320)]


def heard(sound: bytes, activity: VoiceActivity | None = None, playing: bytes = b"") -> list[bool]:
    activity = activity or VoiceActivity()
    prompt = frames(playing)
    return [activity.feed(frame, prompt[n] if n < len(prompt) else b"") for n, frame in enumerate(frames(sound))]


def noise(kind: str, seconds: float, level: float) -> bytes:
    draws = np.random.default_rng(7)
    count = int(seconds * RATE)
    t = np.arange(count) / RATE
    if kind == "hum":
        sound = sum(np.sin(2 * np.pi * 50 * n * t) / n for n in (1, 2, 3, 5)) + 0.02 * draws.standard_normal(count)
    elif kind == "pink":
        spectrum = np.fft.rfft(draws.standard_normal(count))
        sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), count)
    else:
        sound = draws.standard_normal(count)
    return pcm(sound / np.sqrt(np.mean(sound**2)) * 32768 * 10 ** (level / 20))


@pytest.mark.parametrize("level", [-15.0, -25.0, -33.0])
def test_speech_is_told_within_160_ms(level: float) -> None:
    speaking = heard(SILENCE * 50 + voice(1.0, level))
    assert not any(speaking[:50])
    assert (speaking.index(True) + 1 - 50) * FRAME_SECONDS <= 0.16


def test_speech_over_noise_is_told_within_200_ms() -> None:
    quiet = np.frombuffer(noise("pink", 4.0, -45.0), "<i2").astype(float)
    quiet[16000:] += np.frombuffer(voice(2.0, -25.0), "<i2")
    speaking = heard(pcm(quiet))
    assert not any(speaking[:100])
    assert (speaking.index(True) + 1 - 100) * FRAME_SECONDS <= 0.2


@pytest.mark.parametrize("kind", ["white", "pink", "hum"])
@pytest.mark.parametrize("level", [-60.0, -45.0, -30.0])
def test_steady_noise_and_mains_hum_are_no_speech(kind: str, level: float) -> None:
    assert not any(heard(noise(kind, 10.0, level)))


def test_a_click_is_no_speech() -> None:
    click = pcm(20000 * np.exp(-np.arange(480) / 60) * np.random.default_rng(1).standard_normal(480))
    assert not any(heard(SILENCE * 20 + click + SILENCE * 50))


@pytest.mark.parametrize("tones", [(697, 1209), (941, 1633), (450,), (1000,)])
def test_keys_and_tones_are_no_speech(tones: tuple[int, ...]) -> None:
    t = np.arange(RATE) / RATE
    assert not any(heard(SILENCE * 20 + pcm(sum(5000 * np.sin(2 * np.pi * f * t) for f in tones)) + SILENCE * 20))


@pytest.mark.parametrize("delay", [0, 800, 1600])
@pytest.mark.parametrize("loss", [20, 30])
def test_the_echo_of_our_own_prompt_is_no_speech(delay: int, loss: int) -> None:
    prompt = voice(3.0, -18.0)
    samples = np.frombuffer(prompt, "<i2").astype(float) * 10 ** (-loss / 20)
    echo = pcm(np.concatenate([np.zeros(delay), samples[: len(samples) - delay]]))
    assert not any(heard(echo, playing=prompt))


def test_a_caller_who_speaks_over_the_prompt_and_its_echo_is_heard() -> None:
    prompt = voice(3.0, -18.0)
    line = np.frombuffer(prompt, "<i2").astype(float) * 10 ** (-25 / 20)
    line[8000:] += np.frombuffer(voice(2.0, -22.0, base=210.0), "<i2")
    speaking = heard(pcm(line), playing=prompt)
    assert not any(speaking[:50])
    assert (speaking.index(True) + 1 - 50) * FRAME_SECONDS <= 0.2


def test_onset_and_offset_are_told_in_frames() -> None:
    activity = VoiceActivity(ActivitySettings(silence=0.5))
    heard(SILENCE * 50 + voice(1.0) + SILENCE * 50, activity)
    assert not activity.speaking
    assert activity.onset is not None and 50 <= activity.onset <= 54
    assert activity.offset is not None and 95 <= activity.offset <= 101
    assert activity.voiced > 30


def test_speech_ends_after_the_set_silence_and_not_before() -> None:
    for silence in (0.3, 0.7, 1.5):
        activity = VoiceActivity(ActivitySettings(silence=silence), opinion=lambda frame: True)
        speaking = heard(voice(0.5) + SILENCE * 100, activity)
        ended = len(speaking) - speaking[::-1].index(True)
        assert activity.offset is not None
        assert ended + 1 - activity.offset == pytest.approx(silence / FRAME_SECONDS, abs=1)


def test_nobody_at_all_leaves_no_voice() -> None:
    activity = VoiceActivity()
    heard(SILENCE * 200, activity)
    assert (activity.voiced, activity.onset, activity.offset) == (0, None, None)


@pytest.mark.parametrize("size", [0, 160, 319, 640])
def test_a_frame_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="320"):
        VoiceActivity().feed(bytes(size))


LOUD = voice(0.4)[:320]


@given(st.lists(st.booleans(), max_size=120))
def test_any_pattern_of_voice_keeps_the_rules(pattern: list[bool]) -> None:
    settings = ActivitySettings(silence=0.2)
    opinions = iter(pattern)
    activity = VoiceActivity(settings, opinion=lambda frame: next(opinions))
    speaking = [activity.feed(voice_frame) for voice_frame in itertools.repeat(LOUD, len(pattern))]
    quiet_frames = round(settings.silence / FRAME_SECONDS)
    for n, now in enumerate(speaking):
        before = speaking[n - 1] if n else False
        recent = pattern[max(0, n + 1 - settings.window) : n + 1]
        if now and not before:
            assert sum(recent) >= settings.needed
        if before and not now:
            assert not any(a and b for a, b in itertools.pairwise(pattern[n + 1 - quiet_frames : n + 1]))
        if before and pattern[n] and pattern[n - 1]:
            assert now
    if activity.onset is not None:
        assert pattern[activity.onset]

"""Whether a recording is whole, judged by the tones that were sent."""

import numpy as np
import pytest

from bench.hold import CITIZEN_HZ, OFFICIAL_HZ, RATE, longest_gap


def tone(hertz, seconds):
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype("<i2")


def recording(citizen, official):
    return np.stack([citizen, official], axis=1)


def test_a_whole_recording_has_no_gap():
    gap, talk = longest_gap(recording(tone(CITIZEN_HZ, 3), tone(OFFICIAL_HZ, 3)))
    assert gap == 0 and talk == pytest.approx(3, abs=0.02)


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("missing", [0.06, 0.1, 0.5])
def test_a_gap_is_found_in_either_channel(channel, missing):
    sound = recording(tone(CITIZEN_HZ, 3), tone(OFFICIAL_HZ, 3))
    begin = round(1.013 * RATE)
    sound[begin : begin + round(missing * RATE), channel] = 0
    assert longest_gap(sound)[0] == pytest.approx(missing, abs=0.041)


def test_what_comes_before_and_after_the_talk_is_not_looked_at():
    talk = recording(tone(CITIZEN_HZ, 2), tone(OFFICIAL_HZ, 2))
    before, after = recording(tone(440, 1), np.zeros(RATE, "<i2")), np.zeros((RATE, 2), "<i2")
    gap, seconds = longest_gap(np.concatenate([before, talk, after]))
    assert gap == 0 and seconds == pytest.approx(2, abs=0.02)


def test_without_the_official_there_is_no_recording_of_a_talk():
    gap, talk = longest_gap(recording(tone(CITIZEN_HZ, 1), np.zeros(RATE, "<i2")))
    assert gap == float("inf") and talk == 0

"""Trying the recognizer at a desk, and recording prompts, with a sound file in place of the microphone."""

import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from recognizer import g711
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.errors import SoundError
from recognizer.microphone import listen, microphone_frames, record
from recognizer.model import DEMO
from recognizer.transcript import Partial, Utterance
from recognizer.voice_file import frames_of
from tests.fakes.voice import speak


def wav(path: Path, pcm: bytes, rate: int = 8000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.writeframes(pcm)
    return path


def test_a_sound_file_is_heard_live_with_partial_and_final_text(tmp_path: Path) -> None:
    file = wav(tmp_path / "call.wav", speak("我要投诉人社局失业保险没人管", "m4", after=1.2))
    partials: list[Partial] = []
    finals: list[Utterance] = []
    speaking: list[bool] = []
    decoder = Decoder(DecoderSettings(model=DEMO, ping_limit=5.0))
    decoder.start()
    try:
        stream = decoder.open(deadline=20.0)
        listen(
            frames_of(file),
            stream,
            on_partial=partials.append,
            on_final=finals.append,
            on_speaking=speaking.append,
            last_word=20.0,
        )
    finally:
        decoder.stop()
    assert "".join(u.text for u in finals) == "我要投诉人社局失业保险没人管"
    assert speaking[:2] == [True, False]


def test_a_long_sound_file_is_heard_to_its_end(tmp_path: Path) -> None:
    file = wav(tmp_path / "calls.wav", speak("老街的路灯坏了", "m4", after=1.2) * 40)
    finals: list[Utterance] = []
    decoder = Decoder(DecoderSettings(model=DEMO, ping_limit=5.0))
    decoder.start()
    try:
        listen(
            frames_of(file),
            decoder.open(deadline=20.0),
            on_partial=lambda partial: None,
            on_final=finals.append,
            last_word=20.0,
        )
    finally:
        decoder.stop()
    assert "，".join(u.text for u in finals).split("，") == ["老街的路灯坏了"] * 40


def test_a_prompt_is_recorded_cut_to_the_voice_and_brought_to_one_level(tmp_path: Path) -> None:
    quiet = speak("您请说什么事", "f5", before=2.0, after=2.0, gain=-20.0)
    result = record(frames_of(wav(tmp_path / "said.wav", quiet)), tmp_path / "greeting.alaw")
    assert result.advice == ""
    assert result.peak == pytest.approx(-20.0, abs=0.7)
    pcm = np.frombuffer(g711.decode((tmp_path / "greeting.alaw").read_bytes()), "<i2")
    assert len(pcm) / 8000 == pytest.approx(result.seconds)
    assert result.seconds < len(quiet) / 16000 - 2.5
    assert np.abs(pcm.astype(int)).max() / 32768 == pytest.approx(0.5, abs=0.03)


def test_a_recording_may_be_a_wav_file_and_replaces_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "greeting.wav"
    target.write_bytes(b"old")
    record(frames_of(wav(tmp_path / "said.wav", speak("您请说"))), target)
    assert b"".join(frames_of(target))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["greeting.wav", "said.wav"]


def test_nothing_said_leaves_the_old_recording_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "greeting.alaw"
    target.write_bytes(b"old")
    with pytest.raises(SoundError, match="没有录到"):
        record(frames_of(wav(tmp_path / "said.wav", bytes(64000))), target)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(("gain", "advice"), [(0.0, "太大"), (-36.0, "太小")])
def test_a_bad_level_is_told(tmp_path: Path, gain: float, advice: str) -> None:
    said = wav(tmp_path / "said.wav", speak("您请说什么事", gain=gain))
    assert advice in record(frames_of(said), tmp_path / "x.wav").advice


def test_a_recording_never_runs_on_for_ever(tmp_path: Path) -> None:
    def endless():  # type: ignore[no-untyped-def]
        sound = speak("您请说什么事")
        while True:
            yield from (sound[n : n + 320].ljust(320, b"\0") for n in range(0, len(sound), 320))

    assert record(endless(), tmp_path / "x.wav", longest=5.0).seconds <= 5.0


def test_a_sound_file_of_another_rate_is_as_good(tmp_path: Path) -> None:
    assert len(list(frames_of(wav(tmp_path / "x.wav", bytes(32000), rate=16000)))) == 50


def test_what_is_no_sound_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "y.wav").write_bytes(b"no sound")
    with pytest.raises(SoundError, match="wav"):
        list(frames_of(tmp_path / "y.wav"))
    with pytest.raises(SoundError, match=r"没有 .*none\.wav"):
        list(frames_of(tmp_path / "none.wav"))
    with pytest.raises(SoundError, match="alaw"):
        record([], tmp_path / "x.mp3")


def test_a_microphone_that_is_not_there_is_told_with_the_mend() -> None:
    with pytest.raises(SoundError, match="麦克风"):
        next(microphone_frames(stop=threading.Event(), device="没有这个麦克风"))

"""Real sound through voice activity, recognizer and turn, on a clock that only moves when the conversation sleeps."""

from __future__ import annotations

from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.early import Judged, judged
from ivr.softphone_audio import VOICES, speech
from ivr.speech import Conversation, Pressed, Said, Silent, SpeechSettings
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.taxonomy import load_taxonomy
from recognizer.understanding import understand
from recognizer.vosk_recognizer import load
from tests.fakes.conversation import FakeClock
from tests.fakes.examples import few_learned
from tests.fakes.noises import RATE, cough, crackle, echo, slammed_door, telephone
from tests.fakes.spoken import SoundLine, VoskStream

ROOT = Path(__file__).parents[3]
QUESTION = "您好这里是县找局长热线请您直接说要办的事或者遇到的困难说完等一下我马上帮您找人"
FRAMES = len(speech(QUESTION)) // 320 + 1

model = cache(partial(load, ROOT / "recognizer" / "demo_model"))
taxonomy = cache(partial(load_taxonomy, ROOT / "config" / "taxonomy.toml"))
learned = cache(few_learned)


@pytest.fixture(autouse=True, scope="module")
def model_freed():
    """Before the interpreter takes Vosk's own module away."""
    yield
    model.cache_clear()


def judge(text: str, unknown_share: float) -> Judged:
    request = understand(text, taxonomy=taxonomy(), classifier=learned())
    # The few examples that this one learned from make nothing as sure as the thousands of the line do.
    return judged(request, text=text, said=text, trial=False, sure=0.5, unknown_share=unknown_share)


def asked(line: SoundLine, clock: FakeClock, prompt: bytes) -> Any:
    talk = Conversation(
        line,
        listen=lambda: VoskStream(model()),
        activity=lambda: VoiceActivity(ActivitySettings(silence=0.2)),
        settings=SpeechSettings(),
        clock=clock,
        sleep=clock.sleep,
    )
    return talk.ask(prompt, judge=judge)


def pauses(line: SoundLine) -> list[float]:
    """The pauses in what the caller hears of the question, in seconds."""
    return [b - a for a, b in pairwise(line.heard_prompt()) if b - a > 0.15]


def over_the_question(sound: bytes) -> SoundLine:
    """The line, once nothing but this sound came while the question was asked: it must be heard to its end."""
    clock = FakeClock()
    line = SoundLine(clock, sound)
    answer = asked(line, clock, speech(QUESTION))
    assert isinstance(answer, Silent), "the question counts as not answered"
    assert len(line.heard_prompt()) >= FRAMES - 1, "nothing of the question is lost"
    return line


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [-20.0, -14.0, -8.0])
@pytest.mark.parametrize("noise", [cough, slammed_door])
def test_a_cough_or_a_slammed_door_makes_the_question_pause_once_and_go_on(noise, level, seed):
    line = over_the_question(telephone(np.concatenate([np.zeros(RATE), noise(seed, level)])))
    assert len(pauses(line)) <= 1
    assert all(pause <= 0.8 for pause in pauses(line))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [3, 30, 100])
def test_a_crackling_line_makes_it_pause_three_times_at_most(rate, seed):
    assert len(pauses(over_the_question(telephone(crackle(seed, rate))))) <= 3


@pytest.mark.parametrize("delay", [1, 3, 7, 14])
@pytest.mark.parametrize("loss", [18, 20, 22, 25])
def test_the_questions_own_echo_is_not_even_noticed(loss, delay):
    clock = FakeClock()
    line = SoundLine(clock, b"", echo=echo(loss, delay))
    assert asked(line, clock, speech(QUESTION)) == Silent(energy=False)
    assert pauses(line) == []


def test_a_cough_after_the_question_is_no_answer_to_it():
    clock = FakeClock()
    line = SoundLine(clock, telephone(np.concatenate([np.zeros(RATE), cough(1, -14.0)])))
    assert asked(line, clock, b"") == Silent(energy=True)


@pytest.mark.parametrize("voice", ["m4", "victor"])  # of victor's last vowel the small model makes 按
def test_a_caller_who_coughs_and_then_speaks_is_understood(voice):
    clock = FakeClock()
    before = telephone(np.concatenate([np.zeros(RATE), cough(1, -14.0), np.zeros(RATE)]))
    line = SoundLine(clock, before + telephone(np.frombuffer(speech("扎西镇的水管漏水没人管", voice=voice), "<i2")))
    said = asked(line, clock, speech(QUESTION))
    assert isinstance(said, Said)
    assert said.text == "扎西镇的水管漏水没人管"


@pytest.mark.parametrize("noise", [cough(1, -14.0), slammed_door(1, -8.0), crackle(1, 100)])
@pytest.mark.parametrize("at", [0.5, 1.15, 1.6, 2.4])
def test_a_key_counts_at_any_moment_whatever_else_is_heard(noise, at):
    clock = FakeClock()
    line = SoundLine(clock, telephone(np.concatenate([np.zeros(RATE), noise])), presses=[(at, "0")])
    assert asked(line, clock, speech(QUESTION)) == Pressed(key="0")
    assert line.seconds <= at + 0.1


def spoken(text: str, voice: str) -> tuple[Said, float]:
    """What was heard of it, and how long after the last sound of it the turn ended, in seconds."""
    clock = FakeClock()
    sound = telephone(np.concatenate([np.zeros(RATE), np.frombuffer(speech(text, voice=voice), "<i2")]))
    line = SoundLine(clock, sound)
    said = asked(line, clock, b"")
    assert isinstance(said, Said)
    levels = np.abs(np.frombuffer(sound, "<i2").astype(float))[: len(sound) // 320 * 160].reshape(-1, 160).mean(axis=1)
    return said, line.seconds - (np.flatnonzero(levels > 150)[-1] + 1) * 0.02


def test_whole_requests_are_decided_within_300_ms_of_the_last_sound_and_not_before_they_are_said():
    texts = ["扎西镇的水管漏水没人管", "住在扎西镇河边今天又停水没人管"]
    heard = [(text, *spoken(text, voice)) for text in texts for voice in VOICES]
    assert all(said.text.startswith(text) for text, said, _ in heard), "nobody was cut"
    early = [after for _, said, after in heard if said.early]
    assert len(early) >= len(heard) / 2, "the others: the recognizer made a last word of the line's noise"
    assert min(early) >= 0.16 and sorted(early)[len(early) // 2] <= 0.3


@pytest.mark.parametrize("voice", VOICES)
def test_a_complaint_about_somebody_is_heard_out(voice):
    said, after = spoken("我要投诉水务局不作为水管漏水没人管", voice)
    assert not said.early
    assert after >= 0.45


@pytest.mark.parametrize("voice", VOICES)
def test_who_pauses_in_mid_thought_is_waited_for(voice):
    clock = FakeClock()
    pieces = [np.zeros(RATE // 2), _samples("我想", voice), np.zeros(RATE), _samples("问医保报销", voice)]
    said = asked(SoundLine(clock, telephone(np.concatenate(pieces))), clock, b"")
    assert isinstance(said, Said)
    assert "医保报销" in said.text


def _samples(text: str, voice: str) -> Any:
    """Without the silence around it."""
    samples = np.frombuffer(speech(text, voice=voice), "<i2").astype(float)
    loud = np.flatnonzero(np.abs(samples) > 300)
    return samples[loud[0] : loud[-1]]

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.early import UNJUDGED, Judged, Pause
from ivr.speech import Deaf, Gone, Pressed, Said, Silent
from recognizer.errors import DecoderGone
from recognizer.transcript import Partial
from tests.fakes.conversation import FakeClock, FakeLine, FakeStream, conversation, utterance

PROMPT = b"\x01\x02" * 160 * 100
"""Two seconds of sound that is no silence."""
SECOND = 16000


def never():
    raise AssertionError("the recognizer was asked for although nobody spoke")


def gone():
    raise DecoderGone("no process")


@pytest.fixture
def clock():
    return FakeClock()


def test_silence_costs_no_recognition_and_the_line_never_goes_quiet(clock):
    line = FakeLine(clock)
    assert conversation(line, clock, never).ask(PROMPT) == Silent(energy=False)
    assert max(b - a for (a, _), (b, _) in pairwise(line.sent)) <= 0.11
    assert line.sent[-1][0] - line.sent[0][0] > 6.5
    # Paced: as many frames as time has passed, give or take the lead.
    assert abs(len(line.sent) * 0.02 - line.seconds) <= 0.08


def test_silence_is_told_also_when_the_caller_sends_no_sound_at_all(clock):
    line = FakeLine(clock, sends_sound=False)
    assert conversation(line, clock, never).ask(PROMPT) == Silent(energy=False)
    assert len(line.heard_prompt()) == 100
    assert max(b - a for (a, _), (b, _) in pairwise(line.sent)) <= 0.6, "AudioSocket dies after 2 s of silence"


def test_the_prompt_pauses_within_200_ms_and_goes_on_when_no_word_comes(clock):
    line = FakeLine(clock, speaks=[(0.5, 0.75)])
    assert conversation(line, clock, lambda: FakeStream([], None)).ask(PROMPT) == Silent(energy=True)
    heard = line.heard_prompt()
    pause = max(pairwise(heard), key=lambda pair: pair[1] - pair[0])
    assert 0.5 < pause[0] <= 0.7
    assert 0.7 <= pause[1] - pause[0] <= 0.8
    assert len(heard) == 100, "nothing of the prompt is lost"


def test_a_word_ends_the_prompt_and_the_utterance_is_told_with_its_clip(clock):
    line = FakeLine(clock, speaks=[(0.5, 2.0)])
    streams, partials, voices = [], [], []

    def listen():
        streams.append(FakeStream([(SECOND, "停水")], utterance("停水了")))
        return streams[-1]

    talk = conversation(line, clock, listen, partials=partials, voices=voices)
    said = talk.ask(PROMPT)
    assert isinstance(said, Said)
    assert said.text == "停水了"
    assert 2.6 <= line.seconds <= 2.95, "0.7 s after the last word, not later than 250 ms after that"
    assert line.heard_prompt()[-1] <= 0.7
    assert [text for _, text in partials] == ["停水"]
    assert [barged_in for _, barged_in in voices] == [True]
    [stream] = streams
    assert stream.closed
    # The recognizer and the clip got the sound from before the onset was noticed.
    assert stream.got.startswith(bytes(320 * 5))
    assert said.clip == stream.got[: len(said.clip)]
    # The voice set in at 0.5 s; the stream began 0.4 s before it was noticed.
    assert said.started == pytest.approx(0.5 + 0.1 - 0.4 + 0.4, abs=0.1)


def test_speech_after_the_prompt_is_no_barge_in(clock):
    line = FakeLine(clock, speaks=[(3.0, 4.0)])
    voices = []
    talk = conversation(line, clock, lambda: FakeStream([(8000, "水")], utterance("水")), voices=voices)
    assert isinstance(talk.ask(PROMPT), Said)
    assert [barged_in for _, barged_in in voices] == [False]


def test_the_clip_is_cut_at_its_limit(clock):
    line = FakeLine(clock, speaks=[(0.1, 15.0)])
    said = conversation(line, clock, lambda: FakeStream([(8000, "水")], utterance("水"))).ask(b"")
    assert isinstance(said, Said)
    assert 6.0 * SECOND <= len(said.clip) <= 6.1 * SECOND


def test_noise_the_recognizer_finds_nothing_in_is_not_an_answer(clock):
    line = FakeLine(clock, speaks=[(3.0, 3.4)])
    opened = []

    def listen():
        opened.append(FakeStream([], None))
        return opened[-1]

    assert conversation(line, clock, listen).ask(PROMPT) == Silent(energy=True)
    assert len(opened) == 1
    assert opened[0].closed


def test_words_nobody_taught_the_recognizer_are_an_answer_without_text(clock):
    line = FakeLine(clock, speaks=[(3.0, 5.0)])
    said = conversation(line, clock, lambda: FakeStream([], utterance("", unknown=1.0))).ask(PROMPT)
    assert isinstance(said, Said)
    assert (said.text, said.unknown_share) == ("", 1.0)


def test_a_key_is_told_at_once_also_over_the_prompt(clock):
    line = FakeLine(clock, presses=[(0.5, "0")])
    assert conversation(line, clock, never).ask(PROMPT) == Pressed(key="0")
    assert line.seconds <= 0.6


def test_the_caller_hanging_up_is_told_at_once(clock):
    line = FakeLine(clock, leaves=0.5)
    assert conversation(line, clock, never).ask(PROMPT) == Gone()
    assert line.seconds <= 0.6


@pytest.mark.parametrize("leaves", [0.0, 0.7, 1.9])
def test_the_caller_hanging_up_in_speech_frees_the_recognizer(clock, leaves):
    line = FakeLine(clock, speaks=[(0.1, 5.0)], leaves=leaves)
    opened = []

    def listen():
        opened.append(FakeStream([(8000, "水")], None))
        return opened[-1]

    assert conversation(line, clock, listen).ask(PROMPT) == Gone()
    assert all(stream.closed for stream in opened)


def test_no_recognizer_at_the_first_word_is_told_at_once(clock):
    line = FakeLine(clock, speaks=[(0.5, 3.0)])
    answer = conversation(line, clock, gone).ask(PROMPT)
    assert isinstance(answer, Deaf)
    assert line.seconds <= 0.75


def test_a_recognizer_that_dies_in_mid_speech_is_told_at_once_with_what_was_said(clock):
    line = FakeLine(clock, speaks=[(0.5, 5.0)])
    answer = conversation(line, clock, lambda: FakeStream([(SECOND, "停"), (2 * SECOND, None)], None)).ask(PROMPT)
    assert isinstance(answer, Deaf)
    assert 2 * SECOND <= len(answer.clip) <= 2.2 * SECOND
    assert line.seconds <= 2.5


def test_a_deaf_question_waits_for_keys_only(clock):
    line = FakeLine(clock, speaks=[(0.2, 5.0)], presses=[(3.0, "1")])
    assert conversation(line, clock, never).ask(PROMPT, deaf=True) == Pressed(key="1")
    assert len(line.heard_prompt()) == 100


def test_a_sentence_is_said_to_its_end_whoever_speaks(clock):
    line = FakeLine(clock, speaks=[(0.2, 5.0)])
    assert conversation(line, clock, never).say(PROMPT) is None
    assert len(line.heard_prompt()) == 100
    assert 1.9 <= line.seconds <= 2.1


def test_a_sentence_ends_with_a_key_or_a_hang_up(clock):
    assert conversation(FakeLine(clock, presses=[(0.5, "2")]), clock, never).say(PROMPT) == Pressed(key="2")
    assert conversation(FakeLine(clock, leaves=0.5), clock, never).say(PROMPT) == Gone()


def test_after_a_stop_of_the_process_sound_goes_on_without_a_burst(clock):
    line = FakeLine(clock)
    talk = conversation(line, clock, never)
    assert talk.say(PROMPT[: 320 * 10]) is None
    clock.now += 1.5
    before = len(line.sent)
    assert talk.say(PROMPT) is None
    at = line.sent[before][0]
    assert sum(1 for when, _ in line.sent[before:] if when <= at + 0.001) <= 4


def test_the_second_question_hears_a_caller_who_spoke_on(clock):
    line = FakeLine(clock, speaks=[(0.3, 1.5), (4.0, 6.0)])
    finals = iter([utterance("喂"), utterance("停水了")])
    talk = conversation(line, clock, lambda: FakeStream([(8000, "喂")], next(finals)))
    assert [talk.ask(PROMPT).text for _ in range(2)] == ["喂", "停水了"]


def test_odd_frame_sizes_of_a_trunk_are_cut_right(clock):
    class Odd(FakeLine):
        def receive(self):
            got = super().receive()
            pcm = getattr(self, "rest", b"") + got.pcm
            self.rest = pcm[len(pcm) - len(pcm) % 240 :]
            return type(got)(pcm=pcm[: len(pcm) - len(pcm) % 240], digits=got.digits, open=got.open)

    line = Odd(clock, speaks=[(0.5, 2.0)])
    said = conversation(line, clock, lambda: FakeStream([(8000, "水")], utterance("水"))).ask(PROMPT)
    assert isinstance(said, Said)


SURE = Judged(pause=Pause.WHOLE, answer="A1", early=True)


def test_a_request_that_is_surely_understood_is_told_300_ms_after_the_last_voice(clock):
    line = FakeLine(clock, speaks=[(0.5, 2.0)])
    talk = conversation(line, clock, lambda: FakeStream([(SECOND, "停水了")], utterance("停水了")))
    said = talk.ask(PROMPT, judge=lambda text, unknown: SURE)
    assert isinstance(said, Said)
    assert (said.text, said.early) == ("停水了", True)
    assert 2.2 <= line.seconds <= 2.3
    assert said.quiet == pytest.approx(line.seconds - 2.0, abs=0.045)


def test_the_recognizers_last_word_may_say_that_it_is_not_so_sure(clock):
    line = FakeLine(clock, speaks=[(0.5, 2.0)])
    last = [utterance("停水了我要举报"), None, None]

    class Stream(FakeStream):
        def finish(self, deadline):
            return last.pop(0)

    streams = []

    def listen():
        streams.append(Stream([(SECOND, "停水了")], None))
        return streams[-1]

    talk = conversation(line, clock, listen)
    said = talk.ask(PROMPT, judge=lambda text, unknown: UNJUDGED if "举报" in text else SURE)
    assert isinstance(said, Said)
    assert (said.text, said.early) == ("停水了我要举报", False)
    assert 2.7 <= line.seconds <= 2.85, "the usual silence"
    assert len(streams) == 1, "the recognizer heard on"


def test_who_speaks_on_is_heard_to_the_end(clock):
    line = FakeLine(clock, speaks=[(0.5, 2.0), (2.16, 4.0)])
    talk = conversation(line, clock, lambda: FakeStream([(SECOND, "停水了")], utterance("停水了三天了")))
    said = talk.ask(PROMPT, judge=lambda text, unknown: SURE)
    assert said.text == "停水了三天了"
    assert line.seconds >= 4.2


def test_each_text_is_judged_once_and_a_slow_judgement_does_not_stop_the_sound(clock):
    line = FakeLine(clock, speaks=[(0.5, 3.0)])
    judged = []

    def judge(text, unknown):
        judged.append(text)
        clock.now += 0.02
        return UNJUDGED

    texts = [(SECOND // 4 * n, "停水了三天了没人管"[:n]) for n in range(2, 9)]
    said = conversation(line, clock, lambda: FakeStream(texts, utterance("停水了三天了没人"))).ask(PROMPT, judge=judge)
    assert isinstance(said, Said)
    assert judged == [text for _, text in texts]
    assert max(b - a for (a, _), (b, _) in pairwise(line.sent)) <= 0.11


def test_unknown_syllables_are_told_to_who_judges(clock):
    line = FakeLine(clock, speaks=[(0.5, 2.0)])
    shares = []

    class Stream(FakeStream):
        def poll(self):
            return [Partial(text="停水", unknown=2)] if len(self.got) > SECOND else []

    def judge(text, unknown):
        shares.append(unknown)
        return UNJUDGED

    conversation(line, clock, lambda: Stream([], utterance("停水"))).ask(PROMPT, judge=judge)
    assert shares == [0.5]


@given(at=st.floats(0.0, 5.1))
def test_a_key_is_told_at_any_moment_of_a_question(at):
    clock = FakeClock()
    line = FakeLine(clock, speaks=[(0.6, 0.8), (2.5, 4.5)], presses=[(at, "0")])
    talk = conversation(line, clock, lambda: FakeStream([(4 * SECOND, "停水")], utterance("停水")))
    assert talk.ask(PROMPT + bytes(SECOND // 2)) == Pressed(key="0")
    assert line.seconds <= at + 0.12

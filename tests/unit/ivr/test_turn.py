import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.early import UNJUDGED, Judged, Pause
from ivr.turn import Move, Turn, TurnSettings

TICK = 0.04
RULES = TurnSettings()


class Clock:
    """Drives a turn tick by tick; the prompt has `prompt` seconds of sound and loses them only while it plays."""

    def __init__(self, prompt=2.0, interruptible=True, settings=RULES):
        self.now = 100.0
        self.turn = Turn(settings, now=self.now, interruptible=interruptible)
        self.left = prompt

    def tick(self, speaking=False, words="", **known):
        self.now += TICK
        move = self.turn.tick(self.now, speaking=speaking, words=words, prompt_left=self.left > 1e-9, **known)
        if move is Move.PLAY:
            self.left -= TICK
        return move

    def run(self, seconds, **state):
        """The moves of so many seconds; stops at an end."""
        moves = []
        for _ in range(round(seconds / TICK)):
            moves.append(self.tick(**state))
            if moves[-1] in (Move.END, Move.EARLY, Move.SILENT):
                break
        return moves


def test_the_prompt_plays_to_its_end_when_nobody_speaks():
    clock = Clock(prompt=1.0)
    assert set(clock.run(1.0)) == {Move.PLAY}
    assert clock.tick() is Move.HUSH


def test_the_prompt_pauses_in_the_very_tick_in_which_speech_sets_in():
    clock = Clock()
    clock.run(0.4)
    assert clock.tick(speaking=True) is Move.HUSH


def test_the_prompt_goes_on_if_no_word_came_of_it_in_700_ms():
    clock = Clock()
    clock.run(0.4)
    assert clock.run(0.68, speaking=True) == [Move.HUSH] * 17
    assert Move.PLAY in clock.run(0.12)


def test_the_prompt_does_not_go_on_once_a_word_stands():
    clock = Clock()
    clock.run(0.4)
    clock.run(0.4, speaking=True)
    assert set(clock.run(3.0, speaking=True, words="水")) == {Move.HUSH}
    assert clock.turn.barged_in


def test_a_word_stops_a_prompt_that_had_gone_on_again():
    clock = Clock()
    clock.run(0.4)
    clock.run(1.0, speaking=True)
    assert clock.tick(speaking=True, words="水") is Move.HUSH
    assert set(clock.run(1.0, speaking=True, words="水管")) == {Move.HUSH}


def test_a_crackling_line_cannot_keep_the_question_from_being_heard():
    clock = Clock(prompt=2.0)
    moves = []
    for _ in range(40):
        moves += clock.run(0.12, speaking=True) + clock.run(0.2)
        if clock.left <= 0:
            break
    assert clock.left <= 1e-9
    assert Move.END not in moves


def test_a_prompt_that_may_not_be_interrupted_is_not():
    clock = Clock(interruptible=False)
    assert set(clock.run(1.9, speaking=True, words="水")) == {Move.PLAY}


def test_speech_ends_after_the_set_silence():
    clock = Clock(prompt=0.0)
    clock.run(0.4)
    clock.run(1.0, speaking=True, words="停水了")
    moves = clock.run(2.0, words="停水了")
    assert moves[-1] is Move.END
    assert 0.66 <= len(moves) * TICK <= 0.76


def test_the_silence_counts_from_the_last_voice_not_from_when_its_end_was_noticed():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停水了")
    last_voice = clock.now - 0.2
    moves = clock.run(2.0, words="停水了", voice_at=last_voice)
    assert moves[-1] is Move.END
    assert len(moves) * TICK <= 0.5 + TICK


def test_speech_does_not_end_while_the_text_still_grows():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停")
    clock.run(0.6, words="停")
    assert clock.tick(words="停水") is Move.HUSH
    assert clock.run(0.2, words="停水") == [Move.HUSH] * 5
    assert clock.run(0.2, words="停水")[-1] is Move.END


def test_a_pause_for_breath_does_not_end_the_turn():
    clock = Clock(prompt=0.0)
    for _ in range(5):
        assert Move.END not in clock.run(0.8, speaking=True, words="我说")
        assert Move.END not in clock.run(0.6, words="我说")


def test_nobody_talks_longer_than_the_limit():
    clock = Clock(prompt=0.0)
    moves = clock.run(60, speaking=True, words="说")
    assert moves[-1] is Move.END
    assert len(moves) * TICK <= RULES.longest + 2 * TICK


def test_noise_without_a_word_ends_long_before_speech_would():
    clock = Clock(prompt=0.0)
    moves = clock.run(60, speaking=True)
    assert moves[-1] is Move.END
    assert len(moves) * TICK <= RULES.noise + 2 * TICK


def test_silence_is_told_after_the_wait_and_not_while_the_prompt_plays():
    clock = Clock(prompt=1.0)
    moves = clock.run(30)
    assert moves[-1] is Move.SILENT
    assert 5.9 <= len(moves) * TICK <= 6.2
    assert not clock.turn.energy


def test_noise_that_came_to_nothing_is_remembered_as_energy():
    clock = Clock(prompt=0.0)
    clock.run(0.2, speaking=True)
    assert clock.run(2.0)[-1] is Move.END
    clock.turn.noise()
    assert clock.run(30)[-1] is Move.SILENT
    assert clock.turn.energy


def test_a_cough_during_the_prompt_ends_nothing():
    clock = Clock(prompt=3.0)
    clock.run(0.4)
    clock.run(0.2, speaking=True)
    moves = clock.run(2.9)
    assert Move.END not in moves
    assert moves.count(Move.PLAY) > 40


SURE = Judged(pause=Pause.WHOLE, answer="A1 扎西镇", early=True)


@pytest.mark.parametrize(("pause", "silence"), [(Pause.WHOLE, 0.5), (Pause.USUAL, 0.7), (Pause.THOUGHT, 1.2)])
def test_how_long_a_silence_ends_speech_is_said_by_the_words(pause, silence):
    clock = Clock(prompt=0.0)
    judged = Judged(pause=pause)
    clock.run(1.0, speaking=True, words="停水了", judged=judged)
    moves = clock.run(5.0, words="停水了", judged=judged)
    assert moves[-1] is Move.END
    assert silence - TICK <= len(moves) * TICK <= silence + 1.5 * TICK


def test_what_is_surely_understood_may_end_a_turn_before_its_silence():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停水了", judged=SURE)
    moves = clock.run(5.0, words="停水了", judged=SURE)
    assert moves[-1] is Move.EARLY
    assert len(moves) * TICK <= RULES.quiet + TICK


def test_nothing_ends_early_until_the_same_was_understood_for_300_ms():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停", judged=UNJUDGED)
    moves = clock.run(5.0, words="停水了", judged=SURE)
    assert moves[-1] is Move.EARLY
    assert RULES.stable - TICK <= len(moves) * TICK <= RULES.stable + 2 * TICK


def test_another_answer_begins_the_300_ms_anew():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停水了", judged=SURE)
    other = Judged(pause=Pause.WHOLE, answer="A1 水田镇", early=True)
    moves = clock.run(5.0, words="停水了在水田", judged=other)
    assert moves[-1] is Move.EARLY
    assert len(moves) * TICK >= RULES.stable - TICK


def test_nobody_is_cut_while_single_frames_of_voice_still_come():
    clock = Clock(prompt=0.0)
    clock.run(1.0, speaking=True, words="停水了", judged=SURE)
    assert Move.EARLY not in clock.run(0.4, words="停水了", judged=SURE, voiceless=0.06)


def test_an_early_decision_can_be_switched_off():
    clock = Clock(prompt=0.0, settings=TurnSettings(early=False))
    clock.run(1.0, speaking=True, words="停水了", judged=SURE)
    moves = clock.run(5.0, words="停水了", judged=SURE)
    assert moves[-1] is Move.END
    assert len(moves) * TICK >= RULES.short - TICK


def test_nothing_ends_early_over_a_prompt_that_may_not_be_interrupted():
    clock = Clock(interruptible=False)
    clock.run(0.5, speaking=True, words="停水了", judged=SURE)
    assert set(clock.run(0.4, words="停水了", judged=SURE)) == {Move.PLAY}


JUDGED = st.builds(Judged, pause=st.sampled_from(Pause), answer=st.sampled_from(["", "A1", "A4"]), early=st.booleans())
SPOKEN = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["", "水", "水管", "水管爆了"]), JUDGED, st.integers(1, 45)), max_size=40
)


@given(SPOKEN, st.sampled_from([0.0, 1.0]))
def test_no_turn_ends_while_the_voice_is_there_and_every_turn_with_words_within_its_silence(steps, prompt):
    clock = Clock(prompt=prompt)
    onset = voice = changed = None
    before = ""
    for speaking, words, judged, ticks in [
        *steps,
        (False, "水管爆了", UNJUDGED, 1),
        (False, "水管爆了", UNJUDGED, 200),
    ]:
        for _ in range(ticks):
            voiceless = clock.now + TICK - voice if voice is not None else 100.0
            move = clock.tick(speaking=speaking, words=words, judged=judged, voiceless=0.0 if speaking else voiceless)
            onset = clock.turn.onset
            voice = clock.now if speaking else voice
            before, changed = words, clock.now if words != before else changed
            if move is Move.END and speaking:
                assert clock.now - onset >= (RULES.longest if words else RULES.noise) - TICK
            if move is Move.EARLY:
                assert judged.early
                assert voice is None or clock.now - voice >= RULES.quiet - 1e-9
            if move in (Move.END, Move.EARLY):
                return
            if words and not speaking and voice is not None:
                assert clock.now - max(voice, changed) <= RULES.long + TICK
            assert move is not Move.SILENT or not words or clock.now - 100.0 >= RULES.whole
    raise AssertionError("the turn did not end")


@pytest.mark.parametrize("interruptible", [True, False])
@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from(["", "", "水", "水管", "喂"]), st.integers(1, 40)), max_size=60
    )
)
def test_no_turn_lasts_for_ever_whatever_is_heard(interruptible, steps):
    clock = Clock(prompt=2.0, interruptible=interruptible)
    end = None
    for speaking, words, ticks in [*steps, (True, "水", 2000), (False, "", 2000)]:
        for _ in range(ticks):
            end = clock.tick(speaking=speaking, words=words)
            if end is Move.END:
                clock.turn.noise()  # the worst case: it is never anything
            elif end is Move.SILENT:
                break
        if end is Move.SILENT:
            break
    assert end is Move.SILENT

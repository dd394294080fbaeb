from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call import Call, new_base
from ivr.inbox import Briefing, LiveCall, Verdict
from ivr.screening import ROUNDS, screen
from ivr.speech import Deaf, Gone, Pressed, Said, Silent
from recognizer.answers import accepts

BRIEF, KEYS, CLIP = b"B" * 320, b"K" * 320, b"C" * 320


class Official:
    """Answers one by one; what was played is kept. Stands for the conversation on a leg."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.heard = []
        self.deaf = []
        self.ended = False

    def ask(self, pcm, *, deaf=False):
        self.heard.append(pcm)
        self.deaf.append(deaf)
        return self._answers.pop(0) if self._answers else Silent(energy=False)

    def end(self):
        self.ended = True


def live(*, clip=CLIP, clip_first=False):
    call = Call(id="1.1", base=new_base(), channel="c", caller="1", dialled="2", line="l", profile="p", answered=0.0)
    live = LiveCall(call, note=lambda fact: None, now=lambda: datetime.now(UTC), monotonic=lambda: 0.0)
    live.briefing = Briefing(
        brief=lambda: BRIEF, keys=lambda: KEYS, clip=(lambda: clip) if clip else None, clip_first=clip_first
    )
    return live


def said(text, *, unknown=0.0, seconds=0.5):
    return Said(text=text, started=1.0, ended=1.0 + seconds, unknown_share=unknown, clip=b"")


def run(*answers, trial=False, last_pass=False, keys_again=4.0, **briefing):
    official, call = Official(*answers), live(**briefing)
    call.last_pass = {1} if last_pass else set()
    verdict = screen(call, 1, None, talk=lambda audio: official, accepts=accepts, trial=trial, keys_again=keys_again)
    assert official.ended
    assert call.verdicts.get(1) == verdict
    return verdict, official


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((Pressed(key="1"),), Verdict(answer="accept", by="key")),
        ((Pressed(key="2"),), Verdict(answer="refuse", by="key")),
        ((Pressed(key="3"),), Verdict(answer="deputy", by="key")),
        ((Pressed(key="4"),), Verdict(answer="later", by="key")),
        ((Silent(energy=False), Pressed(key="4")), Verdict(answer="later", by="key")),
        ((said("接"),), Verdict(answer="accept", by="voice")),
        ((said("好"),), Verdict(answer="accept", by="voice")),
        ((said("可以"),), Verdict(answer="accept", by="voice")),
        ((said("您好我现在不方便接听请留言", seconds=4.0),), Verdict(answer="nobody")),
        ((said("喂"), Pressed(key="1")), Verdict(answer="accept", by="key")),
        ((Pressed(key="7"), Pressed(key="1")), Verdict(answer="accept", by="key")),
        ((Silent(energy=True), Silent(energy=False), said("接")), Verdict(answer="accept", by="voice")),
        ((), Verdict(answer="nobody")),
        ((Gone(),), None),
        ((said("喂"), Gone()), None),
    ],
)
def test_the_table(answers, expected):
    assert run(*answers)[0] == expected


def test_the_brief_is_said_once_and_the_keys_every_time():
    _, official = run()
    assert official.heard == [BRIEF + KEYS] + [KEYS] * (ROUNDS - 1)


def test_unsure_of_the_matter_the_callers_own_words_are_the_brief():
    _, official = run(Pressed(key="1"), clip_first=True)
    assert official.heard == [BRIEF + CLIP + KEYS]


def test_key_5_plays_the_callers_words_again_and_costs_no_round():
    verdict, official = run(Pressed(key="5"), Pressed(key="5"), Pressed(key="1"))
    assert official.heard == [BRIEF + KEYS, CLIP + KEYS, CLIP + KEYS]
    assert verdict == Verdict(answer="accept", by="key")


def test_key_5_without_a_clip_is_any_other_key():
    _, official = run(Pressed(key="5"), clip=b"")
    assert official.heard == [BRIEF + KEYS, KEYS, KEYS]


LONG = said("您好我现在不方便接听请留言", seconds=4.0)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((said("喂"),), Verdict(answer="accept", by="heard")),
        ((Silent(energy=False), said("", unknown=1.0)), Verdict(answer="accept", by="heard")),
        ((said("喂"), said("喂")), Verdict(answer="accept", by="heard")),
        ((said("喂"), Pressed(key="1")), Verdict(answer="accept", by="key")),
        ((said("喂"), Pressed(key="2")), Verdict(answer="refuse", by="key")),
        ((said("喂"), Gone()), None),
        ((said("接"),), Verdict(answer="accept", by="voice")),
        ((LONG,), Verdict(answer="nobody")),
        ((Silent(energy=True),), Verdict(answer="nobody")),
        ((), Verdict(answer="nobody")),
    ],
)
def test_on_the_last_pass_a_person_who_speaks_is_connected_though_no_key_comes(answers, expected):
    assert run(*answers, last_pass=True)[0] == expected


def test_before_that_who_only_speaks_is_not_connected():
    assert run(said("喂"))[0] == Verdict(answer="nobody")


def test_who_spoke_hears_the_keys_once_more_but_not_to_their_end():
    _, official = run(said("喂"), last_pass=True, keys_again=0.005)
    assert official.heard == [BRIEF + KEYS, KEYS[:80]]


def test_without_a_recognizer_keys_still_count():
    verdict, official = run(Deaf(clip=b""), Pressed(key="1"))
    assert verdict == Verdict(answer="accept", by="key")
    assert official.deaf == [False, True]


def test_in_trial_recognition_only_keys_count():
    _, official = run(Pressed(key="1"), trial=True)
    assert official.deaf == [True]


def test_a_call_without_a_plan_is_left_to_the_dialplan():
    ended = []

    class Audio:
        def end(self):
            ended.append(True)

    call = live()
    call.briefing = None
    assert screen(call, 1, Audio(), talk=lambda audio: None, accepts=accepts, trial=False) is None
    assert ended == [True]


answers = st.one_of(
    st.builds(
        said,
        st.text(alphabet="您好我现在不方便接听请可以留言嘟声后挂机喂,。", min_size=4, max_size=30),
        seconds=st.floats(1.5, 20),
    ),
    st.builds(said, st.text(max_size=10), unknown=st.floats(0.1, 1.0)),
    st.builds(Pressed, key=st.sampled_from("056789*#5")),
    st.builds(Silent, energy=st.booleans()),
    st.just(Deaf(clip=b"")),
)


@given(st.lists(answers, max_size=30))
def test_no_voicemail_whatever_it_says_ever_wins(happenings):
    verdict, official = run(*happenings)
    assert verdict == Verdict(answer="nobody")
    assert len(official.heard) <= ROUNDS + 2, "and it is given up soon"

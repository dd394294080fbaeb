"""What became of each telephone that was rung."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.told_calls import DEPUTY, MORNING, ToldCall, placed, talked
from zhitong.usecases.answering import Ring, read_rings

DIRECTOR = "13900000001"


def rung(*, at: float = 4) -> ToldCall:
    return ToldCall().opened().planned().note(at, "rung", i=1, number=DIRECTOR)


def outcome(call: ToldCall) -> str:
    return read_rings(call.facts)[0].outcome


def test_who_accepts_is_told_with_the_seconds_it_took_and_the_seconds_of_the_talk() -> None:
    first, second = read_rings(talked().facts)
    assert second == Ring(number=DEPUTY, outcome="accepted", seconds=pytest.approx(7.8), talked=60.0)
    assert (first.number, first.outcome) == (DIRECTOR, "")


def test_key_two_passes_the_call_on() -> None:
    assert outcome(rung().note(15, "screening", i=1).note(20, "leg", i=1, why="refused", cause=21)) == "refused"


@pytest.mark.parametrize(
    ("after", "why", "cause"),
    [(18, "rang", 0), (12, "noscreen", 16), (0.4, "rang", 17), (5, "rang", 21)],
    ids=["rings out", "a voicemail answers", "busy", "pushed away"],
)
def test_a_telephone_that_nobody_took_was_missed(after: float, why: str, cause: int) -> None:
    call = rung().note(4 + after, "leg", i=1, why=why, cause=cause)
    assert outcome(call.note(60, "gone", phase="ring").note(60, "ended", outcome="gone")) == "missed"


@pytest.mark.parametrize("end", ["gone", "nobody", "accepted"])
@pytest.mark.parametrize("later", [-0.5, 0.5])
def test_a_telephone_that_fell_silent_because_the_call_went_elsewhere_was_not_missed(end: str, later: float) -> None:
    told = {"gone": {"phase": "ring"}, "nobody": {}, "accepted": {"i": 2, "number": DEPUTY, "by": "key"}}[end]
    moments = sorted([(14.0, "leg"), (14 + later, end)])
    call = rung()
    for at, kind in moments:
        call.note(at, kind, **({"i": 1, "why": "rang", "cause": 0} if kind == "leg" else told))
    assert outcome(call) == ""


@pytest.mark.parametrize(("why", "cause"), [("rang", 34), ("late", 16), ("talked", 16)])
def test_a_line_that_fails_at_once_or_another_who_was_faster_is_nobodys_fault(why: str, cause: int) -> None:
    assert outcome(rung().note(4.3, "leg", i=1, why=why, cause=cause)) == ""


def test_a_call_taken_that_the_system_had_placed_is_known_as_such() -> None:
    call = placed("redial", "20250911-092030-0008", 1, MORNING).note(0.2, "rung", i=1, number=DEPUTY)
    call.note(9.2, "accepted", i=1, number=DEPUTY, by="key").note(9.2, "talk", i=1, number=DEPUTY)
    (ring,) = read_rings(call.note(12, "talk_over", seconds=2.8).facts)
    assert (ring.redial, ring.seconds, ring.talked) == (True, 9.0, 2.8)


def test_who_took_a_call_unseen_is_told_without_the_seconds() -> None:
    call = ToldCall().opened().note(20, "accepted", i=0, number=DEPUTY, by="dialplan")
    call.note(20, "talk", i=0, number=DEPUTY)
    assert read_rings(call.facts) == [Ring(number=DEPUTY, outcome="accepted")]


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_does_not_matter(rnd: random.Random) -> None:
    facts = talked().facts
    mixed = rnd.sample(facts, len(facts))
    assert read_rings(mixed) == read_rings(facts)

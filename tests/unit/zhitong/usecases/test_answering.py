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


@pytest.mark.parametrize(("why", "cause"), [("late", 16), ("talked", 16)])
def test_another_who_was_faster_is_nobodys_fault(why: str, cause: int) -> None:
    assert outcome(rung().note(4.3, "leg", i=1, why=why, cause=cause)) == ""


@pytest.mark.parametrize(("why", "cause"), [("rang", 34), ("hopeless", 0)])
def test_where_no_telephone_rang_none_was_missed(why: str, cause: int) -> None:
    assert outcome(rung().note(4.3, "leg", i=1, why=why, cause=cause)) == "dead"


@pytest.mark.parametrize(("why", "told"), [("deputy", "refused"), ("later", "promised")])
def test_keys_three_and_four_are_told_as_what_they_are(why: str, told: str) -> None:
    assert outcome(rung().note(15, "screening", i=1).note(20, "leg", i=1, why=why, cause=16)) == told


def calls_back(how: str = "staff") -> ToldCall:
    """An official on the line has a citizen called: from his telephone, or from another one with his code."""
    call = ToldCall().note(0, "opened", caller=DIRECTOR, dialled="12345", kind=how)
    if how == "inbound":
        call.note(9, "official", official="wang")
    return call.note(12, "joins", case="20250911-092030-0007", number=DIRECTOR, who="局长王明")


def test_an_official_who_calls_a_citizen_back_was_not_rung_and_did_not_take_a_call() -> None:
    call = calls_back().note(20, "accepted", i=0, number=DIRECTOR, by="dialplan").note(20, "talk", i=0, number=DIRECTOR)
    call.note(32, "gone", phase="talk").note(32, "talk_over", seconds=12.0, why="gone")
    assert read_rings(call.facts) == [Ring(number=DIRECTOR, outcome="joined", talked=12.0)]


def test_that_the_citizen_did_not_answer_him_is_told() -> None:
    call = calls_back("inbound").note(52, "nobody", why="NOANSWER").note(55, "gone", phase="ring")
    assert read_rings(call.facts) == [Ring(number=DIRECTOR, outcome="away", official="wang")]


def test_a_talk_that_only_asterisk_noted_is_the_one_of_the_telephone_that_rang() -> None:
    call = rung().note(30, "talk", i=0, number=DIRECTOR).note(90, "talk_over", seconds=60.0)
    assert read_rings(call.facts) == [Ring(number=DIRECTOR, outcome="accepted", talked=60.0)]


def third(*steps: tuple[float, str], off: float | None = None) -> list[str]:
    call = talked()
    for at, step in steps:
        call.note(at, "third", number=DIRECTOR, step=step, cause=16)
    if off is not None:
        call.note(off, "marked", key="3", on=False, i=2, number=DEPUTY)
    return [ring.outcome for ring in read_rings(call.facts)[2:]]


def test_who_is_brought_in_by_a_colleague_was_rung_too() -> None:
    assert third((30, "rung"), (38, "joined"), (80, "talked")) == ["accepted"]
    assert third((30, "rung"), (48, "rang")) == ["missed"]
    assert third((30, "rung"), (48, "rang"), off=47.5) == [""], "the colleague took it back"
    assert third((30, "rung"), (36, "refused"), (36, "nobody")) == ["refused"]
    assert third((30, "rung")) == [""]


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

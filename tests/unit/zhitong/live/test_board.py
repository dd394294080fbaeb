"""The board of live calls, fact by fact."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, ToldCall, talked, unheard
from zhitong.live.board import LONGEST_SAID, MOST_RINGS, heard, without
from zhitong.live.calls import Calls, LiveCall, Phase, after, change, over, snapshot
from zhitong.live_words import HIDDEN, LiveWords

PEOPLE = {"13900000001": "局长王明", DEPUTY: "副局长李强"}


def board(*told: ToldCall, until: float = 1e9) -> Calls:
    """The board after the facts of these calls, up to so many seconds after each was answered."""
    calls: Calls = {}
    for call in told:
        for fact in call.facts:
            if fact.ms <= until * 1000:
                calls = heard(calls, fact, lambda number: PEOPLE.get(number, "不认识的人"))
    return calls


def one(call: ToldCall, until: float) -> LiveCall:
    (found,) = board(call, until=until).values()
    return found


def test_a_call_is_followed_from_the_notice_to_the_talk_and_is_gone_at_its_end() -> None:
    call = talked()
    at_first = one(call, 0)
    assert (at_first.phase, at_first.caller, at_first.since) == (Phase.NOTICE, "138****0001", MORNING)
    listening = one(call, 3)
    assert (listening.phase, listening.hearing) == (Phase.LISTENING, "水务局")
    ringing = one(call, 5)
    assert (ringing.phase, ringing.hearing, ringing.said) == (Phase.RINGING, "", "水务局办不了取水许可")
    assert (ringing.matter, ringing.place, ringing.urgency, ringing.unit) == ("取水许可", "扎西镇", "orange", "水务局")
    (ring,) = ringing.rings
    assert (ring.who, ring.since, ring.asked) == ("局长王明", MORNING + timedelta(seconds=4.2), False)
    asked = one(call, 21)
    assert [(ring.who, ring.asked) for ring in asked.rings] == [("局长王明", False), ("副局长李强", True)]
    talking = one(call, 30)
    assert (talking.phase, talking.talks_with, talking.rings) == (Phase.TALKING, "副局长李强", ())
    assert talking.since == MORNING + timedelta(seconds=24.1)
    assert board(call) == {}


def test_a_telephone_that_stops_ringing_leaves_the_board() -> None:
    assert one(unheard(), 10).rings and not one(unheard(), 25).rings


def test_what_turns_out_to_be_a_report_takes_with_it_what_was_shown_before() -> None:
    words = LiveWords(lambda said, kind: ())
    call = ToldCall().opened().note(1, "asked", prompt="question").understood(3).note(5, "partial", text="我要举报")
    calls: Calls = {}
    for fact in call.facts:
        calls = heard(calls, words.shown(fact), str)
    (shown,) = calls.values()
    assert shown.hearing == HIDDEN and shown.said == shown.matter == shown.place == shown.type == ""
    calls = heard(calls, words.shown(ToldCall().understood(6).facts[0]), str)
    assert "取水" not in str(calls) and HIDDEN in str(calls)


def test_a_call_in_danger_may_not_be_ended_and_the_notice_not_be_cut() -> None:
    call = ToldCall().opened().note(1, "asked", prompt="question").understood(3, danger="fire").planned()
    assert one(call, 0).may_be_ended and not one(call, 0).may_be_transferred
    assert not one(call, 5).may_be_ended and one(call, 5).may_be_transferred
    assert not one(call.note(6, "fallback", step="ring"), 7).may_be_transferred
    assert not one(ToldCall().opened(kind="callback").note(1, "asked", prompt="x"), 2).may_be_transferred


def test_a_line_without_a_question_is_in_its_notice_until_the_first_mobile_rings() -> None:
    call = ToldCall().opened().planned(0.1).note(6, "rung", i=1, number="13900000001")
    assert one(call, 5).phase is Phase.NOTICE and not one(call, 5).may_be_transferred
    assert one(call, 6).phase is Phase.RINGING and one(call, 6).may_be_transferred


def test_who_talks_with_three_is_told_and_a_talk_that_breaks_off_rings_again() -> None:
    call = ToldCall().opened().planned().note(5, "talk", i=1, number="13900000001")
    call.note(6, "third", step="joined", number=DEPUTY)
    assert one(call, 6).talks_with == "局长王明、副局长李强"
    assert one(call.note(7, "talk_over", seconds=2.0, why="dropped"), 7).phase is Phase.RINGING


def test_a_fact_of_a_call_from_before_changes_nothing() -> None:
    late = ToldCall().note(5, "partial", text="喂")
    calls: Calls = {}
    assert heard(calls, late.facts[0], str) is calls


def test_a_call_whose_end_was_not_told_can_be_taken_off() -> None:
    calls = board(talked(), until=10)
    assert without(calls, ()) is calls and without(calls, set(calls)) == {}


def test_no_whole_number_leaves_the_board_and_what_is_shown_is_bounded() -> None:
    call = ToldCall().opened().note(1, "partial", text="停" * 5000).note(2, "heard", text="水" * 5000).planned()
    for i in range(50):
        call.note(5, "rung", i=i, number="13900000001")
    shown = one(call, 6)
    assert len(shown.said) == LONGEST_SAID and len(shown.rings) == MOST_RINGS and shown.rings[-1].i == 49
    assert CITIZEN.encode() not in snapshot({shown.id: shown}) and b"13900000001" not in change(shown)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90)), max_size=12))
def test_whoever_reads_the_lines_has_the_same_board(stops: list[tuple[str, int]]) -> None:
    """A reader told of the calls now and then, in any order, has what the hotline has."""
    theirs: Calls = {}
    ours: Calls = {}
    for line in snapshot({}).splitlines():
        theirs = after(theirs, line)
    for name, until in stops:
        before, ours = ours, {**ours, **board(talked(name), until=until)}
        if name not in board(talked(name), until=until):
            ours = without(ours, {name})
        for line in [over(id) for id in before if id not in ours] + [change(call) for call in ours.values()]:
            theirs = after(theirs, line)
    assert theirs == ours == after({}, snapshot(ours))

"""What the facts of a call amount to."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.told_calls import DEPUTY, ToldCall, talked, unheard
from zhitong.usecases.call_record import CallRecord, read_call


def test_a_call_that_was_accepted() -> None:
    record = read_call(talked().facts)
    assert record.talked and record.kind == "inbound"
    assert (record.unit, record.official, record.urgency) == ("水务局", "副局长李强", "orange")
    assert record.transcript == "水务局办不了取水许可" and [file.path for file in record.files] == ["1757553630.7.raw"]


def test_a_call_nobody_took() -> None:
    record = read_call(unheard().facts)
    assert not record.talked and record.ended is not None


def test_a_talk_the_dialplan_calls_dropped_was_none_however_long_that_is_set() -> None:
    call = ToldCall().opened().planned().note(9, "talk", i=2, number=DEPUTY)
    call.note(15, "talk_over", seconds=5.8, why="dropped")
    assert not read_call(call.facts).talked
    call.note(20, "talk", i=1, number="13900000001").note(60, "talk_over", seconds=40.0)
    assert read_call(call.facts).official == "局长王明"


def test_a_short_talk_that_the_dialplan_counts_is_one() -> None:
    call = ToldCall().opened().note(9, "talk", i=2, number=DEPUTY).note(10, "talk_over", seconds=1.2, why="SUCCESS")
    assert read_call(call.facts).talked


def test_a_talk_whose_end_was_not_noted_is_a_talk() -> None:
    assert read_call(ToldCall().opened().note(9, "talk", i=2, number=DEPUTY).facts).talked


def test_a_greeting_does_not_wipe_out_what_was_understood() -> None:
    call = ToldCall().opened().understood(urgency="red")
    call.understood(9, text="喂", intent="greeting", matter=None, matter_name="", type="", urgency="normal", place="")
    record = read_call(call.facts)
    assert record.asked("matter_name") == "取水许可" and record.urgency == "red"


def test_a_wish_for_the_director_does_not_empty_the_matter_told_before() -> None:
    call = ToldCall().opened().understood()
    call.understood(9, text="找局长", intent="director", matter=None, matter_name="", type="求助", place="")
    record = read_call(call.facts)
    assert (record.asked("intent"), record.asked("matter_name")) == ("director", "取水许可")


def test_what_is_complained_of_in_any_sentence_stays_so() -> None:
    call = ToldCall().opened().understood(type="投诉", complained_of="水务局")
    call.understood(9, text="扎西镇停水", type="求助", complained_of="")
    call.understood(10, text="张明远", intent="unclear", matter=None, type="举报", complained_of="局长张明远")
    record = read_call(call.facts)
    assert record.asked("matter_name") == "取水许可" and record.asked("type") == "举报"
    assert set(record.asked("complained_of").split("、")) == {"水务局", "局长张明远"}


def test_nothing_is_known_of_a_call_without_a_beginning() -> None:
    assert read_call([]) == CallRecord()
    assert read_call(talked().facts[1:]).kind == ""


def in_surge(step: str) -> ToldCall:
    told = {"town": "扎西镇", "matter": "A1", "surge": "1.1", "opened_at": "2025-09-11T09:00:00+08:00"}
    call = ToldCall().opened().understood().note(4, "surge", step=step, unit="水务局", **told)
    return call.note(4.1, "asked", prompt="surge") if step == "spared" else call


def test_who_heard_the_notice_of_a_surge_and_was_not_put_through_is_spared() -> None:
    record = read_call(in_surge("spared").note(9, "ended", outcome="surge").facts)
    assert record.spared and record.unit == "水务局" and len(record.surges) == 1


def test_who_was_put_through_after_all_is_not_nor_who_the_dialplan_took_over() -> None:
    assert not read_call(in_surge("joined").facts).spared
    assert not read_call(in_surge("spared").planned(9).facts).spared
    assert not read_call(in_surge("spared").note(9, "fallback", step="ring").facts).spared


def test_who_hung_up_before_the_notice_began_has_not_heard_it() -> None:
    call = in_surge("spared")
    assert not read_call(call.facts[:-1]).spared


def test_a_call_that_was_only_counted_belongs_to_no_surge() -> None:
    call = ToldCall().opened().note(4, "surge", town="扎西镇", matter="A1", step="counted")
    assert read_call(call.facts) == read_call(call.facts[:1])


@given(st.randoms(use_true_random=False), st.sampled_from([talked, unheard]))
def test_the_order_in_which_facts_come_does_not_matter(rnd: random.Random, which: object) -> None:
    facts = which().facts  # type: ignore[operator]
    mixed = facts + rnd.sample(facts, 3)
    rnd.shuffle(mixed)
    once = {fact.seq: fact for fact in mixed}.values()
    assert read_call(once) == read_call(facts)

"""How officials answer, from many calls in a real database."""

from datetime import timedelta

from sqlalchemy import Engine

from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import DEPUTY, MORNING, RULES, ToldCall, talked, tell_it, unheard
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.usecases.answering import AT_ONCE, Answering, answering
from zhitong.usecases.apply_facts import apply_facts

LATER = MORNING + timedelta(hours=1)
DIRECTORY = small_directory(
    more=(official("wang", "13900000001", post="局长"), official("li", DEPUTY, post="副局长", more=("13900000003",)))
)


def rows(engine: Engine, days: float = 30) -> list[Answering]:
    return answering(engine, DIRECTORY, who="王秘书", now=LATER, days=days, short=20)


def short_talk(call_id: str, number: str) -> ToldCall:
    call = ToldCall(call_id).opened().note(4, "rung", i=1, number=number)
    call.note(10, "accepted", i=1, number=number, by="key").note(10, "talk", i=1, number=number)
    return call.note(22, "talk_over", seconds=12.0).note(23, "ended", outcome="talk")


def test_each_official_has_one_row_over_all_their_telephones_with_names_and_masked_numbers(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), short_talk("1757553630.9", "13900000003"))
    li, wang = rows(engine)
    assert (li.who, li.numbers) == ("副局长li", ("139****0002", "139****0003"))
    assert (li.rung, li.accepted, li.seconds, li.dropped) == (2, 2, (7.8 + 6) / 2, 1)
    assert (wang.who, wang.rung, wang.accepted, wang.seconds) == ("局长wang", 1, 0, None)


def test_a_number_that_left_the_directory_is_told_without_a_name(engine: Engine) -> None:
    tell_it(engine, RULES, short_talk("1757553630.9", "13900000009"))
    assert [(row.who, row.numbers) for row in rows(engine)] == [("名单里已没有的号码", ("139****0009",))]


def test_many_calls_that_end_in_one_moment_are_all_read_and_old_ones_not(engine: Engine) -> None:
    many = [unheard(f"1757553630.{n}") for n in range(2 * AT_ONCE + 7)]
    old = unheard("1757000000.1", MORNING - timedelta(days=40))
    with writing(engine) as connection:
        apply_facts(connection, RULES, [fact for call in (*many, old) for fact in call.facts])
    assert [row.rung for row in rows(engine)] == [len(many)]
    assert rows(engine, days=0.01) == []


def test_that_somebody_looked_is_recorded(engine: Engine) -> None:
    assert rows(engine) == []
    with reading(engine) as connection:
        assert [(row.who, row.what, row.unmasked) for row in accesses_to(connection, None)] == [
            ("王秘书", "接听统计", False)
        ]

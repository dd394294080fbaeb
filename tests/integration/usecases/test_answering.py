"""How officials answer, from many calls in a real database."""

from datetime import timedelta

from sqlalchemy import Engine

from routing.officials import Phone
from tests.fakes.directories import official, small_directory
from tests.fakes.roster_people import SECRETARY
from tests.fakes.told_calls import DEPUTY, MORNING, NUMBER, RULES, ToldCall, placed, talked, tell_it, unheard
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.usecases.answering import AT_ONCE, Answering, answering
from zhitong.usecases.apply_facts import apply_facts

DIRECTOR = "13900000001"
LATER = MORNING + timedelta(hours=1)
DIRECTORY = small_directory(
    more=(official("wang", DIRECTOR, post="局长"), official("li", DEPUTY, post="副局长", more=("13900000003",)))
)


def rows(engine: Engine, days: float = 30) -> list[Answering]:
    return answering(engine, DIRECTORY, by=SECRETARY, now=LATER, days=days, short=20)


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


def calls_back(call_id: str, *, code: bool = False, talks: float = 0) -> ToldCall:
    """The director calls the citizen of NUMBER back, from his own telephone or by his code from another one."""
    number = "13700000009" if code else DIRECTOR
    call = ToldCall(call_id, MORNING + timedelta(minutes=5))
    call.note(0, "opened", caller=number, dialled="12345", kind="inbound" if code else "staff")
    if code:
        call.note(9, "official", official="wang")
    call.note(12, "joins", case=NUMBER, number=number, who="局长wang").note(12, "asked", prompt="citizen_joined")
    if not talks:
        call.note(52, "nobody", why="NOANSWER")
        return call.note(56, "gone", phase="ring").note(56, "ended", outcome="nobody")
    call.note(20, "accepted", i=0, number=number, by="dialplan").note(20, "talk", i=0, number=number)
    call.note(20 + talks, "talk_over", seconds=talks, why="gone")
    return call.note(20 + talks, "gone", phase="talk").note(20 + talks, "ended", outcome="talk")


def test_a_promise_and_calls_back_are_counted_for_whoever_made_them(engine: Engine) -> None:
    due = (MORNING + timedelta(minutes=15)).isoformat()
    missed = ToldCall().opened().understood().planned().note(4.2, "rung", i=1, number=DIRECTOR)
    missed.note(12, "call_back", i=1, number=DIRECTOR, due=due).note(14, "leg", i=1, why="later", cause=16)
    missed.note(16.2, "rung", i=2, number=DEPUTY).note(40, "gone", phase="ring").note(40, "ended", outcome="gone")
    tell_it(engine, RULES, missed, calls_back("1757553930.1"), calls_back("1757553990.1", talks=12))
    tell_it(engine, RULES, calls_back("1757554050.1", code=True, talks=90))
    li, wang = rows(engine)
    assert (wang.who, wang.numbers) == ("局长wang", ("139****0001",)), "a telephone lent to him is not his"
    told = (wang.rung, wang.accepted, wang.refused, wang.missed, wang.promised, wang.seconds)
    assert told == (1, 0, 0, 0, 1, None)
    assert (wang.called_back, wang.away, wang.dropped) == (2, 1, 1)
    assert (li.rung, li.accepted, li.missed, li.called_back) == (1, 0, 0, 0)


def test_the_system_has_called_too_when_an_official_takes_its_redial(engine: Engine) -> None:
    tell_it(engine, RULES, unheard("1757553630.7"))
    again = placed("redial", NUMBER, 1, MORNING + timedelta(minutes=5)).note(0.2, "rung", i=1, number=DEPUTY)
    again.note(9.2, "accepted", i=1, number=DEPUTY, by="key").note(9.3, "talk", i=1, number=DEPUTY)
    tell_it(engine, RULES, again.note(70, "talk_over", seconds=60.7).note(70, "ended", outcome="talk"))
    li = next(row for row in rows(engine) if row.who == "副局长li")
    assert (li.rung, li.accepted, li.seconds, li.dropped, li.called_back) == (1, 1, 9.0, 0, 1)


def test_a_number_that_left_the_directory_is_told_without_a_name(engine: Engine) -> None:
    tell_it(engine, RULES, short_talk("1757553630.9", "13900000009"))
    assert [(row.who, row.numbers) for row in rows(engine)] == [("名单里已没有的号码", ("139****0009",))]


def test_a_call_is_told_of_whoever_had_the_telephone_then(engine: Engine) -> None:
    before = Phone(number="13900000007", last=MORNING.date() - timedelta(days=1))
    since = Phone(number="13900000007", first=MORNING.date())
    people = (official("before", "", phones=(before,)), official("since", "", phones=(since,)))
    old = ToldCall("1757000000.1", answered_at=MORNING - timedelta(days=3))
    old.opened().note(4, "rung", i=1, number="13900000007").note(30, "ended", outcome="gone")
    tell_it(engine, RULES, old, short_talk("1757553630.9", "13900000007"))
    found = answering(engine, small_directory(more=people), by=SECRETARY, now=LATER, days=30, short=20)
    assert {(row.who, row.rung, row.accepted) for row in found} == {("before", 1, 0), ("since", 1, 1)}


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

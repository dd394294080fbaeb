"""The few digits that a citizen is told: one case's alone until it is struck off, and then another's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from cases.case import CaseEvent, apply
from cases.number import spoken_candidates
from tests.fakes.closing import DESK
from tests.fakes.told_calls import MORNING, NUMBER, RULES, new_database, talked, tell_it, unheard
from zhitong.errors import CaseNotFound
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.tables import cases
from zhitong.usecases.find_case import find_case


def short_of(engine: Engine, number: str) -> str:
    with reading(engine) as connection:
        return get_case(connection, number).short


def struck_off(engine: Engine, number: str) -> None:
    with writing(engine) as connection:
        case = get_case(connection, number)
        case = apply(case, CaseEvent.SETTLE, at=MORNING)
        case = apply(case, CaseEvent.GIVE_UP, at=MORNING, concluded_by="小周")
        update_cases(connection, [case])


def test_a_case_is_found_by_its_last_four_digits_and_that_somebody_looked_is_kept(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    found = find_case(engine, "0007", by=DESK, now=MORNING)
    assert (found.number, found.caller) == (NUMBER, "138****0001")
    with reading(engine) as connection:
        assert [row.what for row in accesses_to(connection, NUMBER)] == ["查找"]
    with pytest.raises(CaseNotFound, match="口头编号 4711"):
        find_case(engine, "4711", by=DESK, now=MORNING)


def test_a_second_case_with_the_same_digits_gets_five_and_struck_off_they_are_free_again(engine: Engine) -> None:
    tell_it(engine, RULES, talked(), talked("1757553631.10007"), talked("1757553632.20007"))
    numbers = [NUMBER, f"{NUMBER}b", f"{NUMBER}c"]
    assert [short_of(engine, number) for number in numbers] == ["0007", "10007", "20007"]
    struck_off(engine, NUMBER)
    assert find_case(engine, "10007", by=DESK, now=MORNING).number == numbers[1]
    with pytest.raises(CaseNotFound):
        find_case(engine, "0007", by=DESK, now=MORNING)
    tell_it(engine, RULES, talked("1757553633.30007"))
    assert find_case(engine, "0007", by=DESK, now=MORNING).number == f"{NUMBER}d"
    tell_it(engine, RULES, talked("1757553633.30007"))
    assert short_of(engine, f"{NUMBER}d") == "0007", "told again it keeps it"


def test_with_all_candidates_taken_a_case_still_gets_one_of_its_own(engine: Engine) -> None:
    tell_it(engine, RULES, *(talked(f"17575536{n:02d}.{n}0007") for n in range(12)))
    with reading(engine) as connection:
        found = list(connection.scalars(select(cases.c.short)))
    assert len(set(found)) == 12 and set(spoken_candidates(NUMBER)) < set(found)


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=12))
def test_no_two_cases_that_are_open_share_their_digits_whatever_is_struck_off_meanwhile(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool]]
) -> None:
    engine = new_database(tmp_path_factory.mktemp("spoken"))
    for n, (digits, ends) in enumerate(steps):
        tell_it(engine, RULES, unheard(f"1757553{n:03d}.{digits}"))
        with reading(engine) as connection:
            every = connection.execute(select(cases.c.number, cases.c.short, cases.c.state)).all()
        spoken = [row.short for row in every if row.state != "销号"]
        assert len(spoken) == len(set(spoken)) and "" not in spoken
        if ends:
            struck_off(engine, next(row.number for row in every if row.state != "销号"))
    engine.dispose()

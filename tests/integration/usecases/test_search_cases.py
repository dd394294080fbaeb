"""The board of what is worked on, and the search: what each finds, and what it does not tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import OPEN, Case, CaseState
from cases.roles import Actor, Role
from tests.fakes.closing import DESK, HANDLER
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import Refused
from zhitong.store.case_search import Narrowed, search_cases
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.sight import seen_by
from zhitong.usecases.search_cases import Found, search, show_board

LATER = MORNING + timedelta(hours=3)


@pytest.fixture
def three(engine: Engine) -> Engine:
    """Today's, the one of yesterday, and one of the day before that is struck off."""
    for day in range(3):
        tell_it(engine, RULES, talked(f"1757553630.{7 + day}", MORNING - timedelta(days=day)))
    changed(engine, "20250909-092030-0009", state=CaseState.STRUCK_OFF, place="双河乡")
    return engine


def changed(engine: Engine, number: str, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), **fields)])  # type: ignore[arg-type]


def numbers(found: Found) -> list[str]:
    return [case.number for case in found.cases]


def found_by(engine: Engine, text: str = "", by: Actor = DESK, **how: object) -> Found:
    return search(engine, by=by, now=LATER, text=text, area_code="0870", **how)  # type: ignore[arg-type]


def test_the_board_has_a_column_for_each_state_and_what_is_due_first_is_first(three: Engine) -> None:
    columns = show_board(three, by=DESK, now=LATER)
    assert [column.state for column in columns] == [state for state in CaseState if state in OPEN]
    (assigned,) = (column for column in columns if column.state is CaseState.ASSIGNED)
    assert [case.number for case in assigned.cases] == ["20250910-092030-0008", NUMBER]
    assert assigned.count == 2 and all(case.caller == "138****0001" for case in assigned.cases)
    assert sum(column.count for column in show_board(three, by=DESK, now=LATER, unit="能源局")) == 0


def test_a_case_is_found_by_its_number_the_beginning_of_it_and_the_spoken_number(three: Engine) -> None:
    assert numbers(found_by(three, NUMBER)) == [NUMBER]
    assert numbers(found_by(three, "20250910")) == ["20250910-092030-0008"]
    assert numbers(found_by(three, "0007")) == [NUMBER]


def test_words_are_looked_for_in_place_matter_unit_official_and_demand_and_all_must_stand_there(three: Engine) -> None:
    assert len(numbers(found_by(three, "取水许可"))) == 3
    assert numbers(found_by(three, "双河 办不了")) == ["20250909-092030-0009"]
    assert numbers(found_by(three, "双河 扎西")) == []
    assert len(numbers(found_by(three, "水务局"))) == 3 and len(numbers(found_by(three, "李强"))) == 3
    assert numbers(found_by(three, "%")) == [] == numbers(found_by(three, "取_许可"))


def test_a_search_is_narrowed(three: Engine) -> None:
    assert numbers(found_by(three, state=CaseState.STRUCK_OFF)) == ["20250909-092030-0009"]
    assert len(numbers(found_by(three, state=CaseState.ASSIGNED))) == 2
    assert numbers(found_by(three, unit="能源局")) == [] == numbers(found_by(three, urgency="red"))
    assert len(numbers(found_by(three, official="李强"))) == 3


def test_a_telephone_finds_its_cases_for_those_who_may_know_it_and_stands_masked_in_the_record(three: Engine) -> None:
    assert len(numbers(found_by(three, CITIZEN))) == 3
    assert all(case.caller == "138****0001" for case in found_by(three, CITIZEN).cases)
    changed(three, NUMBER, secrecy="保密")
    his = replace(HANDLER, name="经办钱明")
    assert NUMBER not in numbers(found_by(three, CITIZEN, by=his))
    with reading(three) as connection:
        assert ("受理台小周", "搜索 138****0001") in [(row.who, row.what) for row in accesses_to(connection, None)]


def test_nobody_finds_a_case_by_words_that_are_not_his_to_know(three: Engine) -> None:
    changed(three, NUMBER, secrecy="保密", transcript="张三家的井", demand="")
    assert numbers(found_by(three, "张三")) == [NUMBER]
    assert numbers(found_by(three, "张三", by=HANDLER)) == []
    assert NUMBER in numbers(found_by(three, "取水许可", by=HANDLER)), "the matter is his to know"


def test_of_other_units_nothing_is_found(three: Engine) -> None:
    other = Actor(name="别的经办", roles=frozenset({Role.HANDLER}), units=frozenset({"能源局"}))
    assert numbers(found_by(three, "取水", by=other)) == numbers(found_by(three, NUMBER, by=other)) == []
    assert sum(column.count for column in show_board(three, by=other, now=LATER)) == 0


def test_a_search_looks_through_so_many_and_goes_on_from_there(three: Engine) -> None:
    wanted, sight = Narrowed(words=("双河",)), seen_by(DESK)

    def look(before: Case | None, many: int) -> tuple[list[str], str]:
        with reading(three) as connection:
            found, last = search_cases(connection, wanted, sight=sight, before=before, look=many, limit=10)
        return [case.number for case in found], last

    assert look(None, 2) == ([], "20250910-092030-0008")
    with reading(three) as connection:
        last = get_case(connection, "20250910-092030-0008")
    assert look(last, 2) == (["20250909-092030-0009"], "")


def test_pages_follow_each_other_without_a_gap_also_among_cases_of_one_second(engine: Engine) -> None:
    for n in range(7, 12):
        tell_it(engine, RULES, talked(f"1757553630.{n}"))
    seen, before = list[str](), None
    for _ in range(9):
        with reading(engine) as connection:
            found, last = search_cases(connection, Narrowed(), sight=seen_by(DESK), before=before, look=1000, limit=2)
            seen += [case.number for case in found]
            before = get_case(connection, last) if last else None
        if not last:
            break
    assert len(seen) == len(set(seen)) == 5


def test_too_many_words_are_refused(engine: Engine) -> None:
    with pytest.raises(Refused, match="最多找 5 个词"):
        found_by(engine, "一 二 三 四 五 六")

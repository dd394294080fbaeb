"""Who talked with a citizen in a case that is still open is known when they call again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys, unit_key
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import LEADER
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing
from zhitong.store.records import accesses_to
from zhitong.usecases.accused_people import accuse
from zhitong.usecases.close_case import close_case
from zhitong.usecases.handler import handler_of, look_up_handler

LI, ZHOU = official("li", DEPUTY, name="李强", post="副局长"), official("zhou", DEPUTY, name="周敏", post="股长")


def handler(engine: Engine, caller: str = CITIZEN, but: str = "", *people: object) -> str:
    directory = small_directory(more=people or (LI,))  # type: ignore[arg-type]
    return handler_of(engine, caller=caller, area_code=RULES.area_code, but=but, directory=directory)


def test_it_is_who_talked_with_this_number(engine: Engine) -> None:
    assert handler(engine) == ""
    tell_it(engine, RULES, talked())
    assert handler(engine) == "li"
    assert handler(engine, "13800000009") == handler(engine, "") == ""


def test_whom_the_case_complains_of_is_nobodys_handler(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    by, known = Actor(name="小周", roles=frozenset({Role.DESK})), small_directory(more=(LI,))
    accuse(engine, number=NUMBER, officials=["li"], by=by, reason="来信", directory=known, now=MORNING)
    assert handler(engine) == ""


def test_who_looks_a_number_up_learns_it_of_cases_that_are_his_to_hear_and_that_is_recorded(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    known = small_directory(more=(LI,))

    def looked_up(by: Actor, caller: str = CITIZEN) -> str:
        return look_up_handler(engine, caller=caller, directory=known, area_code="0870", by=by, now=MORNING)

    desk = Actor(name="小周", roles=frozenset({Role.DESK}))
    stranger = Actor(name="钱多", roles=frozenset({Role.HANDLER}), units=frozenset({"能源局"}))
    assert looked_up(desk) == "li" and looked_up(stranger) == ""
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), accused=kept_with("", official_keys("zhou", "周敏")))
        update_cases(connection, [case])
        assert [row.what for row in accesses_to(connection, None)] == ["预演 138****0001"] * 2
    assert looked_up(desk) == "li" and looked_up(replace(desk, official="zhou")) == ""
    with pytest.raises(NotPermitted):
        looked_up(replace(desk, roles=frozenset({Role.ADMIN})))


def test_nor_in_a_report_is_whose_unit_it_complains_of(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    known = small_directory(more=(LI,))
    unit = known.unit(LI.unit).name
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), accused=kept_with("", [unit_key(unit)]))
        update_cases(connection, [case])
    assert handler(engine) == "li", "an ordinary complaint is still the unit's to answer"
    with writing(engine) as connection:
        update_cases(connection, [replace(case, type="举报")])
    assert handler(engine) == ""


def test_of_several_who_share_a_telephone_it_is_the_one_who_was_meant(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    assert handler(engine, CITIZEN, "", ZHOU, LI) == "li"
    assert handler(engine, CITIZEN, "", ZHOU, official("wu", DEPUTY, name="吴刚")) == "", "nobody knows which"
    assert handler(engine, CITIZEN, "", ZHOU) == "zhou", "the telephone has passed on to somebody else"
    assert handler(engine, CITIZEN, "", official("li", "13900000077", name="李强")) == "", "nor is it any more"


def test_a_case_in_which_nobody_talked_has_no_handler_and_hides_none(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    assert handler(engine) == ""
    tell_it(engine, RULES, talked("1757553600.1", MORNING - timedelta(days=1)))
    assert handler(engine) == "li"


def test_nor_has_one_that_is_closed_or_the_call_at_hand(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    assert handler(engine, CITIZEN, "1757553630.7") == ""
    close_case(engine, RULES, number=NUMBER, result="办好了", by=LEADER, now=MORNING + timedelta(hours=1))
    assert handler(engine) == ""


@pytest.mark.parametrize("why", ["dropped"])
def test_a_line_that_broke_off_at_once_was_no_talk(engine: Engine, why: str) -> None:
    call = ToldCall().opened().understood().planned().note(5, "rung", i=1, number=DEPUTY)
    call.note(9, "talk", i=1, number=DEPUTY).note(10, "talk_over", seconds=1.0, why=why)
    tell_it(engine, RULES, call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone"))
    assert handler(engine) == ""

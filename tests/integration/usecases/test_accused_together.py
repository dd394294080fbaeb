"""被反映的 of cases that are answered together (并单): who is named in one of them, whenever, loses all of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.accused import ids_in
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, HEAD, left_to_people, settled
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import CaseNotFound, ZhitongError
from zhitong.store.cases import find_cases, get_case, get_cases, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.together import together_with
from zhitong.usecases.accused_people import accuse, named_in
from zhitong.usecases.attachments import list_attachments
from zhitong.usecases.called_back import called_back
from zhitong.usecases.case_register import case_register
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.explain_case import explain_case
from zhitong.usecases.find_case import find_case
from zhitong.usecases.keep_record import list_records
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.person_history import person_history
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.see_case import see_case
from zhitong.usecases.show_case import show_case

UNIT = "水务局"
SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))
DIRECTORY = small_directory(more=[official("lcy", "13800000777", name="李春燕", post="副局长", rank="deputy")])
LI = Actor(name="小李", roles=frozenset({Role.LEADER, Role.DESK}), official="lcy")
CALLS = ["1757553630.7", "1757553630.10007", "1757553630.20007"]


@pytest.fixture
def merged(engine: Engine) -> tuple[str, str]:
    """(the case that was merged, the one into which it went)."""
    tell_it(engine, RULES, *(talked(call) for call in CALLS[:2]))
    with writing(engine) as connection:
        mine = sorted(case.number for case in find_cases(connection))
        update_cases(connection, [replace(get_case(connection, one), unit=UNIT) for one in mine])
    main, other = mine
    assert main == NUMBER
    merge_cases(engine, RULES, number=other, into=main, by=DESK, reason="一件事", now=MORNING)
    return other, main


def named(engine: Engine, number: str, by: Actor = DESK, **given: object) -> None:
    told = {"reason": "来信", "directory": DIRECTORY, "now": MORNING, "officials": ["lcy"]}
    accuse(engine, number=number, by=by, **(told | given))  # type: ignore[arg-type]


SPAN = {"since": MORNING - timedelta(days=1), "until": MORNING + timedelta(days=1), "now": MORNING}
LOOKS: dict[str, Callable[[Engine, str, Actor], object]] = {
    "查看": lambda engine, number, by: show_case(engine, number=number, by=by, now=MORNING),
    "程序查看": lambda engine, number, by: see_case(engine, number=number, by=by, now=MORNING),
    "附件": lambda engine, number, by: list_attachments(engine, number=number, by=by, now=MORNING),
    "记录": lambda engine, number, by: list_records(engine, number=number, by=by, now=MORNING),
    "时限": lambda engine, number, by: explain_case(engine, RULES, number=number, by=by, now=MORNING),
    "通话": lambda engine, number, by: replay_call(engine, call_id=_call(engine, number), by=by, now=MORNING),
    "口头编号": lambda engine, number, by: find_case(engine, _case(engine, number, "short"), by=by, now=MORNING),
    "列表": lambda engine, number, by: list_cases(engine, by=by, now=MORNING),
    "按号码查": lambda engine, number, by: list_cases(engine, by=by, now=MORNING, caller=CITIZEN),
    "一人一档": lambda engine, number, by: person_history(engine, CITIZEN, by=by, now=MORNING, area_code="0870"),
    "登记簿": lambda engine, number, by: list(case_register(engine, by=by, directory=DIRECTORY, **SPAN)),  # type: ignore[arg-type]
    "待处理": lambda engine, number, by: list_incidents(engine, by=by, now=MORNING),
}


def _case(engine: Engine, number: str, field: str) -> str:
    with reading(engine) as connection:
        return str(getattr(get_case(connection, number), field))


def _call(engine: Engine, number: str) -> str:
    return _case(engine, number, "call_id")


@pytest.mark.parametrize("what", LOOKS)
@pytest.mark.parametrize("named_in_main", [True, False])
def test_who_is_named_in_one_of_them_after_the_merging_sees_neither(
    engine: Engine, merged: tuple[str, str], what: str, named_in_main: bool
) -> None:
    for number in merged:
        assert LOOKS[what](engine, number, LI) is not None
    named(engine, merged[named_in_main])
    for number in merged:
        try:
            found = LOOKS[what](engine, number, LI)
        except (NotPermitted, CaseNotFound, ZhitongError):
            continue
        assert number not in str(found)


def accused(engine: Engine, *numbers: str) -> list[frozenset[str]]:
    with reading(engine) as connection:
        return [ids_in(case.accused)[0] for _, case in sorted(get_cases(connection, numbers).items())]


@pytest.mark.parametrize("how", ["written down", "called back"])
@pytest.mark.parametrize("in_main", [True, False])
def test_words_that_name_somebody_in_one_of_them_name_him_in_both(
    engine: Engine, merged: tuple[str, str], how: str, in_main: bool
) -> None:
    number, rules = merged[in_main], replace(RULES, accused=lambda text, type: named_in(text, type, DIRECTORY))
    given = {"number": number, "by": DESK, "now": MORNING}
    if how == "written down":
        words = {"reason": "来电", "matters": {}, "type": "投诉", "demand": "李春燕推诿"}
        edit_case(engine, rules, **(given | words))  # type: ignore[arg-type]
    else:
        settled(engine, RULES, number=merged[1], now=MORNING)
        left_to_people(engine, RULES, number=str(given["number"]), now=MORNING)
        words = {"outcome": "没解决", "why": "投诉李春燕不给办"}
        called_back(engine, rules, **(given | words))  # type: ignore[arg-type]
    assert accused(engine, *merged) == [{"lcy"}, {"lcy"}]


def test_a_call_that_names_somebody_names_him_in_what_it_was_merged_with(
    engine: Engine, merged: tuple[str, str]
) -> None:
    rules = replace(RULES, accused=lambda text, type: named_in(text, type, DIRECTORY))
    tell_it(engine, rules, talked(CALLS[1]).note(900, "heard", text="我要投诉，就是李春燕不给办"))
    assert accused(engine, *merged) == [{"lcy"}, {"lcy"}]


def test_along_a_chain_of_merged_cases_all_are_barred(engine: Engine, merged: tuple[str, str]) -> None:
    other, main = merged
    settled(engine, RULES, number=main, now=MORNING)
    for number in merged:
        left_to_people(engine, RULES, number=number, now=MORNING)
        called_back(engine, RULES, number=number, by=SUPERVISION, outcome="没解决", why="还是没水", now=MORNING)
    tell_it(engine, RULES, talked(CALLS[2]))
    with reading(engine) as connection:
        (third,) = {case.number for case in find_cases(connection)} - set(merged)
    merge_cases(engine, RULES, number=main, into=third, by=DESK, reason="一件事", now=MORNING)
    with reading(engine) as connection:
        assert together_with(connection, other) == {other, main, third}
    named(engine, other)
    assert accused(engine, other, main, third) == [{"lcy"}] * 3


def test_supervision_clears_all_of_them_at_once_and_what_was_parted_is_no_longer_together(
    engine: Engine, merged: tuple[str, str]
) -> None:
    other, main = merged
    named(engine, other)
    named(engine, main, SUPERVISION, clears=True)
    assert accused(engine, *merged) == [frozenset()] * 2
    split_case(engine, RULES, number=other, by=DESK, reason="两件事", now=MORNING)
    named(engine, other)
    assert accused(engine, other) == [{"lcy"}] and accused(engine, main) == [frozenset()]
    view = show_case(engine, number=main, by=HEAD, now=MORNING)
    assert [entry.text for entry in view.timeline if entry.what == "被反映"] == [
        "登记了被反映的人或单位，从现在起他们看不到",
        "撤销了被反映的人或单位",
    ], "the other one tells of it, too"


def test_a_unit_reported_in_one_of_them_sees_nothing_of_the_other_which_is_to_be_given_away(
    engine: Engine, merged: tuple[str, str]
) -> None:
    other, main = merged
    edit = {"by": DESK, "now": MORNING, "reason": "听录音", "matters": {}}
    edit_case(engine, RULES, number=other, type="举报", **edit)  # type: ignore[arg-type]
    assert show_case(engine, number=main, by=HEAD, now=MORNING)
    named(engine, other, officials=[], units=[UNIT])
    for number in merged:
        with pytest.raises(NotPermitted):
            show_case(engine, number=number, by=HEAD, now=MORNING)
    assert list_cases(engine, by=HEAD, now=MORNING) == []
    told = "".join(one.text for one in list_incidents(engine, by=DESK, now=MORNING))
    assert all(f"工单 {number}：举报的就是现在的承办单位" in told for number in merged)
    named(engine, main, SUPERVISION, officials=[], units=[UNIT], clears=True)
    assert show_case(engine, number=main, by=HEAD, now=MORNING)

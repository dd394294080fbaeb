"""移交给人: a colleague has the case at once, another unit is asked; who gave it sees it by no link any more."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.case import CaseState
from cases.roles import Actor, Role
from routing.officials import Official
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import LinkOver, MoveRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.timeline import timeline_of
from zhitong.usecases.assign_case import answer_hand_over, assign_case
from zhitong.usecases.hand_to_official import ASKED, HANDED, colleagues, hand_to_official
from zhitong.usecases.pocket_links import make_link, open_link
from zhitong.usecases.staff_calls import TOLD

WATER, HOME = "水务局", "政务服务管理局"
DIRECTORY = small_directory(
    more=(
        official("wang", "13800000009", "director", unit="water", post="局长"),
        official("zhao", "13800000010", unit="water", post="股长"),
    )
)
WANG = Actor(name="局长wang", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({WATER}), official="wang")


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    change(engine, unit=WATER, state=CaseState.HANDLING, type="求助", official=WANG.name)
    return engine


def change(engine: Engine, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def hand(engine: Engine, to: str, reason: str = "他分管供水") -> bool:
    return hand_to_official(engine, DIRECTORY, number=NUMBER, to=to, by=WANG, reason=reason, now=MORNING)


def link_for(engine: Engine, who: str) -> str:
    with writing(engine) as connection:
        return make_link(connection, case_number=NUMBER, official=who, now=MORNING)


def told(engine: Engine) -> list[tuple[object, object]]:
    with reading(engine) as connection:
        return [(one.detail["official"], one.detail["prompt"]) for one in open_tasks(connection, kind=TOLD)]


def test_a_colleague_has_it_at_once_and_is_called(engine: Engine) -> None:
    given, kept = link_for(engine, "wang"), link_for(engine, "zhao")
    assert hand(engine, "zhao")
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        (last,) = (row for row in timeline_of(connection, NUMBER) if row.what == "移交")
    assert (case.official, case.unit, case.state) == ("股长zhao", WATER, CaseState.HANDLING)
    assert (last.who, last.reason) == (WANG.name, "他分管供水")
    assert told(engine) == [("zhao", HANDED)]
    assert open_link(engine, DIRECTORY, kept, now=MORNING)
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, given, now=MORNING)


def test_another_unit_is_asked_for_him_and_until_it_takes_the_case_it_stays(engine: Engine) -> None:
    assert not hand(engine, "deputy")
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        (last,) = (row for row in timeline_of(connection, NUMBER) if row.what == "移交")
    assert case.unit == WATER and f"请{HOME}的deputy接" in last.text and told(engine) == [("deputy", ASKED)]
    with pytest.raises(MoveRefused, match="已经请"):
        hand(engine, "clerk")


@pytest.mark.parametrize(
    ("to", "reason", "why"),
    [("zhao", " ", "没有写移交的原因"), ("nobody", "归他", "请重新选"), ("wang", "归他", "已经在您手上")],
)
def test_without_a_reason_or_anybody_else_nothing_is_given(engine: Engine, to: str, reason: str, why: str) -> None:
    with pytest.raises(MoveRefused, match=why):
        hand(engine, to, reason)
    assert told(engine) == []


def test_nobody_complained_of_is_offered_it_or_gets_it(engine: Engine) -> None:
    zhao = DIRECTORY.roster.official("zhao")
    assert zhao is not None

    def offered() -> list[Official]:
        with reading(engine) as connection:
            case = get_case(connection, NUMBER)
        return list(colleagues(DIRECTORY, case, but="wang", now=MORNING))

    assert offered()[0] == zhao, "of one's own unit first"
    change(engine, accused=kept_with("", dict.fromkeys(official_keys("zhao", "zhao"), "zhao")))
    assert zhao not in offered()
    with pytest.raises(MoveRefused, match="不能这样交给"):
        hand(engine, "zhao")


def test_what_is_over_is_given_to_nobody(engine: Engine) -> None:
    change(engine, state=CaseState.REPLIED)
    with pytest.raises(MoveRefused, match="不能移交"):
        hand(engine, "zhao")


def test_a_link_ends_when_the_case_leaves_the_unit_and_stays_ended_when_it_comes_back(engine: Engine) -> None:
    link, desk = link_for(engine, "wang"), Actor(name="受理", roles=frozenset({Role.DESK}))
    asks = {"number": NUMBER, "reason": "归它管", "now": MORNING}
    hand(engine, "deputy")
    taker = Actor(name="主任", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({HOME}))
    answer_hand_over(engine, by=taker, takes=True, **asks)  # type: ignore[arg-type]
    assign_case(engine, unit=WATER, by=desk, units={WATER}, **asks)  # type: ignore[arg-type]
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, link, now=MORNING)

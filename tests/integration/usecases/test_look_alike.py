"""What looks like a case that is open: told to people before it is dispatched twice, and merged by nobody but them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.record import RecordKind
from tests.fakes.closing import DESK
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.store.case_records import records_of
from zhitong.store.cases import find_alike, find_cases, get_case, is_calling, update_cases
from zhitong.store.engine import reading, writing
from zhitong.usecases.assign_case import assign_case
from zhitong.usecases.known_by import known_by
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.look_alike import note_alike, propose_for_new, propose_merges
from zhitong.usecases.merge_cases import merge_cases

NOW = MORNING + timedelta(hours=1)
TOWNS = ("扎西镇", "旧城镇")
AREA = replace(RULES, area_code="0870")
OTHER = "20250911-092130-0008"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Two citizens have talked about the same, in the same words."""
    later = talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009")
    tell_it(engine, RULES, talked(), later)
    return engine


def change(engine: Engine, number: str = OTHER, **fields: object) -> Case:
    with writing(engine) as connection:
        changed = replace(get_case(connection, number), **fields)  # type: ignore[arg-type]
        update_cases(connection, [changed])
        return changed


def near(engine: Engine, number: str = NUMBER) -> list[str]:
    with reading(engine) as connection:
        case = get_case(connection, number)
        since, until = MORNING - timedelta(days=30), MORNING + timedelta(days=30)
        found = find_alike(connection, case, known_by(case, "0870"), since=since, until=until, town="扎西镇")
    return [one.number for one in found]


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({}, True),
        ({"place": "扎西镇石坎村", "matter": ""}, True),
        ({"place": "", "matter": "B2"}, True),
        ({"place": "", "matter": "A1"}, False),
        ({"place": "旧城镇", "matter": "B2"}, False),
        ({"place": "旧城镇", "caller": "+8613800000001"}, True),
        ({"place": "旧城镇", "contact": "013800000001"}, True),
        ({"place": "旧城镇", "caller": CITIZEN, "shared_phone": True}, False),
        ({"state": CaseState.STRUCK_OFF}, False),
    ],
)
def test_what_may_be_alike_is_of_the_town_the_matter_without_a_place_or_the_citizen_however_written(
    engine: Engine, fields: dict[str, object], there: bool
) -> None:
    change(engine, **fields)
    assert near(engine) == ([OTHER] if there else [])


def test_one_with_neither_matter_nor_place_is_compared_with_the_newest_and_no_more_than_so_many(
    engine: Engine,
) -> None:
    bare = change(engine, NUMBER, matter="", place="")
    assert near(engine) == [OTHER]
    with reading(engine) as connection:
        assert find_alike(connection, bare, (), since=MORNING, until=NOW, limit=0) == []


def test_a_citizen_is_one_however_his_number_is_written(engine: Engine) -> None:
    change(engine, caller=f"+86{CITIZEN}", place="", transcript="")
    (found,) = propose_merges(engine, AREA, number=NUMBER, by=DESK, now=NOW, towns=TOWNS)
    assert found.why == ("同一个号码", "同一事项")


def test_what_came_in_where_nobody_may_see_other_cases_is_told_to_the_desk_until_it_is_seen_to(engine: Engine) -> None:
    with reading(engine) as connection:
        other = get_case(connection, OTHER)
    note_alike(engine, RULES, other, now=NOW, towns=TOWNS)
    (told,) = [one.text for one in list_incidents(engine, by=DESK, now=NOW) if "同一件事" in one.text]
    assert told.startswith(f"工单 {OTHER}：") and NUMBER not in told
    merge_cases(engine, RULES, number=OTHER, into=NUMBER, by=DESK, reason="同一个窗口", now=NOW)
    assert not [one for one in list_incidents(engine, by=DESK, now=NOW) if "同一件事" in one.text]
    assert propose_merges(engine, RULES, number=NUMBER, by=DESK, now=NOW, towns=TOWNS) == [], "they are one already"


def test_it_is_seen_to_when_the_case_is_assigned_all_the_same_and_nothing_is_merged(engine: Engine) -> None:
    other = change(engine, state=CaseState.ACCEPTED)
    note_alike(engine, RULES, other, now=NOW)
    assign_case(engine, number=OTHER, unit="能源局", by=DESK, reason="归口", units={"能源局"}, now=NOW)
    assert not [one for one in list_incidents(engine, by=DESK, now=NOW) if "同一件事" in one.text]
    with reading(engine) as connection:
        assert records_of(connection, OTHER, RecordKind.MERGE) == []


def test_nobody_is_told_of_what_is_like_nothing(engine: Engine) -> None:
    other = change(engine, matter="A1", transcript="路灯坏了一个月不亮", place="旧城镇")
    note_alike(engine, RULES, other, now=NOW, towns=TOWNS)
    assert not [one for one in list_incidents(engine, by=DESK, now=NOW) if "同一件事" in one.text]
    assert propose_for_new(engine, RULES, [other], by=DESK, now=NOW, towns=TOWNS) == {}


def test_of_new_cases_each_is_told_with_what_it_is_like_of_what_one_may_see(engine: Engine) -> None:
    with reading(engine) as connection:
        new = find_cases(connection)
    found = propose_for_new(engine, RULES, new, by=DESK, now=NOW, towns=TOWNS)
    assert {number: [one.case.number for one in some] for number, some in found.items()} == {
        NUMBER: [OTHER],
        OTHER: [NUMBER],
    }
    assert "****" in found[NUMBER][0].case.caller


@pytest.mark.parametrize("written", [CITIZEN, f"0{CITIZEN}", f"+86{CITIZEN}", f"0086{CITIZEN}"])
def test_a_citizen_is_on_the_line_however_the_trunk_writes_his_number(engine: Engine, written: str) -> None:
    def on_the_line() -> bool:
        with reading(engine) as connection:
            case = get_case(connection, NUMBER)
            return is_calling(connection, case, known_by(case, "0870"))

    assert not on_the_line()
    tell_it(engine, AREA, ToldCall("1757553990.9", MORNING + timedelta(minutes=6)).opened(caller=written))
    assert on_the_line()

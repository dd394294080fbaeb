"""主要领导跟踪: what was handed down from above, is said again and again, or in anger, is the main leader's (镇雄)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.lead import ABOVE, REPEATED, STRONG, LeadRules
from cases.record import CaseRecord, RecordKind
from routing.directory import Directory
from tests.fakes.closing import DESK
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from tests.integration.usecases.test_take_in import DRAFT, Intake
from zhitong.notices.places import Places
from zhitong.store.case_records import records_of
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.keep_record import end_record, report_late
from zhitong.usecases.lead_cases import lead_due
from zhitong.usecases.send_notices import send_due
from zhitong.usecases.tag_case import tag_case
from zhitong.usecases.tell_leader import told_of_lead

NOW = MORNING + timedelta(hours=1)


@pytest.fixture
def directory() -> Directory:
    return small_directory()


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    return engine


def tagged(engine: Engine, *tags: str) -> None:
    tag_case(engine, number=NUMBER, add=tags, reason="上面转来的", by=DESK, now=MORNING, tags=RULES.tags)


def leaders(engine: Engine, number: str = NUMBER) -> list[CaseRecord]:
    with reading(engine) as connection:
        return records_of(connection, number, RecordKind.LEAD)


@pytest.mark.parametrize(("tag", "why"), [("省级交办", ABOVE), ("市级交办", ABOVE), ("情绪累积", STRONG)])
def test_a_tag_from_above_or_of_anger_makes_it_the_main_leaders(
    engine: Engine, directory: Directory, tag: str, why: str
) -> None:
    tagged(engine, tag)
    for _ in range(2):
        lead_due(engine, RULES, directory, now=NOW)
    (record,) = leaders(engine)
    director = next(one for one in directory.roster.officials if one.rank == "director")
    assert (record.text, record.owner, record.due_at) == (why, director.called, NOW + timedelta(days=3))
    with reading(engine) as connection:
        assert [row.text for row in all_incidents(connection, "lead")] == [
            f"工单 {NUMBER}：{why}，由主要领导{director.called}领办，请告诉他"
        ]
        assert "领办" in [row.what for row in timeline_of(connection, NUMBER)]


def test_the_leader_and_of_a_red_case_supervision_are_told_that_there_is_one(
    engine: Engine, directory: Directory
) -> None:
    red = unheard("1757553690.8", MORNING + timedelta(seconds=60)).understood(at=5, urgency="red")
    tell_it(engine, RULES, red)
    tagged(engine, "省级交办")
    lead_due(engine, RULES, directory, now=NOW)
    with reading(engine) as connection:
        told = dict[str | None, list[str]]()
        for task in open_tasks(connection, kind="notice:lead"):
            told.setdefault(task.case_number, []).extend(told_of_lead(connection, directory, task.detail))
    director = next(one for one in directory.roster.officials if one.rank == "director")
    assert told == {NUMBER: [director.id], "20250911-092130-0008": [director.id, "supervision"]}
    sent = dict[str, str]()

    def send(text: str, addresses: Iterable[str]) -> dict[str, str]:
        sent.update(dict.fromkeys(addresses, text))
        return dict.fromkeys(addresses, "")

    addresses = {director.id: ("json://leader",), "supervision": ("json://supervision",)}
    places = Places(to={"lead": ("route",)}, addresses=addresses)
    send_due(
        engine,
        now=lambda: NOW,
        directory=lambda: directory,
        places=lambda: places,
        towns=("扎西镇",),
        send=send,
        going=lambda: True,
    )
    assert "20250911-092130-0008" in sent["json://supervision"] and "由领导领办" in sent["json://leader"]


def test_angry_words_on_the_telephone_are_enough(engine: Engine, directory: Directory) -> None:
    angry = talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009")
    tell_it(engine, replace(RULES, lead=replace(RULES.lead, strong=("取水许可",))), angry)
    lead_due(engine, RULES, directory, now=NOW)
    assert [one.text for one in leaders(engine, "20250911-092130-0008")] == [STRONG]
    assert leaders(engine) == []


def test_what_is_taken_in_says_that_it_came_from_above(engine: Engine, directory: Directory, tmp_path: Path) -> None:
    case = Intake(engine, tmp_path).take(replace(DRAFT, above="省级交办")).case
    lead_due(engine, RULES, directory, now=NOW)
    assert [one.text for one in leaders(engine, case.number)] == [ABOVE]
    with reading(engine) as connection:
        assert "省级交办" in timeline_of(connection, case.number)[0].text


def test_the_main_leader_takes_it_from_whom_it_had(engine: Engine, directory: Directory) -> None:
    tagged(engine, "省级交办")
    lead_due(engine, replace(RULES, lead=LeadRules(main=frozenset())), directory, now=NOW)
    (before,) = leaders(engine)
    assert before.due_at is None
    tagged(engine, "情绪累积")
    lead_due(engine, RULES, directory, now=NOW)
    old, new = leaders(engine)
    assert old.closed_at == NOW and "改由主要领导" in old.outcome and (new.text, new.closed_at) == (STRONG, None)


def test_it_is_asked_for_again_and_again_until_there_is_an_outcome(engine: Engine, directory: Directory) -> None:
    tagged(engine, "市级交办")
    lead_due(engine, RULES, directory, now=NOW)
    (record,) = leaders(engine)

    def late() -> int:
        with reading(engine) as connection:
            return len(all_incidents(connection, "record"))

    for day, told in ((1, 0), (3, 1), (4, 1), (6, 2), (9, 3)):
        report_late(engine, now=NOW + timedelta(days=day, minutes=1))
        assert late() == told
    ended = NOW + timedelta(days=10)
    end_record(engine, record.id, outcome="县里拨了款，12月换管", by=replace(DESK, name=record.owner), now=ended)
    report_late(engine, now=NOW + timedelta(days=30))
    assert late() == 3


def test_who_is_complained_of_leads_nothing(engine: Engine, directory: Directory) -> None:
    director = next(one for one in directory.roster.officials if one.rank == "director")
    with writing(engine) as connection:
        keys = kept_with("", official_keys(director.id, director.name))
        update_cases(connection, [replace(get_case(connection, NUMBER), accused=keys)])
    tagged(engine, "省级交办")
    lead_due(engine, RULES, directory, now=NOW)
    assert leaders(engine)[0].owner != director.called


def test_the_third_call_is_the_main_leaders_unless_the_county_leaves_it_to_who_is_in_charge(
    engine: Engine, directory: Directory
) -> None:
    for day in (1, 2):
        tell_it(engine, RULES, talked(f"1757553630.{day}", MORNING + timedelta(days=day)))
    now = MORNING + timedelta(days=2, hours=1)
    lead_due(engine, RULES, directory, now=now)
    (record,) = leaders(engine, "20250913-092030-0002")
    assert record.text == REPEATED and record.due_at == now + RULES.lead.follow

"""分流 and 应急: each of the four ways brings what belongs to it; people and keys may choose it; it is counted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.attachment import Medium
from cases.case import Case, CaseState
from cases.record import CaseRecord, RecordKind
from cases.roles import Actor, NotPermitted, Role
from cases.tags import TagLists
from cases.triage import Way
from routing.directory import Directory
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, RESULT, UNIT
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.case_text import case_page
from zhitong.directory_files import directory_of, draft_of
from zhitong.errors import MoveRefused
from zhitong.notices.places import Places
from zhitong.record_commands import record_line
from zhitong.settings import load_settings
from zhitong.store.attachments import add_attachment
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.close_case import close_case
from zhitong.usecases.emergency import open_emergency
from zhitong.usecases.keep_record import end_record
from zhitong.usecases.lead_cases import lead_due
from zhitong.usecases.send_notices import send_due
from zhitong.usecases.show_case import show_case
from zhitong.usecases.tag_case import tag_case, tag_figures
from zhitong.usecases.triage_case import do_step, triage_case

NOW = MORNING + timedelta(hours=1)
UNTIL = NOW + timedelta(days=90)
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture(scope="module")
def directory() -> Directory:
    settings = load_settings()
    return directory_of(settings, draft_of(settings))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        case = get_case(connection, NUMBER)
        update_cases(connection, [replace(case, unit=UNIT, first_unit=UNIT)])
    return engine


def case(engine: Engine) -> Case:
    with reading(engine) as connection:
        return get_case(connection, NUMBER)


def records(engine: Engine, number: str = NUMBER) -> dict[RecordKind, CaseRecord]:
    with reading(engine) as connection:
        return {one.kind: one for one in records_of(connection, number) if one.closed_at is None}


def told(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        return [(row.what, row.text) for row in timeline_of(connection, NUMBER)]


def sort(engine: Engine, directory: Directory, way: Way, by: Actor = LEADER, **more: Any) -> Case:
    given: dict[str, Any] = {"reason": "看过了", "now": NOW} | more
    return triage_case(engine, RULES, number=NUMBER, way=way, by=by, directory=directory, **given)


def ways(engine: Engine) -> dict[str, int]:
    since, until = MORNING - timedelta(days=1), MORNING + timedelta(days=1)
    _, rows = tag_figures(engine, now=NOW, by=SUPERVISION, since=since, until=until, tags=TagLists())
    return {tag: count for what, tag, count in rows if what == "分流" and count}


def test_a_small_matter_is_settled_on_the_call(engine: Engine, directory: Directory) -> None:
    assert sort(engine, directory, Way.SETTLE, result=RESULT).state is CaseState.CLOSED
    assert ways(engine) == {"即访即解": 1}


def test_what_is_closed_on_the_spot_without_another_word_went_that_way_too(engine: Engine) -> None:
    close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    assert ways(engine) == {"即访即解": 1}


def test_a_hard_matter_is_a_leaders(engine: Engine, directory: Directory) -> None:
    sort(engine, directory, Way.ESCALATE, by=HEAD, reason="跨了三个部门")
    assert records(engine)[RecordKind.LEAD].text == "难事上报：跨了三个部门"
    assert ("分流", "难事上报") in told(engine)


def test_long_help_has_an_owner_a_date_and_steps_and_stops_no_clock(engine: Engine, directory: Directory) -> None:
    with reading(engine) as connection:
        before = clocks_of(connection, NUMBER)
    sort(engine, directory, Way.PLAN, owner=UNIT, until=UNTIL, steps=["入户", "装水管"])
    plan = records(engine)[RecordKind.PLAN]
    assert (plan.owner, plan.due_at) == (UNIT, UNTIL)
    done = do_step(engine, plan.id, step=1, outcome="去看过", by=HANDLER, now=NOW + timedelta(days=1))
    assert "第 1 步  入户  去看过" in record_line(done)
    assert "第 2 步  装水管  还没有办" in record_line(done)
    with pytest.raises(MoveRefused, match="已经办了"):
        do_step(engine, plan.id, step=1, outcome="又去", by=HANDLER, now=NOW)
    with pytest.raises(MoveRefused, match="一共 2 步"):
        do_step(engine, plan.id, step=3, outcome="又去", by=HANDLER, now=NOW)
    end_record(engine, plan.id, outcome="通水了", by=HANDLER, now=NOW + timedelta(days=30))
    with reading(engine) as connection:
        assert clocks_of(connection, NUMBER) == before
    assert ("长远帮扶", "第 1 步：入户，去看过") in told(engine)


def test_it_may_turn_out_to_be_another_way_and_counts_once(engine: Engine, directory: Directory) -> None:
    sort(engine, directory, Way.ESCALATE)
    sort(engine, directory, Way.PLAN, owner=UNIT, until=UNTIL, steps=["入户"])
    assert ways(engine) == {"长远帮扶": 1}
    assert ("分流", "难事上报 → 长远帮扶") in told(engine)


@pytest.mark.parametrize(
    ("way", "more", "told"),
    [
        (Way.SETTLE, {}, "一句话"),
        (Way.ESCALATE, {"result": RESULT}, "还没有办完"),
        (Way.ESCALATE, {"owner": UNIT}, "只有长远帮扶"),
        (Way.PLAN, {"until": UNTIL, "steps": ["入户"]}, "归谁"),
        (Way.PLAN, {"owner": UNIT, "steps": ["入户"]}, "哪一天"),
        (Way.PLAN, {"owner": UNIT, "until": UNTIL}, "哪几步"),
    ],
)
def test_what_a_way_needs_is_asked_for_and_nothing_half_done_stays(
    engine: Engine, directory: Directory, way: Way, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(MoveRefused, match=told):
        sort(engine, directory, way, **more)
    assert (ways(engine), records(engine)) == ({}, {})


def test_who_may_not_settle_may_not_by_sorting_either(engine: Engine, directory: Directory) -> None:
    with pytest.raises(NotPermitted, match="当场办结"):
        sort(engine, directory, Way.SETTLE, by=DESK, result=RESULT)
    assert ways(engine) == {}
    with pytest.raises(NotPermitted, match="分流"):
        sort(engine, directory, Way.ESCALATE, by=SUPERVISION)


def test_a_way_is_no_tag_for_people_to_set(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="case triage"):
        tag_case(engine, number=NUMBER, add=["突发应急"], reason="x", by=DESK, now=NOW, tags=TagLists())


# ── emergencies ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_emergency_does_everything_at_once(engine: Engine, directory: Directory) -> None:
    id = open_emergency(
        engine, RULES, number=NUMBER, reason="水管爆了，群众围着", by=HANDLER, now=NOW, directory=directory
    )
    there = records(engine)
    assert set(there) == {RecordKind.EMERGENCY, RecordKind.LEAD, RecordKind.SUPERVISE, RecordKind.ON_SITE}
    assert there[RecordKind.EMERGENCY].id == id
    assert there[RecordKind.ON_SITE].due_at == NOW + RULES.emergency.on_site
    assert there[RecordKind.SUPERVISE].owner == directory.supervision.name
    assert (case(engine).urgency, ways(engine)) == ("red", {"突发应急": 1})
    page = case_page(show_case(engine, number=NUMBER, by=DESK, now=NOW))
    assert "水管爆了，群众围着；三方通话：领导和群众通话时按 *3" in page
    with pytest.raises(MoveRefused, match=f"已经在应急（记录 {id}）"):
        open_emergency(engine, RULES, number=NUMBER, reason="又爆了", by=DESK, now=NOW, directory=directory)
    end_record(engine, id, outcome="三方谈妥，水通了", by=HANDLER, now=NOW + timedelta(hours=2))
    assert RecordKind.EMERGENCY not in records(engine)
    assert ("应急", "了结：三方谈妥，水通了") in told(engine)
    assert case(engine).urgency == "red"


def test_what_shows_the_scene_comes_first_while_it_lasts(engine: Engine, directory: Directory) -> None:
    with writing(engine) as connection:
        for place, medium in enumerate((Medium.TEXT, Medium.IMAGE, Medium.VIDEO)):
            add_attachment(
                connection, case_number=NUMBER, medium=medium.value, media_type="x/y", name="", path=f"a/{place}",
                sha256="0", size=1, at=NOW, by="网站", expires_at=UNTIL,
            )  # fmt: skip

    def order() -> list[str]:
        return [row.medium for row in show_case(engine, number=NUMBER, by=DESK, now=NOW).attachments]

    assert order() == ["文字", "图片", "视频"]
    id = open_emergency(engine, RULES, number=NUMBER, reason="打起来了", by=DESK, now=NOW, directory=directory)
    assert order() == ["视频", "图片", "文字"]
    end_record(engine, id, outcome="散了", by=DESK, now=NOW)
    assert order() == ["文字", "图片", "视频"]


def test_those_who_work_on_it_and_above_are_told_at_once_also_at_night(engine: Engine, directory: Directory) -> None:
    open_emergency(engine, RULES, number=NUMBER, reason="打起来了", by=DESK, now=NOW, directory=directory)
    lead = records(engine)[RecordKind.LEAD].owner
    sent: list[tuple[str, list[str]]] = []

    def send(text: str, addresses: Any) -> dict[str, str]:
        sent.append((text, list(addresses)))
        return dict.fromkeys(sent[-1][1], "")

    ids = {one.called: one.id for one in directory.roster.officials}
    addresses = {ids[lead]: ("mailto://lead",), "supervision": ("mailto://supervision",)}
    places = Places(to={"emergency": ("route", "supervision")}, addresses=addresses)
    night = NOW.replace(hour=23)
    for _ in range(2):
        send_due(
            engine, now=lambda: night, directory=lambda: directory, places=lambda: places, towns=("扎西镇",), send=send,
            going=lambda: True, quiet=RULES.time_rules.quiet,
        )  # fmt: skip
    ((text, to),) = [one for one in sent if "应急" in one[0]]
    assert sorted(to) == ["mailto://lead", "mailto://supervision"]
    assert NUMBER in text and "*3" in text
    assert "打起来了" not in text, "what it is about does not leave the machine"


def test_an_emergency_that_nobody_can_be_told_of_is_peoples(engine: Engine, directory: Directory) -> None:
    open_emergency(engine, RULES, number=NUMBER, reason="打起来了", by=DESK, now=NOW, directory=directory)
    places = Places(to={"emergency": ("route", "supervision")}, addresses={})
    send_due(
        engine, now=lambda: NOW, directory=lambda: directory, places=lambda: places, towns=(), going=lambda: True,
        send=lambda text, addresses: {},
    )  # fmt: skip
    with reading(engine) as connection:
        told = [row.text for row in all_incidents(connection, "notice")]
    assert told and all("应急" in text and "请打电话告诉" in text for text in told)


def pressed(key: str, *, on: bool = True) -> ToldCall:
    call = talked("1757553690.8", MORNING + timedelta(seconds=60)).note(80, "marked", key=key, on=True)
    return call if on else call.note(82, "marked", key=key, on=False)


OTHER = "20250911-092130-0008"


@pytest.mark.parametrize(
    ("key", "way", "kinds"),
    [
        ("9", "突发应急", {RecordKind.EMERGENCY, RecordKind.LEAD, RecordKind.SUPERVISE, RecordKind.ON_SITE}),
        ("4", "难事上报", {RecordKind.LEAD}),
        ("1", "即访即解", set[RecordKind]()),
    ],
)
def test_a_key_in_the_talk_sorts_the_case(
    engine: Engine, directory: Directory, key: str, way: str, kinds: set[RecordKind]
) -> None:
    tell_it(engine, RULES, pressed(key))
    for _ in range(2):
        lead_due(engine, RULES, directory, now=NOW)
    assert ways(engine) == {way: 1}
    assert kinds <= set(records(engine, OTHER))


def test_a_key_that_was_taken_back_sorts_nothing(engine: Engine, directory: Directory) -> None:
    tell_it(engine, RULES, pressed("4", on=False))
    lead_due(engine, RULES, directory, now=NOW)
    assert ways(engine) == {}

"""What belongs to a case beside its state: records with owner and date, leaders, cases that are answered together."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.case import Case, CaseState
from cases.lead import REPEATED
from cases.record import CaseRecord, RecordKind
from cases.roles import Actor, NotPermitted, Role
from routing.directory import Directory
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, UNIT, signed_off
from tests.fakes.told_calls import CONFIG, MORNING, NUMBER, RULES, placed, talked, tell_it, unheard
from zhitong.directory_files import directory_of, draft_of
from zhitong.errors import MoveRefused
from zhitong.settings import load_settings
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, find_alike, find_cases, get_case, put_clocks, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.assign_case import ask_hand_over, return_case, sign_for
from zhitong.usecases.close_case import close_case
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.keep_record import add_told, end_record, list_records, open_record, report_late
from zhitong.usecases.lead_cases import BADLY, RED, SUPERVISE, lead_due
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.list_incidents import list_incidents, owned_as
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.rules import load_rules
from zhitong.usecases.take_due import take_due

NOW = MORNING + timedelta(hours=1)
AUDITOR = Actor(name="审计老孙", roles=frozenset({Role.AUDITOR}))
SUPERVISION = Actor(name="督查室小陈", roles=frozenset({Role.SUPERVISION}))
OTHER = "20250911-092130-0008"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A citizen has talked with the deputy of the water bureau: 交办."""
    tell_it(engine, RULES, talked())
    return engine


def case(engine: Engine, number: str = NUMBER) -> Case:
    with reading(engine) as connection:
        return get_case(connection, number)


def records(engine: Engine, kind: RecordKind | None = None, number: str = NUMBER) -> list[CaseRecord]:
    with reading(engine) as connection:
        return records_of(connection, number, kind)


def incidents(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "record")]


def supervised(engine: Engine, **more: object) -> int:
    given = {"kind": RecordKind.SUPERVISE, "owner": UNIT, "text": "三天没有动静", "by": SUPERVISION}
    return open_record(engine, number=NUMBER, now=NOW, **(given | more))  # type: ignore[arg-type]


def test_what_is_not_done_until_its_date_is_reported_once(engine: Engine) -> None:
    supervised(engine, due_at=NOW + timedelta(days=1))
    report_late(engine, now=NOW + timedelta(hours=23))
    assert incidents(engine) == []
    for days in (1, 2):
        report_late(engine, now=NOW + timedelta(days=days))
    (text,) = incidents(engine)
    assert "督办（水务局）到期没有了结" in text


def test_what_was_done_in_time_is_not_reported_and_its_outcome_is_told(engine: Engine) -> None:
    id = supervised(engine, due_at=NOW + timedelta(days=1))
    end_record(engine, id, outcome="管子换好了", by=SUPERVISION, now=NOW)
    report_late(engine, now=NOW + timedelta(days=2))
    assert incidents(engine) == []
    with reading(engine) as connection:
        told = [(row.what, row.text, row.who) for row in timeline_of(connection, NUMBER)][-2:]
    assert told == [
        ("督办", "水务局，09月12日 10:20 以前", SUPERVISION.name),
        ("督办", "了结：管子换好了", SUPERVISION.name),
    ]
    with pytest.raises(MoveRefused, match="已经由"):
        end_record(engine, id, outcome="又好了", by=SUPERVISION, now=NOW)


@pytest.mark.parametrize("kind", [RecordKind.SUPERVISE, RecordKind.YELLOW_CARD])
def test_a_unit_does_not_end_what_watches_over_it(engine: Engine, kind: RecordKind) -> None:
    head = replace(HEAD, units=frozenset({case(engine).unit}))
    id = supervised(engine, kind=kind, owner=case(engine).unit)
    with pytest.raises(NotPermitted, match="督查"):
        end_record(engine, id, outcome="已经整改", by=head, now=NOW)
    assert end_record(engine, id, outcome="核实整改了", by=SUPERVISION, now=NOW).id == id


def test_a_hand_over_and_a_merge_end_by_their_own_moves_alone(two: Engine) -> None:
    merged(two)
    (merge,) = records(two, RecordKind.MERGE, OTHER)
    head = replace(HEAD, units=frozenset({case(two).unit}))
    asked = ask_hand_over(two, number=NUMBER, to="能源局", by=head, reason="归你们", units={"能源局"}, now=NOW)
    handler = replace(HANDLER, units=frozenset({"能源局"}))
    for id, by, told in ((merge.id, SUPERVISION, "split"), (asked, handler, "take")):
        with pytest.raises(MoveRefused, match=told):
            end_record(two, id, outcome="算了", by=by, now=NOW)
    assert records(two, RecordKind.MERGE, OTHER) == [merge]


def test_a_registration_does_not_end_while_something_is_missing(engine: Engine) -> None:
    red = talked("1757553690.8", MORNING + timedelta(seconds=60))
    red.facts = [fact for fact in red.facts if fact.kind not in ("heard", "understood")]
    tell_it(engine, RULES, red)
    with writing(engine) as connection:
        until = NOW + RULES.lead.registered
        id = add_told(connection, OTHER, RecordKind.REGISTER, owner=UNIT, text=RED, by="系统", now=NOW, due_at=until)
    with pytest.raises(MoveRefused, match="事项"):
        end_record(engine, id, outcome="登记了", by=replace(HEAD, units=frozenset({UNIT})), now=NOW)


def test_a_conduct_finding_is_seen_by_supervision_alone(engine: Engine) -> None:
    finding: dict[str, Any] = {"kind": RecordKind.CONDUCT, "text": "离岗两小时", "units": {UNIT}}
    for against, why in (({"person": ""}, "要写是谁"), ({"owner": "窗口", "person": "张某"}, "没有叫 '窗口' 的单位")):
        with pytest.raises(MoveRefused, match=why):
            supervised(engine, **finding, **against)
    with pytest.raises(MoveRefused, match="不用写是谁"):
        supervised(engine, person="张某")
    id = supervised(engine, **finding, person="窗口张某")
    (found,) = list_records(engine, number=NUMBER, by=SUPERVISION, now=NOW)
    assert (found.owner, found.detail) == (f"{UNIT} 窗口张某", {"unit": UNIT, "person": "窗口张某"})
    assert [one.id for one in list_records(engine, number=NUMBER, by=SUPERVISION, now=NOW)] == [id]
    for who in (LEADER, HEAD, DESK, AUDITOR):
        assert list_records(engine, number=NUMBER, by=who, now=NOW) == []
    with pytest.raises(MoveRefused, match="没有编号"):
        end_record(engine, id, outcome="谈话", by=LEADER, now=NOW)
    with reading(engine) as connection:
        assert not any("离岗" in row.text + row.reason or "张某" in row.text for row in timeline_of(connection, NUMBER))


def test_a_finding_is_held_against_whom_the_case_complains_of(engine: Engine) -> None:
    with writing(engine) as connection:
        accused = kept_with("", official_keys("li", "李春燕"))
        update_cases(connection, [replace(get_case(connection, NUMBER), accused=accused)])
    finding: dict[str, Any] = {"kind": RecordKind.CONDUCT, "text": "推诿", "units": {UNIT}}
    supervised(engine, **finding, person="李春燕")
    with pytest.raises(MoveRefused, match="反映的就是李春燕"):
        supervised(engine, owner="李春燕")


@pytest.mark.parametrize("by", [HANDLER, HEAD, DESK])
def test_who_may_not_open_a_record_does_not(engine: Engine, by: Actor) -> None:
    with pytest.raises(NotPermitted):
        supervised(engine, by=by)
    assert records(engine) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": RecordKind.MERGE}, "不能这样开"),
        ({"owner": " "}, "归谁"),
        ({"owner": "水" * 101}, "最多 100 个字"),
        ({"text": " "}, "没有写督办的原因"),
        ({"text": "三天\udcff没有动静"}, "重新输入"),
        ({"due_at": NOW}, "已经过去"),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused(engine: Engine, wrong: dict[str, object], told: str) -> None:
    with pytest.raises(MoveRefused, match=told):
        supervised(engine, **wrong)


def test_a_joint_meeting_has_several_cases_on_its_agenda_and_decides_for_all(two: Engine) -> None:
    given = {"kind": RecordKind.MEETING, "owner": "县长办公室", "text": "主管道归谁", "by": LEADER, "others": (OTHER,)}
    id = supervised(two, **given, due_at=NOW + timedelta(days=3))
    for number in (NUMBER, OTHER):
        assert [one.id for one in list_records(two, number=number, by=DESK, now=NOW)] == [id]
    end_record(two, id, outcome="水务局牵头，12月5日前换完", by=LEADER, now=NOW)
    with reading(two) as connection:
        for number in (NUMBER, OTHER):
            told = [row.text for row in timeline_of(connection, number) if row.what == RecordKind.MEETING]
            assert told[-1] == "了结：水务局牵头，12月5日前换完" and len(told) == 2


def test_only_a_meeting_is_about_several_and_who_may_not_see_to_one_of_them_calls_none(two: Engine) -> None:
    with pytest.raises(MoveRefused, match="只关一个工单"):
        supervised(two, others=(OTHER,))
    with pytest.raises(NotPermitted):
        supervised(two, kind=RecordKind.MEETING, by=HEAD, others=(OTHER,))
    assert records(two) == []


# ── leaders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def directory() -> Directory:
    settings = load_settings()
    return directory_of(settings, draft_of(settings))


def test_a_red_call_has_a_leader_supervision_and_two_dates_at_once(engine: Engine, directory: Directory) -> None:
    red = unheard("1757553690.8", MORNING + timedelta(seconds=60)).understood(at=5, urgency="red")
    tell_it(engine, RULES, red)
    for _ in range(2):
        lead_due(engine, RULES, directory, now=NOW)
    found = {one.kind: one for one in records(engine, number=OTHER)}
    assert set(found) == {RecordKind.LEAD, RecordKind.SUPERVISE, RecordKind.REGISTER, RecordKind.ON_SITE}
    assert len(records(engine, number=OTHER)) == 4
    assert found[RecordKind.SUPERVISE].owner == directory.supervision.name
    assert found[RecordKind.REGISTER].due_at == NOW + timedelta(minutes=15)
    assert found[RecordKind.LEAD].text == RED


def test_whose_a_red_case_is_sees_what_he_is_to_do_about_it_and_others_do_not(
    engine: Engine, directory: Directory
) -> None:
    tell_it(engine, RULES, unheard("1757553690.8", MORNING + timedelta(seconds=60)).understood(at=5, urgency="red"))
    lead_due(engine, RULES, directory, now=NOW)
    unit = case(engine, OTHER).unit
    (lead,) = records(engine, RecordKind.LEAD, OTHER)
    leader = next(one for one in directory.roster.officials if one.called == lead.owner)
    units = frozenset({unit, "城市管理局"})
    head = Actor(name="单位的头", roles=frozenset({Role.UNIT_HEAD}), units=units)
    for by, kinds in {
        SUPERVISION: {"督办"},
        Actor(name=leader.name, roles=frozenset({Role.LEADER})): {"领办"},
        Actor(name="县长办", roles=frozenset({Role.LEADER}), official=leader.id): {"领办"},
        head: {"首问登记", "现场办理"},
        LEADER: set(),
    }.items():
        told = list_incidents(engine, by=by, now=NOW, owns=owned_as(by, directory))
        assert {kind for kind in ("督办", "领办", "首问登记", "现场办理") for one in told if kind in one.text} == kinds
    end_record(engine, lead.id, outcome="到现场了", by=LEADER, now=NOW)
    assert not list_incidents(engine, by=LEADER, now=NOW, owns={lead.owner})


def test_a_red_case_that_is_registered_in_time_is_not_reported_and_one_that_is_not_is(
    engine: Engine, directory: Directory
) -> None:
    for second, told in ((60, {}), (120, {"type": "", "matter": ""})):
        red = unheard(f"17575537{second}.8", MORNING + timedelta(seconds=second))
        tell_it(engine, RULES, red.understood(at=5, urgency="red", **told))
    lead_due(engine, RULES, directory, now=NOW)
    report_late(engine, now=NOW + timedelta(minutes=16))
    assert [text.partition("：")[0] for text in incidents(engine)] == ["工单 20250911-092230-0008"]


def test_a_case_that_a_clerk_makes_red_has_a_leader_too(engine: Engine, directory: Directory) -> None:
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听了录音", now=NOW, matters={}, urgency="红")
    lead_due(engine, RULES, directory, now=NOW)
    assert records(engine, RecordKind.LEAD)[0].text == RED
    with reading(engine) as connection:
        assert "紧急程度：橙 → 红" in [row.text for row in timeline_of(connection, NUMBER)]


def test_the_mark_for_supervision_makes_a_record_and_no_leader(engine: Engine, directory: Directory) -> None:
    call = talked("1757553690.8", MORNING + timedelta(seconds=60)).note(80, "marked", key="7", on=True)
    tell_it(engine, RULES, call)
    lead_due(engine, RULES, directory, now=NOW)
    assert [(one.kind, one.text) for one in records(engine, number=OTHER)] == [(RecordKind.SUPERVISE, SUPERVISE)]


def test_the_third_call_about_one_matter_is_a_leaders_case(engine: Engine, directory: Directory) -> None:
    for day in (1, 2):
        tell_it(engine, RULES, talked(f"1757553630.{day}", MORNING + timedelta(days=day)))
    lead_due(engine, RULES, directory, now=MORNING + timedelta(days=2, hours=1))
    assert [one.text for one in records(engine, RecordKind.LEAD, "20250913-092030-0002")] == [REPEATED]
    assert records(engine, RecordKind.LEAD, "20250912-092030-0001") == []


def test_what_is_to_be_done_again_twice_is_a_leaders_case(engine: Engine, directory: Directory) -> None:
    at = NOW
    for turn in (1, 2):
        signed_off(engine, RULES, number=NUMBER, now=at)
        at += timedelta(days=1)
        (task,) = take_due(engine, now=at, kinds=("callback",))
        call = placed("callback", NUMBER, task.id, at, f"1757640000.{turn}")
        for second, (question, answer) in enumerate((("person", "yes"), ("solved", "no")), start=9):
            call.note(second, "answered", question=question, answer=answer, by="key")
        tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))
        lead_due(engine, RULES, directory, now=at + timedelta(minutes=5))
        assert [one.text for one in records(engine, RecordKind.LEAD)] == ([BADLY] if turn == 2 else [])


def test_who_is_complained_of_does_not_own_the_case(engine: Engine, directory: Directory) -> None:
    leader = next(o for o in directory.roster.officials if o.rank == "director")
    parent = leader.unit
    child = replace(directory.units[0], code="kid", name="下级站", parent=parent, numbers=())
    grown = replace(directory, units=(*directory.units, child))
    words = f"我要投诉{leader.called}不作为"
    red = unheard("1757553690.8", MORNING + timedelta(seconds=60)).understood(at=5, urgency="red", text=words)
    tell_it(engine, RULES, red)
    lead_due(engine, RULES, grown, now=NOW)
    (lead,) = records(engine, RecordKind.LEAD, OTHER)
    assert leader.name not in lead.owner
    assert leader.name not in leader_of(case(engine, OTHER), "下级站", grown), "nor after two returns"
    assert leader.name in leader_of(case(engine), "下级站", grown)


# ── answered together ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two(engine: Engine) -> Engine:
    """A second citizen talked about the same matter."""
    tell_it(engine, RULES, talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    return engine


def merged(engine: Engine) -> None:
    merge_cases(engine, RULES, number=OTHER, into=NUMBER, by=DESK, reason="同一根水管", now=NOW)


def test_a_like_case_is_proposed_merged_by_a_person_and_both_citizens_are_called_back(two: Engine) -> None:
    (found,) = propose_merges(two, RULES, number=OTHER, by=DESK, now=NOW)
    assert found.case.number == NUMBER and "同一事项" in found.why
    merged(two)
    closed = close_case(two, RULES, number=NUMBER, result="水管修好了", by=LEADER, now=NOW)
    other = case(two, OTHER)
    assert (other.state, other.result, other.closed_at) == (CaseState.CLOSED, closed.result, NOW)
    with reading(two) as connection:
        called = [task.case_number for task in open_tasks(connection, kind="callback")]
    assert sorted(called) == sorted([NUMBER, OTHER])


def test_those_who_withheld_their_numbers_are_not_looked_through_as_one_caller(engine: Engine) -> None:
    for n in (60, 70):
        tell_it(engine, RULES, talked(f"17575536{n}.8", MORNING + timedelta(seconds=n), caller=""))
    with reading(engine) as connection:
        first = replace(find_cases(connection, limit=1)[0], matter="", place="旧城镇")
        assert find_alike(connection, first, set(), since=MORNING, until=NOW) == []


def test_a_merged_case_is_answered_with_the_other_one_and_not_by_itself(two: Engine) -> None:
    merged(two)
    with pytest.raises(MoveRefused, match=f"已经并入 {NUMBER}"):
        sign_for(two, number=OTHER, by=HANDLER, now=NOW)
    split_case(two, RULES, number=OTHER, by=DESK, reason="不是同一根", now=NOW)
    sign_for(two, number=OTHER, by=HANDLER, now=NOW)
    close_case(two, RULES, number=NUMBER, result="水管修好了", by=LEADER, now=NOW)
    assert case(two, OTHER).state is CaseState.SIGNED_FOR


def test_a_merged_citizen_who_was_told_counts_for_the_clocks_of_that_case(two: Engine) -> None:
    rules = load_rules(CONFIG, policy="2-24-72")
    with writing(two) as connection:
        put_clocks(
            connection, [(OTHER, clock) for clock in rules.clocks(case(two, OTHER), case(two, OTHER).answered_at)]
        )
    merged(two)
    note_progress(two, number=OTHER, by=DESK, text="告诉群众明天通水", told=True, now=NOW)
    edit_case(two, RULES, number=OTHER, by=DESK, reason="群众补充", now=NOW, matters={}, place="旧城镇")
    with reading(two) as connection:
        assert {clock.code: clock.met_at for clock in clocks_of(connection, OTHER)}["progress"] == NOW


def test_cases_are_not_merged_in_a_ring_nor_into_one_that_is_closed(two: Engine) -> None:
    merged(two)
    with pytest.raises(MoveRefused, match="已经并入"):
        merge_cases(two, RULES, number=NUMBER, into=OTHER, by=DESK, reason="反过来", now=NOW)
    split_case(two, RULES, number=OTHER, by=DESK, reason="不是同一根", now=NOW)
    close_case(two, RULES, number=NUMBER, result="水管修好了", by=LEADER, now=NOW)
    with pytest.raises(MoveRefused, match="不能并单"):
        merged(two)
    with pytest.raises(MoveRefused, match="它自己"):
        merge_cases(two, RULES, number=OTHER, into=OTHER, by=DESK, reason="x", now=NOW)


def test_who_was_merged_into_a_case_that_is_declined_is_told_the_same_and_called_back(two: Engine) -> None:
    merged(two)
    head = replace(HEAD, units=frozenset({case(two).unit}))
    return_case(two, number=NUMBER, by=head, reason="不归我们管", leader=lambda case: "副县长", now=NOW)
    result = "这件事请到法院起诉，电话12368"
    decline_case(two, RULES, number=NUMBER, result=result, by=LEADER, reason="已经起诉", now=NOW)
    other = case(two, OTHER)
    assert (other.state, other.result, other.disposition) == (CaseState.CLOSED, result, "不予受理")
    with reading(two) as connection:
        called = {task.case_number for task in open_tasks(connection, kind="callback")}
    assert called == {NUMBER, OTHER}
    assert records(two, RecordKind.MERGE, OTHER)[0].closed_at == NOW

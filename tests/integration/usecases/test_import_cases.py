"""Cases of 12345: once each, all or none, by the citizen's clock; from there on they go the way of any case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.exchange import Incoming, Sheet
from cases.mandatory import Mandatory
from cases.record import RecordKind
from cases.roles import NotPermitted
from cases.sms import load_sms_rules
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HEAD, UNIT, signed_off
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import CITIZEN, CONFIG, MORNING, NUMBER, RULES, placed, talked, tell_it
from zhitong.case_text import case_page
from zhitong.errors import CaseNotFound
from zhitong.register_commands import taken_text
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, find_cases, get_case
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.store.tags import tags_of
from zhitong.store.timeline import timeline_of
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.earlier_calls import earlier_calls
from zhitong.usecases.import_cases import Taken, import_cases, look_at_import
from zhitong.usecases.lead_cases import lead_due
from zhitong.usecases.place_call import callback_brief, place_call
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.show_case import show_case
from zhitong.usecases.take_due import take_due
from zhitong.usecases.understood import Understood
from zhitong.usecases.warn_of_clocks import warn_of_clocks

CALLED = datetime(2025, 9, 11, 8, tzinfo=LOCAL)
NOW = MORNING
MATTERS = {"A1": "供水饮水"}
ROW = Incoming(
    row=2,
    their_number="WX-1",
    our_number="",
    called_at=CALLED,
    caller=CITIZEN,
    name="陈秀英",
    sex="女",
    address="老街 12 号",
    place="扎西镇",
    type="投诉",
    matter="A1",
    urgency="orange",
    content="停水三天",
    demand="",
    secrecy="",
    unit=UNIT,
    over=False,
)


def taken(engine: Engine, *rows: Incoming) -> Taken:
    return import_cases(engine, RULES, rows, by=DESK, now=NOW, matters=MATTERS, units={UNIT})


def test_a_row_becomes_a_case_with_the_clock_of_the_citizens_own_call(engine: Engine) -> None:
    ((_, case),) = taken(engine, ROW).new
    assert (case.call_id, case.channel, case.state, case.unit) == ("12345:WX-1", "12345", CaseState.ASSIGNED, UNIT)
    assert (case.matter_name, case.transcript, case.first_unit) == ("供水饮水", "停水三天", UNIT)
    with reading(engine) as connection:
        assert get_case(connection, case.number) == case
        clocks = {clock.code: clock for clock in clocks_of(connection, case.number)}
        told = [(row.what, row.who, row.text) for row in timeline_of(connection, case.number)]
    assert {clock.started_at for clock in clocks.values()} == {CALLED} and clocks["assign"].met_at == NOW
    assert told[0][:2] == ("受理", DESK.name) and "WX-1" in told[0][2] and told[1][0] == "交办"


def test_what_was_handed_down_from_above_is_tagged_and_waits_for_its_leader(engine: Engine) -> None:
    (_, first), (_, second) = taken(engine, replace(ROW, above="省级交办"), replace(ROW, their_number="WX-2")).new
    with reading(engine) as connection:
        assert (tags_of(connection, first.number), tags_of(connection, second.number)) == (["省级交办"], [])
        led = [task.case_number for task in open_tasks(connection, kind="lead")]
    assert led == [first.number]


def test_what_is_red_angry_or_said_for_the_third_time_waits_for_its_leader_as_if_it_had_come_here(
    engine: Engine,
) -> None:
    rows = [replace(ROW, row=n, their_number=f"WX-{n}", caller=f"1380000010{n}") for n in range(4)]
    rows[1] = replace(rows[1], urgency="red")
    rows[2] = replace(rows[2], content="再不解决就去省里上访")
    again = [replace(ROW, row=n, their_number=f"WX-{n}") for n in (7, 8, 9)]
    numbers = {row.their_number: case.number for row, case in taken(engine, *rows, *again).new}
    with reading(engine) as connection:
        led = {(task.case_number, task.detail["why"]) for task in open_tasks(connection, kind="lead")}
    expected = {("WX-1", "红色来电"), ("WX-2", "情绪强烈")} | {(f"WX-{n}", "同一件事反复来电") for n in (7, 8, 9)}
    assert led == {(numbers[their], why) for their, why in expected}


def test_a_unit_that_is_none_of_ours_leaves_the_case_with_the_desk(engine: Engine) -> None:
    found = taken(engine, replace(ROW, unit="县政府办"))
    ((_, case),) = found.new
    assert (case.state, case.unit, found.strange) == (CaseState.ACCEPTED, "", ("县政府办",))


def test_a_case_comes_once_by_their_number_or_by_ours_and_finished_ones_not_at_all(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    ((_, first),) = taken(engine, ROW).new
    theirs = replace(ROW, row=3, their_number="WX-2", our_number=NUMBER)
    over = replace(ROW, row=4, their_number="WX-3", over=True)
    again = taken(engine, ROW, theirs, over)
    assert again.new == () and [number for _, number in again.known] == [first.number, NUMBER]
    assert [row.row for row in again.over] == [4]
    with reading(engine) as connection:
        assert len(find_cases(connection)) == 2


def test_cases_of_one_moment_get_numbers_of_their_own(engine: Engine) -> None:
    made = taken(engine, *(replace(ROW, their_number=f"{n}") for n in range(300))).new
    assert len({case.number for _, case in made}) == 300


def test_looking_writes_nothing_and_tells_the_same(engine: Engine) -> None:
    seen = look_at_import(engine, [ROW], by=DESK, now=MORNING, matters=MATTERS, units={UNIT})
    with reading(engine) as connection:
        assert find_cases(connection) == []
    assert taken(engine, ROW) == seen


def due(engine: Engine, kind: str) -> list[DueTask]:
    with reading(engine) as connection:
        return open_tasks(connection, kind=kind)


def test_from_the_import_on_it_goes_the_way_of_any_case(engine: Engine) -> None:
    ((_, case),) = taken(engine, replace(ROW, urgency="red")).new
    (word,) = due(engine, "sms:progress")
    assert word.case_number == case.number and word.due_at == CALLED + timedelta(hours=24)
    lead_due(engine, RULES, small_directory(), now=NOW)
    with reading(engine) as connection:
        kinds = {record.kind for record in records_of(connection, case.number)}
    assert kinds == {RecordKind.SUPERVISE, RecordKind.LEAD, RecordKind.REGISTER, RecordKind.ON_SITE}


def test_the_third_about_one_matter_is_a_leaders_case_and_an_older_one_makes_no_closing_false(engine: Engine) -> None:
    tell_it(engine, RULES, talked().understood(5, matter="A1"))
    signed_off(engine, RULES, number=NUMBER, now=NOW + timedelta(hours=2))
    later = NOW + timedelta(days=1)
    import_cases(engine, RULES, [ROW], by=DESK, now=later, matters=MATTERS, units={UNIT})
    with reading(engine) as connection:
        assert records_of(connection, NUMBER, RecordKind.AUDIT) == [], "they called before it was closed"
    assert due(engine, "lead") == []
    taken(engine, replace(ROW, their_number="WX-2"), replace(ROW, their_number="WX-3"))
    assert {task.detail["why"] for task in due(engine, "lead")} == {"同一件事反复来电"}


def test_five_hundred_old_rows_in_the_night_wake_nobody_and_are_texted_one_after_the_other(engine: Engine) -> None:
    texts = replace(RULES, sms=load_sms_rules(CONFIG / "policies" / "sms.toml", on=True), area_code="0870")
    night, old = MORNING.replace(hour=2), MORNING - timedelta(days=20)
    rows = [
        replace(ROW, their_number=f"{n}", caller=f"138{n:08d}", called_at=old, urgency="normal" if n % 9 else "red")
        for n in range(500)
    ]
    import_cases(engine, texts, rows, by=DESK, now=night, matters=MATTERS, units={UNIT})
    warn_of_clocks(engine, texts, now=night + timedelta(minutes=1))
    assert due(engine, "notice:warning") == [] and due(engine, "sms:receipt") == []
    words = due(engine, "sms:progress")
    moments = sorted(task.due_at for task in words)
    assert len(moments) == 500 and moments[0] == MORNING.replace(hour=8, minute=0, second=0)
    assert max(sum(one <= other < one + timedelta(minutes=1) for other in moments) for one in moments) == 12
    with reading(engine) as connection:
        (told,) = [row.text for row in all_incidents(connection, "import")]
    assert f"500 个到的时候已经过了办结时限：{UNIT} 500 个，其中红色（特急）56 个" in told


def test_who_called_in_the_last_day_gets_a_receipt_in_the_morning_and_is_warned_of_from_the_next_step(
    engine: Engine,
) -> None:
    texts = replace(RULES, sms=load_sms_rules(CONFIG / "policies" / "sms.toml", on=True), area_code="0870")
    night = MORNING.replace(hour=2)
    row = replace(ROW, called_at=night - timedelta(hours=5), unit="")
    import_cases(engine, texts, [row], by=DESK, now=night, matters=MATTERS, units={UNIT})
    (receipt,) = due(engine, "sms:receipt")
    assert receipt.due_at == MORNING.replace(hour=8, minute=0, second=0)
    with reading(engine) as connection:
        clocks = clocks_of(connection, receipt.case_number or "")
        assert all(clock.warn_at and clock.warn_at > night for clock in clocks)
        assert all_incidents(connection, "import") == []


def test_what_lacks_a_mandatory_field_waits_at_the_desk_and_is_named(engine: Engine) -> None:
    county = replace(RULES, mandatory=Mandatory(assign=("性别", "地址")))
    row = replace(ROW, sex="", address="")
    found = import_cases(engine, county, [row], by=DESK, now=NOW, matters=MATTERS, units={UNIT})
    assert found.incomplete == ((row, ("性别", "地址")),) and found.strange == ()
    assert found.new[0][1].state is CaseState.ACCEPTED
    assert "第 2 行 WX-1：还没有写性别、地址，没有交办" in taken_text(found, Sheet(rows=(row,), faults=()))


def test_a_matter_that_12345_does_not_tell_is_suggested_from_the_words_for_people_to_check(engine: Engine) -> None:
    def water(text: str, type: str, place: str) -> Understood:
        return Understood(matter="A1", matter_name="供水饮水") if "水" in text else Understood()

    rules = replace(RULES, mandatory=Mandatory(assign=("事项",)))
    none, other = replace(ROW, matter=""), replace(ROW, their_number="WX-2", matter="", content="路灯不亮")
    said: dict[str, Any] = {"by": DESK, "now": NOW, "matters": MATTERS, "units": {UNIT}, "understand": water}
    would = look_at_import(engine, [none, other], must=("事项",), **said)
    found = import_cases(engine, rules, [none, other, replace(ROW, their_number="WX-3")], **said)
    for one in (would, found):
        ((row, case),) = one.suggested
        assert (row.their_number, case.matter, case.matter_name) == ("WX-1", "A1", "供水饮水")
        assert [row.their_number for row, _ in one.incomplete] == ["WX-1", "WX-2"], "nobody has said it is so"
    assert [case.state for _, case in found.new] == [CaseState.ACCEPTED, CaseState.ACCEPTED, CaseState.ASSIGNED]
    with reading(engine) as connection:
        lines = [timeline_of(connection, case.number) for _, case in found.new]
    told = [[row.text for row in one if row.what == "建议"] for one in lines]
    assert told == [["系统按文字建议：事项 A1 供水饮水；请核对，不对的改工单"], [], []]


def test_only_the_desk_takes_them_in(engine: Engine) -> None:
    with pytest.raises(NotPermitted, match="导入12345来件"):
        import_cases(engine, RULES, [ROW], by=HEAD, now=NOW, matters=MATTERS, units={UNIT})
    with pytest.raises(NotPermitted):
        look_at_import(engine, [ROW], by=HEAD, now=MORNING, matters=MATTERS, units={UNIT})


def test_it_goes_the_way_of_any_case_to_the_callback(engine: Engine) -> None:
    ((_, case),) = taken(engine, ROW).new
    assert earlier_calls(engine, RULES, caller=CITIZEN, call_id="1.1", now=NOW) == 1
    closed = MORNING + timedelta(days=1)
    signed_off(engine, RULES, number=case.number, now=closed)
    now = closed + timedelta(minutes=10)
    (task,) = take_due(engine, now=now, kinds=("callback",))
    call = place_call(engine, RULES, task, now=now)
    assert call is not None and call.number == CITIZEN
    assert callback_brief(engine, RULES, task_id=task.id, now=now).called_at == CALLED
    talk = placed("callback", case.number, task.id, now)
    talk.note(10, "answered", question="person", answer="yes", by="key")
    talk.note(20, "answered", question="solved", answer="yes", by="key").note(60, "ended", outcome="callback")
    tell_it(engine, RULES, talk)
    view = show_case(engine, number=case.number, by=DESK, now=now)
    assert view.case.state is CaseState.STRUCK_OFF and list(view.traces) == [talk.call_id]
    assert "138****0001，渠道 12345" in case_page(view)
    with pytest.raises(CaseNotFound, match="没有通话"):
        replay_call(engine, call_id=case.call_id, by=DESK, now=now)


def test_the_chain_of_an_imported_case_verifies(engine: Engine, tmp_path: object) -> None:
    taken(engine, ROW, replace(ROW, their_number="WX-2"))
    found = verify_chains(engine, folder=tmp_path / "anchors")  # type: ignore[operator]
    assert (found.cases, found.breaks) == (2, ())


def test_of_several_who_import_the_same_at_once_one_has_the_cases_and_the_others_are_told_so(engine: Engine) -> None:
    rows = [replace(ROW, row=n, their_number=f"WX-{n}") for n in range(2, 12)]
    with ThreadPoolExecutor(4) as threads:
        found = [one.result() for one in [threads.submit(taken, engine, *rows) for _ in range(4)]]
    assert sorted(len(one.new) for one in found) == [0, 0, 0, 10]
    assert sorted(len(one.known) for one in found) == [0, 10, 10, 10]

"""The way of a case through the units: every move by somebody who may, with reason, on the timeline; no clock moves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.record import RecordKind
from cases.roles import Actor, NotPermitted, Role
from cases.tries import Outcome
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, RESULT, UNIT
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, new_database, placed, talked, tell_it, unheard
from zhitong.errors import MoveRefused, Refused
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.apply_facts import apply_facts
from zhitong.usecases.assign_case import (
    answer_hand_over,
    ask_hand_over,
    assign_case,
    return_case,
    sign_for,
    start_case,
)
from zhitong.usecases.called_back import called_back as by_person
from zhitong.usecases.close_case import close_case
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.no_contact import no_contact
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.place_call import call_failed
from zhitong.usecases.reply_case import approve_reply, heard_result, reply_case, review_reply, send_back
from zhitong.usecases.take_due import take_due

UNITS = frozenset({UNIT, "能源局", "交通运输局"})
OTHER = Actor(name="能源局长吴刚", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({"能源局"}))
NOW = MORNING + timedelta(hours=1)
MATTERS = {"A1": "供水饮水", "B2": "医疗保障"}


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A citizen has talked with the deputy of the water bureau: 交办."""
    tell_it(engine, RULES, talked())
    return engine


def case(engine: Engine) -> Case:
    with reading(engine) as connection:
        return get_case(connection, NUMBER)


def told(engine: Engine) -> list[tuple[str, str, str]]:
    """(what, who, reason) of the entries that people made."""
    with reading(engine) as connection:
        return [
            (row.what, row.who, row.reason)
            for row in timeline_of(connection, NUMBER)
            if row.what == "办结" or row.who != "系统"
        ]


def entries(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(timeline_of(connection, NUMBER))


def due_times_of(engine: Engine) -> list[tuple[datetime, datetime]]:
    with reading(engine) as connection:
        return [(clock.started_at, clock.due_at) for clock in clocks_of(connection, NUMBER)]


def returned(engine: Engine, by: Actor, reason: str = "不归我们管") -> Case:
    return return_case(
        engine, number=NUMBER, by=by, reason=reason, leader=lambda case: f"{case.first_unit}的分管副县长", now=NOW
    )


def assigned(engine: Engine, unit: str) -> Case:
    return assign_case(engine, number=NUMBER, unit=unit, by=DESK, reason="对口", units=UNITS, now=NOW)


def test_from_the_call_to_the_callback_through_three_pairs_of_hands(engine: Engine) -> None:
    due = due_times_of(engine)
    sign_for(engine, number=NUMBER, by=HANDLER, now=NOW)
    start_case(engine, number=NUMBER, by=HANDLER, now=NOW)
    found = reply_case(engine, RULES, number=NUMBER, result=RESULT, disposition="已解决", by=HANDLER, now=NOW)
    assert found.doubts == () and found.case.state is CaseState.REPLIED
    review_reply(engine, RULES, number=NUMBER, by=HEAD, now=NOW)
    heard_result(engine, number=NUMBER, by=LEADER, now=NOW)
    closed = approve_reply(engine, RULES, number=NUMBER, by=LEADER, now=NOW)
    assert (closed.state, closed.closed_at) == (CaseState.CLOSED, NOW)
    assert (closed.replied_by, closed.reviewed_by, closed.approved_by) == (HANDLER.name, HEAD.name, LEADER.name)
    assert [what for what, _, _ in told(engine)] == ["签收", "开始办理", "反馈", "审核", "试听", "审签", "办结"]
    assert due_times_of(engine) == due
    with reading(engine) as connection:
        assert [task.kind for task in open_tasks(connection, case_number=NUMBER, kind="callback")] == ["callback"]
        met = {clock.code: clock.met_at for clock in clocks_of(connection, NUMBER)}
    assert met["close"] == NOW


def test_a_case_is_returned_once_then_the_first_unit_has_it_and_a_leader_owns_it(engine: Engine) -> None:
    due = due_times_of(engine)
    first = case(engine).first_unit
    head = replace(HEAD, units=frozenset({case(engine).unit}))
    assert returned(engine, head).state is CaseState.ACCEPTED
    assigned(engine, "能源局")
    decided = returned(engine, OTHER)
    assert (decided.state, decided.unit) == (CaseState.ASSIGNED, first)
    again = returned(engine, head, "还是不归我们")
    assert again.unit == first, "however often it is tried"
    with reading(engine) as connection:
        (lead,) = records_of(connection, NUMBER, RecordKind.LEAD)
    assert (lead.owner, lead.text) == (f"{first}的分管副县长", "权责不清，两次退单")
    assert due_times_of(engine) == due


def test_what_the_desk_is_to_give_out_again_is_no_longer_listed_once_it_has(engine: Engine) -> None:
    def to_do() -> list[str]:
        return [one.text for one in list_incidents(engine, by=DESK, now=NOW) if "退单" in one.text]

    returned(engine, replace(HEAD, units=frozenset({case(engine).unit})))
    assert len(to_do()) == 1
    assigned(engine, "能源局")
    assert to_do() == []


def test_a_second_return_needs_a_case_that_the_unit_has_and_has_not_begun(engine: Engine) -> None:
    head = replace(HEAD, units=frozenset({case(engine).unit}))
    returned(engine, head)
    with pytest.raises(MoveRefused, match="在“受理”"):
        returned(engine, head, "按了两次")
    assigned(engine, "能源局")
    sign_for(engine, number=NUMBER, by=OTHER, now=NOW)
    start_case(engine, number=NUMBER, by=OTHER, now=NOW)
    with pytest.raises(MoveRefused, match="在“办理”"):
        returned(engine, OTHER)
    assert case(engine).state is CaseState.HANDLING
    with reading(engine) as connection:
        assert records_of(connection, NUMBER, RecordKind.LEAD) == []


def test_a_case_is_handed_over_only_to_a_unit_that_takes_it(engine: Engine) -> None:
    sign_for(engine, number=NUMBER, by=HANDLER, now=NOW)
    ask_hand_over(engine, number=NUMBER, to="能源局", by=HEAD, reason="管线归你们", units=UNITS, now=NOW)
    assert case(engine).unit == UNIT
    with pytest.raises(MoveRefused, match="已经请能源局接"):
        ask_hand_over(engine, number=NUMBER, to="交通运输局", by=HEAD, reason="不行", units=UNITS, now=NOW)
    kept = answer_hand_over(engine, number=NUMBER, by=OTHER, takes=False, reason="不是我们的线", now=NOW)
    assert (kept.unit, kept.state) == (UNIT, CaseState.SIGNED_FOR)
    ask_hand_over(engine, number=NUMBER, to="能源局", by=HEAD, reason="图纸上是", units=UNITS, now=NOW)
    taken = answer_hand_over(engine, number=NUMBER, by=OTHER, takes=True, reason="", now=NOW)
    assert (taken.unit, taken.first_unit, taken.state) == ("能源局", UNIT, CaseState.SIGNED_FOR)
    with pytest.raises(NotPermitted):
        reply_case(engine, RULES, number=NUMBER, result=RESULT, disposition="已解决", by=HANDLER, now=NOW)


def test_a_case_that_nobody_has_is_one_that_people_must_see_to(engine: Engine) -> None:
    returned(engine, replace(HEAD, units=frozenset({case(engine).unit})))
    with reading(engine) as connection:
        (told,) = all_incidents(connection, "return")
    assert NUMBER in told.text and "请受理台" in told.text


def test_who_says_that_a_refusal_is_wrong_and_has_no_unit_is_one_that_people_must_see_to(engine: Engine) -> None:
    number = "20250911-092030-0009"
    call = ToldCall("1757553630.9").opened().note(30, "gone", phase="question").note(30, "ended", outcome="gone")
    tell_it(engine, RULES, call)
    said = {"type": "投诉", "demand": "要求改判"}
    edit_case(engine, RULES, number=number, by=DESK, reason="打电话问了", now=NOW, matters=MATTERS, **said)
    decline_case(engine, RULES, number=number, result="请到法院起诉", by=LEADER, reason="已经立案", now=NOW)
    (task,) = take_due(engine, now=NOW + timedelta(days=2), kinds=("callback",))
    back = placed("callback", number, task.id, NOW + timedelta(days=1)).note(
        9, "answered", question="person", answer="yes", by="key"
    )
    back.note(15, "answered", question="solved", answer="no", by="key").note(20, "ended", outcome="done")
    tell_it(engine, RULES, back)
    with reading(engine) as connection:
        (told,) = all_incidents(connection, "callback")
    assert number in told.text and "请受理台交办" in told.text


def test_who_was_asked_to_take_a_case_is_not_asked_any_more_once_it_is_closed(engine: Engine) -> None:
    head = replace(HEAD, units=frozenset({case(engine).unit}))
    ask_hand_over(engine, number=NUMBER, to="能源局", by=head, reason="归你们", units=UNITS, now=NOW)
    close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    with reading(engine) as connection:
        (asked,) = records_of(connection, NUMBER, RecordKind.HAND_OVER)
    assert asked.closed_at == NOW
    called_back(engine, NOW, "no")
    with pytest.raises(MoveRefused, match="没有请能源局接"):
        answer_hand_over(engine, number=NUMBER, by=OTHER, takes=True, reason="", now=NOW + timedelta(days=2))


def test_who_was_not_asked_cannot_take_a_case(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="没有请能源局接"):
        answer_hand_over(engine, number=NUMBER, by=OTHER, takes=True, reason="", now=NOW)


Step = Callable[[Engine], object]
UNREASONED: dict[str, Step] = {
    "交办": lambda e: assign_case(e, number=NUMBER, unit=UNIT, by=DESK, reason=" ", units=UNITS, now=NOW),
    "退单": lambda e: returned(e, HEAD, ""),
    "移交": lambda e: ask_hand_over(e, number=NUMBER, to="能源局", by=HEAD, reason="", units=UNITS, now=NOW),
    "不予受理": lambda e: decline_case(e, RULES, number=NUMBER, result="请找法院", by=LEADER, reason="", now=NOW),
    "修改": lambda e: edit_case(e, RULES, number=NUMBER, by=DESK, reason="", now=NOW, matters=MATTERS, place="旧城镇"),
}


@pytest.mark.parametrize("name", UNREASONED)
def test_nothing_that_needs_a_reason_is_done_without_one(engine: Engine, name: str) -> None:
    before = (case(engine), told(engine))
    with pytest.raises(MoveRefused, match=f"没有写{name}的原因"):
        UNREASONED[name](engine)
    assert (case(engine), told(engine)) == before


def replied(engine: Engine, result: str = RESULT) -> None:
    sign_for(engine, number=NUMBER, by=HANDLER, now=NOW)
    reply_case(engine, RULES, number=NUMBER, result=result, disposition="已解决", by=HANDLER, now=NOW)


def test_nobody_passes_his_own_reply_nor_signs_what_he_passed(engine: Engine) -> None:
    both = Actor(name=HANDLER.name, roles=frozenset({Role.UNIT_HEAD, Role.LEADER}), units=frozenset({UNIT}))
    replied(engine)
    with pytest.raises(MoveRefused, match="是您写的"):
        review_reply(engine, RULES, number=NUMBER, by=both, now=NOW)
    signer = Actor(name=HEAD.name, roles=frozenset({Role.LEADER}))
    review_reply(engine, RULES, number=NUMBER, by=HEAD, now=NOW)
    for name, why in ((both, "是您写的"), (signer, "是您审核的")):
        with pytest.raises(MoveRefused, match=why):
            approve_reply(engine, RULES, number=NUMBER, by=name, now=NOW)


def test_nobody_signs_a_sentence_that_he_has_not_heard(engine: Engine) -> None:
    replied(engine)
    review_reply(engine, RULES, number=NUMBER, by=HEAD, now=NOW)
    with pytest.raises(MoveRefused, match="听一遍"):
        approve_reply(engine, RULES, number=NUMBER, by=LEADER, now=NOW)
    heard_result(engine, number=NUMBER, by=replace(LEADER, name="别的领导"), now=NOW)
    with pytest.raises(MoveRefused, match="听一遍"):
        approve_reply(engine, RULES, number=NUMBER, by=LEADER, now=NOW)
    heard_result(engine, number=NUMBER, by=LEADER, now=NOW)
    send_back(engine, number=NUMBER, by=LEADER, reason="话要改", now=NOW)
    reply_case(engine, RULES, number=NUMBER, result="取水许可发了", disposition="已解决", by=HANDLER, now=NOW)
    review_reply(engine, RULES, number=NUMBER, by=HEAD, now=NOW)
    with pytest.raises(MoveRefused, match="听一遍"):
        approve_reply(engine, RULES, number=NUMBER, by=LEADER, now=NOW)


def test_empty_talk_passes_only_with_a_reason(engine: Engine) -> None:
    rules = replace(RULES, empty_phrases=("高度重视",))
    sign_for(engine, number=NUMBER, by=HANDLER, now=NOW)
    found = reply_case(engine, rules, number=NUMBER, result="我局高度重视", disposition="已解决", by=HANDLER, now=NOW)
    assert "高度重视" in found.doubts[0] and "答非所问" in found.doubts[1]
    with pytest.raises(MoveRefused, match="空话套话"):
        review_reply(engine, rules, number=NUMBER, by=HEAD, now=NOW)
    review_reply(engine, rules, number=NUMBER, by=HEAD, now=NOW, reason="群众要的就是一个态度")
    assert told(engine)[-1] == ("审核", HEAD.name, "群众要的就是一个态度")


def test_a_case_that_lacks_what_it_must_tell_is_not_answered_and_what_is_missing_is_named(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall("1757553630.9").opened().note(9, "ended", outcome="gone"))
    number = silent_number("1757553630.9")
    assign_case(engine, number=number, unit=UNIT, by=DESK, reason="对口", units=UNITS, now=NOW)
    sign_for(engine, number=number, by=HANDLER, now=NOW)
    with pytest.raises(MoveRefused, match="还没有写类型、事项、诉求"):
        reply_case(engine, RULES, number=number, result=RESULT, disposition="已解决", by=HANDLER, now=NOW)
    missing = {"type": "投诉", "matter": "A1", "demand": "村里停水三天"}
    edit_case(engine, RULES, number=number, by=DESK, reason="听了录音", now=NOW, matters=MATTERS, **missing)
    reply_case(engine, RULES, number=number, result=RESULT, disposition="已解决", by=HANDLER, now=NOW)


def silent_number(call_id: str) -> str:
    return f"20250911-092030-{int(call_id.split('.')[1]):04d}"


def test_on_the_spot_means_within_half_a_working_day(engine: Engine) -> None:
    late = MORNING + timedelta(hours=4, seconds=1)
    with pytest.raises(MoveRefused, match="不算当场办结"):
        close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=late)
    closed = close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    assert closed.state is CaseState.CLOSED and told(engine)[-1] == ("当场办结", LEADER.name, "当场办结")


def test_a_citizen_whose_case_is_closed_while_he_is_on_the_line_is_rung_once(engine: Engine) -> None:
    call = unheard()
    number = "20250911-092030-0008"
    with writing(engine) as connection:
        apply_facts(connection, RULES, call.facts[:-2])
    now = MORNING + timedelta(seconds=29)
    close_case(engine, RULES, number=number, result=RESULT, by=LEADER, now=now)
    tell_it(engine, RULES, call)
    with reading(engine) as connection:
        kinds = {task.kind for task in open_tasks(connection, case_number=number)}
    assert kinds & {"redial", "callback"} == {"callback"}


def test_a_declined_citizen_is_told_why_and_who_disagrees_is_taken_up_again(engine: Engine) -> None:
    tell_it(engine, RULES, unheard("1757553630.9"))
    number = silent_number("1757553630.9")
    with pytest.raises(NotPermitted):
        decline_case(engine, RULES, number=number, result="请找法院", by=DESK, reason="已经立案", now=NOW)
    case = decline_case(engine, RULES, number=number, result="请找法院", by=LEADER, reason="已经立案", now=NOW)
    assert (case.state, case.disposition) == (CaseState.DECLINED, "不予受理")
    later = NOW + timedelta(minutes=10)
    (task,) = take_due(engine, now=later, kinds=("callback",))
    call = placed("callback", number, task.id, later)
    for second, (question, answer) in enumerate((("person", "yes"), ("solved", "no")), start=10):
        call.note(second, "answered", question=question, answer=answer, by="key")
    tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))
    with reading(engine) as connection:
        again = get_case(connection, number)
    assert again.rework == 1 and again.state in (CaseState.ACCEPTED, CaseState.ASSIGNED)


def test_what_is_corrected_is_told_but_never_a_name_or_an_address(engine: Engine) -> None:
    edit_case(
        engine,
        RULES,
        number=NUMBER,
        by=DESK,
        reason="群众补充",
        now=NOW,
        matters=MATTERS,
        matter="A1",
        name="陈秀英",
        address="老街 12 号",
        type="咨询",
    )
    edited = case(engine)
    assert (edited.matter, edited.matter_name, edited.name, edited.type) == ("A1", "供水饮水", "陈秀英", "咨询")
    with reading(engine) as connection:
        text = timeline_of(connection, NUMBER)[-1].text
        (close,) = [clock for clock in clocks_of(connection, NUMBER) if clock.code == "close"]
    assert "事项：B2 → A1" in text and "改了姓名" in text and "陈秀英" not in text and "老街" not in text
    assert close.started_at == MORNING, "another type moves when it is due, never its start"


def test_all_that_is_wrong_with_a_correction_is_told_at_once(engine: Engine) -> None:
    wrong = {"type": "吵架", "matter": "Z9", "urgency": "紫", "place": "扎西\u200b镇"}
    with pytest.raises(MoveRefused) as refused:
        edit_case(engine, RULES, number=NUMBER, by=DESK, reason="改", now=NOW, matters=MATTERS, **wrong)
    assert all(word in str(refused.value) for word in ("吵架", "Z9", "紫", "地点"))


def test_progress_counts_for_the_clocks_only_when_the_citizen_was_told(engine: Engine) -> None:
    rules = replace(RULES, policy="2-24-72")
    tell_it(engine, rules, unheard("1757553630.9"))
    number = silent_number("1757553630.9")

    def met() -> dict[str, datetime | None]:
        with reading(engine) as connection:
            return {clock.code: clock.met_at for clock in clocks_of(connection, number)}

    note_progress(engine, number=number, by=DESK, text="打了水厂", told=False, now=NOW)
    assert met()["progress"] is None
    note_progress(engine, number=number, by=DESK, text="告诉群众今晚来水", told=True, now=NOW)
    assert (met()["respond"], met()["progress"]) == (NOW, NOW)


def test_a_unit_that_does_not_exist_gets_nothing(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="没有叫 '水务' 的单位"):
        assigned(engine, "水务")


STEPS: dict[str, Callable[[Engine, datetime], object]] = {
    "assign": lambda e, at: assign_case(e, number=NUMBER, unit="能源局", by=DESK, reason="对口", units=UNITS, now=at),
    "assign back": lambda e, at: assign_case(e, number=NUMBER, unit=UNIT, by=DESK, reason="对口", units=UNITS, now=at),
    "sign": lambda e, at: sign_for(e, number=NUMBER, by=HANDLER, now=at),
    "start": lambda e, at: start_case(e, number=NUMBER, by=HANDLER, now=at),
    "return": lambda e, at: return_case(e, number=NUMBER, by=HEAD, reason="不归", leader=lambda case: "副县长", now=at),
    "return other": lambda e, at: return_case(
        e, number=NUMBER, by=OTHER, reason="不归", leader=lambda case: "副县长", now=at
    ),
    "ask": lambda e, at: ask_hand_over(e, number=NUMBER, to="能源局", by=HEAD, reason="归你们", units=UNITS, now=at),
    "take": lambda e, at: answer_hand_over(e, number=NUMBER, by=OTHER, takes=True, reason="", now=at),
    "refuse": lambda e, at: answer_hand_over(e, number=NUMBER, by=OTHER, takes=False, reason="不归", now=at),
    "reply": lambda e, at: reply_case(e, RULES, number=NUMBER, result=RESULT, disposition="已解决", by=HANDLER, now=at),
    "back": lambda e, at: send_back(e, number=NUMBER, by=LEADER, reason="不清楚", now=at),
    "review": lambda e, at: review_reply(e, RULES, number=NUMBER, by=HEAD, now=at, reason="看过"),
    "hear": lambda e, at: heard_result(e, number=NUMBER, by=LEADER, now=at),
    "approve": lambda e, at: approve_reply(e, RULES, number=NUMBER, by=LEADER, now=at, reason="看过"),
    "settle": lambda e, at: close_case(e, RULES, number=NUMBER, result=RESULT, by=LEADER, now=at),
    "decline": lambda e, at: decline_case(e, RULES, number=NUMBER, result="请找法院", by=LEADER, reason="立案", now=at),
    "called back, not solved": lambda e, at: called_back(e, at, "no"),
    "called back, solved": lambda e, at: called_back(e, at, "yes"),
    "called back, unclear": lambda e, at: called_back(e, at, "unclear"),
    "called back, unanswered": lambda e, at: unanswered(e, at),
    "rings the desk": lambda e, at: tell_it(e, RULES, with_the_desk(at)),
    "rings the unit": lambda e, at: tell_it(e, RULES, talked(f"1757999999.{at:%d%H%M}", at)),
    "desk: solved": lambda e, at: by_person(e, RULES, number=NUMBER, by=DESK, outcome="解决", now=at),
    "desk: not solved": lambda e, at: by_person(e, RULES, number=NUMBER, by=DESK, outcome="没解决", why="没", now=at),
    "desk: no answer": lambda e, at: by_person(e, RULES, number=NUMBER, by=DESK, outcome="联系不上", why="关", now=at),
    "handler: solved": lambda e, at: by_person(
        e, RULES, number=NUMBER, by=replace(HANDLER, roles=frozenset(Role)), outcome="解决", now=at
    ),
    "no contact": lambda e, at: no_contact(e, RULES, number=NUMBER, by=DESK, reason="没有", now=at),
}


def called_back(engine: Engine, at: datetime, solved: str) -> None:
    for task in take_due(engine, now=at + timedelta(days=2), kinds=("callback",)):
        call = placed("callback", NUMBER, task.id, at, f"1757{task.id:06d}.{at.minute}{at.hour}{at.day}")
        call.note(9, "answered", question="person", answer="yes", by="key")
        call.note(20, "answered", question="solved", answer=solved, by="key")
        tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))


def unanswered(engine: Engine, at: datetime) -> None:
    for task in take_due(engine, now=at + timedelta(days=2), kinds=("callback",)):
        call_failed(engine, RULES, task_id=task.id, now=at, outcome=Outcome.UNANSWERED)


def with_the_desk(at: datetime) -> ToldCall:
    call = talked(f"1757999998.{at:%d%H%M}", at)
    plan = next(fact for fact in call.facts if fact.kind == "planned")
    rungs = [rung | {"name": "孙丽", "post": ""} for rung in plan.detail["rungs"]]
    call.facts[plan.seq] = replace(plan, detail={**plan.detail, "unit": "热线办", "rungs": rungs})
    return call


def people_may_conclude(engine: Engine, rang_the_desk: Sequence[datetime]) -> bool:
    """Whether the callback waits for people, or the citizen has talked with the desk since the closing."""
    closed_at = case(engine).closed_at
    with reading(engine) as connection:
        waits = [task.kind for task in open_tasks(connection, case_number=NUMBER)]
    return "person_callback" in waits or (closed_at is not None and any(at >= closed_at for at in rang_the_desk))


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.sampled_from(list(STEPS)), min_size=5, max_size=30))
def test_on_any_walk_clocks_keep_their_start_the_chain_verifies_and_nothing_is_struck_off_unasked(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    engine = new_database(folder)
    tell_it(engine, RULES, talked())
    first = due_times_of(engine)
    at, before, rang = NOW, case(engine), list[datetime]()
    for step in steps:
        at += timedelta(minutes=11)
        may = people_may_conclude(engine, rang)
        with suppress(Refused, NotPermitted):
            STEPS[step](engine, at)
        if step == "rings the desk":
            rang.append(at)
        after = case(engine)
        struck_off = after.state is CaseState.STRUCK_OFF is not before.state
        if struck_off or after.rework > before.rework:  # the callback is concluded: by the system, or by people then
            by_people = step in ("desk: solved", "desk: no answer") if struck_off else step == "desk: not solved"
            assert step == f"called back, {'solved' if struck_off else 'not solved'}" or (by_people and may)
        assert after.rework >= before.rework and after.returns <= 1
        assert due_times_of(engine)[: len(first)] == first
        if after.state is not before.state:
            assert [row for row in entries(engine) if row.at == at and row.who and row.reason], step
        before = after
    found = verify_chains(engine, folder=folder / "anchors")
    assert found.breaks == () and found.entries > 5
    engine.dispose()

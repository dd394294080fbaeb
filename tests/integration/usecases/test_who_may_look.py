"""Who may look, as the use cases have it: permission first, each look on record, and the accused see nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from cases.accused import ids_in, kept_with, official_keys, unit_key
from cases.case import Case, CaseState
from cases.record import RecordKind
from cases.roles import Action, Actor, NotPermitted, Role, may
from tests.fakes.admin import admin
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, left_to_people, settled
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.errors import CaseNotFound, MoveRefused
from zhitong.store.cases import find_cases, get_case, insert_cases, update_cases
from zhitong.store.due import open_tasks, put_due
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to, record_incident
from zhitong.store.sight import seen_by
from zhitong.usecases.accounts import actor_named, put_account
from zhitong.usecases.accused_people import accuse, kept_of, named_in
from zhitong.usecases.assign_case import ask_hand_over, assign_case, return_case, sign_for
from zhitong.usecases.called_back import called_back
from zhitong.usecases.confirm_case import BY_PERSON, ask_person_to_confirm, confirm_by_person
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.explain_case import explain_case
from zhitong.usecases.find_case import find_case
from zhitong.usecases.keep_record import end_record, list_records, open_record
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.place_call import redial_brief
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.show_case import show_case
from zhitong.usecases.suspect_closing import list_suspected

UNIT = "水务局"
SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))
ADMIN = Actor(name="管理员", roles=frozenset({Role.ADMIN}))
STRANGER = Actor(name="经办钱多", roles=frozenset({Role.HANDLER}), units=frozenset({"能源局"}))
LI = Actor(name="小李", roles=frozenset({Role.LEADER}), official="li", login="li-pc")
CALL = "1757553630.7"

Look = Callable[[Engine, Actor], object]
LOOKS: dict[str, Look] = {
    "查看": lambda engine, by: show_case(engine, number=NUMBER, by=by, now=MORNING),
    "时限": lambda engine, by: explain_case(engine, RULES, number=NUMBER, by=by, now=MORNING),
    "查找": lambda engine, by: find_case(engine, "0007", by=by, now=MORNING),
    "看记录": lambda engine, by: list_records(engine, number=NUMBER, by=by, now=MORNING),
    "重看通话": lambda engine, by: replay_call(engine, call_id=CALL, by=by, now=MORNING),
}
"""What is entered → the look at one case."""
LISTS: dict[str, Look] = {
    "列表": lambda engine, by: list_cases(engine, by=by, now=MORNING),
    "待处理": lambda engine, by: list_incidents(engine, by=by, now=MORNING),
    "疑似虚假办结": lambda engine, by: list_suspected(engine, by=by, now=MORNING),
}


def with_case(engine: Engine, **fields: object) -> Case:
    """The case of a talk, given to UNIT, with these fields besides."""
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), **({"unit": UNIT} | fields))  # type: ignore[arg-type]
        update_cases(connection, [case])
    return case


@pytest.mark.parametrize("what", LOOKS)
def test_each_look_at_a_case_is_permitted_first_and_entered_with_the_session(engine: Engine, what: str) -> None:
    with_case(engine)
    LOOKS[what](engine, replace(HEAD, login="pc7"))
    for by in (STRANGER, ADMIN):
        with pytest.raises((NotPermitted, CaseNotFound)):
            LOOKS[what](engine, by)
    with reading(engine) as connection:
        rows = [(row.who, row.what, row.at, row.login) for row in accesses_to(connection, NUMBER)]
    assert rows == [(HEAD.name, what, MORNING, "pc7")]


@pytest.mark.parametrize("what", LOOKS)
@pytest.mark.parametrize("role", Role)
def test_no_look_of_who_is_complained_of_shows_anything(engine: Engine, what: str, role: Role) -> None:
    with_case(engine, accused=kept_with("", official_keys("li", "李春燕")), official="李春燕")
    with pytest.raises((NotPermitted, CaseNotFound)) as told:
        LOOKS[what](engine, Actor(name="李春燕", roles=frozenset({role}), units=frozenset({UNIT})))
    assert "被反映" not in str(told.value)


@pytest.mark.parametrize("what", LISTS)
def test_each_list_is_entered_too(engine: Engine, what: str) -> None:
    LISTS[what](engine, replace(SUPERVISION, login="pc8"))
    with reading(engine) as connection:
        assert [(row.who, row.what) for row in accesses_to(connection, None)] == [(SUPERVISION.name, what)]


def test_a_list_shows_what_may_be_seen_and_nothing_else(engine: Engine) -> None:
    """The condition of the database and the rule for one case say the same, for every actor and case."""
    accused = ["", kept_with("", official_keys("li", "李春燕")), kept_with("", [unit_key(UNIT)])]
    accused.append(kept_with("", [unit_key("能源局"), *official_keys("wang", "王明")]))
    cases = [
        Case(
            number=f"20250911-092030-{n:04d}", call_id=f"1.{n}", caller=CITIZEN, dialled="1", answered_at=MORNING,
            unit=unit, type=type, accused=keys,
        )
        for n, (unit, type, keys) in enumerate(
            (unit, type, keys) for unit in ("", UNIT, "能源局") for type in ("投诉", "举报") for keys in accused
        )
    ]  # fmt: skip
    with writing(engine) as connection:
        insert_cases(connection, [(case, MORNING) for case in cases])
    people = [("小周", ""), ("李春燕", ""), ("副局长李春燕", ""), ("小李", "li"), ("李春燕", "li2"), ("王明", "wang")]
    actors = [
        Actor(name=name, official=id, roles=frozenset({role}), units=frozenset(units), helps=frozenset(helps))
        for name, id in people
        for helps in ((), [case.number for case in cases[::3]])
        for role in Role
        for units in ((), (UNIT,), (UNIT, "能源局"))
    ]
    with reading(engine) as connection:
        for actor in actors:
            listed = {case.number for case in find_cases(connection, limit=1000, sight=seen_by(actor))}
            assert listed == {case.number for case in cases if may(actor, Action.SEE, case)}, actor
            listed = {case.number for case in find_cases(connection, limit=1000, sight=seen_by(actor, Action.REGISTER))}
            assert listed == {case.number for case in cases if may(actor, Action.REGISTER, case)}, actor


def test_what_waits_for_people_is_shown_of_cases_that_they_may_see_and_else_to_those_who_see_all(
    engine: Engine,
) -> None:
    with_case(engine)
    with writing(engine) as connection:
        record_incident(connection, at=MORNING, kind="x", mark="1", text=f"工单 {NUMBER}：回拨没人接")
        record_incident(connection, at=MORNING, kind="x", mark="2", text="值班表明天有空档")
        record_incident(connection, at=MORNING, kind="x", mark="3", text="工单 20200101-000000-0001：没有这个工单")
        row = {"kind": "person_callback", "mark": "4", "case_number": NUMBER, "call_id": "", "due_at": MORNING}
        put_due(connection, [row | {"detail": {"why": "先约"}}])
        put_due(connection, [row | {"kind": BY_PERSON, "mark": "5", "detail": {"why": "信上没有落款"}}])

    def told(by: Actor) -> str:
        return "".join(one.text for one in list_incidents(engine, by=by, now=MORNING))

    whom = [(DESK, True, True), (HEAD, True, False), (STRANGER, False, False), (ADMIN, False, True)]
    for by, own, none in [*whom, (SUPERVISION, True, True)]:
        shown = [word in told(by) for word in (NUMBER, "先约", "信上没有落款", "空档")]
        assert shown == [own, own and by is not HEAD, own, none], by.name  # whose work it is calls nobody back
    with writing(engine) as connection:
        update_cases(
            connection, [replace(get_case(connection, NUMBER), accused=kept_with("", official_keys("li", "李")))]
        )
    assert NUMBER not in told(LI) and "空档" in told(LI)


def test_that_a_citizen_is_to_be_asked_whether_a_case_is_his_is_told_of_cases_that_they_may_see(engine: Engine) -> None:
    with_case(engine, type="举报", accused=kept_with("", official_keys("li", "李")))
    with writing(engine) as connection:
        ask_person_to_confirm(connection, get_case(connection, NUMBER), at=MORNING, why="举报")
    for by, told in ((DESK, True), (LI, False), (STRANGER, False)):
        found = list_incidents(engine, by=by, now=MORNING)
        assert any(NUMBER in one.text for one in found) == told, by.name


def test_of_a_report_the_handler_sees_that_it_is_there_and_neither_number_nor_words(engine: Engine) -> None:
    with_case(engine, type="举报", transcript="我要举报隔壁偷排", demand="查一查", name="张三", address="三号")
    view = show_case(engine, number=NUMBER, by=HANDLER, now=MORNING)
    seen = (view.case.caller, view.case.name, view.case.address, view.case.transcript, view.case.demand)
    assert seen == ("（不显示）", "", "", "（不显示）", "查一查")
    assert not (view.recordings or view.traces)
    assert view.timeline and not any("0001" in entry.text for entry in view.timeline), "no four digits, either"
    with pytest.raises(NotPermitted):
        show_case(engine, number=NUMBER, by=HANDLER, now=MORNING, unmasked=True)
    with pytest.raises(NotPermitted):
        replay_call(engine, call_id=CALL, by=HANDLER, now=MORNING)
    assert list_cases(engine, by=HANDLER, now=MORNING)[0].caller == "（不显示）"
    assert list_cases(engine, by=HANDLER, now=MORNING, caller=CITIZEN) == [], "nor by guessing the number"
    assert show_case(engine, number=NUMBER, by=DESK, now=MORNING).traces, "the desk has to call back"


def test_of_a_secret_complaint_the_unit_complained_of_sees_no_demand_either(engine: Engine) -> None:
    with_case(engine, type="投诉", secrecy="保密", demand="我姓张", accused=kept_with("", [unit_key(UNIT)]))
    assert show_case(engine, number=NUMBER, by=HANDLER, now=MORNING).case.demand == "（不显示）"
    desk = replace(DESK, units=frozenset({UNIT}))
    assert show_case(engine, number=NUMBER, by=desk, now=MORNING).case.caller == "（不显示）", "whatever his role"


@pytest.mark.parametrize("changes", [{"type": "咨询"}, {"secrecy": ""}])
def test_a_unit_does_not_lift_the_secrecy_that_it_is_kept_from(engine: Engine, changes: dict[str, str]) -> None:
    with_case(engine, type="举报" if "type" in changes else "投诉", secrecy="匿名")
    given = {"number": NUMBER, "reason": "写错了", "now": MORNING, "matters": {}}
    with pytest.raises(MoveRefused, match="要保密"):
        edit_case(engine, RULES, by=HEAD, **(given | changes))  # type: ignore[arg-type]
    assert show_case(engine, number=NUMBER, by=HEAD, now=MORNING).case.caller == "（不显示）"
    edit_case(engine, RULES, by=HEAD, **(given | {"place": "扎西镇河西村"}))  # type: ignore[arg-type]
    edit_case(engine, RULES, by=DESK, **(given | changes))  # type: ignore[arg-type]


def test_a_unit_that_helps_sees_the_case_notes_what_it_has_done_and_decides_nothing(engine: Engine) -> None:
    with_case(engine, transcript="停水三天")
    account = {
        "roles": [Role.HANDLER],
        "units": ["能源局"],
        "known_units": {"能源局"},
        "by": admin(engine, MORNING),
        "now": MORNING,
    }
    put_account(engine, STRANGER.name, **account)  # type: ignore[arg-type]

    def helper() -> Actor:
        return actor_named(engine, STRANGER.name)

    assert list_cases(engine, by=helper(), now=MORNING) == []
    id = open_record(engine, number=NUMBER, kind=RecordKind.CO_HANDLE, owner="能源局", text="看", by=DESK, now=MORNING)
    assert [case.number for case in list_cases(engine, by=helper(), now=MORNING)] == [NUMBER]
    assert show_case(engine, number=NUMBER, by=helper(), now=MORNING).case.transcript == "停水三天"
    note_progress(engine, number=NUMBER, by=helper(), text="电接上了", told=False, now=MORNING)
    with pytest.raises(NotPermitted):
        sign_for(engine, number=NUMBER, by=helper(), now=MORNING)
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), secrecy="保密")])
    assert show_case(engine, number=NUMBER, by=helper(), now=MORNING).case.transcript == "（不显示）"
    end_record(engine, id, outcome="接上了", by=helper(), now=MORNING)
    with pytest.raises(NotPermitted):
        show_case(engine, number=NUMBER, by=helper(), now=MORNING)


def test_a_unit_that_is_asked_to_take_a_case_sees_what_it_would_take(engine: Engine) -> None:
    with_case(engine, state=CaseState.SIGNED_FOR)
    ask_hand_over(engine, number=NUMBER, to="能源局", by=HEAD, reason="归能源局", units={UNIT, "能源局"}, now=MORNING)
    units = {"units": ["能源局"], "known_units": {"能源局"}}
    put_account(engine, "能源局长", roles=[Role.UNIT_HEAD], by=admin(engine, MORNING), now=MORNING, **units)  # type: ignore[arg-type]
    assert show_case(engine, number=NUMBER, by=actor_named(engine, "能源局长"), now=MORNING).case.number == NUMBER


# ── naming ──────────────────────────────────────────────────────────────────────────────────────────────────────────

DIRECTORY = small_directory(more=[official("lcy", "13800000777", name="李春燕", post="副局长", rank="deputy")])


def test_who_is_named_in_a_call_is_kept_in_the_transaction_of_the_words(engine: Engine) -> None:
    rules = replace(RULES, accused=lambda text, type: named_in(text, type, DIRECTORY))
    call = ToldCall(CALL).opened().understood(text="我要投诉", type="投诉").note(5, "heard", text="我要投诉")
    tell_it(engine, rules, call)
    assert list_cases(engine, by=replace(LI, official="lcy"), now=MORNING)
    call.note(6, "heard", text="就是李春燕不给办")
    tell_it(engine, rules, call)
    with reading(engine) as connection:
        assert ids_in(get_case(connection, NUMBER).accused)[0] == {"lcy"}
    assert list_cases(engine, by=replace(LI, official="lcy"), now=MORNING) == []
    call.note(7, "heard", text="算了").note(8, "ended", outcome="x")
    tell_it(engine, rules, call)
    with reading(engine) as connection:
        assert ids_in(get_case(connection, NUMBER).accused)[0] == {"lcy"}, "nothing said later clears anybody"


def named(engine: Engine, by: Actor = DESK, **given: object) -> Case:
    told = {"number": NUMBER, "reason": "来信", "directory": DIRECTORY, "now": MORNING, "officials": ["lcy"]}
    return accuse(engine, by=by, **(told | given))  # type: ignore[arg-type]


def test_the_desk_names_somebody_later_and_supervision_alone_takes_it_back(engine: Engine) -> None:
    with_case(engine)
    for by in (HEAD, LEADER, HANDLER, ADMIN):
        with pytest.raises(NotPermitted):
            named(engine, by)
    assert ids_in(named(engine).accused)[0] == {"lcy"}
    with pytest.raises(MoveRefused, match="本来就是这样"):
        named(engine)
    with pytest.raises(NotPermitted):
        named(engine, clears=True)
    assert named(engine, SUPERVISION, clears=True).accused == ""
    view = show_case(engine, number=NUMBER, by=HEAD, now=MORNING)
    assert [entry.who for entry in view.timeline if entry.what == "被反映"] == [DESK.name, SUPERVISION.name]
    assert not any("李春燕" in entry.text for entry in view.timeline if entry.what == "被反映")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"officials": ["nobody"]}, "没有编号 'nobody' 的人"),
        ({"officials": [], "units": ["天外局"]}, "没有叫 '天外局' 的单位"),
        ({"officials": []}, "没有写被反映的是谁"),
        ({"reason": " "}, "原因"),
    ],
)
def test_who_is_not_there_cannot_be_named(engine: Engine, given: dict[str, object], complaint: str) -> None:
    with_case(engine)
    with pytest.raises(MoveRefused, match=complaint):
        named(engine, **given)


def test_what_the_desk_writes_down_names_as_the_words_do(engine: Engine) -> None:
    with_case(engine, type="投诉")
    rules = replace(RULES, accused=lambda text, type: named_in(text, type, DIRECTORY))
    edited = edit_case(
        engine, rules, number=NUMBER, by=DESK, reason="又来电", now=MORNING, matters={}, demand="投诉李春燕推诿"
    )
    assert ids_in(edited.accused)[0] == {"lcy"}


@pytest.mark.parametrize("how", ["confirmed", "called back"])
def test_whom_a_citizen_names_to_the_person_who_calls_him_is_kept_too(engine: Engine, how: str) -> None:
    with_case(engine, type="投诉")
    rules = replace(RULES, accused=lambda text, type: named_in(text, type, DIRECTORY))
    words = "就是李春燕不给办"
    if how == "confirmed":
        row = {"kind": BY_PERSON, "mark": "5", "case_number": NUMBER, "call_id": "", "due_at": MORNING, "detail": {}}
        with writing(engine) as connection:
            put_due(connection, [row])
        confirm_by_person(engine, rules, number=NUMBER, by=DESK, outcome="属实", now=MORNING, added=words)
    else:
        settled(engine, RULES, number=NUMBER, now=MORNING)
        left_to_people(engine, RULES, number=NUMBER, now=MORNING)
        called_back(engine, rules, number=NUMBER, by=SUPERVISION, outcome="没解决", now=MORNING, why=words)
    with reading(engine) as connection:
        assert ids_in(get_case(connection, NUMBER).accused)[0] == {"lcy"}


def test_of_what_is_answered_together_who_is_complained_of_in_one_part_sees_none(engine: Engine) -> None:
    other = f"{NUMBER}b"
    tell_it(engine, RULES, talked(), talked("1757553630.10007"))
    with reading(engine) as connection:
        two = [case.number for case in find_cases(connection)]
        assert other in two
    named(engine, number=other)
    assert propose_merges(engine, RULES, number=NUMBER, by=replace(LI, official="lcy"), now=MORNING) == []
    with pytest.raises(NotPermitted):
        li = replace(LI, official="lcy")
        merge_cases(engine, RULES, number=NUMBER, into=other, by=li, reason="一件事", now=MORNING)
    merge_cases(engine, RULES, number=other, into=NUMBER, by=DESK, reason="一件事", now=MORNING)
    with pytest.raises(NotPermitted):
        show_case(engine, number=NUMBER, by=replace(LI, official="lcy"), now=MORNING)


def test_nothing_is_given_to_whom_it_complains_of_and_a_report_not_to_its_unit(engine: Engine) -> None:
    with_case(engine, type="举报", unit="")
    units = {UNIT, "能源局"}
    named(engine, units=[UNIT])
    with pytest.raises(MoveRefused, match="举报的就是水务局"):
        assign_case(engine, number=NUMBER, unit=UNIT, by=DESK, reason="对口", units=units, now=MORNING)
    for owner in ("李春燕", "副局长李春燕", UNIT):
        with pytest.raises(MoveRefused, match="不能归他"):
            open_record(engine, number=NUMBER, kind=RecordKind.LEAD, owner=owner, text="领", by=DESK, now=MORNING)
    id = open_record(engine, number=NUMBER, kind=RecordKind.CO_HANDLE, owner="能源局", text="看", by=DESK, now=MORNING)
    assign_case(engine, number=NUMBER, unit="能源局", by=DESK, reason="对口", units=units, now=MORNING)
    accused = replace(LI, official="lcy", units=frozenset({"能源局"}))
    with pytest.raises(MoveRefused, match="没有编号"):
        end_record(engine, id, outcome="好了", by=accused, now=MORNING)


def test_a_report_that_its_unit_has_already_is_told_to_people_who_give_it_to_another(engine: Engine) -> None:
    with_case(engine, type="投诉", state=CaseState.ASSIGNED)
    named(engine, units=[UNIT])

    def told(by: Actor) -> bool:
        return any("请交别的单位" in one.text for one in list_incidents(engine, by=by, now=MORNING))

    assert not told(DESK), "what is complained of is the unit's to mend"
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="是举报", now=MORNING, matters={}, type="举报")
    assert told(DESK) and not told(HEAD)


def test_a_second_return_never_gives_a_report_to_the_unit_that_is_reported(engine: Engine) -> None:
    reported = {"type": "举报", "accused": kept_with("", [unit_key(UNIT)])}
    with_case(engine, unit="能源局", first_unit=UNIT, returns=1, state=CaseState.ASSIGNED, **reported)
    head = Actor(name="能源局长吴刚", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({"能源局"}))
    kept = return_case(engine, number=NUMBER, by=head, reason="不归我们", leader=lambda case: "副县长", now=MORNING)
    assert (kept.unit, kept.state) == ("能源局", CaseState.ASSIGNED)


def test_a_rework_of_a_report_does_not_go_to_the_unit_that_is_reported_by_now(engine: Engine) -> None:
    reported = {"type": "举报", "accused": kept_with("", [unit_key(UNIT)])}
    with_case(engine, state=CaseState.CLOSED, closed_at=MORNING, **reported)
    again = called_back(engine, RULES, number=NUMBER, by=DESK, outcome="没解决", why="没查", now=MORNING)
    assert (again.state, again.rework) == (CaseState.ACCEPTED, 1)
    assert any("请交别的单位" in one.text for one in list_incidents(engine, by=DESK, now=MORNING))


def test_whom_a_redial_must_not_ring_is_who_was_named_after_the_call_too(engine: Engine) -> None:
    tell_it(engine, RULES, unheard(CALL))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind="redial")
    named(engine)
    kept = redial_brief(engine, RULES, task_id=task.id).accused
    assert kept_of(kept, DIRECTORY).officials == {"lcy"}


def test_the_leader_who_is_asked_for_time_is_never_whom_it_complains_of(engine: Engine) -> None:
    people = [official("gov", "13800000779", name="王县长", unit="county", rank="director")]
    directory = small_directory(more=people)
    case = with_case(engine)
    assert leader_of(case, "政务服务管理局", directory) == "王县长"
    case = replace(case, accused=kept_with("", official_keys("gov", "王县长")))
    assert "王县长" not in leader_of(case, "政务服务管理局", directory)

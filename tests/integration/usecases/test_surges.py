"""A surge in the database: who belongs to it, who is told, what officials do with it, and that nobody is forgotten."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.case import Case, CaseState
from cases.mandatory import Mandatory
from cases.roles import Role
from ivr.script import Done, Heard, Key, Ring
from ivr.softphone_audio import tone, wav
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, LEADER
from tests.fakes.directories import official, small_directory
from tests.fakes.surge_line import SILENT, TOWNS, SurgeLine, at, water
from tests.fakes.told_calls import DEPUTY, MORNING, RULES, ToldCall, tell_it
from zhitong.errors import ResultRefused, SurgeNotFound, SurgeRefused
from zhitong.notices.places import Places
from zhitong.store.accounts import add_account
from zhitong.store.cases import find_cases, get_case, update_cases
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to, all_incidents
from zhitong.store.surges import counted_calls, get_surge, members_of, surge_states
from zhitong.store.timeline import timeline_of
from zhitong.surges import LiveSurges
from zhitong.usecases.close_case import close_case
from zhitong.usecases.end_surge import close_members, end_surge, lapse_surges
from zhitong.usecases.know_surge import acknowledge, acknowledge_as, list_surges, open_surges_for, set_announcement
from zhitong.usecases.place_call import place_call
from zhitong.usecases.send_notices import send_due
from zhitong.usecases.take_due import take_due

RESULT = "水管已经修好，今天晚上来水"
WANG, LI = "wecombot://wang", "dingtalk://li"
DIRECTORY = small_directory(
    more=(official("wang", "13900000001", post="局长"), official("li", DEPUTY, post="副局长")),
)


@pytest.fixture
def line(engine: Engine) -> SurgeLine:
    """Three calls, the first of which an official took: an open surge of which a person knows."""
    line = SurgeLine(engine)
    for n in range(3):
        line.call(n, n)
    line.accepts(0)
    return line


def tasks(engine: Engine, kind: str = "") -> list[DueTask]:
    with reading(engine) as connection:
        return open_tasks(connection, kind=kind)


def cases(engine: Engine) -> list[Case]:
    with reading(engine) as connection:
        return find_cases(connection, limit=1000)


def told_of(engine: Engine, number: str) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in timeline_of(connection, number) if row.what == "集中来电"]


def members(engine: Engine, surge: int = 1) -> set[str]:
    with reading(engine) as connection:
        return set(members_of(connection, surge))


WANG = replace(LEADER, name="局长王明")


def ended(engine: Engine, minutes: float = 60) -> int:
    end_surge(engine, 1, result=RESULT, by=WANG, now=at(minutes))
    return close_members(engine, RULES, now=at(minutes))


# ── who belongs to it ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_third_call_makes_it_and_the_two_before_belong_to_it(engine: Engine, line: SurgeLine) -> None:
    (surge,) = list_surges(engine, by=DESK, now=at(5))
    assert (surge.id, surge.town, surge.matter_name, surge.cases) == (1, "扎西镇", "供水饮水", 3)
    assert members(engine) == {case.number for case in cases(engine)}
    for case in cases(engine):
        assert len(told_of(engine, case.number)) == 1, "on the timeline of each, once"
    with reading(engine) as connection:
        assert [row.what for row in accesses_to(connection, None)] == ["集中来电"]


def test_who_heard_the_notice_has_a_case_and_no_redial_and_nobody_is_sent_a_notice_of_it(
    engine: Engine, line: SurgeLine
) -> None:
    before = tasks(engine)
    assert not isinstance(line.call(3, 4, SILENT), Ring)
    assert [task.kind for task in tasks(engine) if task not in before] == ["sms:progress"]
    spared = next(case for case in cases(engine) if case.call_id == line.calls[3].call_id)
    assert spared.number in members(engine) and spared.state is CaseState.ACCEPTED
    assert any("播通知" in text for text in told_of(engine, spared.number))


def test_who_pressed_0_and_reached_nobody_is_redialled_as_ever(engine: Engine, line: SurgeLine) -> None:
    assert isinstance(line.call(3, 4, Key(key="0")), Ring)
    line.nobody(3)
    (redial,) = tasks(engine, "redial")
    assert redial.call_id == line.calls[3].call_id and redial.case_number in members(engine)
    assert "notice:missed" in {task.kind for task in tasks(engine)}


def test_facts_that_come_in_another_order_or_twice_make_the_same_surge(engine: Engine) -> None:
    line = SurgeLine(None)
    for n in range(5):
        line.call(n, n)
    tell_it(engine, RULES, *line.calls[:2], line.calls[4], line.calls[3], line.calls[2])
    tell_it(engine, RULES, *line.calls)
    assert len(members(engine)) == 5
    assert [task.kind for task in tasks(engine) if "surge" in task.kind] == ["notice:surge", "surge"]


def test_calls_of_other_towns_and_matters_and_what_must_ring_alone_do_not_belong_to_it(engine: Engine) -> None:
    line = SurgeLine(engine)
    line.call(0, 0)
    line.call(1, 1, request=water(place="双河乡"))
    line.call(2, 2, request=water(matter="C2", matter_name="道路"))
    line.call(3, 3, request=water(urgency="red"))
    line.call(4, 4, request=water(complained_of="水务局"))
    line.call(5, 5, request=water(type="举报"))
    line.call(6, 6, request=water(place="河边"))
    line.call(7, 7, request=water(confidence=0.5))
    assert line.rings == 8 and list_surges(engine, by=DESK, now=at(9)) == []
    line.call(8, 8)
    line.call(9, 9)
    assert len(members(engine)) == 3


# ── who is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def sent(engine: Engine, addresses: dict[str, tuple[str, ...]], now: datetime) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []

    def send(text: str, to: object) -> dict[str, str]:
        told.extend((address, text) for address in to)  # type: ignore[attr-defined]
        return {address: "" for address, _ in told}

    send_due(
        engine,
        now=lambda: now,
        directory=lambda: DIRECTORY,
        places=lambda: Places(to={"surge": ("route",), "missed": ()}, addresses=addresses),
        towns=TOWNS,
        send=send,
        going=lambda: True,
    )
    return told


def test_one_notice_goes_to_the_first_of_the_route_who_can_be_told(engine: Engine, line: SurgeLine) -> None:
    ((address, text),) = sent(engine, {"wang": (WANG,), "li": (LI,)}, at(6))
    assert address == WANG and "扎西镇" in text and "集中来电" in text and "河边" not in text
    line.call(3, 7)
    assert sent(engine, {"wang": (WANG,), "li": (LI,)}, at(20)) == []


def test_the_second_is_told_where_the_first_has_no_address(engine: Engine, line: SurgeLine) -> None:
    assert [address for address, _ in sent(engine, {"li": (LI,)}, at(6))] == [LI]


# ── what officials do with it ───────────────────────────────────────────────────────────────────────────────────────


def look(engine: Engine, surges: LiveSurges, minutes: float = 10) -> None:
    with reading(engine) as connection:
        states = surge_states(connection, surges.ids())
    surges.look(states, at(minutes))


def test_once_an_official_knows_callers_are_spared(engine: Engine) -> None:
    line = SurgeLine(engine)
    for n in range(4):
        line.call(n, n)
    assert line.rings == 4
    acknowledge(engine, 1, official="局长王明", now=at(5))
    look(engine, line.surges)
    assert not isinstance(line.call(5, 5), Ring)
    acknowledge(engine, 1, official="别人", now=at(6))
    assert list_surges(engine, by=DESK, now=at(7))[0].acknowledged_by == "局长王明"


def test_an_announcement_is_checked_kept_and_heard_by_later_callers(
    engine: Engine, line: SurgeLine, tmp_path: Path
) -> None:
    recorded, folder = tmp_path / "通知.wav", tmp_path / "announcements"
    recorded.write_bytes(wav(tone(500, 3)))
    seconds = set_announcement(engine, 1, recorded, official="局长王明", now=at(4), folder=folder)
    assert seconds == pytest.approx(3, abs=0.1)
    look(engine, line.surges)
    how = {"caller": "", "place": "扎西镇", "matter": "A1", "now": at(5), "counts": True}
    seen = line.surges.see(call_id="1.99", **how)  # type: ignore[arg-type]
    assert seen is not None and len(seen.announcement) == pytest.approx(3 * 16000, abs=2000)
    recorded.write_bytes(wav(tone(700, 2)))
    set_announcement(engine, 1, recorded, official="局长王明", now=at(4), folder=folder)
    assert len(list(folder.iterdir())) == 1, "the one before it is gone"
    ended(engine)
    assert list(folder.iterdir()) == []


def test_what_cannot_be_played_is_refused_and_changes_nothing(engine: Engine, line: SurgeLine, tmp_path: Path) -> None:
    for name, sound, words in (
        ("long.wav", wav(tone(500, 31)), "31.0 秒"),
        ("short.wav", wav(tone(500, 0.5)), "0.5 秒"),
        ("text.wav", b"no sound at all", "不能播"),
    ):
        path = tmp_path / name
        path.write_bytes(sound)
        with pytest.raises(SurgeRefused, match=words):
            set_announcement(engine, 1, path, official="王明", now=at(4), folder=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    assert list_surges(engine, by=DESK, now=at(7))[0].announced_by == ""


def test_an_announcement_that_vanished_leaves_the_general_sentence(
    engine: Engine, line: SurgeLine, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(wav(tone(500, 3)))
    set_announcement(engine, 1, tmp_path / "a.wav", official="王明", now=at(4), folder=tmp_path / "kept")
    for file in (tmp_path / "kept").iterdir():
        file.unlink()
    look(engine, line.surges)
    assert not isinstance(line.call(3, 5), Ring)


def test_an_official_sees_those_on_whose_ladder_he_stood(engine: Engine, line: SurgeLine) -> None:
    assert [one.id for one in open_surges_for(engine, DIRECTORY, "wang", now=at(5))] == [1]
    assert [one.id for one in open_surges_for(engine, DIRECTORY, "li", now=at(5))] == [1]
    assert open_surges_for(engine, DIRECTORY, "nobody", now=at(5)) == []
    ended(engine)
    assert open_surges_for(engine, DIRECTORY, "wang", now=at(70)) == []


def test_whom_one_of_its_cases_complains_of_has_nothing_to_do_with_it(engine: Engine, line: SurgeLine) -> None:
    one = sorted(members(engine))[0]
    with writing(engine) as connection:
        case = replace(get_case(connection, one), accused=kept_with("", official_keys("wang", "王明")))
        update_cases(connection, [case])
    accused = replace(WANG, name="小王", official="wang")
    assert open_surges_for(engine, DIRECTORY, "wang", now=at(5)) == []
    assert list_surges(engine, by=accused, now=at(5)) == [] != list_surges(engine, by=LEADER, now=at(5))
    with pytest.raises(SurgeNotFound):
        end_surge(engine, 1, result=RESULT, by=accused, now=at(5))
    with pytest.raises(SurgeNotFound):
        acknowledge_as(engine, 1, by=accused, now=at(5))


def test_whom_a_case_complains_of_after_he_has_ended_it_does_not_answer_that_case(
    engine: Engine, line: SurgeLine
) -> None:
    with writing(engine) as connection:
        add_account(connection, "小王", roles=[Role.LEADER], units=[], by="x", at=MORNING, official="wang")
    end_surge(engine, 1, result=RESULT, by=replace(WANG, name="小王", official="wang"), now=at(60))
    line.nobody(1)
    one = sorted(members(engine))[1]
    with writing(engine) as connection:
        case = replace(get_case(connection, one), accused=kept_with("", official_keys("wang", "王明")))
        update_cases(connection, [case])
    close_members(engine, RULES, now=at(61))
    with reading(engine) as connection:
        assert get_case(connection, one).state is not CaseState.CLOSED
    assert told_of(engine, one)[-1] == f"集中来电有了结果：{RESULT}。这个工单要另外答复，请办结时一并答复"


def test_what_is_over_or_was_never_there_is_told_so(engine: Engine, line: SurgeLine) -> None:
    with pytest.raises(SurgeNotFound, match="surge list"):
        acknowledge(engine, 7, official="王明", now=at(5))
    with pytest.raises(ResultRefused):
        end_surge(engine, 1, result="", by=WANG, now=at(5))
    ended(engine)
    with pytest.raises(SurgeRefused, match="已经由局长王明了结"):
        acknowledge(engine, 1, official="王明", now=at(70))
    with pytest.raises(SurgeRefused, match="已经由局长王明了结"):
        end_surge(engine, 1, result=RESULT, by=WANG, now=at(70))


# ── its end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_result_closes_every_case_and_each_citizen_is_called_back_by_a_call_of_their_own(
    engine: Engine, line: SurgeLine
) -> None:
    line.nobody(1)
    line.accepts(2)
    line.call(3, 5)
    assert len(tasks(engine, "redial")) == 1
    assert ended(engine) == 4
    for case in cases(engine):
        assert (case.state, case.result, case.disposition) == (CaseState.CLOSED, RESULT, "已解决")
    callbacks = tasks(engine, "callback")
    assert {task.case_number for task in callbacks} == members(engine) and len(callbacks) == 4
    assert tasks(engine, "redial") == [], "the callback tells it"
    assert close_members(engine, RULES, now=at(61)) == 0
    look(engine, line.surges)
    assert isinstance(line.call(4, 70), Ring), "what comes after it rings"


def test_a_call_that_is_still_up_is_closed_once_it_is_over(engine: Engine, line: SurgeLine) -> None:
    line.accepts(1)
    assert ended(engine) == 2, "nobody has hung up in the third"
    line.accepts(2)
    assert close_members(engine, RULES, now=at(61)) == 1


def test_who_hears_the_notice_while_it_is_being_ended_is_not_forgotten(engine: Engine, line: SurgeLine) -> None:
    ended(engine)
    line.call(3, 59)  # the controller has not looked at the database yet
    assert close_members(engine, RULES, now=at(61)) == 1


def test_who_spoke_of_something_else_too_is_not_closed_by_it_and_the_official_sees_the_result(
    engine: Engine, line: SurgeLine
) -> None:
    lamp = water(matter="C3", matter_name="路灯", text="双河乡路灯坏了", place="双河乡")
    line.call(3, 5, Heard(request=lamp))
    told = line.calls[3].understood(40, text=lamp.text, matter="C3", matter_name="路灯", type="求助", place="双河乡")
    line.accepts(3)
    ended(engine)
    with reading(engine) as connection:
        case = next(c for c in find_cases(connection) if c.call_id == told.call_id)
    assert case.state is CaseState.ASSIGNED
    assert any(RESULT in text for text in told_of(engine, case.number))


def test_a_case_that_was_closed_by_itself_keeps_its_result(engine: Engine, line: SurgeLine) -> None:
    number = cases(engine)[-1].number
    close_case(engine, RULES, number=number, result="已经修好", by=LEADER, now=at(30))
    line.accepts(1)
    line.accepts(2)
    assert ended(engine) == 2
    with reading(engine) as connection:
        assert get_case(connection, number).result == "已经修好"


def test_a_case_on_whose_answer_people_work_is_told_the_result_and_stays_with_them(
    engine: Engine, line: SurgeLine
) -> None:
    line.accepts(1)
    line.accepts(2)
    number = cases(engine)[-1].number
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), state=CaseState.REPLIED)])
    assert ended(engine) == 2
    with reading(engine) as connection:
        assert get_case(connection, number).state is CaseState.REPLIED
    assert any(RESULT in text and "答复" in text for text in told_of(engine, number))


def test_what_is_known_of_the_surge_is_filled_in_before_its_cases_are_closed(engine: Engine, line: SurgeLine) -> None:
    line.accepts(1)
    line.accepts(2)
    for at_, case in enumerate(cases(engine)):
        bare = {"matter": "", "matter_name": "", "transcript": ""} | ({"unit": ""} if at_ else {})
        with writing(engine) as connection:
            update_cases(connection, [replace(case, place="", **bare)])  # type: ignore[arg-type]
    assert ended(engine) == 3
    assert {(case.matter, case.unit, case.demand) for case in cases(engine)} == {
        ("A1", "水务局", "集中来电：扎西镇供水饮水")
    }


def test_those_that_lack_something_stay_open_and_are_told_to_people_each_once(engine: Engine, line: SurgeLine) -> None:
    line.accepts(1)
    line.accepts(2)
    named = cases(engine)[1]
    with writing(engine) as connection:
        update_cases(connection, [replace(named, name="陈秀英")])
    county = replace(RULES, mandatory=Mandatory(close=("类型", "姓名", "承办单位")))
    end_surge(engine, 1, result=RESULT, by=WANG, now=at(60))
    assert close_members(engine, county, now=at(60)) == 1
    assert close_members(engine, county, now=at(61)) == 0
    assert {case.number for case in cases(engine) if case.state is CaseState.CLOSED} == {named.number}
    with reading(engine) as connection:
        told = [row.text for row in all_incidents(connection, "surge")]
    left = {case.number for case in cases(engine)} - {named.number}
    assert len(told) == 2 and all(any(number in text and "姓名" in text for text in told) for number in left)
    assert all(any(RESULT in text and "姓名" in text for text in told_of(engine, number)) for number in left)


def test_a_surge_that_nobody_ends_lets_callers_through_again_and_is_told_every_day_until_it_is(
    engine: Engine, line: SurgeLine
) -> None:
    day = 24 * 60
    for n in range(1, 40):
        line.call(100 + n, 3 + n * 36)
    lapse_surges(engine, now=at(day - 10))
    assert list_surges(engine, by=DESK, now=at(day))[0].lapsed is False
    for days in (1, 2):
        lapse_surges(engine, now=at(days * day + 10))
        lapse_surges(engine, now=at(days * day + 20))
    with reading(engine) as connection:
        texts = [row.text for row in all_incidents(connection, "surge")]
    assert len(texts) == 2 and all("zhitong surge end 1" in text and "42 个工单" in text for text in texts)
    assert isinstance(line.call(200, day + 21), Ring)
    look(engine, line.surges)
    assert isinstance(line.call(201, day + 22), Ring)
    assert {case.state for case in cases(engine)} <= {CaseState.ACCEPTED, CaseState.ASSIGNED}, "each with its clocks"
    ended(engine, 2 * day + 30)
    lapse_surges(engine, now=at(4 * day))
    assert tasks(engine, "surge") == []


@pytest.mark.parametrize("told", [True, False], ids=["the lapse is written down", "it is not, yet"])
def test_three_new_calls_open_a_new_surge_though_nobody_has_ended_the_lapsed_one(
    engine: Engine, line: SurgeLine, told: bool
) -> None:
    day = 24 * 60 + 3
    for n in range(3):
        if told:
            lapse_surges(engine, now=at(day + 1 + n))
        look(engine, line.surges, day + 1 + n)
        assert isinstance(line.call(200 + n, day + 1 + n), Ring), "they ring"
    lapse_surges(engine, now=at(day + 5))
    look(engine, line.surges, day + 5)
    old, new = list_surges(engine, by=DESK, now=at(day + 5))
    assert (old.lapsed, old.cases, new.lapsed, new.cases) == (True, 3, False, 3)
    acknowledge(engine, new.id, official="局长王明", now=at(day + 6))
    look(engine, line.surges, day + 6)
    assert isinstance(line.call(203, day + 7), Done), "once somebody knows of it, callers are told the notice"
    for n in range(1, 6):
        line.nobody(n)
    assert ended(engine, day + 30) == 3, "its result closes the cases of the old one, and no other"
    assert members(engine) == {case.number for case in cases(engine) if case.result}
    end_surge(engine, new.id, result=RESULT, by=WANG, now=at(day + 40))
    assert close_members(engine, RULES, now=at(day + 40)) == 4
    assert len({task.case_number for task in tasks(engine, "callback")}) == 7, "each is called back"


def test_a_restart_after_the_lapse_changes_nothing_about_that(engine: Engine, line: SurgeLine) -> None:
    day = 24 * 60 + 3
    for n in range(2):
        line.call(200 + n, day + 1 + n)
    again = restarted(engine, at(day + 3), day + 3)
    again.call(202, day + 4)
    assert [one.cases for one in list_surges(engine, by=DESK, now=at(day + 5))] == [3, 3]


# ── a redial of somebody nobody had talked to ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("heard", [True, False])
def test_a_redial_that_told_the_notice_kept_the_promise_and_one_that_ended_before_is_made_again(
    engine: Engine, line: SurgeLine, heard: bool
) -> None:
    line.nobody(1)
    (redial,) = tasks(engine, "redial")
    with reading(engine) as connection:
        opened_at = get_surge(connection, 1).opened_at.isoformat()
    call = ToldCall("1757557777.1", at(10))
    call.note(0, "opened", caller="x", dialled="1", kind="redial", case=redial.case_number, task=redial.id)
    names = {"town": "扎西镇", "matter": "A1", "surge": line.calls[2].call_id, "opened_at": opened_at}
    call.note(1, "surge", step="spared", **names)
    if heard:
        call.note(7, "asked", prompt="surge_redial")
    tell_it(engine, RULES, call.note(20, "ended", outcome="surge"))
    assert (tasks(engine, "redial") == []) is heard


# ── after a restart ─────────────────────────────────────────────────────────────────────────────────────────────────


def restarted(engine: Engine, now: datetime, minutes: float = 10) -> SurgeLine:
    line = SurgeLine(engine)
    with reading(engine) as connection:
        line.surges.restore(counted_calls(connection, now - timedelta(minutes=60)))
    look(engine, line.surges, minutes)
    return line


def test_what_was_counted_before_a_restart_counts(engine: Engine) -> None:
    line = SurgeLine(engine)
    line.call(0, 0)
    line.call(1, 30)
    again = restarted(engine, at(61), 61)
    again.call(2, 61)
    assert list_surges(engine, by=DESK, now=at(62)) == [], "the first is too long ago"
    again.call(3, 62)
    assert len(members(engine)) == 3


def test_a_surge_of_which_a_person_knows_spares_callers_after_a_restart_too(engine: Engine, line: SurgeLine) -> None:
    again = restarted(engine, at(10))
    assert not isinstance(again.call(7, 10), Ring)


def test_without_anybody_who_knows_it_does_not(engine: Engine) -> None:
    line = SurgeLine(engine)
    for n in range(3):
        line.call(n, n)
    assert isinstance(restarted(engine, at(10)).call(7, 10), Ring)


def test_a_county_that_has_no_database_for_a_while_counts_all_the_same(engine: Engine) -> None:
    line = SurgeLine(None)
    for n in range(3):
        line.call(n, n)
    line.accepts(0)
    assert not isinstance(line.call(3, 4), Ring)
    tell_it(engine, RULES, *line.calls)  # from the journal
    assert len(members(engine)) == 4


# ── 245 calls in 15 minutes ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("taken", [0, 9])
def test_245_calls_in_15_minutes_are_one_notice_a_few_rings_and_245_callbacks(engine: Engine, taken: int) -> None:
    """taken: the call that the official takes, some 12 s after it rang; those before it reach nobody."""
    line = SurgeLine(engine)
    for n in range(245):
        minutes = n * 15 / 245
        line.call(n, minutes)
        if n == max(3, taken + 3):
            line.accepts(taken)
    rings = line.rings
    assert rings == max(3, taken + 3) + 1, "until somebody knows, and nobody after that"
    for n in (n for n in range(rings) if n != taken):
        line.nobody(n)
    assert [task.kind for task in tasks(engine)].count("notice:surge") == 1
    assert len(tasks(engine, "notice:missed")) == len(tasks(engine, "redial")) == rings - 1
    assert len(members(engine)) == len(cases(engine)) == 245
    assert ended(engine) == 245
    assert tasks(engine, "redial") == []
    callbacks = tasks(engine, "callback")
    assert len({task.case_number for task in callbacks}) == len(callbacks) == 245
    when = max(task.due_at for task in callbacks).astimezone(LOCAL)
    placed = [place_call(engine, RULES, task, now=when) for task in take_due(engine, now=when, limit=300)]
    assert len({call.number for call in placed if call}) == 245


def test_245_calls_of_which_nobody_knows_all_ring(engine: Engine) -> None:
    line = SurgeLine(engine)
    for n in range(245):
        line.call(n, n * 15 / 245)
    assert line.rings == 245
    assert [task.kind for task in tasks(engine)].count("notice:surge") == 1

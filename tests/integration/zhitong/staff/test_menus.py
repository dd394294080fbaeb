"""What officials are asked on the telephone, and what their keys do, key by key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialplans.prompt_texts import load_texts
from ivr.menu import Menu
from ivr.softphone_audio import tone, wav
from routing.calendar import LOCAL
from routing.roster import Override
from tests.fakes.admin import admin
from tests.fakes.databases import Databases
from tests.fakes.directories import small_directory
from tests.fakes.roster_people import secretary
from tests.fakes.told_calls import ToldCall, tell_it
from zhitong.clock import FastForwardClock
from zhitong.errors import DatabaseGone
from zhitong.notices.notice import due_kind
from zhitong.prompt_book import prompt_constants
from zhitong.settings import CHECKOUT, load_settings
from zhitong.staff.context import Staff
from zhitong.staff.desk import StaffDesk
from zhitong.staff.dialled import dialled
from zhitong.staff.meeting import by_words
from zhitong.store.due import DueTask, claim, finish, get_task, open_tasks, put_due
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.surges import SurgeState, surge_of_call, surge_states
from zhitong.usecases.change_roster import put_override
from zhitong.usecases.know_surge import acknowledge
from zhitong.usecases.remind_shifts import remind_shifts
from zhitong.usecases.staff_calls import (
    ARRIVAL,
    KINDS,
    ONSITE,
    REMIND,
    SWAP,
    TOLD,
    UNSURE,
    above,
    number_of,
    numbers_for,
    place_staff_call,
    staff_call_over,
)
from zhitong.usecases.staff_codes import WRONG, new_code, whose_code

ZHANG, LI, WANG, CHEN = "13808700001", "13808700002", "13808700003", "13808700004"
ROOM = ("08702120001", "08702120002")


@pytest.fixture
def desk(staff: Staff) -> StaffDesk:
    return StaffDesk(staff)


def tasks(staff: Staff, kind: str) -> list[DueTask]:
    with reading(staff.engine) as connection:
        return open_tasks(connection, kind=kind)


def due_now(staff: Staff) -> DueTask:
    """The first call to an official that is due, taken as the controller takes it."""
    with writing(staff.engine) as connection:
        (task,) = claim(connection, now=staff.now(), until=staff.now() + timedelta(minutes=5), kinds=KINDS, limit=1)
    return task


def called(staff: Staff, desk: StaffDesk) -> tuple[DueTask, str, Menu]:
    """The next call that is due is placed and answered: the task, the number, what is said."""
    task = due_now(staff)
    call = place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now())
    assert call is not None
    placed = desk.ports.placed(task.id)
    assert placed is not None and placed.number == call.number
    return task, call.number, placed.menu


def unanswered(staff: Staff) -> tuple[DueTask, str]:
    """The next call that is due rings out."""
    task = due_now(staff)
    call = place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now())
    assert call is not None
    staff_call_over(
        staff.engine,
        staff.rules.staff,
        staff.directory(),
        task_id=task.id,
        number=call.number,
        now=staff.now(),
        why="没有人接",
    )
    return task, call.number


def outcome(staff: Staff, task: DueTask) -> str:
    with reading(staff.engine) as connection:
        return get_task(connection, task.id).outcome


def keys_said(menu: Menu) -> list[str]:
    return [sentence.key for sentence in menu.say]


def remind(staff: Staff, *, by_message: bool = False) -> None:
    remind_shifts(staff.engine, staff.directory(), at="19:00", by_message=by_message, now=staff.now())


# ── the eve of a shift ──────────────────────────────────────────────────────────────────────────────────────────────


def test_in_the_evening_whose_turn_begins_tomorrow_is_asked_once_and_who_comes_every_day_is_not(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    remind(staff)
    remind(staff)
    found = [(task.detail["official"], task.detail["start"]) for task in tasks(staff, REMIND)]
    assert found == [("wang", "2026-12-04T08:00:00+08:00")], (
        "not 李, whose turn ends, nor 陈, who is there every workday"
    )
    task, number, menu = called(staff, desk)
    assert number == WANG and keys_said(menu) == ["staff_remind"]
    assert menu.say[0].slots == {"who": "副局长", "when": "明早八点"}
    assert keys_said(menu.keys["1"]()) == ["staff_confirmed"]
    desk.ports.over(task.id, number, False)
    assert outcome(staff, task) == "副局长王志强按键确认" and tasks(staff, UNSURE) == []


def test_before_the_hour_and_late_at_night_nobody_is_asked(staff: Staff, clock: FastForwardClock) -> None:
    remind_shifts(staff.engine, staff.directory(), at="19:30", by_message=False, now=staff.now())
    clock.advance(timedelta(hours=3, minutes=1))
    remind(staff)
    assert tasks(staff, REMIND) == []


def test_an_evening_is_gone_through_once_and_again_when_the_roster_has_changed(
    staff: Staff, clock: FastForwardClock, tmp_path: Path
) -> None:
    (tmp_path / "gone.sqlite3").write_bytes(b"no database at all " * 100)
    gone = open_engine(f"sqlite:///{tmp_path / 'gone.sqlite3'}")
    directory, how = staff.directory(), {"at": "19:00", "by_message": False}
    assert remind_shifts(gone, directory, **how, now=staff.now() - timedelta(hours=3)) is None, "too early"
    with pytest.raises(DatabaseGone):
        remind_shifts(gone, directory, **how, now=staff.now())
    looked = remind_shifts(staff.engine, directory, **how, now=staff.now())
    clock.advance(timedelta(minutes=1))
    assert remind_shifts(gone, directory, **how, now=staff.now(), looked=looked) == looked, "nobody is looked up"
    with pytest.raises(DatabaseGone):
        remind_shifts(gone, replace(directory), **how, now=staff.now(), looked=looked)
    with pytest.raises(DatabaseGone):
        remind_shifts(gone, directory, **how, now=staff.now() + timedelta(days=1), looked=looked)


def test_who_does_not_answer_is_called_again_and_then_the_next_above_is_asked_to_see_to_it(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    remind(staff)
    for _ in range(3):
        task, number = unanswered(staff)
        assert number == WANG
        clock.advance(timedelta(minutes=31))
    assert "没有确认" in outcome(staff, task)
    task, number, menu = called(staff, desk)
    assert (task.kind, number) == (UNSURE, ZHANG) and "副局长王志强" in menu.say[0].slots["who"]
    desk.ports.over(task.id, number, False)  # the director presses nothing: the duty room is next
    _, number, menu = called(staff, desk)
    assert number == ROOM[0]
    assert keys_said(menu.keys["1"]()) == ["staff_thanks"]
    with reading(staff.engine) as connection:
        texts = [row.text for row in all_incidents(connection, REMIND)]
    assert len(texts) == 1 and "王志强" in texts[0] and "没有确认" in texts[0]


def test_of_who_begins_with_that_very_shift_the_next_above_is_asked_because_he_is_not_called_before(
    staff: Staff,
) -> None:
    directory = staff.directory()
    tomorrow = staff.now().astimezone(LOCAL).date() + timedelta(days=1)
    people = tuple(replace(o, first=tomorrow) if o.id == "wang" else o for o in directory.roster.officials)
    begins = replace(directory, roster=replace(directory.roster, officials=people))
    staff = replace(staff, directory=lambda: begins)
    remind(staff)
    task = due_now(staff)
    assert (task.kind, task.detail["official"]) == (REMIND, "wang")
    assert place_staff_call(staff.engine, begins, task, talking=(), now=staff.now()) is None
    task, number, menu = called(staff, StaffDesk(staff))
    assert (task.kind, number) == (UNSURE, ZHANG) and "副局长王志强" in menu.say[0].slots["who"]


def test_who_cannot_come_says_so_with_a_key(staff: Staff, desk: StaffDesk) -> None:
    remind(staff)
    task, number, menu = called(staff, desk)
    assert keys_said(menu.keys["2"]()) == ["staff_cannot"]
    desk.ports.over(task.id, number, False)
    (unsure,) = tasks(staff, UNSURE)
    assert unsure.detail["numbers"] == [ZHANG, *ROOM] and "来不了" in outcome(staff, task)


def test_by_message_the_call_comes_later_and_a_confirmation_by_dialling_in_makes_it_unnecessary(
    staff: Staff, clock: FastForwardClock
) -> None:
    remind(staff, by_message=True)
    (notice,), (call,) = tasks(staff, due_kind("shift")), tasks(staff, REMIND)
    assert call.due_at - notice.due_at == timedelta(minutes=90)
    wang = staff.official("wang")
    assert wang is not None
    menu = dialled(staff, wang)
    assert "staff_to_confirm" in keys_said(menu)
    assert keys_said(menu.keys["4"]()) == ["staff_confirmed"] and tasks(staff, REMIND) == []


def test_whom_to_ask_about_an_official_ends_at_the_duty_room(staff: Staff) -> None:
    directory = staff.directory()
    assert above(directory, "wang", staff.now()) == [ZHANG, *ROOM]
    assert above(directory, "zhang", staff.now()) == [*ROOM]
    assert above(directory, "chen", staff.now()) == [WANG, LI, ZHANG, *ROOM], "the nearest first"
    assert above(directory, "zhao", staff.now())[-2:] == [*ROOM]


# ── a swap ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_for_swap(staff: Staff) -> Menu:
    """王 offers his next turn for the first of 李's that he is offered."""
    wang = staff.official("wang")
    assert wang is not None
    own = dialled(staff, wang).keys["3"]()
    assert own.say[0].slots["when"] == "明早八点"
    other = own.keys["1"]()
    assert "李春燕" in other.say[0].slots["who"]
    return other.keys["1"]()


def test_a_swap_is_made_once_both_have_agreed_and_the_one_who_asked_is_told(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    assert keys_said(ask_for_swap(staff)) == ["staff_swap_asked"]
    friday = datetime(2026, 12, 4, 12, tzinfo=LOCAL)

    def on_friday() -> list[str]:
        there = staff.directory().roster.on_duty(friday, "zwfw")
        return [d.official.name for d in there if d.rank == "deputy"]

    assert on_friday() == ["王志强"], "nothing is changed before the other has agreed"
    task, number, menu = called(staff, desk)
    assert (task.kind, number) == (SWAP, LI) and menu.say[0].slots["who"] == "副局长王志强"
    assert keys_said(menu.keys["1"]()) == ["staff_thanks"]
    desk.ports.over(task.id, number, False)
    assert on_friday() == ["李春燕"]
    task, number, menu = called(staff, desk)
    assert number == WANG and "swap_agreed" in keys_said(menu)
    desk.ports.over(task.id, number, True)
    (again,) = tasks(staff, TOLD)
    assert again.due_at > staff.now(), "the sound broke: he has not been told yet"
    clock.advance(timedelta(minutes=1))
    task, number, _ = called(staff, desk)
    desk.ports.over(task.id, number, False)
    assert tasks(staff, TOLD) == []


def test_a_swap_that_is_declined_or_never_answered_changes_nothing(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    before = staff.directory().roster
    ask_for_swap(staff)
    task, number, menu = called(staff, desk)
    menu.keys["2"]()
    desk.ports.over(task.id, number, False)
    task, number, menu = called(staff, desk)
    assert "swap_declined" in keys_said(menu)
    desk.ports.over(task.id, number, False)
    clock.advance(timedelta(seconds=2))
    ask_for_swap(staff)
    unanswered(staff)
    clock.advance(timedelta(minutes=11))
    unanswered(staff)
    assert "swap_no_answer" in keys_said(called(staff, desk)[2])
    assert staff.directory().roster.overrides == before.overrides


# ── a meeting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_is_said_in_words_lasts_three_hours_at_most_and_ends_by_itself(
    staff: Staff, clock: FastForwardClock
) -> None:
    zhang = staff.official("zhang")
    assert zhang is not None
    menu = by_words(staff, zhang, "我开会到八点半")
    assert menu is not None and keys_said(menu) == ["staff_meeting_set"]
    assert menu.say[0].slots["when"] == "今晚八点半"
    roster = staff.directory().roster
    assert roster.away("zhang", clock.now() + timedelta(minutes=1))
    assert not roster.away("zhang", clock.now() + timedelta(hours=1, minutes=30))


def test_longer_than_three_hours_is_asked_again(staff: Staff) -> None:
    zhang = staff.official("zhang")
    assert zhang is not None
    menu = by_words(staff, zhang, "开会到十一点")
    assert menu is not None and keys_said(menu) == ["staff_meeting_long", "staff_meeting_ask"] and "1" in menu.keys
    assert not staff.directory().roster.away("zhang", staff.now() + timedelta(minutes=1))


def test_a_meeting_that_would_leave_nobody_is_refused(staff: Staff) -> None:
    few = replace(staff, base=small_directory, directory=small_directory)
    said = []
    for one in ("director", "deputy"):
        official = few.official(one)
        assert official is not None
        menu = by_words(few, official, "一个小时")
        assert menu is not None
        said += keys_said(menu)
    assert said == ["staff_meeting_set", "staff_nobody_left"]


# ── a code ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_known_again_replaced_by_a_new_one_and_guarded(staff: Staff, clock: FastForwardClock) -> None:
    engine, folder = staff.engine, staff.settings.folders.data
    first = new_code(engine, folder, "zhang", by=admin(staff.engine, staff.now()), now=staff.now())
    assert whose_code(engine, folder, first, now=staff.now()) == "zhang"
    second = new_code(engine, folder, "zhang", by=admin(staff.engine, staff.now()), now=staff.now())
    assert whose_code(engine, folder, second, now=staff.now()) == "zhang"
    assert whose_code(engine, folder, first, now=staff.now()) == "", "the one before counts no more"
    for guess in range(WRONG):
        assert whose_code(engine, folder, f"{guess:08d}", now=staff.now()) == ""
    assert whose_code(engine, folder, second, now=staff.now()) == "", "somebody is guessing: no code is accepted"
    clock.advance(timedelta(hours=1, seconds=1))
    assert whose_code(engine, folder, second, now=staff.now()) == "zhang"
    assert (folder / "codes.key").stat().st_mode & 0o077 == 0


# ── who is calling ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "whose"),
    [(ZHANG, "zhang"), (f"0{ZHANG}", "zhang"), (ROOM[0], ""), ("13912345678", ""), ("", ""), ("anonymous", "")],
)
def test_an_official_is_known_by_his_own_telephone_alone(desk: StaffDesk, number: str, whose: str) -> None:
    assert desk.ports.whose(number) == whose


def test_who_has_left_is_a_citizen_is_not_called_and_no_code_helps(staff: Staff, clock: FastForwardClock) -> None:
    directory = staff.directory()
    today = staff.now().astimezone(LOCAL).date()
    people = tuple(replace(o, last=today) if o.id == "zhang" else o for o in directory.roster.officials)
    left = replace(directory, roster=replace(directory.roster, officials=people))
    staff = replace(staff, directory=lambda: left)
    ports = StaffDesk(staff).ports
    code = new_code(
        staff.engine, staff.settings.folders.data, "zhang", by=admin(staff.engine, staff.now()), now=staff.now()
    )
    task = DueTask(**dict.fromkeys(DueTask.__slots__) | {"detail": {"official": "zhang"}})
    assert ports.whose(ZHANG) == "zhang" and number_of(left, task, staff.now()) == ZHANG
    clock.advance(timedelta(days=1))
    assert ports.whose(ZHANG) == "" and number_of(left, task, staff.now()) == ""
    menu = ports.coded("13912345678", lambda _: None)
    assert menu.code is not None and keys_said(menu.code[1](code))[0] == "staff_code_wrong"
    assert ports.dialled("zhang", ZHANG).citizen


def test_who_is_in_a_talk_is_not_called_meanwhile_and_who_has_left_the_list_never(staff: Staff) -> None:
    remind(staff)
    task = due_now(staff)
    assert place_staff_call(staff.engine, staff.directory(), task, talking={WANG}, now=staff.now()) is None
    with reading(staff.engine) as connection:
        task = get_task(connection, task.id)
    assert task.due_at > staff.now()
    stranger = DueTask(
        **{name: getattr(task, name) for name in task.__slots__} | {"detail": {"official": "nobody", "start": ""}}
    )
    assert number_of(staff.directory(), stranger, staff.now()) == ""
    assert place_staff_call(staff.engine, staff.directory(), stranger, talking=(), now=staff.now()) is None
    assert outcome(staff, task) == "没有号码可打"


def test_every_sentence_of_every_menu_is_in_the_book_with_its_words(tmp_path: Path) -> None:
    settings = load_settings(environ={"HOME": str(tmp_path)})
    texts = load_texts(settings.files.prompts, prompt_constants(settings)).texts
    source = "\n".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "zhitong" / "staff").glob("*.py"))
    wanted: Any = {key for key in texts if f'"{key}"' in source}
    named = {word for word in source.split('"') if word.startswith(("staff_", "citizen_", "swap_"))}
    assert named == wanted & named and len(named) > 30, "a key that the book does not have would be silence"


# ── several calls about one matter ──────────────────────────────────────────────────────────────────────────────────


def surge_opens(staff: Staff) -> str:
    """The third caller from one town about one matter; nobody has taken any of the calls."""
    rules = replace(staff.rules, staff=replace(staff.rules.staff, missed_after=timedelta()))
    calls = []
    for n in range(3):
        call = ToldCall(f"1757553630.{n + 1}", staff.now() + timedelta(seconds=n)).opened(caller=f"1380000000{n}")
        call.understood(text="扎西镇停水了", type="求助", place="扎西镇", matter="A1")
        surge = {"surge": "1757553630.3", "opened_at": call.answered_at.isoformat(), "calls": calls} if n == 2 else {}
        call.note(
            4, "surge", town="扎西镇", matter="A1", matter_name="供水", step="opened" if surge else "counted", **surge
        )
        rungs = [{"number": ZHANG, "name": "张明远", "post": "局长", "reason": ""}]
        call.note(5, "planned", rungs=rungs, unit="", why="").note(40, "ended", outcome="gone")
        calls.append(call.call_id)
        tell_it(staff.engine, rules, call)
    return "1757553630.3"


def state(staff: Staff, surge: str) -> SurgeState:
    with reading(staff.engine) as connection:
        return surge_states(connection, [surge])[surge]


def test_of_a_surge_that_nobody_knows_an_official_is_told_by_telephone_and_says_that_he_knows(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    surge = surge_opens(staff)
    clock.advance(timedelta(seconds=25))
    task, number, menu = called(staff, desk)
    assert number == ZHANG and menu.say[0].slots == {"place": "扎西镇", "matter": "供水"}
    assert keys_said(menu.keys["1"]()) == ["staff_surge_known"]
    desk.ports.over(task.id, number, False)
    assert state(staff, surge).acknowledged and "局长张明远" in outcome(staff, task)


def test_what_an_official_records_is_heard_by_who_calls_next_and_what_cannot_be_used_is_told_him(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock, tmp_path: Path
) -> None:
    surge = surge_opens(staff)
    clock.advance(timedelta(seconds=25))
    _, _, menu = called(staff, desk)
    end = menu.keys["2"]()
    assert keys_said(end) == ["staff_announce"] and end.record is not None
    short = tmp_path / "1-message.wav"
    short.write_bytes(wav(tone(500, 0.3)))
    end.record(str(short))
    assert state(staff, surge).announcement == ""
    assert "staff_announce_bad" in keys_said(called(staff, desk)[2])

    zhang = staff.official("zhang")
    assert zhang is not None
    again = dialled(staff, zhang)
    assert "staff_surges" in keys_said(again)
    end = again.keys["6"]().keys["2"]()
    assert end.record is not None
    good = tmp_path / "2-message.wav"
    good.write_bytes(wav(tone(500, 3.0)))
    end.record(str(good))
    assert Path(state(staff, surge).announcement).exists() and not good.exists()


def test_of_a_surge_that_somebody_knows_nobody_is_told_again(staff: Staff, clock: FastForwardClock) -> None:
    surge = surge_opens(staff)
    with reading(staff.engine) as connection:
        row = surge_of_call(connection, surge)
    assert row is not None
    acknowledge(staff.engine, row.id, official="副局长李春燕", now=staff.now())
    clock.advance(timedelta(seconds=25))
    task = due_now(staff)
    assert place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now()) is None
    assert outcome(staff, task) == "已经知道了"


# ── whatever goes wrong, there is a sentence ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gone(staff: Staff, databases: Databases, database_url: str) -> Callable[[], None]:
    """Takes the database of the house away."""

    def destroy() -> None:
        databases.destroy(database_url)
        with pytest.raises(DatabaseGone), reading(staff.engine):
            pass

    return destroy


def a_window_call(staff: Staff, *, taker: str = ZHANG) -> None:
    """Somebody takes a call from a window of the hall."""
    rules = replace(staff.rules, staff=replace(staff.rules.staff, windows={"12346": "大厅3号窗口"}))
    rungs = [{"number": n, "name": "", "post": "局长", "reason": ""} for n in (ZHANG, LI, ROOM[1])]
    call = ToldCall("1757553690.1", staff.now()).opened(dialled="12346")
    call.note(1, "planned", rungs=rungs, unit="", why="").note(9, "talk", i=1, number=taker)
    tell_it(staff.engine, rules, call.note(30, "talk_over", seconds=20.0).note(31, "ended", outcome="talk"))


def test_who_dials_before_he_was_called_about_his_window_says_there_too_that_he_is_there(
    staff: Staff, desk: StaffDesk
) -> None:
    a_window_call(staff)
    for official, number in (("zhang", ZHANG), ("li", LI)):
        menu = desk.ports.dialled(official, number)
        assert "staff_menu" in keys_said(menu), "nobody is thrown out of the menu by somebody else's window"
        assert ("staff_at_window" in keys_said(menu)) == (official == "zhang")
    assert keys_said(desk.ports.dialled("zhang", ZHANG).keys["5"]()) == ["staff_thanks"]
    assert tasks(staff, ARRIVAL) == tasks(staff, ONSITE) == []


def test_a_meeting_said_in_words_without_a_database_is_regretted(
    staff: Staff, desk: StaffDesk, gone: Callable[[], None]
) -> None:
    zhang = staff.official("zhang")
    assert zhang is not None
    menu = dialled(staff, zhang)
    gone()
    assert menu.hears is not None
    end = menu.hears("我开会到八点半")
    assert end is not None and keys_said(end) == ["staff_sorry"]


def test_a_code_that_cannot_be_looked_up_is_regretted(staff: Staff, desk: StaffDesk) -> None:
    key = staff.settings.folders.data / "codes.key"
    key.mkdir()  # as unreadable as can be
    menu = desk.ports.coded("13912345678", lambda official: None)
    assert menu.code is not None
    assert keys_said(menu.code[1]("12345678")) == ["staff_sorry"]


def test_who_was_called_hears_a_sentence_also_when_it_is_seen_to_or_the_database_has_gone(
    staff: Staff, desk: StaffDesk, gone: Callable[[], None]
) -> None:
    remind(staff)
    task = due_now(staff)
    with writing(staff.engine) as connection:
        finish(connection, [task.id], at=staff.now(), outcome="电话里确认了")
    placed = desk.ports.placed(task.id)
    assert placed is not None and keys_said(placed.menu) == ["staff_no_need"]
    gone()
    placed = desk.ports.placed(task.id)
    assert placed is not None and keys_said(placed.menu) == ["staff_static"]


def test_the_end_of_one_officials_call_is_not_taken_for_the_end_of_the_next_ones(staff: Staff, desk: StaffDesk) -> None:
    remind(staff)
    _, _, menu = called(staff, desk)
    menu.keys["2"]()
    task, number, _ = called(staff, desk)
    assert number == ZHANG
    desk.ports.over(task.id, ZHANG, False)
    assert desk.ports.placed(task.id).number == ROOM[0]  # type: ignore[union-attr]
    desk.ports.over(task.id, ZHANG, False)  # his call ends late: the duty room is on the line by now
    assert tasks(staff, UNSURE)[0].detail["numbers"] == [*ROOM]


# ── between the plan and the call the roster, the hour and the people may change ────────────────────────────────────


def test_who_has_given_his_shift_away_since_is_not_asked_to_confirm_it(staff: Staff) -> None:
    remind(staff)
    start = datetime(2026, 12, 4, 8, tzinfo=LOCAL)
    given = Override(off="wang", on="li", start=start, end=start + timedelta(days=1))
    put_override(staff.engine, staff.base(), [given], by=secretary("办公室"), reason="换班", now=staff.now())
    wang = staff.official("wang")
    assert wang is not None and "staff_to_confirm" not in keys_said(dialled(staff, wang))
    task = due_now(staff)
    assert place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now()) is None
    assert outcome(staff, task) == "这个班不是他的了"


def test_nobody_is_woken_for_tomorrows_shift_or_a_swap_when_the_call_was_held_up_till_night(
    staff: Staff, clock: FastForwardClock
) -> None:
    remind(staff)
    ask_for_swap(staff)
    clock.advance(timedelta(hours=7))  # two in the morning
    for task in (due_now(staff), due_now(staff)):
        assert place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now()) is None
    clock.advance(timedelta(hours=5))
    again = [due_now(staff), due_now(staff)]
    assert [(task.kind, task.attempts) for task in again] == [(REMIND, 1), (SWAP, 1)]
    calls = [place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now()) for task in again]
    assert [call.number for call in calls if call] == [WANG, LI]


def test_a_shift_offered_to_two_goes_to_the_first_who_agrees(
    staff: Staff, desk: StaffDesk, clock: FastForwardClock
) -> None:
    ask_for_swap(staff)
    _, _, first = called(staff, desk)
    clock.advance(timedelta(seconds=2))
    ask_for_swap(staff)
    _, _, second = called(staff, desk)
    first.keys["1"]()
    before = staff.directory().roster.overrides
    assert keys_said(second.keys["1"]()) == ["staff_nobody_left"]
    assert staff.directory().roster.overrides == before


def test_who_has_left_the_list_is_passed_over_and_the_next_one_called(staff: Staff) -> None:
    remind(staff)
    task = due_now(staff)
    with writing(staff.engine) as connection:
        finish(connection, [task.id], at=staff.now(), outcome="")
        detail = {"numbers": ["13999999999", ZHANG], "about": "wang", "start": task.detail["start"]}
        row = {"kind": UNSURE, "mark": "unsure:1", "case_number": None, "call_id": "", "due_at": staff.now()}
        put_due(connection, [row | {"detail": detail}])
    call = place_staff_call(staff.engine, staff.directory(), due_now(staff), talking=(), now=staff.now())
    assert call is not None and call.number == ZHANG


def test_a_deputy_to_whom_a_windows_call_was_handed_is_asked_and_then_all_above_him(
    staff: Staff, clock: FastForwardClock
) -> None:
    a_window_call(staff, taker=CHEN)
    with reading(staff.engine) as connection:
        (arrival,), (onsite,) = open_tasks(connection, kind=ARRIVAL), open_tasks(connection, kind=ONSITE)
        assert numbers_for(connection, staff.directory(), arrival) == [CHEN]
        assert numbers_for(connection, staff.directory(), onsite) == [ZHANG, LI, ROOM[1]]

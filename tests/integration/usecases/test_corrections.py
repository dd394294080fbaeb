"""What people made of a case against the machine: listed for who may see it, taken as an example once, after a look."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from cases.accused import kept_with, official_keys
from cases.roles import Actor, NotPermitted, Role
from recognizer.examples import COLUMNS, Example, load_examples
from tests.fakes.closing import DESK, HANDLER, HEAD
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, tell_it
from zhitong.errors import DatabaseGone, MoveRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.tables import cases
from zhitong.store.timeline import timeline_of
from zhitong.usecases.assign_case import assign_case
from zhitong.usecases.corrections import FILE, LOOK, Correction, Known, list_corrections, take_corrections
from zhitong.usecases.edit_case import edit_case

NOW = MORNING + timedelta(hours=2)
MATTERS = {"A1": "供水饮水", "A4": "市政设施", "B2": "取水许可"}
KNOWN = Known(names=frozenset({"李春燕"}), towns=frozenset({"扎西镇", "双河乡"}))
LEADER = Actor(name="县长", roles=frozenset({Role.LEADER}))
SECOND = "20250911-092030-0008"
HEADING = "\t".join(COLUMNS) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "A1.tsv").write_text(HEADING + "水龙头没得水\trequest\tA1\t\t求助\torange\t\n")
    return tmp_path


def called(text: str, call_id: str = "1757553630.7", caller: str = CITIZEN) -> ToldCall:
    call = ToldCall(call_id).opened(caller=caller).understood(text=text, type="求助", confidence=0.93)
    return call.planned().note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def edited(engine: Engine, number: str = NUMBER, **changes: str) -> None:
    edit_case(engine, RULES, number=number, by=DESK, reason="听了录音", now=MORNING, matters=MATTERS, **changes)


def listed(engine: Engine, by: Actor = DESK, **how: Any) -> list[Correction]:
    span = {"since": MORNING - timedelta(days=1), "until": NOW, "now": NOW, "known": KNOWN}
    return list_corrections(engine, by=by, **(span | how))  # type: ignore[arg-type]


def taken(engine: Engine, folder: Path, *numbers: str, by: Actor = DESK, **how: Any) -> list[Example]:
    told = {"now": NOW, "known": KNOWN, "folder": folder} | how
    return take_corrections(engine, numbers=numbers or [NUMBER], by=by, **told)  # type: ignore[arg-type]


def set_case(engine: Engine, **fields: Any) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])


def looks(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        return [(row.who, row.what) for number in (None, NUMBER) for row in accesses_to(connection, number)]


def test_a_correction_tells_what_was_said_by_machine_and_people_and_who_when(engine: Engine) -> None:
    tell_it(engine, RULES, called("我叫王小红扎西镇屋头没得水李春燕和王明不管电话幺三八零零零零零零零一"))
    edited(engine, matter="A1", urgency="红")
    (one,) = listed(engine)
    assert one.now.text == "我叫某某扎西镇屋头没得水某某和某某不管电话某号码"
    assert (one.told.matter, one.told.urgency, one.told.confidence) == ("B2", "orange", 0.93)
    assert (one.now.code, one.now.urgency, one.now.place) == ("A1", "red", "扎西镇")
    assert one.fields == ("matter", "urgency")
    (act,) = one.acts
    assert (act.who, act.what, act.at, act.reason) == (DESK.name, "改工单", MORNING, "听了录音")
    assert "事项：B2 → A1" in act.text
    assert looks(engine) == [(DESK.name, "识别改正"), (DESK.name, LOOK)]


def test_what_nobody_changed_and_what_was_only_filled_in_is_no_correction(engine: Engine) -> None:
    tell_it(engine, RULES, called("办不了取水许可"))
    edited(engine, name="王小红", place="扎西镇河口村")
    assert listed(engine) == []
    assert looks(engine) == [(DESK.name, "识别改正")]


def test_a_case_given_to_another_unit_is_a_correction_and_needs_its_matter_told(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("坝塘头的闸门烂了"))
    units = {"能源局", "水务局"}
    assign_case(engine, number=NUMBER, unit="能源局", by=DESK, reason="归他们", units=units, now=MORNING)
    (one,) = listed(engine)
    assert (one.fields, one.told.unit, one.unit) == (("unit",), "水务局", "能源局")
    assert [act.what for act in one.acts] == ["交办"]
    with pytest.raises(MoveRefused, match="--matter"):
        taken(engine, folder)
    assert [example.code for example in taken(engine, folder, matter="A4")] == ["A4"]


def test_what_the_caller_was_not_understood_in_is_a_correction_too(engine: Engine) -> None:
    call = (
        ToldCall()
        .opened()
        .understood(
            text="那个坝坝黑黢黢的",
            intent="unclear",
            matter=None,
            matter_name="",
            type="求助",
            urgency="normal",
            place="",
        )
    )
    tell_it(engine, RULES, call.note(30, "ended", outcome="gone"))
    edited(engine, matter="A4")
    assert [(one.told.matter, one.now.code, one.now.place) for one in listed(engine)] == [("", "A4", "")]


@pytest.mark.parametrize(
    "hidden",
    [
        {"type": "举报"},
        {"secrecy": "保密"},
        {"secrecy": "匿名"},
        {"transcript": ""},
        {"channel": "网站"},
        {"accused": kept_with("", official_keys("li", "李春燕"))},
    ],
)
def test_what_is_secret_expired_or_about_who_looks_is_neither_shown_nor_taken(
    engine: Engine, folder: Path, hidden: dict[str, Any]
) -> None:
    by = Actor(name="李春燕", roles=frozenset({Role.DESK}), official="li")
    tell_it(engine, RULES, called("屋头没得水"))
    edited(engine, matter="A1")
    assert len(listed(engine, by)) == 1
    set_case(engine, **hidden)
    assert listed(engine, by) == []
    with pytest.raises((MoveRefused, NotPermitted)):
        taken(engine, folder, by=by)
    assert not (folder / FILE).exists()


def test_words_that_ought_to_be_deleted_by_now_are_gone_though_nobody_has_deleted_them(
    engine: Engine, folder: Path
) -> None:
    tell_it(engine, RULES, called("屋头没得水"))
    edited(engine, matter="A1")
    listed(engine)
    with writing(engine) as connection:
        connection.execute(cases.update().values(transcript_expires_at=NOW))
    assert listed(engine) == []
    with pytest.raises(MoveRefused, match="到期"):
        taken(engine, folder)


@pytest.mark.parametrize("who", [HANDLER, HEAD, Actor(name="管理员", roles=frozenset({Role.ADMIN}))])
def test_who_may_not_look_is_shown_nothing(engine: Engine, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        listed(engine, who)
    assert looks(engine) == []


def test_a_leader_looks_and_takes_nothing(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("屋头没得水"))
    edited(engine, matter="A1")
    assert len(listed(engine, LEADER)) == 1
    with pytest.raises(NotPermitted):
        taken(engine, folder, by=LEADER)


def test_what_is_taken_is_a_line_of_the_folder_and_on_the_timeline_once_for_ever(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("扎西镇屋头没得水"))
    edited(engine, matter="A1")
    with pytest.raises(MoveRefused, match="还没有看过"):
        taken(engine, folder)
    listed(engine)
    taken(engine, folder)
    assert (folder / FILE).read_text() == HEADING + "扎西镇屋头没得水\trequest\tA1\t\t求助\torange\t扎西镇\n"
    assert len(load_examples(folder)) == 2
    with reading(engine) as connection:
        last = timeline_of(connection, NUMBER)[-1]
    assert (last.what, last.who, last.at) == ("收例句", DESK.name, NOW)
    assert "没得水" not in last.text + last.reason, "words are kept for a shorter time than a timeline"
    assert listed(engine) == []
    with pytest.raises(MoveRefused, match="已经收过"):
        taken(engine, folder, text="换一句")
    assert len(load_examples(folder)) == 2


def test_the_text_may_be_replaced_and_must_be_one_that_examples_take(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("老幺家屋头没得水"))
    edited(engine, matter="A1")
    listed(engine)
    with pytest.raises(MoveRefused, match="只能用汉字"):
        taken(engine, folder, text="屋头没水,3天")
    with pytest.raises(MoveRefused, match="code='Z9'"):
        taken(engine, folder, matter="Z9")
    (one,) = taken(engine, folder, text="邻居屋头没得水")
    assert one.text == "邻居屋头没得水"


def test_several_are_taken_together_or_none(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("屋头没得水"), called("水龙头没得水", "1757553630.8", "13800000002"))
    edited(engine, matter="A1")
    edited(engine, SECOND, matter="A4")
    assert len(listed(engine)) == 2
    with pytest.raises(MoveRefused, match="标的是 A1") as told:
        taken(engine, folder, NUMBER, SECOND)
    assert SECOND in str(told.value)
    assert not (folder / FILE).exists() and len(listed(engine)) == 2
    with pytest.raises(MoveRefused, match="一次只收一个"):
        taken(engine, folder, NUMBER, SECOND, text="没水")
    edited(engine, SECOND, matter="A1")
    taken(engine, folder, NUMBER, SECOND)
    assert len(load_examples(folder)) == 2, "one of them stood there before, said by somebody else"
    assert listed(engine) == []


def test_a_commit_that_fails_leaves_the_folder_as_it_was(engine: Engine, folder: Path) -> None:
    tell_it(engine, RULES, called("屋头没得水"))
    edited(engine, matter="A1")
    listed(engine)

    def fail(connection: object) -> None:
        raise DatabaseGone("数据库不见了")

    event.listen(engine, "commit", fail)
    with pytest.raises(DatabaseGone):
        taken(engine, folder)
    event.remove(engine, "commit", fail)
    assert len(load_examples(folder)) == 1
    assert len(taken(engine, folder)) == 1
    assert len(load_examples(folder)) == 2


def test_the_oldest_are_listed_first_and_no_more_than_asked_for(engine: Engine) -> None:
    tell_it(engine, RULES, called("屋头没得水"), called("路灯不亮", "1757553630.8", "13800000002"))
    edited(engine, matter="A1")
    edited(engine, SECOND, matter="A4")
    assert [one.number for one in listed(engine)] == [NUMBER, SECOND]
    assert [one.number for one in listed(engine, limit=1)] == [NUMBER]
    assert listed(engine, since=MORNING + timedelta(seconds=1)) == []
    with pytest.raises(MoveRefused, match="最多列"):
        listed(engine, limit=0)

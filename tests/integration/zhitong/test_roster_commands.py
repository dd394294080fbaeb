"""The roster by command, end to end on the shipped files and a real database."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.told_calls import CITIZEN, RULES, ToldCall, tell_it
from zhitong.cli import main
from zhitong.roster_commands import moment
from zhitong.settings import CHECKOUT
from zhitong.store.engine import open_engine, reading
from zhitong.store.records import accesses_to

Command = Callable[..., tuple[int, str, str]]
NIGHT = "2026-12-05T02:30+08:00"
HANDLER = "13808700004"
SENTENCE = "窗口没人,我等了一上午"


@pytest.fixture
def zhitong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on a database of its own; (status, what it said, what it complained of)."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", f"sqlite:///{tmp_path / 'cases.sqlite3'}")

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def soon(**later: float) -> str:
    return (datetime.now(LOCAL) + timedelta(**later)).isoformat(timespec="minutes")


def test_a_dry_run_tells_as_text_and_as_json_whose_phone_rings_and_why(zhitong: Command) -> None:
    status, text, _ = zhitong("route", SENTENCE, "--at", NIGHT)
    assert status == 0 and "马上打局长张明远" in text and "138****0001" in text
    _, told, _ = zhitong("route", SENTENCE, "--at", NIGHT, "--json")
    ladder = json.loads(told)["ladder"]
    assert [rung["begins"] for rung in ladder][:2] == [0.0, 12.0]
    assert ladder[-1]["official"] == "duty_room"


def test_a_dry_run_rings_first_who_handles_what_the_caller_has_open(zhitong: Command, tmp_path: Path) -> None:
    assert "--by 姓名" in zhitong("route", SENTENCE, "--at", NIGHT, "--from", CITIZEN)[2], "a number is looked up"
    zhitong("account", "first", ADMIN)
    zhitong("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    by = ("--by", "小周")
    assert zhitong("route", SENTENCE, "--at", NIGHT, "--from", CITIZEN, *by)[0] == 0
    call = ToldCall().opened().understood().note(5, "rung", i=1, number=HANDLER).note(9, "talk", i=1, number=HANDLER)
    call.note(60, "talk_over", seconds=51.0).note(61, "gone", phase="talk").note(61, "ended", outcome="talk")
    tell_it(open_engine(f"sqlite:///{tmp_path / 'cases.sqlite3'}"), RULES, call)
    text = zhitong("route", SENTENCE, "--at", NIGHT, "--from", CITIZEN, *by)[1]
    assert "马上打" in text and "群众有件事正由他办，先打经办人" in text.split("2. ")[0]
    assert "经办人" not in zhitong("route", SENTENCE, "--at", NIGHT, "--from", "13912345678", *by)[1]
    assert "经办人" not in zhitong("route", SENTENCE, "--at", NIGHT)[1]


def test_a_dry_run_goes_by_the_changes_too(zhitong: Command) -> None:
    span = ("--start", "2026-12-05T00:00", "--end", "2026-12-06T00:00")
    status, told, _ = zhitong("roster", "override", "张明远", "陈思雨", *span, "--reason", "出差", "--by", "王秘书")
    assert status == 0 and "第 1 号改动" in told
    assert "马上打督查股股长陈思雨" in zhitong("route", SENTENCE, "--at", NIGHT)[1]
    assert "替张明远（调班）" in zhitong("roster", "who", "--at", NIGHT)[1]
    _, listed, _ = zhitong("roster", "changes")
    assert re.search(r"1 .* 王秘书 调班：陈思雨替张明远 12-05 00:00 到 12-06 00:00；出差", listed)
    assert zhitong("roster", "undo", "1", "--reason", "写错了")[0] == 0
    assert "马上打局长张明远" in zhitong("route", SENTENCE, "--at", NIGHT)[1]
    assert "撤销" in zhitong("roster", "changes")[1]


def test_two_who_swap_have_each_others_days(zhitong: Command) -> None:
    times = (
        "--start",
        "2026-12-05T08:00",
        "--end",
        "2026-12-06T08:00",
        "--back",
        "2026-12-06T08:00",
        "2026-12-07T08:00",
    )
    assert zhitong("roster", "swap", "li", "wang", *times, "--reason", "家里有事")[0] == 0
    for at in ("2026-12-05T12:00", "2026-12-06T12:00"):
        assert "调班" in zhitong("roster", "who", "--at", at, "--unit", "zwfw")[1]


def test_leave_brings_in_the_deputy_and_a_gap_is_told(zhitong: Command) -> None:
    status, told, _ = zhitong(
        "roster", "leave", "张明远", "--start", soon(hours=1), "--end", soon(hours=9), "--reason", "体检"
    )
    assert status == 0
    assert "替张明远（请假）" in zhitong("roster", "who", "--at", soon(hours=2))[1]
    status, told, _ = zhitong("roster", "gaps", "--days", "3", "--json")
    assert status in (0, 1) and isinstance(json.loads(told), list)


def test_a_name_that_nobody_or_two_have_is_refused_with_what_to_write(zhitong: Command) -> None:
    status, _, complaint = zhitong(
        "roster", "leave", "王麻子", "--start", soon(hours=1), "--end", soon(hours=2), "--reason", "x"
    )
    assert status == 1 and "名单里没有 '王麻子'" in complaint


def test_the_class_that_is_rung_first_may_be_changed(zhitong: Command) -> None:
    noon = "2026-12-04T10:00"
    assert "马上打局长张明远" in zhitong("route", SENTENCE, "--at", noon)[1]
    assert zhitong("roster", "first", "staff", "--reason", "局务会定的")[0] == 0
    assert "马上打督查股股长陈思雨" in zhitong("route", SENTENCE, "--at", noon)[1]


def test_a_time_that_is_none_is_refused_in_chinese(zhitong: Command) -> None:
    with pytest.raises(SystemExit):
        zhitong("route", SENTENCE, "--at", "昨天")


def test_a_caller_is_marked_with_reason_and_expiry_listed_masked_and_unmarked(zhitong: Command) -> None:
    zhitong("account", "first", ADMIN)
    zhitong("account", "add", "王秘书", "--role", "受理台", "--by", ADMIN)
    until = ("--until", soon(days=30))
    status, told, _ = zhitong("caller", "mark", "13912345678", "--reason", "半夜打来骂人", *until, "--by", "王秘书")
    assert status == 0 and "139****5678" in told
    listed = ("caller", "list", "--by", "王秘书")
    assert "139****5678" in zhitong(*listed)[1] and "13912345678" not in zhitong(*listed)[1]
    gone = ("--reason", "认错了人", "--by", "王秘书")
    assert zhitong("caller", "unmark", "13912345678", *gone)[0] == 0
    assert zhitong(*listed)[1] == ""
    assert "现在没有标记" in zhitong("caller", "unmark", "13912345678", *gone)[2]


def test_a_dry_run_goes_by_the_mark_of_the_caller_as_a_call_does(zhitong: Command) -> None:
    zhitong("account", "first", ADMIN)
    zhitong("account", "add", "王秘书", "--role", "受理台", "--by", ADMIN)
    mark = ("caller", "mark", "13912345678", "--reason", "骂人", "--until", soon(days=30))
    assert zhitong(*mark)[0] == 1
    assert zhitong(*mark, "--by", "王秘书")[0] == 0
    told = zhitong("route", SENTENCE, "--from", "139-1234-5678", "--by", "王秘书")[1]
    assert "马上打政务服务局值班室" in told and "被标记的来电，只打值班室" in told and "张明远" not in told
    assert "马上打局长张明远" in zhitong("route", SENTENCE, "--from", "13912345679", "--by", "王秘书")[1]
    assert (
        "马上打局长张明远"
        in zhitong("route", SENTENCE, "--from", "13912345678", "--at", soon(days=31), "--by", "王秘书")[1]
    )


def test_a_dry_run_on_a_line_that_is_none_is_refused_with_those_there_are(zhitong: Command) -> None:
    status, _, told = zhitong("route", SENTENCE, "--line", "0870-2129999")
    assert status == 1 and "0870-2129999" in told and "08702128888" in told
    assert zhitong("route", SENTENCE, "--line", "2128888")[0] == 0


def test_a_dry_run_on_a_units_own_number_rings_who_is_on_duty_there(
    zhitong: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
    mine = shipped.replace('name = "水务局"', 'name = "水务局"\nnumbers = ["0870-2128801"]')
    (tmp_path / "roster.toml").write_text(mine, encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__ROSTER", str(tmp_path / "roster.toml"))
    assert "打值班人员）" in zhitong("route", SENTENCE, "--at", NIGHT, "--line", "2128801")[1]
    assert "打值班人员）" not in zhitong("route", SENTENCE, "--at", NIGHT)[1]


@pytest.mark.parametrize(("number", "days"), [("110", 3), ("13912345678", 200), ("13912345678", -1)])
def test_a_mark_for_ever_or_on_no_number_is_refused(zhitong: Command, number: str, days: int) -> None:
    zhitong("account", "first", ADMIN)
    zhitong("account", "add", "王秘书", "--role", "受理台", "--by", ADMIN)
    words = ("--reason", "骂人", "--until", soon(days=days), "--by", "王秘书")
    status, _, told = zhitong("caller", "mark", number, *words)
    assert status == 1 and ("天以内" in told or "号码" in told)


ZHANG = "13808700001"


def took_a_call(tmp_path: Path) -> None:
    """The director has taken a call an hour ago, after nine seconds, and talked for twelve."""
    call = ToldCall(answered_at=datetime.now(LOCAL) - timedelta(hours=1)).opened().note(4, "rung", i=1, number=ZHANG)
    call.note(13, "accepted", i=1, number=ZHANG, by="key").note(13, "talk", i=1, number=ZHANG)
    call.note(25, "talk_over", seconds=12.0).note(26, "ended", outcome="talk")
    tell_it(open_engine(f"sqlite:///{tmp_path / 'cases.sqlite3'}"), RULES, call)


def test_a_telephone_is_unproven_until_somebody_took_a_call_on_it(zhitong: Command, tmp_path: Path) -> None:
    told = zhitong("roster", "gaps", "--days", "3")[1]
    assert "【号码未试通】局长张明远 138****0001" in told and "【号码未试通】县纪委监委督查室" in told
    took_a_call(tmp_path)
    told = zhitong("roster", "gaps", "--days", "3")[1]
    assert "138****0001" not in told and "【号码未试通】县纪委监委督查室" in told


def test_a_number_at_which_no_telephone_rings_is_told_beside_the_unproven_ones(
    zhitong: Command, tmp_path: Path
) -> None:
    assert zhitong("roster", "gaps", "--days", "3")[0] == 1
    begins = datetime.now(LOCAL) - timedelta(hours=3)
    for n in range(3):
        call = ToldCall(f"1757553630.{n}", begins + timedelta(minutes=n)).opened().note(1, "rung", i=1, number=ZHANG)
        call.note(2, "leg", i=1, why="hopeless", cause=0).note(90, "ended", outcome="gone")
        tell_it(open_engine(f"sqlite:///{tmp_path / 'cases.sqlite3'}"), RULES, call)
    told = f"局长张明远 138****0001 从 {begins:%m月%d日 %H:%M} 起没有打通过"
    assert f"【打不通】{told}" in zhitong("roster", "gaps", "--days", "3")[1]
    rows = json.loads(zhitong("roster", "gaps", "--days", "3", "--json")[1])
    assert [row["text"].startswith(told) for row in rows if row["kind"] == "dead"] == [True]


def test_without_the_database_the_rest_is_told_and_what_is_not_known(
    zhitong: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases.sqlite3").write_bytes(b"no database at all " * 100)
    roster = CHECKOUT / "config" / "roster.toml"
    (tmp_path / "roster.toml").write_text(
        roster.read_text(encoding="utf-8").replace('parent = "zwfw"', 'parent = "zwfw"\nhours = ["00:00-24:00"]')
    )
    monkeypatch.setenv("ZHITONG_FILES__ROSTER", str(tmp_path / "roster.toml"))
    status, told, _ = zhitong("roster", "gaps", "--days", "3")
    assert status == 1 and told.startswith("【查不到】") and "哪些号码没试通、打不通也不知道" in told
    assert "【空档】" in told and "【号码未试通】" not in told
    kinds = [row["kind"] for row in json.loads(zhitong("roster", "gaps", "--days", "3", "--json")[1])]
    assert kinds[0] == "unknown" and "gap" in kinds


def test_how_officials_answer_is_told_with_names_and_masked_numbers_and_the_look_recorded(
    zhitong: Command, tmp_path: Path
) -> None:
    assert zhitong("roster", "stats")[1] == "最近 30 天没有打过谁的电话。\n"
    took_a_call(tmp_path)
    told = "响 1 次，接 1 次（中位 9 秒接起），不接 0 次，没接 0 次，答应回电 0 次，谈不到 20 秒 1 次，回电 0 次"
    code, text, _ = zhitong("roster", "stats", "--days", "2")
    assert (code, text.splitlines()[0]) == (0, f"局长张明远 138****0001：{told}")
    (row,) = json.loads(zhitong("roster", "stats", "--json")[1])
    figures = row.keys() - {"who", "numbers"}
    assert len(figures) == 9 and all(f"（{name}）" in text for name in figures), "and what each means"
    assert (row["who"], row["numbers"], row["dropped"], row["seconds"]) == ("局长张明远", ["138****0001"], 1, 9.0)
    with reading(open_engine(f"sqlite:///{tmp_path / 'cases.sqlite3'}")) as connection:
        assert [looked.what for looked in accesses_to(connection, None)] == ["接听统计"] * 3


@pytest.mark.parametrize("days", ["0", "-3", "367", "很多"])
def test_a_number_of_days_that_is_none_is_refused(zhitong: Command, days: str) -> None:
    with pytest.raises(SystemExit):
        zhitong("roster", "stats", "--days", days)


def test_the_calendar_of_an_official_is_written_to_a_file(zhitong: Command, tmp_path: Path) -> None:
    file = tmp_path / "li.ics"
    status, told, _ = zhitong("roster", "ical", "李春燕", "--days", "10", "--out", str(file))
    assert status == 0 and str(file) in told
    assert b"BEGIN:VEVENT" in file.read_bytes()
    assert list(tmp_path.glob("*.part")) == []
    status, _, complaint = zhitong("roster", "ical", "王麻子", "--out", str(file))
    assert status == 1 and "名单里没有" in complaint


DAY = ("--start", "2026-12-05T08:00", "--end", "2026-12-06T08:00", "--reason", "出差")


def late(start: str, end: str) -> tuple[str, ...]:
    return ("--start", start, "--end", end, "--reason", "出差")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("who", "--unit", "没有局"), "没有单位 '没有局'；编码看 config/roster.toml"),
        (("who", "--unit", ""), "没有单位 ''"),
        (("who", "--at", "昨天"), "--at：昨天 不是时间，请写成 2026-12-05T08:00"),
        (("who", "--at", "9999-12-31T23:59"), "--at：9999-12-31T23:59 的年份不对，请写 2000 年到 2100 年"),
        (("ical", "李春燕", "--out", "/nowhere/li.ics"), "--out：/nowhere/li.ics 写不进去"),
        (("ical", "李春燕", "--out", "/tmp"), "--out：/tmp 写不进去"),
        (("ical", "李春燕", "--days", "0", "--out", "/tmp/x.ics"), "--days：0 不是天数"),
        (("override", "李四", "王志强", *DAY), "名单里没有 '李四'"),
        (("override", "李春燕", "李春燕", *DAY), "替班的和原来的都是李春燕"),
        (("override", "李春燕", "王志强", *late("2026-12-05T08:00", "2026-12-05T08:00")), "请改成开始以后的时间"),
        (("override", "李春燕", "王志强", *late("2025-12-05T08:00", "2025-12-06T08:00")), "已经过去了；请写以后的时间"),
        (("override", "李春燕", "王志强", *late("2026-12-05", "9999-12-31")), "--end：9999-12-31 的年份不对"),
        (("override", "李春燕", "王志强", *late("0001-01-01", "2026-12-31")), "--start：0001-01-01 的年份不对"),
        (("swap", "李春燕", "王志强", *DAY, "--back", "2026-12-07", "2026-12-07"), "请改成开始以后的时间"),
        (("swap", "李春燕", "王志强", *DAY, "--back", "2026-12-07", "下周"), "--back：下周 不是时间"),
        (("leave", "李春燕", *DAY[:4], "--reason", " "), "没有写为什么改"),
        (("undo", "x", "--reason", "错"), "编号：x 不是编号，请写 zhitong roster changes 列出的数字"),
        (("undo", "99999999999999999999999", "--reason", "错"), "不是编号"),
        (("undo", "7", "--reason", "错"), "没有编号 7 的改动"),
        (("first", "boss", "--reason", "x"), "没有 boss，只能是 lead、staff"),
        (("export", "--days", "x", "--out", "/tmp/x.xlsx"), "--days：x 不是天数"),
        (("export", "--days", "99999999", "--out", "/tmp/x.xlsx"), "--days：99999999 不是天数"),
        (("export", "--unit", "没有局", "--out", "/tmp/x.xlsx"), "没有单位 '没有局'"),
    ],
)
def test_what_is_told_wrong_is_refused_in_chinese_and_nothing_is_done(
    zhitong: Command, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    try:
        status, _, complaint = zhitong("roster", *words)
    except SystemExit as left:  # argparse
        status, complaint = int(left.code or 0), capsys.readouterr().err
    assert status in (1, 2) and said in complaint
    assert zhitong("roster", "changes")[:2] == (0, "没有改动。\n")


def test_a_file_that_cannot_be_written_leaves_none_half_done(zhitong: Command, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert zhitong("roster", "ical", "李春燕", "--out", str(folder))[0] == 1
    assert list(tmp_path.glob("*.part")) == []


def test_a_change_tells_what_it_makes_wrong_and_nothing_that_was_wrong_before(zhitong: Command) -> None:
    assert "多了" not in zhitong("roster", "leave", "李春燕", *late(soon(days=12), soon(days=13)))[1]
    told = zhitong("roster", "leave", "赵长河", *late(soon(days=12), soon(days=13)))[1]
    assert "以后 30 天多了" in told and "水务局值班的供水股股长赵长河请假，没有人替" in told
    assert "赵长河" not in zhitong("roster", "leave", "陈思雨", *late(soon(days=12), soon(days=13)))[1]


def test_an_override_of_somebody_who_is_not_on_duty_then_is_said_to_have_no_effect(zhitong: Command) -> None:
    noon = ("2026-12-05T12:00", "2026-12-05T13:00")
    told = zhitong("roster", "override", "赵长河", "李春燕", *late(*noon))[1]
    assert "请注意：赵长河 12-05 12:00 到 12-05 13:00 没有班，这次调班现在没有作用。" in told
    assert "没有作用" not in zhitong("roster", "override", "张明远", "李春燕", *late(*noon))[1]


def test_a_reason_of_several_lines_is_one_line_of_the_list(zhitong: Command) -> None:
    assert zhitong("roster", "leave", "李春燕", *DAY[:4], "--reason", "家里\n有事")[0] == 0
    assert "家里 有事" in zhitong("roster", "changes")[1]


def test_a_dry_run_goes_by_the_language_of_the_line(
    zhitong: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
    roster = roster.replace('officials = ["li", "wang"]', 'officials = [["li", "wang"]]')
    roster = roster.replace('deputies = ["li"]', 'deputies = ["li"]\nlanguages = ["苗语"]')
    (tmp_path / "roster.toml").write_text(roster, encoding="utf-8")
    lines = '[[lines]]\nnumber = "0870-2128888"\nname = "找局长"\nlanguage = "苗语"\n'
    (tmp_path / "zhitong.toml").write_text(f'{lines}[files]\nroster = "{tmp_path / "roster.toml"}"\n', encoding="utf-8")
    monkeypatch.setenv("ZHITONG_CONFIG", str(tmp_path / "zhitong.toml"))
    ladder = json.loads(zhitong("route", SENTENCE, "--at", NIGHT, "--json")[1])["ladder"]
    assert [rung["official"] for rung in ladder][:3] == ["zhang", "wang", "li"]
    assert ladder[1]["reason"].endswith("打值班副局长，会说苗语")
    (tmp_path / "zhitong.toml").write_text(lines.replace("苗语", "苗话"), encoding="utf-8")
    assert "【没有人会说】线路写的 苗话" in zhitong("roster", "gaps", "--days", "1")[1]


def test_a_time_of_another_zone_is_told_as_ours() -> None:
    assert moment("2026-12-04T18:30+00:00").isoformat() == "2026-12-05T02:30:00+08:00"
    assert moment("2026-12-05T02:30").isoformat() == "2026-12-05T02:30:00+08:00"

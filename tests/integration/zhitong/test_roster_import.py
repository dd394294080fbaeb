"""roster import and export on a real database, from the command line on."""

import fcntl
import getpass
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from routing.calendar import LOCAL
from routing.sheets.book import read_book
from routing.sheets.people import people_in_force
from routing.sheets.read import read_roster
from zhitong.cli import main
from zhitong.clock import SystemClock
from zhitong.roster_now import directory_now
from zhitong.settings import CHECKOUT, load_settings
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to
from zhitong.store.roster_sheets import KEPT
from zhitong.store.tables import roster_sheets
from zhitong.usecases.change_roster import list_changes

TODAY = SystemClock().now().date()
ROWS = [
    f"{TODAY + timedelta(days=n)},{lead},{staff}\n"
    for n, lead, staff in [(0, "张明远", "陈思雨"), (1, "李春燕", "孙文静")]
]
GOOD = "日期,带班领导,值班人员\n" + "".join(ROWS)
DOUBTFUL = GOOD + f"{TODAY + timedelta(days=2)},张明远,孙悟空\n"
WHY = ("--reason", "十二月值班", "--by", "王秘书")


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path / "值班表.csv"


def changes() -> list[tuple[str, str, str]]:
    _, _, engine = directory_now(load_settings(), SystemClock().now())
    return [(c.kind, c.author, c.reason) for c in list_changes(engine)]


def test_a_preview_shows_and_writes_nothing(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(DOUBTFUL, encoding="utf-8")
    assert main(["roster", "import", str(sheet), "--preview", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [s["mobile"] for s in told["shifts"]][:2] == ["13808700001", "13808700004"]
    assert told["shifts"][0]["start"] == f"{TODAY}T08:00:00+08:00"
    assert [(i["cell"], i["kind"]) for i in told["issues"]] == [("C4", "unknown_name")]
    assert [path.name for path in sheet.parent.rglob("*") if path.is_file()] == [sheet.name]


def test_a_preview_with_a_directory_reads_its_people(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text("日期,值班人员\n12月1日,钱多\n", encoding="utf-8")
    people = sheet.with_name("d.csv")
    people.write_bytes("姓名,单位,职务,手机\n钱多,水务局,科员,13999990001\n".encode("gb18030"))
    assert main(["roster", "import", str(sheet), "--directory", str(people), "--preview", "--json"]) == 0
    assert [s["mobile"] for s in json.loads(capsys.readouterr().out)["shifts"]] == ["13999990001"]
    assert main(["roster", "import", str(sheet), "--directory", str(people), *WHY]) == 1
    assert "钱多" in capsys.readouterr().err


def test_a_good_sheet_is_put_in_force_and_can_be_undone(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(GOOD, encoding="utf-8")
    assert main(["roster", "import", str(sheet), *WHY]) == 0
    told = capsys.readouterr().out
    assert "zhitong roster undo 1" in told
    assert "先打谁" in told
    assert changes() == [("sheet", "王秘书", "十二月值班")]
    _, directory, _ = directory_now(load_settings(), SystemClock().now())
    tomorrow = datetime.combine(TODAY + timedelta(days=1), time(12), LOCAL)  # midnight may have passed meanwhile
    assert {d.official.name for d in directory.roster.on_duty(tomorrow, "zwfw")} >= {"李春燕", "孙文静"}
    assert main(["roster", "undo", "1", "--reason", "导错了"]) == 0


def test_who_rings_first_may_be_told_with_it(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(GOOD, encoding="utf-8")
    assert main(["roster", "import", str(sheet), "--first", "staff", *WHY]) == 0
    assert [kind for kind, _, _ in changes()] == ["sheet", "first"]
    assert main(["roster", "import", str(sheet), *WHY]) == 0
    assert "还没有定过" not in capsys.readouterr().out


def _its_own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that runs the tests in the background has it ignored


def at_the_keyboard(sheet: Path, *keys: bytes) -> tuple[int, str]:
    """The import at a terminal: each time it asks (its question ends with ：), the next keys are pressed."""
    ours, theirs = pty.openpty()
    words = ["roster", "import", str(sheet), *WHY]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [sys.executable, "-m", "zhitong.cli", *words],
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        env=environment,
        start_new_session=True,
        preexec_fn=_its_own_terminal,
    ) as process:
        os.close(theirs)
        told, pressed = b"", list(keys)
        try:
            while True:
                try:
                    some = os.read(ours, 4096)
                except OSError:  # Linux: the other end is closed
                    break
                told += some
                if pressed and told.endswith("领导带班：".encode()):
                    os.write(ours, pressed.pop(0))
                    told += b"\n"
            status = process.wait(timeout=60)
        finally:
            process.kill()  # else a test that is broken off would wait for its end
            os.close(ours)
    return status, told.decode()


@pytest.mark.parametrize(
    ("keys", "first"),
    [((b"1\n",), "staff"), (("带班领导\n".encode(),), "lead"), ((b"3\n", "２\n".encode()), "lead")],
    ids=["a number", "a word", "a slip, then a wide number"],
)
def test_at_a_terminal_who_rings_first_is_asked_once_and_remembered(
    sheet: Path, keys: tuple[bytes, ...], first: str
) -> None:
    sheet.write_text(GOOD, encoding="utf-8")
    status, told = at_the_keyboard(sheet, *keys)
    assert status == 0, told
    assert changes() == [("sheet", "王秘书", "十二月值班"), ("first", "王秘书", "十二月值班")]
    _, directory, _ = directory_now(load_settings(), SystemClock().now())
    assert directory.first == first
    status, told = at_the_keyboard(sheet)
    assert status == 0, told
    assert "先打谁" not in told
    assert [kind for kind, _, _ in changes()] == ["sheet", "first", "sheet"]


@pytest.mark.parametrize(
    ("keys", "ends"),
    [((b"\x03",), 130), ((b"\x04",), 1), ((b"3\n",) * 3, 1)],
    ids=["Ctrl-C", "end of input", "no answer"],
)
def test_whoever_does_not_answer_who_rings_first_has_imported_nothing(
    sheet: Path, keys: tuple[bytes, ...], ends: int
) -> None:
    sheet.write_text(GOOD, encoding="utf-8")
    status, told = at_the_keyboard(sheet, *keys)
    assert status == ends, told
    assert "Traceback" not in told
    assert changes() == []


def test_with_doubts_nothing_is_imported_unless_only_what_is_sure(
    sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet.write_text(DOUBTFUL, encoding="utf-8")
    assert main(["roster", "import", str(sheet), *WHY]) == 1
    told = capsys.readouterr().err
    assert "孙悟空" in told
    assert "--only-sure" in told
    assert changes() == []
    assert main(["roster", "import", str(sheet), "--only-sure", *WHY]) == 0
    assert len(changes()) == 1


def test_a_sheet_with_a_gap_says_in_which_hours_only_the_duty_room_is_rung(
    sheet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
    mine = sheet.with_name("roster.toml")
    mine.write_text(shipped.replace("always = true", ""), encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__ROSTER", str(mine))
    sheet.write_text(GOOD, encoding="utf-8")
    assert main(["roster", "import", str(sheet), *WHY]) == 0
    assert "空档" not in capsys.readouterr().out
    days = [f"{TODAY + timedelta(days=n)},18:00-24:00,李春燕\n" for n in (2, 3)]
    sheet.write_text("日期,时间,值班人员\n" + "".join(days), encoding="utf-8")
    assert main(["roster", "import", str(sheet), "--unit", "zwfw", *WHY]) == 0
    told = capsys.readouterr().out
    day = f"{TODAY + timedelta(days=3):%m月%d日}"
    assert f"【空档】{day} 00:00 到 {day} 18:00：政务服务管理局没有人值班，由值班室补上" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["无.xlsx", *WHY], "没有这个文件"),
        (["值班表.csv"], "--reason"),
        (["值班表.csv", "--unit", "没有局", *WHY], "没有单位"),
        (["值班表.csv", "--directory", "值班表.csv", *WHY], "表头"),
    ],
)
def test_what_is_wrong_is_told(
    sheet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.chdir(sheet.parent)
    sheet.write_text(GOOD, encoding="utf-8")
    assert main(["roster", "import", *words]) == 1
    assert told in capsys.readouterr().err


def test_what_is_exported_reads_back(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(GOOD, encoding="utf-8")
    assert main(["roster", "import", str(sheet), *WHY]) == 0
    out = sheet.with_name("以后.xlsx")
    assert main(["roster", "export", "--days", "2", "--out", str(out)]) == 0
    _, directory, _ = directory_now(load_settings(), SystemClock().now())
    found = read_roster(read_book(out), people_in_force(directory), today=TODAY)
    assert found.issues == ()
    assert {s.name for s in found.shifts} >= {"张明远", "陈思雨", "李春燕", "孙文静"}


def exported(out: Path) -> list[tuple[str, str, str]]:
    """What the exported sheet says, read as a new import would: day, role, name."""
    _, directory, _ = directory_now(load_settings(), SystemClock().now())
    found = read_roster(read_book(out), people_in_force(directory), today=TODAY)
    assert found.issues == ()
    return [(f"{s.start:%m-%d %H}", s.role, s.name) for s in found.shifts]


def day(n: int) -> str:
    return f"{TODAY + timedelta(days=n):%m-%d}"


@pytest.mark.parametrize("kind", ["xlsx", "html"])
def test_the_sheet_comes_back_in_its_own_layout_with_what_was_changed_since(
    sheet: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    names = {0: "陈思雨", 1: "孙文静", 2: "陈思雨"}
    rows = "".join(f"{n + 1},{TODAY + timedelta(days=n)},{who},,张明远\n" for n, who in names.items())
    sheet.write_text(f"政务服务管理局值班表\n序号,日期,值班员,备注,带班领导\n{rows}", "utf-8")
    assert main(["roster", "import", str(sheet), "--unit", "zwfw", *WHY]) == 0
    moments = (f"{TODAY + timedelta(days=1)}T08:00", f"{TODAY + timedelta(days=1)}T12:00")
    words = ["roster", "override", "孙文静", "李春燕", "--start", moments[0], "--end", moments[1], *WHY]
    assert main(words) == 0
    out = sheet.with_name(f"以后.{kind}")
    assert main(["roster", "export", "--unit", "zwfw", "--out", str(out)]) == 0, capsys.readouterr().err
    assert {one for one in exported(out) if one[0].startswith(day(1))} == {
        (f"{day(1)} 08", "staff", "李春燕"),
        (f"{day(1)} 12", "staff", "孙文静"),
        (f"{day(1)} 08", "lead", "张明远"),
    }
    page = read_book(out).pages[0]
    assert [cell.text for cell in page.row(2)] == ["序号", "日期", "值班员", "备注", "带班领导"]
    assert any(cell.text.startswith("制表：") and "签字：" in cell.text for cell in page.texts())
    assert "放不下" not in capsys.readouterr().err


def test_for_other_days_the_layout_is_the_same_and_without_a_sheet_there_is_our_own(
    sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet.write_text(GOOD.replace("日期", "值班日期"), "utf-8")
    out = sheet.with_name("以后.xlsx")
    later = ["--from", f"{TODAY + timedelta(days=10)}", "--days", "3", "--out", str(out)]
    heads = []
    for words in (
        ["import", str(sheet), "--unit", "zwfw", *WHY],
        ["export", "--unit", "zwfw", *later],
        ["export", "--unit", "zwfw", *later, "--own"],
        ["undo", "1", "--reason", "导错了"],
        ["export", "--unit", "zwfw", "--out", str(out)],
    ):
        assert main(["roster", *words]) == 0, capsys.readouterr().err
        if words[0] == "export":
            heads.append([cell.text for row in (1, 2) for cell in read_book(out).pages[0].row(row)])
            assert exported(out)
    assert ["值班日期" in head for head in heads] == [True, False, False]


def test_that_names_and_numbers_left_the_system_is_recorded(sheet: Path) -> None:
    out = sheet.with_name("以后.xlsx")
    assert main(["roster", "export", "--days", "2", "--out", str(out)]) == 0
    _, _, engine = directory_now(load_settings(), SystemClock().now())
    with reading(engine) as connection:
        (access,) = accesses_to(connection, None)
    assert (access.what, access.who, access.unmasked) == ("导出值班表", f"本机用户 {getpass.getuser()}", True)


def test_of_each_unit_the_sheets_of_a_year_are_kept(sheet: Path) -> None:
    sheet.write_text(GOOD, "utf-8")
    for _ in range(KEPT + 2):
        assert main(["roster", "import", str(sheet), "--unit", "zwfw", *WHY]) == 0
    _, _, engine = directory_now(load_settings(), SystemClock().now())
    with reading(engine) as connection:
        kept = list(connection.scalars(select(roster_sheets.c.change_id).order_by(roster_sheets.c.change_id)))
    assert kept == list(range(3, KEPT + 3))


@pytest.mark.parametrize(("name", "told"), [("以后.csv", ".xlsx"), ("没有/以后.xlsx", "写不进去")])
def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    sheet: Path, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    assert main(["roster", "export", "--days", "2", "--out", str(sheet.parent / name)]) == 1
    assert told in capsys.readouterr().err
    assert not list(sheet.parent.rglob("*以后*"))


def test_a_number_on_a_sheet_is_the_one_of_its_days(
    sheet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    last, first = TODAY + timedelta(days=5), TODAY + timedelta(days=6)
    roster = sheet.with_name("roster.toml")
    dated = (
        f'[{{ number = "13808700002", last = {last} }}, {{ number = "13808700022", first = {first} }}]',
        f'name = "陈思雨"\nlast = {last}',
    )
    text = (CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8")
    text = text.replace('["13808700002"]', dated[0]).replace('name = "陈思雨"', dated[1])
    roster.write_text(text, encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__ROSTER", str(roster))
    days = [TODAY + timedelta(days=n) for n in (10, 11, 12)]
    rows = zip(days, ("13808700022", "13808700002", ""), ("孙文静", "孙文静", "陈思雨"), strict=True)
    lines = "".join(f"{day},李春燕,{number},{staff}\n" for day, number, staff in rows)
    sheet.write_text(f"日期,带班领导,联系电话,值班人员\n{lines}", encoding="utf-8")
    assert main(["roster", "import", str(sheet), "--preview", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {s["mobile"] for s in told["shifts"] if s["role"] == "lead"} == {"13808700022"}
    assert [(i["cell"], i["kind"]) for i in told["issues"]] == [("D4", "unknown_name")]  # he has left by then
    assert main(["roster", "import", str(sheet), "--only-sure", *WHY]) == 0
    out = sheet.with_name("out.html")
    assert main(["roster", "export", "--out", str(out)]) == 0
    assert "13808700022" in out.read_text("utf-8") and "13808700002" not in out.read_text("utf-8")

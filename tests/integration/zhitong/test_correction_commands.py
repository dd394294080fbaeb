"""zhitong corrections, end to end: look, take, and the weeks as chart, table, CSV and JSON."""

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from recognizer.examples import COLUMNS, load_examples
from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.closing import DESK, settled
from tests.fakes.told_calls import RULES, ToldCall, tell_it
from zhitong.cli import main
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading
from zhitong.usecases.edit_case import edit_case

Command = Callable[..., tuple[int, str, str]]
LAST_WEEK = datetime.now(LOCAL).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=7)


@pytest.fixture
def command(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `zhitong` beside an examples folder with one text, as the desk; returns status, output and complaint."""
    (tmp_path / "A1.tsv").write_text("\t".join(COLUMNS) + "\n水龙头没得水\trequest\tA1\t\t求助\torange\t\n")
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", str(engine.url))
    monkeypatch.setenv("ZHITONG_FILES__EXAMPLES", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    run("account", "first", ADMIN)
    run("account", "add", DESK.name, "--role", "受理台", "--by", ADMIN)
    monkeypatch.setenv("ZHITONG_BY", DESK.name)
    return run


@pytest.fixture
def number(command: Command, engine: Engine) -> str:
    """A call of last week: B2, said the machine; A4, said the desk; and it was settled."""
    call = ToldCall("1757553630.7", LAST_WEEK).opened().understood(text="那个灯黑起的", type="求助", confidence=0.93)
    tell_it(engine, RULES, call.planned().note(30, "ended", outcome="gone"))
    with reading(engine) as connection:
        (case,) = find_cases(connection)
    when = LAST_WEEK + timedelta(hours=1)
    changed = {"matter": "A4", "reason": "听了录音", "matters": {"A4": "市政设施"}}
    edit_case(engine, RULES, number=case.number, by=DESK, now=when, **changed)  # type: ignore[arg-type]
    settled(engine, RULES, number=case.number, now=when)
    return case.number


def test_a_correction_is_seen_then_taken_and_stands_in_the_folder(
    command: Command, number: str, tmp_path: Path
) -> None:
    status, _, complaint = command("corrections", "take", number)
    assert status == 1 and "还没有看过" in complaint
    status, out, _ = command("corrections", "list", "--from", f"{LAST_WEEK:%Y-%m-%d}")
    assert status == 0
    for told in (number, "把握 93%", "话：那个灯黑起的", "机器说 B2", "现在是 A4", f"{DESK.name} 改工单", "听了录音"):
        assert told in out
    status, out, _ = command("corrections", "take", number, "--text", "我们这点灯黑起的")
    assert status == 0 and "收了 1 句" in out
    assert "我们这点灯黑起的\trequest\tA4\t\t求助" in (tmp_path / "corrections.tsv").read_text()
    assert "：0 个" in command("corrections", "list")[1]


def test_what_is_taken_gets_a_line_of_its_own_below_one_that_an_editor_left_open(
    command: Command, number: str, tmp_path: Path
) -> None:
    kept = "\t".join(COLUMNS) + "\n井盖没了\trequest\tA4\t\t求助\tnormal\t"
    (tmp_path / "corrections.tsv").write_text(kept, encoding="utf-8")
    command("corrections", "list", "--from", f"{LAST_WEEK:%Y-%m-%d}")
    assert command("corrections", "take", number)[0] == 0
    assert sorted(one.text for one in load_examples(tmp_path)) == ["井盖没了", "水龙头没得水", "那个灯黑起的"]


def test_the_weeks_are_a_chart_a_table_and_tell_what_is_counted(command: Command, number: str) -> None:
    status, out, _ = command("corrections", "weeks", "--weeks", "3")
    year, week, _ = LAST_WEEK.isocalendar()
    rows = [line.split() for line in out.splitlines() if line.startswith(f"{year}-W{week:02d}")]
    assert status == 0 and [row[-1] for row in rows] == ["0%（0–79）", "0"]
    assert "·" * 40 in rows[0][2] and "0/1" in rows[1]
    assert "还没有人定下来的" in out and "Wilson" in out and "工单上现在还是这个事项" in out


def test_the_weeks_are_written_as_csv_and_told_to_programs(command: Command, number: str, tmp_path: Path) -> None:
    status, out, _ = command("corrections", "weeks", "--weeks", "2", "--out", str(tmp_path / "weeks.csv"))
    assert status == 0 and "3 行" in out
    with (tmp_path / "weeks.csv").open(encoding="utf-8-sig", newline="") as file:
        before, now, formulas = csv.DictReader(file)
    assert (before["事项对"], before["事项共"], before["事项上限%"]) == ("0", "1", "79.3")
    assert (now["事项共"], now["事项%"]) == ("0", "")
    assert "Wilson" in formulas["从"]
    told = json.loads(command("corrections", "weeks", "--weeks", "2", "--json")[1])
    assert [share["of"] for share in told[0]["shares"]][:2] == [1, 1]
    assert command("corrections", "weeks", "--json", "--out", "a.csv")[0] == 1

"""The roster by command, end to end on the shipped files and a real database."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.calendar import LOCAL
from zhitong.cli import main

Command = Callable[..., tuple[int, str, str]]
NIGHT = "2026-12-05T02:30+08:00"
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


def test_a_dry_run_goes_by_the_changes_too(zhitong: Command) -> None:
    span = ("--start", "2026-12-05T00:00", "--end", "2026-12-06T00:00")
    status, told, _ = zhitong("roster", "override", "张明远", "陈思雨", *span, "--reason", "出差", "--by", "王秘书")
    assert status == 0 and "第 1 号改动" in told
    assert "马上打督查股股长陈思雨" in zhitong("route", SENTENCE, "--at", NIGHT)[1]
    assert "替张明远（调班）" in zhitong("roster", "who", "--at", NIGHT)[1]
    _, listed, _ = zhitong("roster", "changes")
    assert re.search(r"1 .* 王秘书 调班：陈思雨替张明远 12-05 00:00 到 12-06 00:00；出差", listed)
    assert zhitong("roster", "undo", "1")[0] == 0
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
    until = ("--until", soon(days=30))
    status, told, _ = zhitong("caller", "mark", "13912345678", "--reason", "半夜打来骂人", *until, "--by", "王秘书")
    assert status == 0 and "139****5678" in told
    assert "139****5678" in zhitong("caller", "list")[1] and "13912345678" not in zhitong("caller", "list")[1]
    assert zhitong("caller", "unmark", "13912345678")[0] == 0
    assert zhitong("caller", "list")[1] == ""
    assert "现在没有标记" in zhitong("caller", "unmark", "13912345678")[2]


@pytest.mark.parametrize(("number", "days"), [("110", 3), ("13912345678", 200), ("13912345678", -1)])
def test_a_mark_for_ever_or_on_no_number_is_refused(zhitong: Command, number: str, days: int) -> None:
    assert zhitong("caller", "mark", number, "--reason", "骂人", "--until", soon(days=days))[0] == 1

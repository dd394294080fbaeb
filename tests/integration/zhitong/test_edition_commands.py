"""Editions by command, end to end: what is shown before, what is refused, what is kept."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from zhitong.cli import main
from zhitong.settings import CHECKOUT

Command = Callable[..., tuple[int, str, str]]
BY = ("--by", "王秘书", "--reason", "局长换号")
ZHANG, NEW = "13808700001", "13808700099"
SENTENCE = "窗口没人,我等了一上午"
UNPUBLISHED = "有改动没有发布"


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The draft: a copy of the shipped files, and a data folder of its own."""
    for name in ("roster", "escalation"):
        path = shutil.copy(CHECKOUT / "config" / f"{name}.toml", tmp_path)
        monkeypatch.setenv(f"ZHITONG_FILES__{name.upper()}", path)
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    return tmp_path / "roster.toml"


@pytest.fixture
def zhitong(roster: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture
def published(zhitong: Command) -> None:
    assert zhitong("roster", "publish", "--by", "李", "--reason", "开始")[0] == 0


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_preview_shows_what_would_change_and_writes_nothing(zhitong: Command, roster: Path) -> None:
    before = sorted(roster.parent.rglob("*"))
    status, told, _ = zhitong("roster", "publish", "--preview")
    assert status == 0 and "打给谁都没有变" in told
    change(roster, "first = ", "fisrt = ")
    status, _, complaint = zhitong("roster", "publish", "--preview")
    assert status == 1 and "是不是 first" in complaint
    assert sorted(roster.parent.rglob("*")) == before


@pytest.mark.usefixtures("published")
def test_what_is_published_counts_and_is_listed_with_author_reason_and_what_was_changed(
    zhitong: Command, roster: Path
) -> None:
    change(roster, ZHANG, NEW)
    status, told, noted = zhitong("roster", "publish", "--preview")
    assert status == 0 and "改 人：局长张明远（zhang）：电话 138****0001 → 138****0099" in told and "--on 1" in told
    assert noted == ""
    assert "138****0001" in zhitong("roster", "who")[1], "not yet"
    status, told, _ = zhitong("roster", "publish", *BY, "--on", "1")
    assert status == 0 and "第 2 版发布了" in told and "1 个新号码没有试通：138****0099" in told
    assert "138****0099" in zhitong("roster", "who")[1]
    newest, first = zhitong("roster", "editions")[1].splitlines()
    assert newest.startswith("   2 ") and newest.endswith("王秘书：局长换号；人改1（在用）")
    assert first.endswith("李：开始；第一版")


@pytest.mark.usefixtures("published")
def test_a_change_that_nobody_published_is_said_wherever_an_admin_looks_and_counts_nowhere(
    zhitong: Command, roster: Path
) -> None:
    change(roster, ZHANG, NEW)
    for words in (("roster", "who"), ("roster", "gaps"), ("roster", "editions"), ("route", SENTENCE)):
        _, told, noted = zhitong(*words)
        assert UNPUBLISHED in noted and "138****0099" not in told
    _, told, noted = zhitong("route", SENTENCE, "--json")
    assert json.loads(told) and UNPUBLISHED in noted, "what is for programs stays clean"
    assert "138****0099" in zhitong("route", SENTENCE, "--draft")[1]
    roster.unlink()
    status, _, noted = zhitong("roster", "who")
    assert status == 0 and "读不到" in noted and "来电照第 1 版打" in noted


@pytest.mark.usefixtures("published")
def test_what_would_be_published_without_reason_change_or_after_another_is_refused(
    zhitong: Command, roster: Path
) -> None:
    assert "一个字也不差" in zhitong("roster", "publish", *BY)[2]
    change(roster, ZHANG, NEW)
    assert "没有写为什么改（--reason）" in zhitong("roster", "publish")[2]
    assert zhitong("roster", "publish", *BY)[0] == 0
    change(roster, "李春燕", "李燕")
    status, _, complaint = zhitong("roster", "publish", "--on", "1", "--reason", "改名")
    assert status == 1 and "现在是第 2 版" in complaint and "王秘书发布（局长换号），改了 人改1" in complaint
    assert len(zhitong("roster", "editions")[1].splitlines()) == 2


@pytest.mark.usefixtures("published")
def test_hours_that_only_the_duty_room_covers_are_said_before_it_is_published(zhitong: Command, roster: Path) -> None:
    change(roster, 'code = "nengyuan"\n', 'code = "nengyuan"\nhours = ["08:30-17:30"]\n')
    status, told, _ = zhitong("roster", "publish", *BY)
    assert status == 0 and "能源局没有人值班，由值班室补上" in told


@pytest.mark.usefixtures("published")
def test_an_edition_that_is_restored_is_a_new_one_and_no_unpublished_change_is_lost(
    zhitong: Command, roster: Path
) -> None:
    first = roster.read_bytes()
    change(roster, ZHANG, NEW)
    zhitong("roster", "publish", *BY)
    change(roster, "李春燕", "李燕")
    mine = roster.read_bytes()
    status, told, _ = zhitong("roster", "restore", "1", "--preview")
    assert status == 0 and "138****0099 → 138****0001" in told and roster.read_bytes() == mine
    status, told, _ = zhitong("roster", "restore", "1", "--reason", "号码错了")
    assert status == 0 and "作为第 3 版发布" in told
    assert roster.read_bytes() == first
    (kept,) = roster.parent.glob("roster.toml.draft-*")
    assert kept.read_bytes() == mine and str(kept) in told
    assert zhitong("roster", "editions")[2] == "" and "138****0001" in zhitong("roster", "who")[1]
    assert "没有要恢复的" in zhitong("roster", "restore", "1", "--reason", "x")[2]


@pytest.mark.usefixtures("published")
def test_to_restore_what_is_in_force_only_brings_the_files_back(zhitong: Command, roster: Path) -> None:
    first = roster.read_bytes()
    change(roster, ZHANG, NEW)
    status, told, _ = zhitong("roster", "restore", "1", "--reason", "不改了")
    assert status == 0 and "发布了" not in told and roster.read_bytes() == first
    assert len(list(roster.parent.glob("roster.toml.draft-*"))) == 1
    assert len(zhitong("roster", "editions")[1].splitlines()) == 1


@pytest.mark.usefixtures("published")
def test_files_that_cannot_be_read_are_kept_too(zhitong: Command, roster: Path) -> None:
    roster.write_bytes(b"\xff")
    assert zhitong("roster", "restore", "1", "--reason", "坏了")[0] == 0
    (kept,) = roster.parent.glob("roster.toml.draft-*")
    assert kept.read_bytes() == b"\xff" and "zhang" in roster.read_text("utf-8")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("number", ["7", "x"])
def test_an_edition_that_is_none_is_refused(zhitong: Command, number: str) -> None:
    try:
        status, _, complaint = zhitong("roster", "restore", number, "--reason", "x")
    except SystemExit:
        return
    assert status == 1 and "没有第 7 版" in complaint

"""zhitong case extend … find, end to end on real files: two people, one date, what the citizen can be told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.number import case_number
from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.told_calls import CITIZEN, RULES, talked, tell_it
from zhitong.cli import main

CALL = "1757553630.4711"
NOW = datetime.now(LOCAL).replace(microsecond=0)
NUMBER = case_number(NOW, CALL)
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `zhitong` on one case of today and two accounts; returns status, output and complaint."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", str(engine.url))
    tell_it(engine, RULES, talked(CALL, NOW))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    run("account", "first", ADMIN)
    run("account", "add", "赵敏", "--role", "经办", "--unit", "水务局", "--by", ADMIN)
    run("account", "add", "李县长", "--role", "领导", "--by", ADMIN)
    monkeypatch.setenv("ZHITONG_BY", "李县长")
    return run


def test_a_unit_asks_a_leader_grants_the_citizen_is_to_be_told_and_why_is_explained(command: Command) -> None:
    asking = ("case", "extend", NUMBER, "--days", "3", "--reason", "等配件", "--by", "赵敏")
    status, out, _ = command(*asking)
    assert status == 0 and "申请延期 3 天" in out and "批准以前时限不变" in out
    assert "case grant" in command("case", "todo")[1]
    status, _, complaint = command("case", "grant", NUMBER, "--by", "赵敏")
    assert status == 1 and "可以的是：领导" in complaint
    status, out, _ = command("case", "grant", NUMBER, "--by", "李县长")
    assert status == 0 and "办结时限" in out and "改到" in out and "请告诉群众" in out
    assert "告诉群众" in command("case", "todo")[1]
    status, out, _ = command("case", "explain", NUMBER)
    assert status == 0 and "批准延期 3 天，改到" in out and "交办：从来电接通" in out
    assert command(*asking[:4], "30", *asking[5:])[0] == 1


def test_what_is_suspended_shows_in_the_list_until_it_is_resumed(command: Command) -> None:
    until = (NOW + timedelta(days=9)).date()
    status, out, _ = command(
        "case", "suspend", NUMBER, "--until", until.isoformat(), "--reason", "等判决", "--by", "赵敏"
    )
    assert status == 0 and "申请挂起（办结）" in out
    command("case", "grant", NUMBER, "--by", "李县长")
    assert f"挂起到 {until:%m-%d} 00:00" in command("case", "list")[1]
    status, out, _ = command("case", "resume", NUMBER, "--reason", "判下来了", "--by", "李县长")
    assert status == 0 and "●绿" in command("case", "list")[1]
    wrong = command("case", "suspend", NUMBER, "--until", "明天", "--reason", "等", "--by", "赵敏")
    assert wrong[0] == 1 and "看不懂" in wrong[2]


def test_what_is_denied_stays_as_it_was(command: Command) -> None:
    command("case", "extend", NUMBER, "--days", "3", "--reason", "等配件", "--by", "赵敏")
    status, out, _ = command("case", "deny", NUMBER, "--reason", "抓紧", "--by", "李县长")
    assert status == 0 and "时限不变" in out and "延期" not in command("case", "explain", NUMBER)[1]


def test_a_case_is_found_by_its_spoken_number_or_by_the_telephone(command: Command, engine: Engine) -> None:
    later = NOW + timedelta(seconds=61)
    tell_it(engine, RULES, talked("1757553691.4722", later, caller=f"0086{CITIZEN}"))
    number = case_number(later, "1757553691.4722")
    assert number in command("case", "find", "--caller", CITIZEN)[1], "as a trunk wrote it"
    assert "口头编号 4711" in command("case", "show", NUMBER)[1]
    for words in (("4711",), ("--caller", CITIZEN), ("--caller", f"+86 {CITIZEN}")):
        status, out, _ = command("case", "find", *words)
        assert status == 0 and NUMBER in out and CITIZEN not in out
    for words in (("4712",), ("--caller", "13900000009"), (), ("4711", "--caller", CITIZEN)):
        assert command("case", "find", *words)[0] == 1
    assert NUMBER not in command("case", "find", "--caller", "nobody")[1]

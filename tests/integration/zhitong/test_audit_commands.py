"""zhitong audit entries and erase, end to end: the words are nowhere any more, and the chain still verifies."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.fakes.admin import ADMIN
from tests.fakes.closing import DESK
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.cli import main
from zhitong.store.engine import reading
from zhitong.usecases.note_progress import note_progress

Command = Callable[..., tuple[int, str, str]]
SAID = "水务局办不了取水许可"


@pytest.fixture
def command(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `zhitong` on one case and three accounts; returns status, output and complaint."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", str(engine.url))
    tell_it(engine, RULES, talked())

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    run("account", "first", ADMIN)
    for name, role in (("孙兰", "督查"), ("系统管理员", "管理员"), ("李县长", "领导")):
        run("account", "add", name, "--role", role, "--by", ADMIN)
    return run


def everything_kept(engine: Engine) -> str:
    with reading(engine) as connection:
        tables = ("cases", "facts", "timeline", "tries", "case_records", "incidents", "due", "deletions")
        return "\n".join(str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}")))


def number_of(out: str, what: str) -> str:
    return next(line.split()[0] for line in out.splitlines() if f"  {what}  " in line)


def test_what_was_said_is_gone_from_everywhere_and_the_chain_verifies(command: Command, engine: Engine) -> None:
    assert SAID in everything_kept(engine)
    command("audit", "anchor")
    status, out, _ = command("audit", "entries", NUMBER, "--by", "孙兰")
    assert status == 0
    entry = number_of(out, "诉求")
    erasing = ("audit", "erase", NUMBER, entry, "--reason", "本人书面要求", "--by", "孙兰")
    status, out, _ = command(*erasing)
    assert status == 0 and "已清除" in out
    assert SAID not in everything_kept(engine) and "取水" not in everything_kept(engine).replace("取水许可", "")
    status, out, _ = command("audit", "verify")
    assert status == 0 and "没有改动" in out
    out = command("audit", "entries", NUMBER, "--by", "孙兰")[1]
    assert "（已清除）" in out and f"清除了第 {entry} 条的内容（孙兰）" in out
    assert "已经清除了" in command(*erasing)[2]


def test_what_a_person_wrote_is_gone_with_its_reason(command: Command, engine: Engine) -> None:
    note_progress(engine, number=NUMBER, by=DESK, text="住址是扎西镇某某路 7 号", told=False, now=MORNING)
    out = command("audit", "entries", NUMBER, "--by", "系统管理员")[1]
    entry = next(line.split()[0] for line in out.splitlines() if "某某路" in line)
    assert command("audit", "erase", NUMBER, entry, "--reason", "写错了", "--by", "系统管理员")[0] == 0
    assert "某某路" not in everything_kept(engine) and command("audit", "verify")[0] == 0


def test_only_supervision_and_the_administrator_erase_and_never_an_erasing(command: Command, engine: Engine) -> None:
    before = everything_kept(engine)
    status, _, complaint = command("audit", "erase", NUMBER, "2", "--reason", "要求", "--by", "李县长")
    assert status == 1 and "可以的是：督查、管理员" in complaint
    assert "没有第 99 条" in command("audit", "erase", NUMBER, "99", "--reason", "要求", "--by", "孙兰")[2]
    assert "原因" in command("audit", "erase", NUMBER, "2", "--reason", " ", "--by", "孙兰")[2]
    assert everything_kept(engine) == before
    command("audit", "erase", NUMBER, "2", "--reason", "要求", "--by", "孙兰")
    out = command("audit", "entries", NUMBER, "--by", "孙兰")[1]
    last = out.splitlines()[-1].split()[0]
    assert "不能清除" in command("audit", "erase", NUMBER, last, "--reason", "要求", "--by", "孙兰")[2]

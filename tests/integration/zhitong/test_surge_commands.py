"""zhitong surge …, and the controller that goes by it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from ivr.softphone_audio import tone, wav
from tests.fakes.admin import ADMIN
from tests.fakes.surge_line import SurgeLine, at
from tests.fakes.told_calls import MORNING
from zhitong.app import Hotline
from zhitong.cli import main
from zhitong.clock import FastForwardClock
from zhitong.settings import load_settings
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to, all_incidents

Told = tuple[int, str, str]


@pytest.fixture
def command(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Told]:
    """Runs `zhitong` with all that it keeps in a folder of its own: status, what it said, what it complained of."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", database_url)
    monkeypatch.setenv("ZHITONG_BY", "局长王明")

    def run(*words: str) -> Told:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    run("account", "first", ADMIN)
    return run


@pytest.fixture
def line(engine: Engine) -> SurgeLine:
    """Three calls of which nobody took any, and of the third nobody has hung up yet."""
    line = SurgeLine(engine)
    for n in range(3):
        line.call(n, n)
    line.nobody(0)
    line.nobody(1)
    return line


@pytest.fixture
def hotline(tmp_path: Path, database_url: str, engine: Engine) -> Iterator[Hotline]:
    """A controller without an Asterisk, on the same database, after the three calls."""
    changed = {
        "asterisk": dict.fromkeys(("sip_port", "ami_port", "agi_port", "audio_port"), 0),
        "folders": {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "prompts")},
        "store": {"database_url": database_url},
    }
    settings = load_settings(environ={"HOME": str(tmp_path)}, overrides=changed)
    hotline = Hotline(settings, clock=FastForwardClock(MORNING + timedelta(minutes=5)))
    yield hotline
    hotline.stop()


def step(hotline: Hotline, n: int, caller: str = "13911111111") -> str:
    """What the n-th further call comes to."""
    how = {"place": "扎西镇", "matter": "A1", "now": hotline.clock.now(), "counts": True}
    seen = hotline.surges.see(call_id=f"2.{n}", caller=caller, **how)  # type: ignore[arg-type]
    assert seen is not None
    return seen.step


def test_from_the_list_to_the_end(
    command: Callable[..., Told], line: SurgeLine, engine: Engine, tmp_path: Path
) -> None:
    command("account", "add", "局长王明", "--role", "单位负责人", "--unit", "水务局", "--by", ADMIN)
    said = command("surge", "list")
    assert said[:2] == (0, "1  2025-09-11 09:22 起  扎西镇  供水饮水  3 个工单  还没有人确认\n")
    assert command("surge", "acknowledge", "1", "--by", "局长王明")[0] == 0
    (tmp_path / "a.wav").write_bytes(wav(tone(500, 3)))
    assert command("surge", "announce", "1", str(tmp_path / "a.wav"), "--by", "局长王明")[1].startswith("3 秒的通知")
    assert "局长王明知道了  局长王明录了通知" in command("surge", "list")[1]
    ending = ("surge", "end", "1", "--result", "水管已经修好", "--by", "局长王明")
    assert "没有叫 '李明' 的账号" in command(*ending[:-1], "李明")[2]
    command("account", "add", "局长王明", "--role", "受理台", "--by", ADMIN)
    assert "局长王明不能当场办结" in command(*ending)[2]
    command("account", "add", "局长王明", "--role", "领导", "--by", ADMIN)
    status, out, _ = command(*ending)
    assert status == 0 and "2 个工单办结" in out
    assert command("surge", "list")[1] == "没有集中来电。\n"
    with reading(engine) as connection:
        assert [row.what for row in accesses_to(connection, None)].count("集中来电") == 3
        states = [case.state for case in find_cases(connection)]
    assert states.count(CaseState.CLOSED) == 2, "the third is still on the line"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("acknowledge", "9", "--by", "王明"), "没有编号为 9 的集中来电"),
        (("announce", "1", "nowhere.wav", "--by", "王明"), "nowhere.wav"),
        (("end", "1", "--result", " ", "--by", "王明"), "没有写给群众的话"),
        (("end", "1", "--result", "好了", "--by", "王明", "--disposition", "办了"), "办理结论"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    command: Callable[..., Told], line: SurgeLine, words: tuple[str, ...], complaint: str
) -> None:
    command("account", "add", "王明", "--role", "领导", "--by", ADMIN)
    status, _, told = command("surge", *words)
    assert status == 1 and complaint in told and "Traceback" not in told


def test_the_dry_run_shows_that_it_is_a_surge_now(command: Callable[..., Told], line: SurgeLine) -> None:
    assert "现在是集中来电：扎西镇，供水饮水，3 个工单" in command("route", "扎西镇停水没人管")[1]
    assert "集中来电" not in command("route", "双河乡停水没人管")[1]


def test_the_controller_goes_by_what_people_do_and_finishes_what_a_command_could_not(
    command: Callable[..., Told], line: SurgeLine, hotline: Hotline, engine: Engine
) -> None:
    hotline.tick()
    assert step(hotline, 1) == "joined", "nobody knows yet"
    command("account", "add", "局长王明", "--role", "领导", "--by", ADMIN)
    command("surge", "acknowledge", "1", "--by", "局长王明")
    hotline.tick()
    assert step(hotline, 2) == "spared"
    command("surge", "end", "1", "--result", "水管已经修好", "--by", "局长王明")
    line.accepts(2)
    hotline.tick()
    assert step(hotline, 3) == "counted", "it is over"
    with reading(engine) as connection:
        assert {case.state for case in find_cases(connection)} == {CaseState.CLOSED}


def test_what_was_counted_before_the_start_counts_whatever_form_the_number_had(
    engine: Engine, hotline: Hotline
) -> None:
    line = SurgeLine(engine)
    line.call(0, 0, caller="+8613900000001")
    line.call(7, 1)
    hotline.tick()
    assert step(hotline, 1, caller="13900000001") == "counted", "the same person"
    assert step(hotline, 2) == "opened"


def test_a_day_later_people_are_told_and_callers_are_put_through(
    line: SurgeLine, hotline: Hotline, engine: Engine
) -> None:
    line.accepts(2)
    hotline.tick()
    assert step(hotline, 1) == "spared"
    hotline.clock.advance(at(24 * 60 + 3) - hotline.clock.now())  # type: ignore[attr-defined]
    hotline.tick()
    assert step(hotline, 2) == "counted"
    with reading(engine) as connection:
        (row,) = all_incidents(connection, "surge")
    assert "zhitong surge end 1" in row.text

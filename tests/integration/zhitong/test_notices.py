"""Notices on their way from a call that nobody took to a gateway: by the controller itself, and by command."""

import queue
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.editions import publish_files
from tests.fakes.notice_gateway import NoticeGateway, receiving
from tests.fakes.told_calls import MORNING, RULES, ToldCall, tell_it
from zhitong.app import Hotline
from zhitong.cli import main
from zhitong.clock import FastForwardClock
from zhitong.settings import CHECKOUT, load_settings
from zhitong.store.due import tasks_of
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.trial import wait_until

ZHANG, DUTY_ROOM = "13808700001", "08702120001"
CASE = "20250911-092030-0008"


@pytest.fixture
def gateway() -> Iterator[NoticeGateway]:
    with receiving(NoticeGateway()) as there:
        yield there


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    """The shipped roster, to be changed."""
    return Path(shutil.copy(CHECKOUT / "config" / "roster.toml", tmp_path))


@pytest.fixture
def hotline(tmp_path: Path, roster_file: Path) -> Iterator[Hotline]:
    """A controller without an Asterisk."""
    changed = {
        "asterisk": dict.fromkeys(("sip_port", "ami_port", "agi_port", "audio_port"), 0),
        "folders": {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "prompts")},
        "files": {"roster": str(roster_file)},
    }
    settings = load_settings(environ={"HOME": str(tmp_path)}, overrides=changed)
    hotline = Hotline(settings, clock=FastForwardClock(MORNING + timedelta(minutes=1)))
    yield hotline
    hotline.stop()


def missed(at_number: str) -> ToldCall:
    call = ToldCall("1757553630.8").opened().understood().note(5, "rung", i=1, number=at_number)
    return call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def test_the_controller_tells_the_officials_of_a_call_that_nobody_took(
    hotline: Hotline, gateway: NoticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHITONG_NOTICE_ZHANG", gateway.address)
    hotline.tick()  # makes the database
    tell_it(hotline.engine, RULES, missed(ZHANG))
    hotline.tick()
    rings, taken = (gateway.taken.get(timeout=20) for _ in range(2))
    assert rings["message"].startswith(f"来电：工单 {CASE}（橙色，扎西镇）。①"), "and before that, while it rang"
    assert taken["message"].startswith(f"工单 {CASE}（橙色，扎西镇）：09月11日 09:20 来电没有人接谈")


def test_the_controller_sends_nothing_where_nobody_is_registered(hotline: Hotline, gateway: NoticeGateway) -> None:
    hotline.tick()
    tell_it(hotline.engine, RULES, missed(DUTY_ROOM))
    hotline.tick()

    def outcome() -> str:
        with reading(hotline.engine) as connection:
            return next(task.outcome for task in tasks_of(connection, CASE) if task.kind == "notice:missed")

    wait_until(lambda: outcome() == "没有登记地址", 20, "the notice is done with")
    with pytest.raises(queue.Empty):
        gateway.taken.get_nowait()


def test_a_gap_is_told_within_a_minute_of_the_change_that_made_it(hotline: Hotline, roster_file: Path) -> None:
    def told() -> list[str]:
        hotline.tick()
        with reading(hotline.engine) as connection:
            return [row.text for row in all_incidents(connection, "roster")]

    hotline.tick()  # makes the database
    assert told() == []
    unit = 'code = "nengyuan"\n'
    text = roster_file.read_text(encoding="utf-8").replace(unit, f'{unit}hours = ["08:30-17:30"]\n')
    roster_file.write_text(text, encoding="utf-8")
    assert told() == [], "nobody has published it yet"
    publish_files(hotline.settings, hotline.engine, hotline.clock.now())
    found = told()
    assert found[0] == "值班表【空档】09月11日 08:30 到 09月11日 17:30：能源局没有人值班，由值班室补上"
    assert len(found) == 8 and told() == found


def test_a_test_notice_goes_to_everybody_and_what_came_of_it_is_told(
    gateway: NoticeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path))
    assert main(["notice", "test"]) == 1
    assert "还没有登记通知地址" in capsys.readouterr().out
    monkeypatch.setenv("ZHITONG_NOTICE_ZHANG", gateway.address)
    assert main(["notice", "test"]) == 0
    assert capsys.readouterr().out == "局长张明远（json）：发出了\n"
    assert "测试通知" in gateway.taken.get(timeout=10)["message"]
    monkeypatch.setenv("ZHITONG_NOTICE_DUTY_ROOM", "json://127.0.0.1:9/key")
    monkeypatch.setenv("ZHITONG_NOTICE_OFFICE", "nosuch://key")
    assert main(["notice", "test"]) == 1
    told = capsys.readouterr()
    assert "政务服务局值班室（json）：对方没有收下\noffice（nosuch）：地址不对\n" in told.out
    assert "key" not in told.out + told.err

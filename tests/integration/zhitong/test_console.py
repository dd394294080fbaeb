"""The console as a process of its own, over HTTP, beside the commands of an administrator; the shipped roster."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from icalendar import Calendar, Event

from dialplans.ports import free_ports
from routing.calendar import LOCAL
from zhitong.cli import main
from zhitong.settings import CHECKOUT
from zhitong.trial import wait_until

NAMES = ("张明远", "李春燕", "王志强", "陈思雨", "孙文静", "赵长河", "刘安平")


class County:
    """An administrator's machine: commands, and a console beside them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (self.port,) = free_ports(tcp=1)
        self.base = f"http://127.0.0.1:{self.port}"
        self.roster = folder / "roster.toml"
        self.roster.write_text((CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8"), encoding="utf-8")
        self.environ = {
            "ZHITONG_FOLDERS__DATA": str(folder / "data"),
            "ZHITONG_FILES__ROSTER": str(self.roster),
            "ZHITONG_CONSOLE__LISTEN": f"127.0.0.1:{self.port}",
            "ZHITONG_CONSOLE__ADDRESS": self.base,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        """What a command says; it must do what it was told."""
        status = main(list(words))
        told = self._capsys.readouterr()
        assert status == 0, told.err
        return told.out

    def feed(self, name: str) -> str:
        """A new address for an official."""
        told = self.command("roster", "feed", name, "--reason", "手机日历", "--by", "王秘书")
        (address,) = re.findall(r"http\S+\.ics", told)
        assert "只显示这一次" in told and "不是 https" in told
        return address

    def start(self) -> subprocess.Popen[bytes]:
        """The console, once it answers."""
        environ = {**os.environ, **self.environ}
        with (self.folder / "said").open("ab") as said:
            command = [sys.executable, "-m", "zhitong.cli", "console"]
            self.process = subprocess.Popen(command, cwd=CHECKOUT, env=environ, stdout=said, stderr=said)
        wait_until(lambda: self.status(f"{self.base}/calendar/x.ics") in (404, 503), 30, "the console answers")
        return self.process

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        status = self.process.wait(20)
        self.process = None
        return status

    def status(self, address: str, **headers: str) -> int:
        """How it answers; 0: not at all."""
        try:
            with urlopen(Request(address, headers=headers), timeout=10) as response:
                return response.status
        except HTTPError as error:
            return error.code
        except OSError:
            return 0

    def shows(self, address: str, status: int) -> None:
        """Within seconds it answers so."""
        wait_until(lambda: self.status(address) == status, 10, f"it answers {status}")


def read(address: str) -> tuple[str, Calendar]:
    """What the calendar of a telephone gets: the tag and the calendar."""
    with urlopen(address, timeout=10) as response:
        return response.headers["ETag"], Calendar.from_ical(response.read())


def events(address: str) -> dict[str, Event]:
    return {str(event["uid"]): event for event in read(address)[1].walk("VEVENT")}


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[County]:
    county = County(tmp_path, capsys)
    for name, value in county.environ.items():
        monkeypatch.setenv(name, value)
    yield county
    if county.process is not None:
        county.process.kill()
        county.process.wait(10)


def next_turn(address: str) -> Event:
    """The first duty that has not begun and is whole in the calendar."""
    soon = datetime.now(LOCAL) + timedelta(minutes=5)
    return min((event for event in events(address).values() if event.start > soon), key=lambda event: event.start)


def test_leave_and_a_swap_are_there_at_the_next_read_and_gone_when_undone(county: County) -> None:
    li, wang = county.feed("李春燕"), county.feed("王志强")
    county.start()
    county.shows(li, 200)
    tag, calendar = read(li)
    assert str(calendar["prodid"]).startswith("-//zhitong") and str(calendar["x-wr-calname"]) == "李春燕值班"
    mine, theirs = next_turn(li), next_turn(wang)
    before, before_wang = events(li), events(wang)
    assert county.status(li, **{"If-None-Match": tag}) == 304 and read(li)[0] == tag

    span = ("--start", mine.start.isoformat(), "--end", mine.end.isoformat(), "--reason", "出差", "--by", "王秘书")
    county.command("roster", "leave", "李春燕", *span)
    wait_until(lambda: county.status(li, **{"If-None-Match": tag}) == 200, 10, "the calendar has changed")
    away = events(li)
    assert before.keys() - away.keys() == {str(mine["uid"])} and away.keys() < before.keys()
    assert {event["sequence"] for event in before.values()} == {0}
    assert {event["sequence"] for event in away.values()} == {1}
    (instead,) = [events(wang)[uid] for uid in events(wang).keys() - before_wang.keys()]
    assert (instead.start, instead.end) == (mine.start, mine.end) and "替班" in str(instead["summary"])
    county.command("roster", "undo", "1", "--reason", "不去了")
    wait_until(lambda: events(li).keys() == before.keys(), 10, "her turn is back")
    assert {event["sequence"] for event in events(li).values()} == {2}
    wait_until(lambda: events(wang).keys() == before_wang.keys(), 10, "and he is free of it")

    back = ("--back", theirs.start.isoformat(), theirs.end.isoformat())
    county.command("roster", "swap", "李春燕", "王志强", *span[:4], *back, "--reason", "家里有事", "--by", "王秘书")
    wait_until(lambda: str(mine["uid"]) not in events(li), 10, "they have swapped")
    starts = {event.start for event in events(li).values()}
    assert theirs.start in starts and mine.start not in starts
    assert {mine.start} <= {event.start for event in events(wang).values()}
    county.command("roster", "undo", "2", "--reason", "算了")
    wait_until(lambda: events(li).keys() == before.keys(), 10, "swapped back")


def test_a_calendar_names_one_official_and_no_number(county: County) -> None:
    addresses = {name: county.feed(name) for name in NAMES[:4]}
    county.command("roster", "leave", "张明远", "--start", soon(1), "--end", soon(40), "--reason", "学习")
    county.start()
    for name, address in addresses.items():
        county.shows(address, 200)
        with urlopen(address, timeout=10) as response:
            text = response.read().decode().replace("\r\n ", "")
        assert name in text and not [other for other in NAMES if other != name and other in text]
        assert not re.search(r"1380870|0870-?212", text) and "学习" not in text


def soon(days: float) -> str:
    return (datetime.now(LOCAL) + timedelta(days=days)).isoformat(timespec="minutes")


def test_an_address_ends_by_a_new_one_by_revoking_and_with_the_official(county: County) -> None:
    first, li = county.feed("张明远"), county.feed("li")
    county.start()
    county.shows(first, 200)
    second = county.feed("张明远")
    county.shows(second, 200)
    county.shows(first, 410)
    told = county.command("roster", "feed", "张明远", "--revoke", "--reason", "丢了手机", "--by", "王秘书")
    assert "已作废" in told
    county.shows(second, 410)

    text = county.roster.read_text(encoding="utf-8")
    left = without_official(text, "li").replace('["li", "wang"]', '["wang"]').replace('["li"]', "[]")
    county.roster.write_text(left, encoding="utf-8")
    county.command("roster", "publish", "--reason", "李春燕调走了", "--by", "王秘书")
    county.shows(li, 404)
    assert "li（名单里已没有）" in county.command("roster", "feed")
    county.command("roster", "feed", "li", "--revoke", "--reason", "调走了")
    county.shows(li, 410)
    assert county.command("roster", "feed") == "没有人有订阅地址。\n"


def without_official(text: str, official: str) -> str:
    """The roster without the block of an official."""
    return re.sub(rf'\[\[officials\]\]\nid = "{official}"\n(?:.+\n)+', "", text)


def test_reads_are_counted_in_one_row_and_the_log_has_no_address(county: County) -> None:
    address = county.feed("张明远")
    assert "张明远：" in county.command("roster", "feed") and "没有读过" in county.command("roster", "feed")
    county.start()
    county.shows(address, 200)
    tag, _ = read(address)
    assert county.status(address, **{"If-None-Match": tag}) == 304
    assert county.stop() == 0
    assert "读了 3 次，最后 " in county.command("roster", "feed"), "written down at the end, too"
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    logged = (county.folder / "said").read_text() + (county.folder / "data" / "logs" / "console.log").read_text()
    assert f"/calendar/{token[:4]}****.ics 200" in logged and token[4:] not in logged
    assert token not in (county.folder / "data" / "zhitong.sqlite3").read_bytes().decode("latin-1")


def test_a_database_that_is_lost_is_not_missed_and_one_that_was_never_seen_is_told(county: County) -> None:
    address = county.feed("张明远")
    process = county.start()
    county.shows(address, 200)
    tag, known = read(address)[0], events(address)
    data = county.folder / "data"
    for path in data.glob("zhitong.sqlite3*"):
        path.rename(county.folder / path.name)
    wait_until(lambda: "数据库用不了" in (county.folder / "said").read_text(), 10, "it has noticed")
    assert read(address)[0] == tag and process.poll() is None
    county.stop()
    county.start()
    assert county.status(address) == 503
    for path in county.folder.glob("zhitong.sqlite3*"):
        path.rename(data / path.name)
    county.shows(address, 200)
    assert events(address).keys() == known.keys()


def test_a_port_that_is_taken_is_told_with_its_setting(county: County) -> None:
    county.start()
    second = subprocess.run(
        [sys.executable, "-m", "zhitong.cli", "console"],
        cwd=CHECKOUT,
        env={**os.environ, **county.environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1 and "console.listen" in second.stderr and "占用" in second.stderr
    assert "Traceback" not in second.stderr


def test_without_a_console_there_is_no_address_to_give(
    county: County, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHITONG_CONSOLE__LISTEN", "")
    assert main(["roster", "feed", "张明远", "--reason", "手机日历"]) == 1
    assert "console.listen" in capsys.readouterr().err
    assert main(["console"]) == 1
    assert "console.listen" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("没有这个人",), ("没有这个人", "--revoke"), ("张明远", "--revoke")])
def test_nobodys_address_is_neither_given_nor_revoked(
    county: County, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roster", "feed", *words, "--reason", "试"]) == 1
    assert "zhitong：" in capsys.readouterr().err

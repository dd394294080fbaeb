"""Texts to citizens on their way from a call to a county's gateway: by the controller itself, and by command."""

import logging
import queue
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.number import case_number
from routing.calendar import LOCAL
from routing.phone import mask
from tests.fakes.admin import ADMIN
from tests.fakes.closing import DESK
from tests.fakes.notice_gateway import NoticeGateway, receiving
from tests.fakes.told_calls import CITIZEN, MORNING, talked, tell_it
from zhitong.app import Hotline
from zhitong.cli import main
from zhitong.clock import FastForwardClock
from zhitong.settings import load_settings
from zhitong.store.due import tasks_of
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.trial import wait_until
from zhitong.usecases.show_case import show_case

CASE = "20250911-092030-0007"
KEY = "a-key-that-nobody-may-see"
NOW = datetime.now(LOCAL).replace(microsecond=0)
CALL = "1757553630.4711"
NUMBER = case_number(NOW, CALL)
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gateway() -> Iterator[NoticeGateway]:
    with receiving(NoticeGateway(answer='{"code": 0}')) as there:
        yield there


def write_gateway(data: Path, gateway: NoticeGateway) -> None:
    data.mkdir(exist_ok=True)
    file = data / "sms-gateway.toml"
    file.write_text(
        f"""url = "http://127.0.0.1:{gateway.port}/send"
headers = {{ Authorization = "{KEY}" }}
json = {{ mobile = "{{number}}", content = "{{text}}", uid = "{{id}}" }}
accepted = '"code":0'
""",
        encoding="utf-8",
    )
    file.chmod(0o600)


@pytest.fixture
def hotline(tmp_path: Path, gateway: NoticeGateway) -> Iterator[Hotline]:
    """A controller without an Asterisk, a minute after a call that somebody took."""
    write_gateway(tmp_path / "data", gateway)
    changed = {
        "asterisk": dict.fromkeys(("sip_port", "ami_port", "agi_port", "audio_port"), 0),
        "folders": {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "prompts")},
        "sms": {"gateway": "sms-gateway.toml"},
    }
    settings = load_settings(environ={"HOME": str(tmp_path)}, overrides=changed)
    hotline = Hotline(settings, clock=FastForwardClock(MORNING + timedelta(minutes=2)))
    hotline.tick()  # makes the database
    tell_it(hotline.engine, hotline.rules, talked())
    yield hotline
    hotline.stop()


def test_the_controller_texts_a_receipt_and_the_case_tells_so(
    hotline: Hotline, gateway: NoticeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hotline.tick()
    taken = gateway.taken.get(timeout=20)
    assert taken["mobile"] == CITIZEN and taken["content"].startswith("【找局长】您的来电已收到，编号0007。")
    assert len(taken["uid"]) == 32

    def told() -> list[str]:
        view = show_case(hotline.engine, number=CASE, by=DESK, now=hotline.clock.now())
        return [entry.text for entry in view.timeline if entry.what == "短信"]

    said = [f"短信告诉群众：来电收到了（{mask(CITIZEN)}，网关已收下）"]
    wait_until(lambda: told() == said, 20, "the case tells it")
    hotline.tick()
    with pytest.raises(queue.Empty):
        gateway.taken.get(timeout=0.5)
    assert CITIZEN not in caplog.text and KEY not in caplog.text


def test_a_gateway_that_refuses_is_tried_again_with_the_same_id(hotline: Hotline, gateway: NoticeGateway) -> None:
    gateway.answer = '{"code": 22}'
    hotline.tick()
    first = gateway.taken.get(timeout=20)

    def put_off() -> bool:
        with reading(hotline.engine) as connection:
            (task,) = [task for task in tasks_of(connection, CASE) if task.kind == "sms:receipt"]
        return task.due_at > hotline.clock.now()

    wait_until(put_off, 20, "it is put off")
    gateway.answer = '{"code":0}'
    hotline.clock.advance(timedelta(seconds=25))
    hotline.tick()
    assert gateway.taken.get(timeout=20)["uid"] == first["uid"]


def test_an_anchor_that_cannot_be_made_is_told_to_people_once_a_day(hotline: Hotline, tmp_path: Path) -> None:
    for file in (tmp_path / "data" / "anchors").glob("*"):
        file.unlink()
    (tmp_path / "data" / "anchors").rmdir()
    (tmp_path / "data" / "anchors").write_text("in the way")
    for _ in range(2):
        hotline.tick()
    with reading(hotline.engine) as connection:
        (incident,) = all_incidents(connection, "anchor")
    assert incident.text.startswith("留痕今天没有锚定：") and "zhitong audit anchor" in incident.text


@pytest.fixture
def command(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `zhitong`; returns status, output and complaint."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", str(engine.url))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    run("account", "first", ADMIN)
    run("account", "add", "小周", "--role", "受理台", "--by", ADMIN)
    run("account", "add", "赵敏", "--role", "经办", "--unit", "水务局", "--by", ADMIN)
    return run


def test_a_test_text_goes_to_the_number_that_is_named_and_what_the_gateway_said_is_told(
    command: Command, gateway: NoticeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, _ = command("sms", "test", CITIZEN)
    assert status == 1 and out.startswith("没有接短信网关")
    monkeypatch.setenv("ZHITONG_SMS__GATEWAY", "sms-gateway.toml")
    write_gateway(tmp_path / "data", gateway)
    status, out, _ = command("sms", "test", CITIZEN)
    assert (status, out) == (0, f'{mask(CITIZEN)}：网关收下了，请看手机\n网关的回应：{{"code": 0}}\n')
    assert gateway.taken.get(timeout=5)["content"] == "【找局长】这是测试短信，收到就是通了。"
    gateway.answer = f'{{"code": 22, "msg": "{CITIZEN} 签名不对"}}'
    status, out, err = command("sms", "test", CITIZEN)
    assert status == 1 and "没有发出（对方没有收下（HTTP 200））" in out and "签名不对" in out
    assert CITIZEN not in out + err and KEY not in out + err
    (tmp_path / "data" / "sms-gateway.toml").chmod(0o644)
    status, _, err = command("sms", "test", CITIZEN)
    assert status == 1 and "chmod 600" in err


def test_who_wants_no_texts_says_so_once(command: Command) -> None:
    assert command("sms", "stop", CITIZEN, "--by", "赵敏", "--reason", "烦")[2].startswith("zhitong：赵敏不能登记")
    assert command("sms", "stop", "08702123456", "--by", "小周", "--reason", "烦")[2].endswith("本来就不发短信\n")
    assert command("sms", "stop", CITIZEN, "--by", "小周", "--reason", "说不要") == (
        0,
        f"{mask(CITIZEN)}：不要短信。\n",
        "",
    )
    status, out, _ = command("sms", "list", "--by", "小周")
    assert status == 0 and out.startswith(f"{mask(CITIZEN)}：不要短信（") and out.endswith("小周：说不要）\n")
    command("sms", "usual", CITIZEN, "--by", "小周", "--reason", "又要了")
    assert command("sms", "list", "--by", "小周")[1] == ""

"""The commands of administrators and clerks, end to end on real files."""

import getpass
import hashlib
import io
import json
import os
import subprocess
import sys
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.roles import Role
from recognizer.model import DEMO, load_catalogue
from routing.calendar import LOCAL
from tests.fakes.admin import ADMIN
from tests.fakes.closing import left_to_people, signed_off
from tests.fakes.databases import Databases
from tests.fakes.model_server import ModelServer, serving
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, NUMBER, RULES, talked, tell_it, unheard
from tests.fakes.voice import speak
from zhitong.cli import main
from zhitong.figure_months import aligned
from zhitong.settings import SHIPPED
from zhitong.store.accounts import add_account
from zhitong.store.asides import put_aside
from zhitong.store.cases import find_cases, get_case, update_cases
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.records import accesses_to

CALL = "1757553630.7"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    complaint: str


Command = Callable[..., Said]


@pytest.fixture
def command(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `zhitong` with all that it keeps in a folder of its own, as whoever sits at the desk."""
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_STORE__DATABASE_URL", database_url)
    monkeypatch.setenv("ZHITONG_BY", "值班小王")
    engine = open_engine(database_url)
    with writing(engine) as connection:
        add_account(connection, "值班小王", roles=[Role.DESK], units=[], by="管理员", at=MORNING)
        add_account(connection, ADMIN, roles=[Role.ADMIN], units=[], by="本机用户", at=MORNING)
    engine.dispose()

    def run(*words: str) -> Said:
        status = main(list(words))
        told = capsys.readouterr()
        return Said(status, told.out, told.err)

    return run


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """One case: a citizen has talked with the deputy."""
    tell_it(engine, RULES, talked())
    return engine


def test_what_people_must_see_to_is_listed_newest_first_and_that_somebody_looked_is_kept(
    command: Command, engine: Engine
) -> None:
    assert "没有要人处理的事" in command("case", "todo").out
    for minute in (1, 2):
        missed = unheard(f"1757553630.{minute}", MORNING + timedelta(minutes=minute), caller="0085212345678")
        tell_it(engine, RULES, missed)
    said = command("case", "todo")
    newer, older = said.out.splitlines()
    assert "20250911-092230-0002" in newer and "20250911-092130-0001" in older
    assert "无法回拨" in newer and "85212345678" not in said.out
    with reading(engine) as connection:
        assert [row.what for row in accesses_to(connection, None)] == ["待处理"], "again within minutes is one look"


# ── cases ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clerk_lists_shows_closes_and_replays_and_every_look_is_recorded(command: Command, engine: Engine) -> None:
    listed = command("case", "list")
    assert listed.status == 0 and listed.out.split()[:2] == [NUMBER, "交办"] and "138****0001" in listed.out
    shown = command("case", "show", NUMBER)
    assert f"工单 {NUMBER}" in shown.out and CITIZEN not in shown.out.replace(CALL, "") and DEPUTY not in shown.out
    replayed = command("call", "replay", CALL)
    assert replayed.status == 0 and "群众来电" in replayed.out.splitlines()[0]
    unmasked = command("case", "show", NUMBER, "--full-number")
    assert CITIZEN in unmasked.out
    with reading(engine) as connection:
        looks = [(row.what, row.unmasked) for row in accesses_to(connection, NUMBER)]
        lists = accesses_to(connection, None)
    assert looks == [("查看", False), ("重看通话", False), ("查看", True)] and len(lists) == 1
    assert {row.who for row in lists} == {"值班小王"} and all(row.login == getpass.getuser() for row in lists)

    assert command("account", "add", "副局长李强", "--role", "领导", "--by", ADMIN).out == "副局长李强：领导\n"
    assert command("account", "list").out == f"值班小王  受理台\n副局长李强  领导\n{ADMIN}  管理员\n"
    closed = command("case", "close", NUMBER, "--result", "取水许可已经发到您手上", "--by", "副局长李强")
    assert closed.status == 1 and "不算当场办结" in closed.complaint, "that call was long ago"
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1), result="取水许可已经发到您手上")
    shown = command("case", "show", NUMBER)
    assert "【办结】" in shown.out and "取水许可已经发到您手上（已解决，副局长李强）" in shown.out
    assert "回访" in shown.out.partition("待办：")[2]
    assert NUMBER in command("case", "list", "--state", "办结").out
    assert command("case", "list", "--state", "受理").out == "没有工单。\n"


@pytest.mark.parametrize(
    ("disposition", "spoken"),
    [("已解决", "回话，取水许可要等新水源"), ("暂不能解决", "这件事暂时办不了，原因是取水许可要等新水源")],
)
def test_a_leader_hears_what_the_citizen_will_hear(
    command: Command, engine: Engine, tmp_path: Path, disposition: str, spoken: str
) -> None:
    with writing(engine) as connection:
        told = replace(
            get_case(connection, NUMBER), state=CaseState.REVIEWED, result="取水许可要等新水源", disposition=disposition
        )
        update_cases(connection, [told])
    assert command("account", "add", "副局长李强", "--role", "领导", "--by", ADMIN).status == 0
    refused = command("case", "approve", NUMBER, "--by", "副局长李强", "--reason", "核实过")
    assert "case hear" in refused.complaint
    sound = tmp_path / "heard.wav"
    heard = command("case", "hear", NUMBER, "--by", "副局长李强", "--wav", str(sound))
    assert heard.status == 0 and spoken in heard.out and sound.stat().st_size > 8000
    assert command("case", "approve", NUMBER, "--by", "副局长李强", "--reason", "核实过").status == 0
    again = command("case", "approve", NUMBER, "--by", "副局长李强")
    assert "要等回访" in again.complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("case", "show", "7"), "没有编号为 7 的工单"),
        (("call", "replay", "7"), "没有通话 7 的记录"),
        (("case", "close", "7", "--result", "办好了", "--by", "李强"), "没有编号为 7 的工单"),
        (("case", "close", NUMBER, "--result", " ", "--by", "李强"), "没有写给群众的话"),
        (("case", "close", NUMBER, "--result", "办" * 41, "--by", "李强"), "最多 40 个"),
        (("case", "close", NUMBER, "--result", "办好了", "--by", "李"), "没有叫 '李' 的账号"),
        (("case", "close", NUMBER, "--result", "办好了", "--by", "李强", "--disposition", "好"), "请用 已解决"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    command: Command, engine: Engine, words: tuple[str, ...], complaint: str
) -> None:
    assert command("account", "add", "李强", "--role", "领导", "--by", ADMIN).status == 0
    said = command(*words)
    assert said.status == 1 and complaint in said.complaint and not said.out


def test_a_person_records_what_the_citizen_said_and_when_they_want_to_be_called(
    command: Command, engine: Engine
) -> None:
    assert command("account", "add", "小周", "--role", "受理台", "--by", ADMIN).status == 0
    said = command("case", "edit", NUMBER, "--by", "小周", "--reason", "群众说的", "--call-when", "先约")
    assert said.status == 0
    assert "群众要 先约\n" in command("case", "show", NUMBER).out
    said = command("case", "edit", NUMBER, "--by", "小周", "--reason", "群众说的", "--contact", "13870000009")
    assert said.status == 0
    shown = command("case", "show", NUMBER).out
    assert "群众要 先约，打 138****0009" in shown and "13870000009" not in shown
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    assert f"工单 {NUMBER}：群众要先约时间，请人回访" in command("case", "todo").out
    unknown = command("case", "no-contact", NUMBER, "--by", "小周", "--reason", "不想打")
    assert unknown.status == 1 and "有能打的号码" in unknown.complaint
    nothing = command("case", "called-back", NUMBER, "--by", "小周", "--outcome", "没解决")
    assert nothing.status == 1 and "原话" in nothing.complaint
    answer = ("--outcome", "解决", "--satisfied", "满意")
    himself = command("case", "called-back", NUMBER, "--by", "小周", *answer)
    assert himself.status == 1 and "小周自己写的" in himself.complaint
    done = command("case", "called-back", NUMBER, "--by", "值班小王", *answer)
    assert done.out == f"{NUMBER} 【销号】。\n"
    shown = command("case", "show", NUMBER).out
    assert "解决：解决了  满意：满意" in shown and "销号：群众确认解决（值班小王）" in shown


def test_supervision_looks_at_what_was_closed_and_is_not_solved(command: Command, engine: Engine) -> None:
    for name, role in (("小周", "受理台"), ("老钱", "督查")):
        assert command("account", "add", name, "--role", role, "--by", ADMIN).status == 0
    assert command("case", "suspected", "--by", "老钱").out == "没有等着查的。\n"
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    said = ("case", "called-back", NUMBER, "--by", "小周", "--outcome", "没解决", "--why", "没水")
    left_to_people(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    assert command(*said).status == 0
    line = command("case", "suspected", "--by", "老钱").out
    assert NUMBER in line and "群众说没解决" in line and "没水" not in line
    refused = command("case", "suspected", "--by", "小周")
    assert refused.status == 1 and "可以的是：督查、审计" in refused.complaint
    with writing(engine) as connection:
        put_aside(connection, call_id="1", case_number=NUMBER, round=0, at=datetime.now(UTC), answer="no")
    assert "30 天里问到 1 人，0 人说有，1 人说没有" in command("case", "suspected", "--by", "老钱").out
    id = line.split()[0]
    said = command("case", "suspected-done", id, "--by", "老钱", "--verdict", "属实", "--reason", "去看过")
    assert said.out == f"{id} 已记下：属实。\n"


def test_a_case_is_closed_once(command: Command, engine: Engine) -> None:
    assert command("account", "add", "李强", "--role", "领导", "--by", ADMIN).status == 0
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    again = command("case", "close", NUMBER, "--result", "取水许可已经发了", "--by", "李强")
    assert again.status == 1 and "已经办结，等回访" in again.complaint


def test_who_does_not_say_who_he_is_sees_nothing_and_is_told_how_to(
    command: Command, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHITONG_BY")
    looks = [("list",), ("todo",), ("show", NUMBER), ("explain", NUMBER), ("find", "0007"), ("records", NUMBER)]
    for words in [*(("case", *words) for words in looks), ("call", "replay", CALL)]:
        said = command(*words)
        assert said.status == 1 and not said.out and "--by 姓名" in said.complaint and "ZHITONG_BY" in said.complaint
        assert "没有叫 '没人' 的账号" in command(*words, "--by", "没人").complaint
    with reading(engine) as connection:
        assert not accesses_to(connection, NUMBER) and not accesses_to(connection, None)


def test_an_account_is_linked_to_somebody_of_the_roster(command: Command, engine: Engine) -> None:
    words = ("account", "add", "小李", "--role", "领导", "--by", ADMIN, "--official")
    assert "没有编号 'nobody' 的人" in command(*words, "nobody").complaint
    assert command(*words, "li").status == 0
    assert "小李  领导    li\n" in command("account", "list").out


def test_a_new_installation_gets_its_accounts_from_an_administrator_and_auditors_see_each_change(
    command: Command, engine: Engine
) -> None:
    assert "已经有管理员" in command("account", "first", "张三").complaint
    assert "可以的是：管理员" in command("account", "add", "李强", "--role", "领导").complaint, "the desk makes none"
    assert (
        "不能给自己" in command("account", "add", ADMIN, "--role", "管理员", "--role", "领导", "--by", ADMIN).complaint
    )
    assert "最后一个管理员" in command("account", "end", ADMIN, "--by", ADMIN).complaint
    assert command("account", "add", "李强", "--role", "领导", "--by", ADMIN).status == 0
    assert command("account", "add", "李强", "--role", "受理台", "--by", ADMIN).status == 0
    assert command("account", "add", "审计周正", "--role", "审计", "--by", ADMIN).status == 0
    assert "可以的是：审计、管理员" in command("account", "log").complaint
    changed = next(line for line in command("account", "log", "--by", "审计周正").out.splitlines() if "改账号" in line)
    assert f"{ADMIN}（登录名 {getpass.getuser()}）  改账号 李强：领导 → 受理台" in changed
    assert command("roster", "code", "李春燕").status == 1
    assert command("roster", "code", "李春燕", "--by", ADMIN).status == 0
    assert "工作密码" in command("account", "log", "--by", "审计周正").out.splitlines()[-1]


def test_a_handler_of_no_roster_is_named_by_his_account(command: Command, engine: Engine) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), unit="政务服务管理局")])
    handler = ("--role", "经办", "--unit", "政务服务管理局")
    assert command("account", "add", "经办赵敏", *handler, "--by", ADMIN).status == 0
    assert NUMBER in command("case", "list", "--by", "经办赵敏").out
    done = command("case", "accuse", NUMBER, "--account", "经办赵敏", "--reason", "群众来信说的")
    assert done.out == f"{NUMBER} 被反映的：经办赵敏。\n"
    assert NUMBER not in command("case", "list", "--by", "经办赵敏").out
    assert "没有叫 '没人' 的账号" in command("case", "accuse", NUMBER, "--account", "没人", "--reason", "x").complaint


@pytest.mark.parametrize(("report", "what"), [("daily", "日提醒"), ("weekly", "周对账"), ("monthly", "月考评")])
def test_who_looked_at_a_report_is_recorded(command: Command, engine: Engine, report: str, what: str) -> None:
    assert command("report", report).status == 0
    with reading(engine) as connection:
        (row,) = accesses_to(connection, None)
    assert (row.who, row.what, row.login) == ("值班小王", f"报表 {what}", getpass.getuser())


def test_who_is_complained_of_loses_the_case_by_command_and_what_is_tried_leaves_its_trace(
    command: Command, engine: Engine
) -> None:
    assert command("account", "add", "小李", "--role", "领导", "--official", "li", "--by", ADMIN).status == 0
    assert command("case", "show", NUMBER, "--by", "小李").status == 0
    done = command("case", "accuse", NUMBER, "--official", "li", "--reason", "群众来信说的")
    assert done.status == 0 and "李春燕" in done.out and "被反映：李春燕" in command("case", "show", NUMBER).out
    assert NUMBER not in command("case", "list", "--by", "小李").out
    assert "没有口头编号 0007" in command("case", "find", "0007", "--by", "小李").complaint
    assert command("case", "find", "--caller", CITIZEN, "--by", "小李").out == "没有这个号码的工单。\n"
    for words in (("show",), ("explain",), ("close", "--result", "办好了"), ("hear",), ("records",)):
        said = command("case", words[0], NUMBER, *words[1:], "--by", "小李")
        assert said.status == 1 and not said.out and "请找督查" in said.complaint
    assert "请找督查" in command("call", "replay", CALL, "--by", "小李").complaint
    with reading(engine) as connection:
        tried = [row.what for row in accesses_to(connection, NUMBER) if row.who == "小李"]
    assert tried == ["查看", "命令 close", "命令 hear", "命令 records"]


def test_without_any_case_the_list_says_so(command: Command) -> None:
    assert command("case", "list").out == "没有工单。\n"


def test_a_database_that_is_none_is_told(command: Command, databases: Databases, database_url: str) -> None:
    databases.destroy(database_url)
    if databases.name == "sqlite":  # which would begin a new one
        Path(database_url.removeprefix("sqlite:///")).write_text("this is no database, it is a letter" * 100)
    said = command("case", "list")
    assert said.status == 1 and said.complaint.startswith("zhitong：")


def test_an_asterisk_that_does_not_run_is_told(command: Command) -> None:
    told = command("asterisk", "core", "show", "uptime")
    assert told.status == 1 and "“core show uptime”不行" in told.complaint and "Traceback" not in told.complaint


def test_wrong_settings_are_told_with_field_and_mend(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHITONG_LADDER__RUNG_SECONDS", "long")
    said = command("case", "list")
    assert said.status == 1 and "ladder.rung_seconds = 'long'" in said.complaint and "应写数字" in said.complaint


# ── sound ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_file_is_heard_at_the_desk_and_it_is_told_who_would_be_rung(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setframerate(8000)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(speak("我住在扎西镇河边今天又停水没人管", "m4", after=1.2))
    heard = command("listen", "--wav", str(path))
    assert heard.status == 0 and "试用识别" in heard.out and "停水没人管" in heard.out
    assert "事项 A1" in heard.out and "1. 马上打局长" in heard.out


@pytest.mark.parametrize("words", [("listen",), ("prompts", "record")])
def test_without_that_sound_card_there_is_a_clear_error(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, "--device", "no such microphone")
    assert said.status == 1 and "这台机器上不能录音" in said.complaint and "请接上麦克风" in said.complaint
    assert "请说话" not in said.out


def test_without_a_microphone_the_desk_is_told_to_take_a_file(command: Command) -> None:
    assert "listen --wav" in command("listen", "--device", "no such microphone").complaint


def test_what_is_no_sound_file_is_told(command: Command, tmp_path: Path) -> None:
    said = command("listen", "--wav", str(SHIPPED))
    assert said.status == 1 and "读不了这个 toml 文件，可以转成 wav" in said.complaint
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    said = command("listen", "--wav", str(tmp_path / "broken.wav"))
    assert said.status == 1 and "多半坏了" in said.complaint and "转成" not in said.complaint


def test_a_sound_file_in_which_nobody_speaks_is_told(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    with wave.open(str(path), "wb") as file:
        file.setframerate(8000)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(bytes(32000))
    heard = command("listen", "--wav", str(path))
    assert heard.status == 0 and heard.out.endswith("没有听出一个字。\n")


def test_prompts_are_listed_and_checked(command: Command) -> None:
    listed = command("prompts", "list")
    assert listed.status == 0 and "您请说，什么事？" in listed.out
    checked = command("prompts", "check")
    assert (checked.status, checked.out) == (0, "每一句都能说，都不超时。\n")


def test_a_prompt_that_cannot_be_recorded_is_named(command: Command) -> None:
    said = command("prompts", "record", "--only", "callback_result")
    assert said.status == 1 and "callback_result" in said.complaint and "不能录" in said.complaint


# ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_model_is_shown_as_a_trial_until_an_official_one_is_fetched(command: Command) -> None:
    shown = command("model", "show")
    assert str(DEMO) in shown.out and "试用识别" in shown.out

    name = load_catalogue(SHIPPED.parent / "models.toml")["small"].name
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in (path for path in DEMO.rglob("*") if path.is_file()):
            file.write(path, f"{name}/{path.relative_to(DEMO)}")
    with serving(ModelServer(content=archive.getvalue())) as server:
        base = f"http://127.0.0.1:{server.port}"
        wrong = command("model", "fetch", "small", "--base-url", base)
        assert wrong.status == 1 and "SHA-256" in wrong.complaint and "试用识别" in command("model", "show").out
        digest = hashlib.sha256(archive.getvalue()).hexdigest()
        fetched = command("model", "fetch", "small", "--base-url", base, "--sha256", digest)
    assert fetched.status == 0 and "好了" in fetched.complaint and "100%" in fetched.complaint
    shown = command("model", "show")
    assert name in shown.out and "试用识别" not in shown.out


def test_a_configured_model_that_is_not_there_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHITONG_DECODER__MODEL", "/nowhere")
    said = command("model", "show")
    assert said.status == 1 and "/nowhere" in said.complaint and "decoder.model" in said.complaint


@pytest.mark.parametrize("days", [2, 900], ids=["told at once", "told in parts"])
def test_a_reader_who_has_read_enough_ends_the_command_quietly(tmp_path: Path, days: int) -> None:
    sheet, people = tmp_path / "值班表.csv", tmp_path / "通讯录.csv"
    people.write_text("姓名,手机\n王强,13808700001\n", encoding="utf-8")
    rows = [f"{MORNING.date() + timedelta(days=n)},王强\n" for n in range(days)]
    sheet.write_text("日期,值班人员\n" + "".join(rows), encoding="utf-8")
    words = ["roster", "import", str(sheet), "--directory", str(people), "--preview", "--json"]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "zhitong.cli", *words], stdout=writer, stderr=subprocess.PIPE, timeout=60
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_figures_of_a_month_are_told_with_formula_and_numbers(command: Command, engine: Engine) -> None:
    assert command("account", "add", "督查孙兰", "--role", "督查", "--by", ADMIN).status == 0
    told = command("figures", "--month", "2025-09", "--by", "督查孙兰", "--offered", "2")
    assert told.status == 0 and told.out.startswith("2025-09-01 到 2025-09-30；")
    assert "接通率  50.0 %（1/2），目标 95 %，没达到\n    线路接起的来电 ÷ 打进来的来电" in told.out
    assert "人工接通率  50.0 %（1/2）" in told.out and "回访率  没有，目标 100 %" in told.out
    assert "到人工（中位）  24.2 秒（n=1）" in told.out
    some = command("figures", "--from", "2025-09-12", "--to", "2025-09-12", "--by", "督查孙兰", "--json")
    (human,) = [one for one in json.loads(some.out) if one["code"] == "human"]
    assert (human["value"], human["numerator"], human["n"]) == (None, 0, 0)
    refused = command("figures", "--month", "2025-09", "--by", "李四")
    assert refused.status == 1 and "没有叫 '李四' 的账号" in refused.complaint


def test_the_figures_of_months_stand_in_columns_on_the_screen_and_in_a_file(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    assert command("account", "add", "副局长李强", "--role", "领导", "--by", ADMIN).status == 0
    of = ("figures", "--by", "副局长李强", "--month", "2025-10", "--months", "2")
    lines = command(*of, "--offered", "2", "3").out.splitlines()
    assert lines[0].startswith("2025-09 到 2025-10；") and lines[1].split() == ["指标", "2025-09", "2025-10"]
    (answered,) = [line for line in lines if line.startswith("接通率")]
    assert "50.0 %（1/2）" in answered and "0 %（0/3）" in answered
    assert aligned([("指标", "一"), ("x", "二")]) == ["指标  一", "x     二"]
    assert command(*of, "--out", str(tmp_path / "月.csv")).status == 0
    rows = (tmp_path / "月.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "指标,2025-09,2025-10,公式" and any("平均办理周期" in row and "自然日" in row for row in rows)
    told = json.loads(command(*of, "--json").out)
    assert [one["month"] for one in told] == ["2025-09", "2025-10"] and told[0]["figures"][0]["code"] == "answered"
    five = command("figures", "--by", "副局长李强", "--five", "--months", "1")
    assert "五要·响应迅速" in five.out and "只有督查看得到" in five.out
    for words in (("--from", "2025-09-01"), ("--months", "0"), ("--months", "25"), ("--offered", "1")):
        assert command(*of, *words).status == 1
    assert "和 --months 一起用" in command("figures", "--by", "副局长李强", "--out", "月.csv").complaint


@pytest.mark.parametrize("asked", [("figures",), ("case", "register", "--out", "x.csv"), ("case", "bad-ratings")])
def test_a_unit_that_there_is_not_and_a_span_the_wrong_way_round_are_told(
    command: Command, asked: tuple[str, ...]
) -> None:
    assert command("account", "add", "督查孙兰", "--role", "督查", "--by", ADMIN).status == 0
    refused = command(*asked, "--unit", "水务", "--by", "督查孙兰")
    assert refused.status == 1 and "--unit：没有叫 '水务' 的单位" in refused.complaint
    assert "像的有：水务局" in refused.complaint
    refused = command(*asked, "--from", "2025-09-30", "--to", "2025-09-01", "--by", "督查孙兰")
    assert refused.status == 1 and "（--from）写在结束（--to）前面" in refused.complaint


@pytest.mark.parametrize("words", [("--month", "2025-13"), ("--month", "9月"), ("--from", "x"), ("--to", "1999-01-01")])
def test_a_span_that_is_none_is_told(command: Command, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit):
        command("figures", "--by", "孙兰", *words)
    assert "请写" in capsys.readouterr().err


# ── registers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_register_of_a_month_is_written_for_who_may_have_it(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    for name, role in (("副局长李强", "领导"), ("审计周正", "审计")):
        assert command("account", "add", name, "--role", role, "--by", ADMIN).status == 0
    file = tmp_path / "登记簿.csv"
    written = command("case", "register", "--month", "2025-09", "--out", str(file), "--by", "审计周正")
    assert written.status == 0 and written.out == f"{file}：1 个工单\n"
    assert NUMBER in file.read_text(encoding="utf-8-sig") and CITIZEN not in file.read_text(encoding="utf-8-sig")
    words = ("case", "register", "--month", "2025-09", "--out", str(file), "--full-number", "--by")
    refused = command(*words, "审计周正")
    assert refused.status == 1 and "审计周正不能导出完整号码" in refused.complaint
    assert command(*words, "副局长李强").status == 0 and CITIZEN in file.read_text(encoding="utf-8-sig")


SHEET = """12345 工单导出
工单编号,来电时间,联系电话,诉求内容,承办单位,状态,满意度
WX-1,2025-09-11 08:01,13800000001,停水三天,,待办,
WX-2,2025-09-11 08:02,13800000002,路灯不亮,天外局,待办,
WX-3,2025-09-11 08:03,13800000003,办完了,,已办结,
"""


def test_a_sheet_of_12345_is_looked_at_taken_in_once_and_given_back(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    assert command("account", "add", "受理台小周", "--role", "受理台", "--by", ADMIN).status == 0
    sheet, back, by = tmp_path / "12345.csv", tmp_path / "back.csv", ("--by", "受理台小周")
    sheet.write_bytes(SHEET.encode("gb18030"))
    seen = command("case", "import", str(sheet), "--preview", *by)
    assert "新的 2 个，已经有的 0 个，对方办完的 1 个，不对的 0 行" in seen.out and "没有叫“天外局”的单位" in seen.out
    assert "没有读的列：满意度" in seen.out and "13800000001" not in seen.out
    assert command("case", "list", "--state", "受理").out == "没有工单。\n", "only looked at"
    assert command("case", "import", str(sheet), *by).out == seen.out
    again = command("case", "import", str(sheet), *by)
    assert "新的 0 个，已经有的 2 个" in again.out
    words = ("--from", "2025-09-11", "--to", "2025-09-11", "--out", str(back))
    assert command("case", "export", *words, *by).out == f"{back}：2 个工单\n"
    assert "138****0001" in back.read_text(encoding="utf-8-sig") and NUMBER not in back.read_text(encoding="utf-8-sig")
    assert "新的 0 个，已经有的 2 个" in command("case", "import", str(back), *by).out


def test_one_wrong_row_and_nothing_is_taken_in_unless_only_the_sure_ones_are_wanted(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    assert command("account", "add", "受理台小周", "--role", "受理台", "--by", ADMIN).status == 0
    sheet, by = tmp_path / "12345.csv", ("--by", "受理台小周")
    sheet.write_text(SHEET.replace("2025-09-11 08:02", "前天"), encoding="utf-8")
    refused = command("case", "import", str(sheet), *by)
    assert refused.status == 1 and "一个也没有导入：\n第 4 行：来电时间 '前天' 读不出" in refused.complaint
    assert command("case", "list", "--state", "受理").out == "没有工单。\n"
    assert (
        "新的 1 个，已经有的 0 个，对方办完的 1 个，不对的 1 行"
        in command("case", "import", str(sheet), "--only-sure", *by).out
    )
    many = "".join(f"W{n},2025-09-11 08:02,1,x,,,\n" for n in range(3000))
    sheet.write_text(SHEET + many, encoding="utf-8")
    assert "分成几个文件" in command("case", "import", str(sheet), *by).complaint
    assert "没有这个文件" in command("case", "import", str(tmp_path / "none.xlsx"), *by).complaint


def test_a_workbook_of_12345_has_its_times_and_numbers_as_they_were_typed(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    assert command("account", "add", "受理台小周", "--role", "受理台", "--by", ADMIN).status == 0
    sheet, by = tmp_path / "12345.xlsx", ("--by", "受理台小周")
    book = openpyxl.Workbook()
    book.active.append(["工单编号", "来电时间", "联系电话", "诉求内容"])
    book.active.append([20250911001, datetime(2025, 9, 11, 8, 1, 2), 13800000001, "停水三天"])  # noqa: DTZ001  (as Excel has it)
    book.save(sheet)
    assert "新的 1 个" in command("case", "import", str(sheet), *by).out
    with reading(engine) as connection:
        (case,) = [one for one in find_cases(connection) if one.channel == "12345"]
    assert (case.call_id, case.caller) == ("12345:20250911001", CITIZEN)
    assert case.answered_at == datetime(2025, 9, 11, 8, 1, 2, tzinfo=LOCAL)
    book.active.append([20250911000000123, "2025-09-11 08:02", "", "路灯不亮"])
    book.save(sheet)
    assert "第 3 行有 16 位以上的数字" in command("case", "import", str(sheet), *by).complaint

"""What is kept of a call, what it may be used for, who looks at it, and when it goes."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dialplans import names
from ivr.softphone_audio import speech
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, Setting, Stage, hears, together
from tests.fakes.admin import admin
from tests.fakes.closing import DESK
from zhitong.settings import CHECKOUT
from zhitong.store.cases import calls_of_case
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to, deletions_of
from zhitong.trial import wait_until
from zhitong.usecases.accounts import put_account

REQUEST = "我住在扎西镇河边今天又停水没人管"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        recognition_trial=False,
        lines=4,
        overrides={"ladder": {"next_seconds": 2, "rung_seconds": 6}},
    )


def command(stage: Stage, *words: str) -> str:
    """What a clerk's command says."""
    put_account(
        stage.hotline.engine,
        DESK.name,
        roles=DESK.roles,
        units=(),
        known_units=(),
        by=admin(stage.hotline.engine, stage.clock.now()),
        now=stage.clock.now(),
    )
    environ = {
        **os.environ,
        "ZHITONG_BY": DESK.name,
        "ZHITONG_STORE__DATABASE_URL": stage.trial.settings.store.database_url,
    }
    zhitong = [str(CHECKOUT / "bin" / "zhitong"), *words]
    done = subprocess.run(zhitong, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(stage: Stage, call_id: str) -> list[str]:
    """The files that are kept of a call."""
    root = stage.trial.settings.folders.recordings
    return sorted(path.name for path in root.rglob("*") if path.name.startswith(call_id))


def recorded(stage: Stage, call_id: str) -> float:
    """Seconds of this call that have been recorded so far, on two channels."""
    path = stage.trial.settings.folders.recordings / f"{call_id}{names.SUFFIX_RECORDING}"
    return path.stat().st_size / 32000 if path.exists() else 0.0


def test_a_case_exists_from_the_moment_of_the_answer(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen)
    record = stage.case(citizen, limit=2.0, ended=False)
    assert not [kind for kind in record.kinds if kind not in ("opened", "recording", "asked", "decided")], "nothing yet"
    assert (record.case.caller, record.case.call_id, record.case.number[:4]) == (citizen, caller.id, "2026")
    assert record.case.number in command(stage, "case", "list")
    with reading(stage.hotline.engine) as connection:
        clocks = [row.call_id for row in calls_of_case(connection, record.case.number)]
    assert clocks == [caller.id]


def test_a_call_can_be_replayed_from_its_trace_and_who_looks_is_recorded(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen)
    caller.wait_sound_after(caller.wait_asked("question"))
    caller.call.say(speech(REQUEST))
    refuses = stage.phone(DIRECTOR).wait_ringing(15)
    refuses.answer()
    refuses.wait_sound(5)
    refuses.press("2")
    official = stage.phone(DEPUTY).wait_ringing(10)
    official.answer()
    official.wait_sound(5)
    official.press("1")
    caller.wait("talk", 8, number=DEPUTY)
    hears(official, caller.call, speech("你好我是扎西镇的家里没水"))
    caller.call.hang_up()
    record = stage.case(citizen)

    replayed = command(stage, "call", "replay", caller.id)
    steps = (
        "群众来电",
        "您请说，什么事？",
        "群众开口了，提示音停下",
        f"听到：{REQUEST}",
        "事项 A1",
        "因为听明白了",
        "转接路线",
        "局长张明远 → 副局长李春燕",
        "第 1 路开始振铃 138****0001",
        "第 1 路结束：不接",
        "第 2 路开始振铃 138****0002",
        "第 2 路 138****0002 愿意接（按键）",
        "第 2 路 138****0002 与群众通话",
        "电话结束：接谈了",
    )
    places = [replayed.find(step) for step in steps]
    assert -1 not in places, [step for step, place in zip(steps, places, strict=True) if place < 0]
    told = [place for step, place in zip(steps, places, strict=True) if step != "第 1 路结束：不接"]
    assert told == sorted(told), "in the order in which it happened"
    seconds = [float(line.split()[0]) for line in replayed.splitlines()]
    assert seconds == sorted(seconds) and seconds[0] >= 0
    assert citizen not in replayed and DEPUTY not in replayed

    shown = command(stage, "case", "show", record.case.number)
    assert REQUEST in shown and "水务局" in shown and citizen not in shown
    with reading(stage.hotline.engine) as connection:
        looks = [(row.what, row.unmasked) for row in accesses_to(connection, record.case.number)]
    assert looks == [("重看通话", False), ("查看", False)]


def test_who_wants_no_recording_has_none_and_the_case_goes_on(stage: Stage, citizens: Iterator[str]) -> None:
    refuses, others = next(citizens), next(citizens)
    stage.phone(DIRECTOR).behaviour("accept", after=1, key_after=2, talk=5)
    caller, other = stage.dial(refuses), stage.dial(others)

    def says_no() -> None:
        caller.wait_sound_after(caller.wait_asked("question"))
        caller.call.say(speech("不要录音"))
        caller.wait_sound_after(caller.wait_asked("no_recording_ok"))
        caller.wait("no_recording", 5)
        until_then = recorded(stage, caller.id)
        caller.call.say(speech(REQUEST))
        caller.wait("talk", 30)
        assert recorded(stage, caller.id) - until_then < 1.0, "the recording goes on"
        caller.wait("talk_over", 10)

    def says_nothing_of_it() -> None:
        other.wait_sound_after(other.wait_asked("question"))
        other.call.say(speech(REQUEST))
        other.wait("talk_over", 30)

    together(says_no, says_nothing_of_it)
    record, ordinary = stage.case(refuses), stage.case(others)
    assert record.talked and record.case.matter == "A1" and record.case.place == "扎西镇", "the case goes on"
    assert REQUEST in record.case.transcript
    wait_until(lambda: len(files(stage, other.id)) >= 1, 5, "the other call is recorded")
    wait_until(lambda: not files(stage, caller.id), 20, f"nothing is kept of {caller.id}: {files(stage, caller.id)}")
    kept = [row.kind for row in stage.cases.only(refuses).recordings if row.state not in ("deleted", "missing")]
    assert "talk" not in kept and "clip" not in kept
    assert "talk" in [row.kind for row in ordinary.recordings]
    assert "不录音" in command(stage, "case", "show", record.case.number)


def test_sound_and_words_go_when_their_time_has_come_and_that_they_went_is_recorded(stage: Stage, citizen: str) -> None:
    stage.clock.advance(timedelta(hours=2))  # else it may be the third call of the hour about this: a surge
    stage.phone(DIRECTOR).behaviour("accept", after=1, key_after=2, talk=7)
    caller = stage.dial(citizen)
    caller.wait_sound_after(caller.wait_asked("question"))
    caller.call.say(speech(REQUEST))
    caller.wait("talk_over", 30)
    number = stage.case(citizen).case.number
    wait_until(
        lambda: {row.state for row in stage.cases.only(citizen).recordings} == {"archived"}, 20, "all is archived"
    )
    log = stage.trial.folder / "asterisk" / "log"
    cdrs = log / "cdr-custom" / names.CDR_FILE
    wait_until(lambda: cdrs.exists() and citizen in cdrs.read_text(), 5, "Asterisk's own record of the call")
    old = (datetime.now(UTC) - timedelta(days=200)).strftime("%Y-%m-%d %H:%M:%S")
    cdrs.write_text(f'"1.1","{old}","{old}","{old}","13999999999","12345","ANSWERED","9","yes"\n' + cdrs.read_text())
    asterisk_log = log / names.LOG_FILE
    asterisk_log.write_text("[2026-01-01 00:00:00.000] NOTICE[1] x.c: of an earlier day\n")

    stage.hotline.tick()
    assert len(files(stage, caller.id)) == 2, "the talk and the clip: nothing goes before its time"
    assert "13999999999" not in cdrs.read_text() and citizen in cdrs.read_text()
    wait_until(lambda: (log / f"{names.LOG_FILE}.0").exists(), 5, "Asterisk has begun a new log")

    stage.clock.advance(timedelta(days=100))
    stage.hotline.tick()
    assert len(files(stage, caller.id)) == 1, "the clip is kept for 90 days"
    stage.clock.advance(timedelta(days=267))
    stage.hotline.tick()
    assert not files(stage, caller.id)
    with reading(stage.hotline.engine) as connection:
        gone = {row.kind: row for row in deletions_of(connection, number)}
    assert set(gone) == {"talk", "clip", "transcript"}
    assert all(row.why and row.at for row in gone.values())
    assert len(gone["talk"].sha256) == 64

    shown = command(stage, "case", "show", number)
    assert "停水" not in shown.replace("供水饮水", ""), "no word of the citizen is left"
    assert "已到期删除" in shown and "供水饮水" in shown and "与群众通话" in shown, "what happened stays"


def test_no_number_stands_in_a_log_in_clear(stage: Stage, citizens: Iterator[str]) -> None:
    stage.trial.stop_controller()  # for good: this is the last test of the module
    stage.trial.start_controller()  # a process of its own, with its own log
    citizen, withheld = next(citizens), next(citizens)
    stage.phone(DIRECTOR).behaviour("busy")
    stage.phone(DEPUTY).behaviour("reject")
    call = stage.trial.call(citizen)
    call.wait_answered(5)
    hidden = stage.trial.call(withheld, withheld=True)
    hidden.wait_answered(5)
    call.wait_sound(5)
    call.press("0")
    stage.cases.wait_fact(citizen, "leg", 20)
    call.hang_up()
    hidden.hang_up()
    stage.cases.wait(citizen, 15)
    stage.trial.stop_controller()
    folder = stage.trial.folder
    logs = [*(folder / "data" / "logs").glob("*"), *(folder / "asterisk" / "log").glob("*")]
    said = "".join(path.read_text(errors="replace") for path in logs if path.is_file())
    assert f"{citizen[:3]}****{citizen[-4:]}" in said, "the call is in the log"
    found = [number for number in (citizen, withheld, DIRECTOR, DEPUTY) if number in said]
    assert not found, [line for line in said.splitlines() if any(number in line for number in found)]

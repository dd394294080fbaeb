"""转写: what was said in a voice that came as an attachment. Off the path of calls, one after the other, never lost."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.case import OPEN
from recognizer.errors import RecognizerError, SoundError
from zhitong.store.attachments import get_attachment, set_attachment
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import DueTask, finish, open_tasks, put_due, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.moving import tell
from zhitong.usecases.reckon_clocks import restart_clocks
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due
from zhitong.usecases.understood import Understand, follow_up, reunderstood

log = logging.getLogger(__name__)

SYSTEM = "系统"
KIND = "transcribe"
WAITING = 500
"""Voices that may wait; what comes on top of them is left to people's ears, and they are told."""
TRIES = 3
AGAIN = timedelta(minutes=5)
LEASE = timedelta(minutes=15)

Hear = Callable[[Path], tuple[str, str]]
"""The words in a sound file, and how they were heard. Raises SoundError for what is no sound that can be read, other
RecognizerErrors when it may be heard later."""


def put_transcription(connection: Connection, number: str, id: int, *, now: datetime) -> None:
    """Has the attachment heard, once there is time for it."""
    if len(open_tasks(connection, kind=KIND)) >= WAITING:
        _unheard(connection, number, id, "等着转写的太多", now=now)
        return
    row = {"kind": KIND, "mark": f"{KIND}:{id}", "case_number": number, "call_id": "", "due_at": now}
    put_due(connection, [row | {"detail": {"attachment": id}}])


def transcribe_due(
    engine: Engine,
    rules: Rules,
    *,
    folder: Path,
    hear: Hear,
    understand: Understand,
    now: datetime,
) -> int:
    """Hears one voice that waits, if there is one; returns how many. Raises DatabaseGone."""
    for task in take_due(engine, now=now, kinds=(KIND,), limit=1, lease=LEASE):
        _transcribe(engine, rules, task, folder, hear, understand, now)
        return 1
    return 0


def _transcribe(
    engine: Engine,
    rules: Rules,
    task: DueTask,
    folder: Path,
    hear: Hear,
    understand: Understand,
    now: datetime,
) -> None:
    number, id = task.case_number or "", int(task.detail["attachment"])
    with reading(engine) as connection:
        row = get_attachment(connection, number, id)
    words, how, again = "", "", False
    if row is not None and row.state == "kept":
        try:
            words, how = hear(folder / row.path)
        except SoundError as error:
            how = str(error)
        except RecognizerError as error:
            again, how = task.attempts < TRIES, "语音识别没有运行"
            log.warning("attachment %d of %s was not heard: %s", id, number, error)
    with writing(engine) as connection:
        if again:
            put_off(connection, task.id, until=now + AGAIN)
            return
        if words:
            _heard(connection, rules, number, id, words, how, understand, now)
        elif row is not None:
            _unheard(connection, number, id, how or "没有听到说话", now=now)
        finish(connection, [task.id], at=now, outcome="转写了" if words else how[:100] or "没有听到说话")


def _heard(
    connection: Connection,
    rules: Rules,
    number: str,
    id: int,
    words: str,
    how: str,
    understand: Understand,
    now: datetime,
) -> None:
    set_attachment(connection, id, transcript=words, heard=how[:100])
    tell(connection, number, "附件", at=now, text=f"附件 {id} 转写成了文字（{how}）", who=SYSTEM)
    case = get_case(connection, number, to_change=True)
    if case.state not in OPEN or case.rework:  # what it is about is settled; whom it complains of, even now
        update_cases(connection, [with_accused(rules, case, said=words)])
        return
    more = with_accused(rules, reunderstood(case, words, understand=understand))
    update_cases(connection, [more])
    restart_clocks(connection, rules, case, more, now=now)
    if (more.urgency, more.matter) != (case.urgency, case.matter):
        follow_up(connection, rules, more, now=now)


def _unheard(connection: Connection, number: str, id: int, why: str, *, now: datetime) -> None:
    set_attachment(connection, id, heard=f"没有转写：{why}"[:100])
    text = f"工单 {number} 的附件 {id}（语音）没有转写成文字：{why}；请人听了补上诉求"
    record_incident(connection, at=now, kind="attachment", mark=f"unheard:{id}", text=text)
    tell(connection, number, "附件", at=now, text=f"附件 {id} 没有转写：{why}", who=SYSTEM)

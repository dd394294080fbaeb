"""A redial is over, or cannot be made now: it is tried again, and people are told when only they can help in time."""

from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case
from cases.redial import next_day, next_redial
from routing.calendar import LOCAL
from zhitong.store.due import DueTask, finish, get_task, put_off
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.rules import Rules


def redial_again(
    connection: Connection,
    rules: Rules,
    case: Case,
    *,
    task_id: int,
    at: datetime,
    mark: str,
    why: str,
    unanswered: bool = False,
) -> None:
    """A redial brought nobody together: soon again; on another day when the telephone rang unanswered; then no more.

    why: Chinese, how it went. People are told as soon as the promised time is theirs to keep.
    """
    task = get_task(connection, task_id, kind="redial")
    again = next_redial(at, task.attempts, case.urgency, rules.redial, task.promised_at, unanswered=unanswered)
    if again is None:
        finish(connection, [task_id], at=at, outcome="多次联系不上")
        text = f"回拨 {task.attempts} 次都没有谈上（这次{why}），请人工联系"
        record_incident(
            connection, at=at, kind="redial", mark=f"redial-failed:{task_id}", text=f"工单 {case.number}：{text}"
        )
    elif unanswered:
        put_off(connection, task_id, until=again)
        text = f"第 {task.attempts} 次回拨{why}，{_not_today(connection, case, task, at, again)}"
    else:
        put_off(connection, task_id, until=again)
        text = f"第 {task.attempts} 次回拨{why}，{again.astimezone(LOCAL):%m月%d日 %H:%M} 再打"
    _tell(connection, case, f"redial-again:{mark}:{task.attempts}", at, text)


def redial_not_today(connection: Connection, rules: Rules, case: Case, task: DueTask, *, at: datetime) -> None:
    """The number has been rung today without an answer: the redial waits for another day, people are told now."""
    again = next_day(at, rules.redial)
    put_off(connection, task.id, until=again, claimed=False)
    text = f"这个号码今天打过没人接，{_not_today(connection, case, task, at, again)}"
    _tell(connection, case, f"redial-not-today:{task.id}:{_day(at)}", at, text)


def redial_by_day(connection: Connection, case: Case, task: DueTask, *, at: datetime, until: datetime) -> None:
    """We or the line were away when it was due, and it is night now: it waits for the morning, people are told now."""
    put_off(connection, task.id, until=until, claimed=False)
    text = f"耽搁到了夜里，{until.astimezone(LOCAL):%m月%d日 %H:%M} 再打，要早联系请人工打"
    mark = f"redial-by-day:{task.id}:{_day(at)}"
    record_incident(connection, at=at, kind="redial", mark=mark, text=f"工单 {case.number}：回拨{text}")
    _tell(connection, case, mark, at, f"回拨{text}")


def _not_today(connection: Connection, case: Case, task: DueTask, at: datetime, again: datetime) -> str:
    promised = f"（答应 {task.promised_at.astimezone(LOCAL):%m月%d日 %H:%M} 以前）" if task.promised_at else ""
    text = f"系统今天不再打，请值班的人工联系{promised}；{again:%m月%d日 %H:%M} 系统再打"
    mark = f"redial-not-today:{task.id}:{_day(at)}"
    record_incident(connection, at=at, kind="redial", mark=mark, text=f"工单 {case.number}：回拨没人接，{text}")
    return text


def _day(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y%m%d}"


def _tell(connection: Connection, case: Case, mark: str, at: datetime, text: str) -> None:
    add_to_timeline(connection, [{"case_number": case.number, "mark": mark, "at": at, "what": "回拨", "text": text}])

"""A notice that is given up is reported: to the desk a line for each kind and person, on its case's timeline each time.

A storm of notices that nobody gets (a gateway that was gone for a weekend) is one line and not a thousand: until it was
seen to nothing is added to it, and what it leaves out stands on the timelines. Warnings have a line for each
colour, each 重办 and each 应急 has one of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.phone import mask
from zhitong.notices.notice import COLOURS, KINDS, NoticeKind
from zhitong.store.due import DueTask
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline

ALWAYS: tuple[NoticeKind, ...] = ("rework", "emergency", "monitor")
"""Somebody is to hear of each of these by itself, also in a county that sends no notices."""
NOWHERE = "没有登记通知地址，通知和时限提醒一条也没有发；登记写法见 config/notices.toml，颜色请看工单"
"""A county without gateways looks into the lists."""


def undelivered(
    connection: Connection,
    task: DueTask,
    kind: NoticeKind,
    *,
    whom: Sequence[str],
    directory: Directory,
    why: str,
    mend: str,
    secret: bool,
    now: datetime,
) -> None:
    """Reports a notice that nobody will get any more. whom: the ids that it would have reached; empty: there were none.

    why, mend: Chinese, without names, numbers or addresses. Of a secret case the line does not tell which it is.
    """
    about = f"工单 {task.case_number}：" if task.case_number and not secret else ""
    clock = f"（{task.detail['clock']}时限，{COLOURS[task.detail['colour']]}）" if kind == "warning" else ""
    which = f"“{KINDS[kind]}”的通知{clock}"
    others = "，其余的看各工单的经过" if task.case_number else ""
    filed, colour = ("warning", f":{task.detail['colour']}") if kind == "warning" else ("notice", "")
    once = f"。这个人的同类通知只列这一条{others}"
    if kind in ALWAYS:  # a citizen waits for each of them, and no clock is late yet that would tell
        colour, once = f":{task.id}", ""
    for one in whom or ("",):
        name = called(directory, one, now) if one else "任何人（没有找到要告诉的人）"
        text = f"{about}{which}没有送到{name}：{why}；{mend}{once}"
        record_incident(connection, at=now, kind=filed, mark=f"undelivered:{kind}:{one}{colour}"[:200], text=text)
    if task.case_number:
        names = "、".join(directory.called(one) for one in whom) or "任何人"
        row = {"case_number": task.case_number, "mark": f"undelivered:{task.id}", "at": now, "what": "通知"}
        add_to_timeline(connection, [row | {"text": f"{which}没有送到{names}：{why}"}])


def nowhere(connection: Connection, now: datetime) -> None:
    """No address is registered at all: told once a day."""
    record_incident(
        connection, at=now, kind="warning", mark=f"warning-nowhere:{now.astimezone(LOCAL):%Y%m%d}", text=NOWHERE
    )


def called(directory: Directory, who: str, now: datetime) -> str:
    """How somebody is called, with the masked number at which people can call them today."""
    official = directory.roster.official(who)
    numbers = directory.callable(official, now) if official else ()
    return f"{directory.called(who)}（{mask(numbers[0])}）" if numbers else directory.called(who)

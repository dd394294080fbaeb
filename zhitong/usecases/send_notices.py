"""Sends the notices that are due, and notes what came of each. At most a few are sent twice, after a crash."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, Engine

from cases.roles import barred as barred_from
from cases.warning import quiet_until
from ivr.script import is_secret
from routing.accused import ids_of
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.notices.gateway import channel
from zhitong.notices.notice import (
    Notice,
    clock_warning,
    day_of_unit,
    due_kind,
    kind_of_due,
    missed_call,
    not_solved,
    surge_opened,
    text_of,
)
from zhitong.notices.places import Places
from zhitong.store.accounts import all_actors
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, finish, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_incident
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.take_due import take_due
from zhitong.usecases.warned_people import clock_warned_of, people_to_warn

WARNING = due_kind("warning")
DUE = tuple(due_kind(kind) for kind in ("missed", "surge", "rework", "roster", "shift", "warning", "daily"))
SUPERVISION = "supervision"
"""As addresses and `Directory.whose` name it."""

Send = Callable[[str, Iterable[str]], Mapping[str, str]]
"""Sends a text to addresses; what came of each: empty once it was taken, else why not (zhitong.notices.gateway)."""

_LEASE = timedelta(minutes=10)
_STALE = timedelta(days=1)  # after a day without a gateway nobody is to be flooded
_LATER = timedelta(minutes=10)
_TRIES = 3

_log = logging.getLogger(__name__)


def send_due(
    engine: Engine,
    *,
    now: Callable[[], datetime],
    directory: Callable[[], Directory],
    places: Callable[[], Places],
    towns: Iterable[str],
    send: Send,
    going: Callable[[], bool],
    quiet: tuple[time, time] | None = None,
) -> None:
    """Sends what is due, one notice after the other, while `going()`. Takes seconds where gateways are slow.

    places: read anew for each, so that a correction of the file counts at once. quiet: from–until, local, in which
    nobody is warned of a clock. Raises DatabaseGone.
    """
    while going() and (tasks := take_due(engine, now=now(), kinds=DUE, limit=1, lease=_LEASE)):
        task, at = tasks[0], now()
        morning = quiet_until(at, quiet) if quiet and task.kind == WARNING and not task.detail["urgent"] else None
        if morning is not None:
            with writing(engine) as connection:
                put_off(connection, task.id, until=morning, claimed=False)
            continue
        _send(engine, task, now=at, directory=directory(), places=places, towns=towns, send=send)


def _send(
    engine: Engine,
    task: DueTask,
    *,
    now: datetime,
    directory: Directory,
    places: Callable[[], Places],
    towns: Iterable[str],
    send: Send,
) -> None:
    if now - task.due_at > _STALE or task.attempts > _TRIES:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome="过时了，没有发")
            if task.kind == WARNING:
                _undelivered(connection, task, "耽搁了一天，没有发出", now)
        return
    try:
        where = places()
    except BadConfig as error:
        _misconfigured(engine, task, error, now)
        return
    with reading(engine) as connection:
        told = _notice(connection, task, directory, towns)
        if told is not None and task.kind == WARNING:
            notice, _, barred = told
            people = people_to_warn(
                connection, directory, task, can=lambda name: bool(where.of(name)) and name not in barred
            )
            told = (notice, people, barred)
    if told is None:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome="不用提醒了：办到了，或者改了时限")
        return
    notice, route, barred = told
    if notice.kind == "surge":  # one person is to know, not everybody who could be rung
        route = tuple(one for one in route if where.of(one) and one not in barred)[:1]
    names = where.told(notice.kind, route)
    if barred.intersection(names):
        allowed = [name for name in names if name not in barred]
        names = tuple(allowed or (name for name in (SUPERVISION,) if where.of(name) and name not in barred))
    # Whoever gets it again, after a crash between sending and noting so, sees that it is the same.
    text = f"{text_of(notice)}（通知号 {task.id}）"
    answers = send(text, [address for name in names for address in where.of(name)])
    failed = [(name, address) for name in names for address in where.of(name) if answers[address]]
    for name, address in failed:
        _log.warning("notice %d to %s by %s was not sent: %s", task.id, name, channel(address), answers[address])
    lost = "、".join(dict.fromkeys(directory.called(name) for name, _ in failed))
    done = f"没有发到{lost}" if lost else f"已发 {len(names)} 人" if names else "没有登记地址"
    about = f"工单 {notice.case_number}：" if notice.case_number else ""
    with writing(engine) as connection:
        finish(connection, [task.id], at=now, outcome=done[:100])
        if task.kind == WARNING:
            if not where.addresses:  # a county without gateways looks at the colours in the list
                nowhere = "没有登记通知地址，时限提醒一条也没有发；颜色请看 zhitong case list"
                record_incident(connection, at=now, kind="warning", mark=f"warning-nowhere:{_day(now)}", text=nowhere)
            elif lost or not names:
                _undelivered(connection, task, f"没有发到{lost}" if lost else "要告诉的人没有登记通知地址", now)
            return
        for name, address in failed:
            why = f"{channel(address)}，{answers[address]}"
            record_incident(
                connection,
                at=now,
                kind="notice",
                # Once a day: a gateway that is gone for hours must not hide what else is to be seen to.
                mark=f"notice:{name}:{channel(address)}:{_day(now)}",
                text=f"{about}给{directory.called(name)}的通知没有发出（{why}），请打电话告诉",
            )


def _undelivered(connection: Connection, task: DueTask, why: str, now: datetime) -> None:
    """A warning that nobody may have got is told to people, each by itself: that it came late is its whole point."""
    due_at = datetime.fromisoformat(task.detail["due"]).astimezone(LOCAL)
    clock, whom = task.detail["clock"], "、".join(task.detail["tell"])
    text = f"工单 {task.case_number}：{clock}时限 {due_at:%m月%d日 %H:%M} 的提醒{why}，请打电话告诉{whom}"
    record_incident(connection, at=now, kind="warning", mark=f"undelivered:{task.mark}", text=text)


def _notice(
    connection: Connection, task: DueTask, directory: Directory, towns: Iterable[str]
) -> tuple[Notice, tuple[str, ...], frozenset[str]] | None:
    """The notice, the ids of those on the call's route, and of those who are told nothing: 被反映的, and their units.

    None: there is nothing to be told any more.

    They may be on the route: without the controller the dialplan rings who is on duty, and the complaint came later.
    Supervision is told if nobody else is left.
    """
    if kind_of_due(task.kind) == "roster":
        return Notice(kind="roster", at=task.promised_at or task.due_at), (), frozenset()
    if kind_of_due(task.kind) == "shift":
        return Notice(kind="shift", at=task.promised_at or task.due_at), (str(task.detail["official"]),), frozenset()
    if kind_of_due(task.kind) == "daily":
        counts = {name: int(task.detail[name]) for name in ("open", "soon", "late")}
        unit = str(task.detail["unit"])
        return day_of_unit(unit, task.due_at, **counts), tuple(_directors(directory, unit)), frozenset()
    case = get_case(connection, task.case_number or "")
    secret = bool(case.secrecy) or is_secret(case.type, case.transcript)
    found = accused_in(case, directory)
    if task.kind == WARNING:
        clock = clock_warned_of(connection, case, task)
        if clock is None:
            return None
        units = (unit.name for unit in directory.units)
        late, colour = bool(task.detail["late"]), task.detail["colour"]
        notice = clock_warning(case, clock, colour=colour, late=late, secret=secret, units=units, towns=towns)
        if not secret:  # the unit that was given the case all the same knows of it; who is named never does
            has_it = {unit.code for unit in directory.units if unit.name == case.unit}
            found = replace(found, units=found.units - has_it)
        accounts = (one for one in all_actors(connection) if barred_from(one, case))
        return notice, (), ids_of(found, directory).union(one.name for one in accounts)
    tell = {"surge": surge_opened, "rework": not_solved}.get(kind_of_due(task.kind), missed_call)
    notice = tell(case, secret=secret, units=(unit.name for unit in directory.units), towns=towns)
    facts = facts_of(connection, [task.call_id], kinds=("planned", "rung")).get(task.call_id, [])
    ids: Iterable[str] = (
        one
        for fact in facts
        for rung in (fact.detail["rungs"] if fact.kind == "planned" else [fact.detail])
        for one, _ in directory.whose(str(rung.get("number")), fact.at)
    )
    if notice.kind == "rework":  # whose unit did not solve it, not who was rung at the time
        ids = _directors(directory, case.unit)
    return notice, tuple(dict.fromkeys(ids)), ids_of(found, directory)


def _directors(directory: Directory, unit_name: str) -> list[str]:
    """The ids of the directors of the unit of this name, of the home unit where it has none."""
    named = next((unit.code for unit in directory.units if unit.name == unit_name), directory.home_unit)
    directors = [official for official in directory.roster.officials if official.rank == "director"]
    for code in (named, directory.home_unit):
        if found := [official.id for official in directors if official.unit == code]:
            return found
    return []


def _misconfigured(engine: Engine, task: DueTask, error: BadConfig, now: datetime) -> None:
    faults = "；".join(f"{fault.field}：{fault.mend}" for fault in error.faults)
    _log.error("notices are not sent: %s", faults)
    with writing(engine) as connection:
        put_off(connection, task.id, until=now + _LATER, claimed=False)
        text = f"通知设置有错，一条也没有发：{faults}"
        record_incident(connection, at=now, kind="notice", mark=f"notice-file:{_day(now)}", text=text)


def _day(now: datetime) -> str:
    return f"{now.astimezone(LOCAL):%Y%m%d}"

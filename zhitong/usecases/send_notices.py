"""Sends the notices that are due, and notes what came of each. At most a few are sent twice, after a crash."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, Engine

from cases.call_script import CallScript
from cases.roles import Role
from cases.roles import barred as barred_from
from cases.warning import quiet_until
from ivr.script import is_secret
from routing.accused import ids_of
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.errors import DatabaseGone
from zhitong.notices.gateway import channel
from zhitong.notices.notice import (
    Notice,
    NoticeKind,
    clock_warning,
    day_of_unit,
    due_kind,
    emergency_opened,
    kind_of_due,
    led,
    missed_call,
    not_solved,
    surge_opened,
    text_of,
)
from zhitong.notices.places import SUPERVISION, Places
from zhitong.store.accounts import all_actors
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, finish, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_incident
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.emergency import NOTICE, open_one
from zhitong.usecases.links_in_notices import links_for
from zhitong.usecases.take_due import take_due
from zhitong.usecases.tell_called import KIND as CALL
from zhitong.usecases.tell_called import tell_called
from zhitong.usecases.tell_leader import told_of_lead
from zhitong.usecases.undelivered import ALWAYS, nowhere, undelivered
from zhitong.usecases.warned_people import clock_warned_of, people_to_warn

WARNING = due_kind("warning")
TO_THE_TOP: tuple[NoticeKind, ...] = ("warning", "emergency")
"""Told to those who work on the case and above them, whoever can be reached."""
_SENT: tuple[NoticeKind, ...] = (
    "missed",
    "surge",
    "rework",
    "roster",
    "shift",
    "warning",
    "daily",
    "lead",
    "emergency",
    "monitor",
)
DUE = tuple(map(due_kind, _SENT))

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
    scripts: Sequence[CallScript] = (),
    pocket: str = "",
) -> None:
    """Sends what is due, one notice after the other, while `going()`. Takes seconds where gateways are slow.

    places: read anew for each, so that a correction of the file counts at once. quiet: from–until, local, in which
    nobody is warned of a clock. scripts: for whoever's telephone rings, who is told first. pocket: by what address
    officials open the case (办件链接); empty: they are sent no links. Raises DatabaseGone.
    """

    def next_one() -> list[DueTask]:
        first = take_due(engine, now=now(), kinds=(CALL,), limit=1, lease=_LEASE)
        return first or take_due(engine, now=now(), kinds=DUE, limit=1, lease=_LEASE)

    while going() and (tasks := next_one()):
        task, at = tasks[0], now()
        if task.kind == CALL:
            tell_called(
                engine,
                task,
                now=at,
                directory=directory(),
                places=places,
                towns=towns,
                send=send,
                scripts=scripts,
                pocket=pocket,
            )
            continue
        morning = quiet_until(at, quiet) if quiet and task.kind == WARNING and not task.detail["urgent"] else None
        if morning is not None:
            with writing(engine) as connection:
                put_off(connection, task.id, until=morning, claimed=False)
            continue
        _send(engine, task, now=at, directory=directory(), places=places, towns=towns, send=send, pocket=pocket)


def _send(
    engine: Engine,
    task: DueTask,
    *,
    now: datetime,
    directory: Directory,
    places: Callable[[], Places],
    towns: Iterable[str],
    send: Send,
    pocket: str,
) -> None:
    kind = kind_of_due(task.kind)
    late = now - task.due_at > _STALE or task.attempts > _TRIES
    try:
        where = places()
    except BadConfig as error:
        if not late:
            _misconfigured(engine, task, error, now)
            return
        where = None
    try:
        with reading(engine) as connection:
            told = _notice(connection, task, directory, towns)
            wanted, names, desk = _whom(connection, directory, task, where, told) if told else ((), (), ())
    except DatabaseGone:
        raise
    except Exception:
        if task.attempts <= _TRIES:
            raise
        # This look may be what has ended the sending each time: given up all the same, and told as a secret one.
        _log.exception("notice %d cannot be made, and is given up", task.id)
        told, wanted, names = (Notice(kind=kind, at=task.due_at, secret=True), (), frozenset()), (), ()
    if told is None:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome="不用提醒了：办到了，或者改了时限")
        return
    notice, _, _ = told
    if late or where is None:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome="过时了，没有发")
            if where is not None and not where.addresses and kind not in ALWAYS:
                nowhere(connection, now)
            elif where is None or where.to.get(kind) or kind in ALWAYS:
                why = "耽搁了一天，没有发出" if task.attempts <= _TRIES else "一发程序就停，没有再发"
                mend = "请打电话告诉，再试试网关和设置（zhitong notice test）"
                undelivered(
                    connection,
                    task,
                    kind,
                    whom=names or wanted,
                    directory=directory,
                    why=why,
                    mend=mend,
                    secret=notice.secret,
                    now=now,
                )
        return
    # Whoever gets it again, after a crash between sending and noting so, sees that it is the same.
    text = f"{text_of(notice)}（通知号 {task.id}）"
    answers = dict[str, str]()
    links = links_for(engine, directory, notice, names, where, pocket, now=now)
    for address, link in links.items():
        answers |= send(f"{text} {link}", [address])
    answers |= send(text, [address for name in names for address in where.of(name) if address not in links])
    if desk and not any(not answers[address] for name in names for address in where.of(name)):
        names += desk[:1]
        answers |= send(text, [address for name in desk[:1] for address in where.of(name) if address not in answers])
    failed = [(name, address) for name in names for address in where.of(name) if answers[address]]
    for name, address in failed:
        _log.warning("notice %d to %s by %s was not sent: %s", task.id, name, channel(address), answers[address])
    lost = tuple(dict.fromkeys(name for name, _ in failed))
    missing = f"没有发到{'、'.join(directory.called(name) for name in lost)}"
    done = missing if lost else f"已发 {len(names)} 人" if names else "没有登记地址"
    about = f"工单 {notice.case_number}：" if notice.case_number and not notice.secret else ""
    by_itself = kind in (*TO_THE_TOP, *ALWAYS)
    with writing(engine) as connection:
        finish(connection, [task.id], at=now, outcome=done[:100])
        if not names and not where.addresses and kind not in ALWAYS:
            nowhere(connection, now)
        elif (not names and (where.to.get(kind) or kind in ALWAYS)) or (lost and by_itself):
            undelivered(
                connection,
                task,
                kind,
                whom=lost or wanted,
                directory=directory,
                why="网关没有收下" if lost else "要告诉的人没有登记通知地址",
                mend="请打电话告诉" if lost else "请打电话告诉，再登记他的通知地址（写法见 config/notices.toml）",
                secret=notice.secret,
                now=now,
            )
        for name, address in failed if not by_itself else ():
            why = f"{channel(address)}，{answers[address]}"
            record_incident(
                connection,
                at=now,
                kind="notice",
                # Once a day: a gateway that is gone for hours must not hide what else is to be seen to.
                mark=f"notice:{name}:{channel(address)}:{_day(now)}",
                text=f"{about}给{directory.called(name)}的通知没有发出（{why}），请打电话告诉",
            )


def _whom(
    connection: Connection,
    directory: Directory,
    task: DueTask,
    where: Places | None,
    told: tuple[Notice, tuple[str, ...], frozenset[str]],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Who should be told, who of them can be, and the desk that is told when nobody else takes it.

    where: None while the file of addresses is faulty. Nobody of these is complained of.
    """
    notice, route, barred = told
    if notice.kind in TO_THE_TOP:
        wanted = people_to_warn(connection, directory, task, can=lambda name: name not in barred)
    elif where is None:
        wanted = route
    else:
        wanted = where.meant(notice.kind, route)
    if barred.intersection(wanted):
        wanted = tuple(name for name in wanted if name not in barred) or tuple({SUPERVISION} - barred)
    if where is None:
        return wanted, (), ()

    def can(name: str) -> bool:
        return bool(where.of(name)) and name not in barred

    if notice.kind in TO_THE_TOP:
        route = people_to_warn(connection, directory, task, can=can)
    if notice.kind == "surge":  # one person is to know, not everybody who could be rung
        route = tuple(one for one in route if can(one))[:1]
    names = where.told(notice.kind, route)
    if barred.intersection(names):
        names = tuple(name for name in names if name not in barred) or tuple(filter(can, (SUPERVISION,)))
    if notice.kind != "rework" or not where.to.get("rework"):
        return wanted, names, ()
    # A director who is told nothing leaves a citizen whom nobody hears a second time.
    people = (one.name for one in all_actors(connection) if Role.DESK in one.roles)
    desk = tuple(name for name in ("desk", *people, "duty_room") if can(name) and name not in names)
    return wanted, names or desk[:1], desk if names else desk[1:]


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
    if kind_of_due(task.kind) == "monitor":
        notice = Notice(kind="monitor", at=task.due_at, case_number=case.number, secret=secret)
        return notice, (), ids_of(found, directory)
    if kind_of_due(task.kind) == "warning":
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
    tell = {"surge": surge_opened, "rework": not_solved, "lead": led, "emergency": emergency_opened}.get(
        kind_of_due(task.kind), missed_call
    )
    if task.kind == NOTICE and open_one(connection, case.number) != task.detail["record"]:
        return None
    notice = tell(case, secret=secret, units=(unit.name for unit in directory.units), towns=towns)
    if task.kind == NOTICE:
        barred = (one.name for one in all_actors(connection) if barred_from(one, case))
        return notice, (), ids_of(found, directory).union(barred)
    facts = facts_of(connection, [task.call_id], kinds=("planned", "rung")).get(task.call_id, [])
    ids: Iterable[str] = (
        one
        for fact in facts
        for rung in (fact.detail["rungs"] if fact.kind == "planned" else [fact.detail])
        for one, _ in directory.whose(str(rung.get("number")), fact.at)
    )
    if notice.kind == "rework":  # whose unit did not solve it, not who was rung at the time
        ids = _directors(directory, case.unit)
    if notice.kind == "lead" and not (ids := told_of_lead(connection, directory, task.detail)):
        return None
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

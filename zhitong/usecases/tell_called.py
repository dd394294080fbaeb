"""接通三件事: whoever's telephone rings gets which case it is and what to do in the talk, while it rings (威信).

It never stands in anybody's way: what cannot be sent within minutes is not sent, and is nobody's matter, for the
telephone rings anyway. Who is complained of gets none.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.call_script import CallScript, script_for
from cases.case import Case
from cases.roles import barred as barred_from
from ivr.script import is_secret
from routing.accused import ids_of
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.notices.gateway import channel
from zhitong.notices.notice import call_rings, due_kind, text_of
from zhitong.notices.places import Places
from zhitong.store.accounts import all_actors
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, finish
from zhitong.store.engine import reading, writing
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.links_in_notices import links_for

KIND = due_kind("call")
STALE = timedelta(minutes=5)
"""After that whoever was rung has had his talk."""
_TRIES = 3

_log = logging.getLogger(__name__)


def tell_called(
    engine: Engine,
    task: DueTask,
    *,
    now: datetime,
    directory: Directory,
    places: Callable[[], Places],
    towns: Iterable[str],
    send: Callable[[str, Iterable[str]], Mapping[str, str]],
    scripts: Sequence[CallScript],
    pocket: str = "",
) -> None:
    """Sends the one that is due, once, to whose telephone it is, to what is his alone with a link to the case.

    pocket: as for `links_for`. Raises DatabaseGone.
    """
    outcome = "过时了，没有发"
    if now - task.due_at <= STALE and task.attempts <= _TRIES:
        outcome = _told(
            engine,
            task,
            now=now,
            directory=directory,
            places=places,
            towns=towns,
            send=send,
            scripts=scripts,
            pocket=pocket,
        )
    with writing(engine) as connection:
        finish(connection, [task.id], at=now, outcome=outcome)


def _told(
    engine: Engine,
    task: DueTask,
    *,
    now: datetime,
    directory: Directory,
    places: Callable[[], Places],
    towns: Iterable[str],
    send: Callable[[str, Iterable[str]], Mapping[str, str]],
    scripts: Sequence[CallScript],
    pocket: str,
) -> str:
    try:
        where = places()
    except BadConfig:
        return "通知设置有错，没有发"
    with reading(engine) as connection:
        case = get_case(connection, task.case_number or "")
        barred = _barred(connection, case, directory)
    owners = [one for one, _ in directory.whose(str(task.detail["number"]), task.due_at) if one not in barred]
    names = [name for name in where.told("call", owners) if name not in barred]
    if not names:
        return "没有要告诉的人，或者没有登记地址"
    notice = call_rings(
        case,
        script=script_for(scripts, matter=case.matter, type=case.type, urgency=case.urgency),
        secret=case.secret or is_secret(case.type, case.transcript),
        units=(unit.name for unit in directory.units),
        towns=towns,
    )
    text = f"{text_of(notice)}（通知号 {task.id}）"
    links = links_for(engine, directory, notice, names, where, pocket, now=now)
    answers = dict[str, str]()
    for address, link in links.items():
        answers |= send(f"{text} {link}", [address])
    answers |= send(text, [one for name in names for one in where.of(name) if one not in links])
    failed = [address for address, why in answers.items() if why]
    for address in failed:
        _log.warning("notice %d by %s was not sent: %s", task.id, channel(address), answers[address])
    return "网关没有收下" if failed else f"已发 {len(names)} 人"


def _barred(connection: Connection, case: Case, directory: Directory) -> frozenset[str]:
    accounts = (one.name for one in all_actors(connection) if barred_from(one, case))
    return ids_of(accused_in(case, directory), directory).union(accounts)

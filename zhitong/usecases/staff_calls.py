"""The system calls officials: who is called for what is due, and what follows when nobody answers or presses a key.

A task's detail: numbers, to be tried in this order, or official, whose telephone is looked up when the call is placed;
the rest as its kind needs it. The numbers of a call's own tasks are read from its facts when the first call is placed.
"""

import logging
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from cases.tries import Outcome
from ivr.facts import Fact
from ivr.script import is_secret
from routing.accused import accused, ids_of
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.duty_spans import duty_spans
from routing.officials import RANKS
from routing.phone import may_dial
from zhitong.store.attempts import end_attempt
from zhitong.store.cases import get_case, get_cases, is_calling
from zhitong.store.due import (
    PROMISED,
    DueTask,
    change_detail,
    change_due,
    finish,
    get_task,
    open_tasks,
    put_due,
    put_off,
    task_with,
    tasks_of,
)
from zhitong.store.engine import writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_incident
from zhitong.store.surges import surge_states
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.answering import read_rings
from zhitong.usecases.call_record import read_call
from zhitong.usecases.known_by import known_by
from zhitong.usecases.place_call import OutboundCall, taken_since, written_down
from zhitong.usecases.rules import StaffRules

MISSED = "staff:missed"
"""An official did not take a citizen's call, and nobody else did. case_number, call_id."""
REMIND = "staff:remind"
"""The shift of tomorrow. official, start (ISO)."""
UNSURE = "staff:unsure"
"""Somebody else's shift is not confirmed. numbers of those above; about: the official, start."""
TEST = "staff:test"
"""Whether a person is reached by this telephone. numbers; own: an administrator's wish, of the roster or not."""
SWAP = "staff:swap"
"""Another official wants to swap shifts. official, who is asked; with, who asks; give and take: [start, end]."""
TOLD = "staff:told"
"""A sentence that an official is called for: what became of it, what was given to him. official; prompt, slots."""
ARRIVAL = "staff:arrival"
"""Is the officer of the hall at the window? window; case_number, call_id."""
ONSITE = "staff:onsite"
"""He has not said that he is: those above him on the call's ladder. As ARRIVAL."""
SURGE = "staff:surge"
"""Several citizens have called about one matter, nobody knows: the people on the ladder of the call that opened it."""
RETURN = "staff:return"
"""An official wants to talk with the citizen of a case, and be rung for it. official; case_number."""
KINDS = (MISSED, REMIND, UNSURE, TEST, SWAP, TOLD, ARRIVAL, ONSITE, SURGE, RETURN)

NIGHT = (time(22, 0), time(7, 0))
"""Between these nobody is called about a shift that begins later, or about a swap."""
BUSY_AGAIN = timedelta(seconds=30)
"""Who is in a talk of the hotline, or was called and heard nothing, is called so much later."""
ONCE_MORE = timedelta(minutes=10)
TRIES = 2
"""So often an official is called for what others wait for."""

_log = logging.getLogger(__name__)


def place_staff_call(
    engine: Engine,
    directory: Directory,
    task: DueTask,
    *,
    talking: Collection[str],
    now: datetime,
    attempt: str = "",
    switch: str = "",
    area_code: str = "",
) -> OutboundCall | None:
    """The call that a due task asks for, or None: then it has been put off or ended. talking: numbers in a talk now.

    attempt, switch: as for `place_call`. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        if taken_since(connection, task):
            return None
        if task.call_id and "numbers" not in task.detail:
            task = replace(task, detail={**task.detail, "numbers": numbers_for(connection, directory, task)})
            change_detail(connection, task.id, task.detail)
            if not task.detail["numbers"]:
                finish(connection, [task.id], at=now, outcome="没有人要叫")
                return None
        if "numbers" in task.detail:  # who has left the list since is passed over
            left = [n for n in task.detail["numbers"] if may_dial(n, allowed=_allowed(directory, task, now))]
            if left and not (left := _not_complained_of(connection, directory, task, left, now)):
                finish(connection, [task.id], at=now, outcome="没有人要叫")
                return None
            if left != task.detail["numbers"]:
                task = replace(task, detail={**task.detail, "numbers": left})
                change_detail(connection, task.id, task.detail)
        number = number_of(directory, task, now)
        if not number or not may_dial(number, allowed=_allowed(directory, task, now)):
            known = directory.roster.official(str(task.detail.get("official", "")))
            if task.kind == REMIND and known and still_on_duty(directory, task):  # who begins with that very shift
                not_confirmed(connection, directory, task, "今天还没有他能打的号码", now)
                return None
            finish(connection, [task.id], at=now, outcome="没有号码可打")
            _incident(connection, task, f"{_WHAT[task.kind]}没有号码可打，请看名单", now)
            return None
        if task.kind == MISSED:
            case_number = task.case_number or ""
            if not any(one.kind in PROMISED for one in open_tasks(connection, case_number=case_number)):
                finish(connection, [task.id], at=now, outcome="不用再叫领导了")
                return None
            case = get_case(connection, case_number)
            if is_calling(connection, case, known_by(case, area_code)):  # perhaps with that very official
                put_off(connection, task.id, until=now + BUSY_AGAIN, claimed=False)
                return None
        if task.kind == RETURN and task.case_number:
            case = get_case(connection, task.case_number)
            if is_calling(connection, case, known_by(case, area_code)):
                put_off(connection, task.id, until=now + BUSY_AGAIN, claimed=False)
                return None
        if task.kind == REMIND and not still_on_duty(directory, task):
            finish(connection, [task.id], at=now, outcome="这个班不是他的了")
            return None
        if (morning := waits_until(task, now)) is not None:
            put_off(connection, task.id, until=morning, claimed=False)
            return None
        if task.kind == SURGE and _is_known(connection, task.call_id):
            finish(connection, [task.id], at=now, outcome="已经知道了")
            return None
        if number in talking:
            put_off(connection, task.id, until=now + BUSY_AGAIN, claimed=False)
            return None
        return written_down(connection, task, number, now=now, attempt=attempt, switch=switch)


def _allowed(directory: Directory, task: DueTask, now: datetime) -> frozenset[str]:
    own = task.detail["numbers"] if task.kind == TEST and task.detail.get("own") else ()
    return directory.in_use(now).union(own)


def still_on_duty(directory: Directory, task: DueTask) -> bool:
    """Whether the shift that is to be confirmed still is this official's: it may have been swapped or taken back."""
    start = datetime.fromisoformat(task.detail["start"])
    return bool(duty_spans(directory.roster, str(task.detail["official"]), start, start + timedelta(minutes=1)))


def waits_until(task: DueTask, now: datetime) -> datetime | None:
    """The morning until which a call waits: nobody is woken for what has time till then. None: now. Pure."""
    local, (evening, morning) = now.astimezone(LOCAL), NIGHT
    if morning <= local.time() < evening:
        return None
    until = datetime.combine(local.date() + timedelta(days=local.time() >= evening), morning, LOCAL)
    detail = task.detail
    match task.kind:
        case "staff:remind" | "staff:unsure" if not detail.get("late"):
            begins = [detail["start"]]
        case "staff:swap":
            begins = [detail["give"][0], detail["take"][0]]
        case "staff:told" if str(detail["prompt"]).startswith(("swap_", "handed_")):
            begins = []
        case _:
            return None
    return None if any(datetime.fromisoformat(one) <= until for one in begins) else until


def numbers_for(connection: Connection, directory: Directory, task: DueTask) -> list[str]:
    """Whom a task of a citizen's call is for; as long as it was not placed, from the facts of that call.

    Nobody whom the citizen complains of.
    """
    if "numbers" in task.detail:
        return list(task.detail["numbers"])
    facts = facts_of(connection, [task.call_id]).get(task.call_id, [])
    record = read_call(facts)
    if task.kind == MISSED:
        if is_secret(record.asked("type"), record.transcript):
            return []
        found = accused(record.transcript, directory, complains=record.asked("type") == "投诉")
        barred = ids_of(found, directory)
        missed = missed_by(facts)
        return [n for n in missed if not any(one in barred for one, _ in directory.whose(n, facts[-1].at))]
    if task.kind == SURGE:
        return people_on_ladder(facts)
    taker = str(record.talk.detail["number"]) if record.talk else ""
    if task.kind == ARRIVAL:
        people = directory.whose(taker, record.talk.at) if record.talk else ()
        official = any(directory.roster.official(one) for one, _ in people)
        return [taker] if official or taker in record.ladder[:-1] else []  # the duty room is nobody's to send
    # A deputy to whom it was handed stands on no ladder: all who do are above him.
    above_him = record.ladder.index(taker) + 1 if taker in record.ladder else 0
    return list(record.ladder[above_him:])


def _not_complained_of(
    connection: Connection, directory: Directory, task: DueTask, numbers: list[str], at: datetime
) -> list[str]:
    """Those of the numbers whose owners the case does not complain of, as far as is known now."""
    case = get_cases(connection, [task.case_number or ""]).get(task.case_number or "")
    if case is None or not numbers:
        return numbers
    found = accused_in(case, directory)
    barred = found.officials.union(*((o.id for o in directory.roster.of_unit(unit)) for unit in found.units))
    return [n for n in numbers if not any(one in barred for one, _ in directory.whose(n, at))]


def missed_by(facts: Iterable[Fact]) -> list[str]:
    """The numbers of officials that rang in a call unanswered, in the order of the ladder; no desk's. Pure."""
    told = list(facts)
    people = people_on_ladder(told)
    missed = (ring.number for ring in read_rings(told) if ring.outcome in ("missed", "dead", ""))
    return list(dict.fromkeys(number for number in missed if number in people))


def people_on_ladder(facts: Iterable[Fact]) -> list[str]:
    """The numbers of officials, not of desks, that were planned for a call, in their order. Pure."""
    planned = [rung for fact in facts if fact.kind == "planned" for rung in fact.detail["rungs"]]
    return list(dict.fromkeys(str(rung["number"]) for rung in planned if rung.get("post")))


def _is_known(connection: Connection, surge: str) -> bool:
    """Whether somebody knows of the surge, or it is over."""
    state = surge_states(connection, [surge]).get(surge)
    return state is None or not state.open or state.acknowledged or state.talked


def number_of(directory: Directory, task: DueTask, now: datetime) -> str:
    """The telephone that is called for this task now; empty when there is none."""
    numbers: Sequence[str] = task.detail.get("numbers", ())
    if numbers:
        return numbers[0]
    official = directory.roster.official(str(task.detail.get("official", "")))
    return next(iter(directory.callable(official, now)), "") if official else ""


def staff_call_over(
    engine: Engine,
    rules: StaffRules,
    directory: Directory,
    *,
    task_id: int,
    number: str,
    now: datetime,
    why: str,
    lost: bool = False,
    heard: bool = False,
    attempt: str = "",
) -> None:
    """The call of a task to this number is over. If it was not seen to, what its kind demands follows.

    lost: its sound broke off; then the same number is called once more first. heard: he was on the line to its end.
    attempt: as for `call_failed`. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        if attempt and not end_attempt(connection, attempt, at=now, outcome=why):
            return
        task = get_task(connection, task_id)
        if task.done_at is not None or task.due_at > now or number != number_of(directory, task, now):
            return  # a key has seen to it, put it off or passed it on
        if why == Outcome.NOT_DIALLED:
            put_off(connection, task.id, until=task.due_at, claimed=False)
            return
        if lost and task.attempts < TRIES:
            put_off(connection, task.id, until=now + BUSY_AGAIN)
            return
        match task.kind:
            case "staff:missed" | "staff:unsure" | "staff:onsite" | "staff:surge":
                pass_on(connection, task, why, now)
            case "staff:remind":
                if task.attempts < rules.remind_tries:
                    put_off(connection, task.id, until=now + rules.remind_again)
                else:
                    not_confirmed(connection, directory, task, why, now)
            case "staff:swap":
                if task.attempts < TRIES:
                    put_off(connection, task.id, until=now + ONCE_MORE)
                else:
                    finish(connection, [task.id], at=now, outcome=why)
                    tell_official(connection, task.detail["with"], "swap_no_answer", {}, mark=f"told:{task.id}", at=now)
            case "staff:told" if heard:
                finish(connection, [task.id], at=now, outcome="告诉了")
            case "staff:told" if task.attempts < TRIES:
                put_off(connection, task.id, until=now + ONCE_MORE)
            case _:
                finish(connection, [task.id], at=now, outcome=why)


def pass_on(connection: Connection, task: DueTask, why: str, now: datetime) -> None:
    """The next number of the task is called; when there is none, people must see to it."""
    left = list(task.detail.get("numbers", ()))[1:]
    if left:
        change_due(connection, task.id, due_at=now, detail={**task.detail, "numbers": left})
        return
    finish(connection, [task.id], at=now, outcome=why)
    if task.kind != MISSED:  # the system calls the citizen back, and tells people when that fails
        _incident(connection, task, f"{_WHAT[task.kind]}没有叫到人（{why}），请人工联系", now)


def not_confirmed(connection: Connection, directory: Directory, task: DueTask, why: str, now: datetime) -> None:
    """A shift is not confirmed: the next above is asked to see to it."""
    about = str(task.detail["official"])
    finish(connection, [task.id], at=now, outcome=f"没有确认：{why}"[:100])
    detail = {"numbers": above(directory, about, now), "about": about, "start": task.detail["start"]}
    put_due(connection, [_row(UNSURE, f"unsure:{task.id}", now, detail)])
    start = datetime.fromisoformat(task.detail["start"]).astimezone(LOCAL)
    name = directory.called(about)
    _incident(connection, task, f"{name} {start:%m月%d日 %H:%M} 起值班，没有确认（{why}），已找上一级", now)


def above(directory: Directory, official_id: str, now: datetime) -> list[str]:
    """Whom to call about an official: who ranks higher in the unit, nearest first, then who leads above it, then the
    duty room; their numbers."""
    official = directory.roster.official(official_id)
    numbers = list[str]()
    if official is not None:
        higher = RANKS[: RANKS.index(official.rank)]
        people = [o for o in reversed(directory.roster.of_unit(official.unit)) if o.rank in higher]
        for unit in directory.above(official.unit):
            people += [d.official for d in directory.roster.on_duty(now, unit.code) if d.role == "lead"]
        for one in people:
            if one.id != official_id and not directory.roster.away(one.id, now):
                numbers += directory.callable(one, now)[:1]
    return list(dict.fromkeys([*numbers, *directory.duty_room.numbers]))


def tell_official(
    connection: Connection, official: str, prompt: str, slots: Mapping[str, str], *, mark: str, at: datetime
) -> None:
    """Has an official called and told a sentence."""
    detail = {"official": official, "prompt": prompt, "slots": dict(slots)}
    put_due(connection, [_row(TOLD, mark, at, detail)])


def put_return(connection: Connection, case_number: str, official: str, *, at: datetime) -> bool:
    """Has the official rung, and then the citizen of the case. False: one has been asked for already.

    Of two that ask at the same time one is first: both would write the mark of the case's next one, which is unique.
    """
    asked = [task for task in tasks_of(connection, case_number) if task.kind == RETURN]
    if any(task.done_at is None for task in asked):
        return False
    claim = secrets.token_hex(8)
    mark = f"{RETURN}:{case_number}:{len(asked) + 1}"
    row = _row(RETURN, mark, at, {"official": official, "claim": claim})
    put_due(connection, [row | {"case_number": case_number}])
    first = task_with(connection, mark)
    return first is not None and first.detail["claim"] == claim


def put_test_ring(connection: Connection, number: str, *, at: datetime) -> str:
    """Has a telephone rung, to see whether a person is reached there. Returns the mark for `outcome_of`."""
    mark = f"test:{number}:{at.timestamp():.0f}"
    put_due(connection, [_row(TEST, mark, at, {"numbers": [number]})])
    return mark


def put_own_ring(connection: Connection, number: str, *, mark: str, at: datetime) -> None:
    """The same for a number that an administrator typed. mark: for `outcome_of`, no part of the number."""
    put_due(connection, [_row(TEST, mark, at, {"numbers": [number], "own": True})])


def outcome_of(connection: Connection, mark: str) -> str:
    """What became of the call with this mark; empty as long as nothing has."""
    task = task_with(connection, mark)
    return task.outcome if task is not None and task.done_at is not None else ""


def seen_to(connection: Connection, task: DueTask, outcome: str, now: datetime) -> None:
    """What a task was for is done; told on the case's timeline where there is a case."""
    finish(connection, [task.id], at=now, outcome=outcome[:100])
    if task.case_number and task.case_number in get_cases(connection, [task.case_number]):
        row = {"case_number": task.case_number, "mark": f"{task.kind}:{task.id}:{now.timestamp():.0f}", "at": now}
        add_to_timeline(connection, [row | {"what": _HEADING[task.kind], "text": outcome}])


def _row(kind: str, mark: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "mark": mark, "case_number": None, "call_id": "", "due_at": at, "detail": dict(detail)}


def _incident(connection: Connection, task: DueTask, text: str, now: datetime) -> None:
    about = f"工单 {task.case_number}：" if task.case_number else ""
    _log.warning("task %d (%s): people are told", task.id, task.kind)
    record_incident(connection, at=now, kind=task.kind, mark=f"{task.kind}:{task.id}", text=about + text)


_WHAT = {
    MISSED: "没接到群众来电的领导，",
    REMIND: "值班提醒",
    UNSURE: "值班没有确认，找上一级",
    TEST: "试拨",
    SWAP: "换班",
    TOLD: "要打电话告诉的事，",
    ARRIVAL: "到场确认",
    ONSITE: "窗口没有人到场，找上一级",
    SURGE: "集中来电，告诉值班领导",
    RETURN: "给群众回电，叫领导",
}
_HEADING = {MISSED: "领导回电", ARRIVAL: "到场", ONSITE: "到场", SURGE: "集中来电", RETURN: "领导回电"}

"""Calling a citizen back: an official missed the call, or said that he would call; the hotline joins the two."""

from dataclasses import replace

from ivr.menu import Connect, Menu, Sentence
from routing.officials import Official
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask, put_off
from zhitong.store.engine import writing
from zhitong.usecases.open_matters import Waiting, waiting_for, waits
from zhitong.usecases.staff_calls import pass_on, seen_to

URGENT = ("red", "orange")
"""These do not wait until an official has the time."""


def missed_call(staff: Staff, task: DueTask, number: str) -> Menu | None:
    """The call to an official who missed one: he takes it now, passes it on, or is called once more. None: no need."""
    directory = staff.directory()
    official_id = next((one for one, _ in directory.whose(number, staff.now())), "")
    official = directory.roster.official(official_id)
    waiting = waits(staff.engine, staff.rules, directory, case_number=task.case_number or "", official=official_id)
    if waiting is None or official is None:
        with writing(staff.engine) as connection:
            seen_to(connection, task, "不用再叫领导了", staff.now())
        return None

    def take() -> Menu:
        with writing(staff.engine) as connection:
            seen_to(connection, task, f"{official.called}现在给群众回电", staff.now())
        return joined(official, waiting)

    def deputy() -> Menu:
        with writing(staff.engine) as connection:
            pass_on(connection, _for_deputies(staff, task, official), f"{official.called}交给副职", staff.now())
        return told("staff_passed")

    def later() -> Menu:
        with writing(staff.engine) as connection:
            put_off(connection, task.id, until=staff.now() + staff.rules.staff.snooze, claimed=False)
        return told("staff_snoozed")

    urgent = waiting.case.urgency in URGENT
    case = waiting.case
    slots = {"who": official.post, "when": staff.spoken(case.answered_at), "place": case.place}
    return Menu(
        say=(
            Sentence(key="staff_missed", slots={**slots, "matter": case.matter_name}),
            Sentence(key="staff_missed_keys" if urgent else "staff_missed_keys_later"),
        ),
        keys=keys(k1=take, k2=deputy, k3=None if urgent else later),
    )


def wanted_call(staff: Staff, task: DueTask) -> Menu | None:
    """The call to an official who asked for it on his pocket page: he is joined, or not now. None: no need."""
    official = staff.official(str(task.detail["official"]))
    found = official and waits(
        staff.engine,
        staff.rules,
        staff.directory(),
        case_number=task.case_number or "",
        official=official.id,
        promised=False,
    )
    if not official or not found:
        with writing(staff.engine) as connection:
            seen_to(connection, task, "不用再叫领导了", staff.now())
        return None
    case = found.case

    def take() -> Menu:
        with writing(staff.engine) as connection:
            seen_to(connection, task, f"{official.called}现在给群众回电", staff.now())
        return joined(official, found)

    def leave() -> Menu:
        with writing(staff.engine) as connection:
            seen_to(connection, task, f"{official.called}又说现在不打", staff.now())
        return told("staff_none_waits")

    slots = {"when": staff.spoken(case.answered_at), "place": case.place, "matter": case.matter_name}
    return Menu(say=(Sentence(key="staff_waiting", slots=slots),), keys=keys(k1=take, k2=leave))


def waiting_citizens(staff: Staff, official: Official) -> tuple[int, Menu]:
    """How many wait for this official, and the menu that goes through them."""
    found = waiting_for(
        staff.engine,
        staff.rules,
        staff.directory(),
        official=official.id,
        now=staff.now(),
    )
    return len(found), _one_of(staff, official, found)


def _one_of(staff: Staff, official: Official, found: list[Waiting]) -> Menu:
    if not found:
        return told("staff_none_waits")
    first, case = found[0], found[0].case
    slots = {"when": staff.spoken(case.answered_at), "place": case.place, "matter": case.matter_name}
    return Menu(
        say=(Sentence(key="staff_waiting", slots=slots),),
        keys=keys(k1=lambda: joined(official, first), k2=lambda: _one_of(staff, official, found[1:])),
    )


def joined(official: Official, waiting: Waiting) -> Menu:
    """The citizen is called now, and the two are joined."""
    key = "citizen_joined" if waiting.recorded else "citizen_joined_unrecorded"
    return Menu(
        say=(Sentence(key="staff_joining"),),
        connect=Connect(
            number=waiting.number,
            case_number=waiting.case.number,
            who=official.called,
            said=Sentence(key=key, slots={"who": official.post}),
            recorded=waiting.recorded,
            words=waiting.case.transcript,
            type=waiting.case.type,
        ),
    )


def _for_deputies(staff: Staff, task: DueTask, official: Official) -> DueTask:
    """The task, with this official's deputies before the others who missed the call."""
    directory, now = staff.directory(), staff.now()
    people = filter(None, map(directory.roster.official, official.deputies))
    there = [n for one in people if not directory.roster.away(one.id, now) for n in directory.callable(one, now)[:1]]
    first, *others = task.detail["numbers"]
    numbers = [first, *dict.fromkeys(n for n in (*there, *others) if n != first)]
    return replace(task, detail={**task.detail, "numbers": numbers})

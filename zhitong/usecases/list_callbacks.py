"""The calls to citizens after their cases: for people to make, for the system to make, tried, and concluded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine

from cases.case import TO_TELL, Case, CaseEvent, CaseState
from cases.roles import Action, Actor, may, permit
from zhitong.store.callbacks import CitizenCall, calls_made, calls_to_citizens, calls_to_make
from zhitong.store.cases import get_cases
from zhitong.store.due import PERSON_CALLBACK, DueTask
from zhitong.store.engine import reading, writing
from zhitong.store.sight import seen_by
from zhitong.store.tries import PERSON
from zhitong.usecases.await_person import stands_outside, took_from_system
from zhitong.usecases.confirm_case import BY_PERSON as PERSON_CONFIRM
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.looking import looked, shown
from zhitong.usecases.recheck import BY_PERSON as PERSON_RECHECK
from zhitong.usecases.recheck import KIND as RECHECK
from zhitong.usecases.recheck_by_person import CAME_BACK, LASTED
from zhitong.usecases.rules import Rules

PAGE = 50
LOOK, LOOK_TASKS = 20_000, 4000
"""So many calls that were made, and tasks of a kind, are looked through at a time."""
BY_PEOPLE = (PERSON_CALLBACK, PERSON_RECHECK, PERSON_CONFIRM)
BY_SYSTEM = ("callback", RECHECK, CONFIRM)
_MADE = ("callback", PERSON, RECHECK, CONFIRM)
CONCLUDED = (CaseEvent.CONFIRM.value, CaseEvent.REFUSE.value, CaseEvent.GIVE_UP.value, LASTED, CAME_BACK)
"""What a call to a citizen may come to; what else it came to was no answer."""


class Which(StrEnum):
    """A list of the room."""

    PEOPLE = "要人打的"
    SYSTEM = "系统要打的"
    TRIED = "打过没问到"
    CONCLUDED = "有结果的"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToMake:
    """A call that is still to be made. step: the form that he may fill in (cases.offered); empty: none."""

    task: DueTask
    case: Case
    tried: tuple[CitizenCall, ...]
    step: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A call that was made, without the citizen's words where they are not his to know."""

    call: CitizenCall
    case: Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Callbacks:
    """One list. more: from which it goes on; 0: there is no more."""

    to_make: tuple[ToMake, ...] = ()
    made: tuple[Made, ...] = ()
    more: int = 0


def list_callbacks(
    engine: Engine, rules: Rules, *, by: Actor, now: datetime, which: Which, unhappy: bool = False, more: int = 0
) -> Callbacks:
    """The list, of cases that he may see; that `by` looked is recorded. unhappy: of what was concluded, only that.

    Raises NotPermitted, TaskNotFound, DatabaseGone.
    """
    permit(by, Action.SEE)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"回访：{which}", now=now)
    with reading(engine) as connection:
        if which in (Which.PEOPLE, Which.SYSTEM):
            return _to_make(connection, rules, by, BY_PEOPLE if which is Which.PEOPLE else BY_SYSTEM, more)
        return _made(connection, by, which, unhappy, more)


def _to_make(connection: Connection, rules: Rules, by: Actor, kinds: Sequence[str], after: int) -> Callbacks:
    page, more = calls_to_make(connection, kinds, sight=seen_by(by), after=after, look=LOOK_TASKS, limit=PAGE)
    cases = get_cases(connection, {task.case_number or "" for task in page})
    tried = calls_to_citizens(connection, cases, _MADE)
    return Callbacks(
        to_make=tuple(
            ToMake(
                task=task,
                case=shown(case, by),
                tried=tuple(_without_words(call, case, by) for call in tried[case.number]),
                step=_step(connection, rules, by, case, task),
            )
            for task in page
            if (case := cases[task.case_number or ""])
        ),
        more=more,
    )


_STEPS: Mapping[str, tuple[str, Action]] = {
    PERSON_CALLBACK: ("called-back", Action.CALLED_BACK),
    PERSON_RECHECK: ("rechecked", Action.CALLED_BACK),
    PERSON_CONFIRM: ("confirmed", Action.CONFIRM),
}


def _step(connection: Connection, rules: Rules, by: Actor, case: Case, task: DueTask) -> str:
    step, right = _STEPS.get(task.kind, ("", Action.SEE))
    if not step or not may(by, right, case):
        return ""
    if task.kind != PERSON_CONFIRM and not stands_outside(connection, by, case, rules.whose):
        return ""
    if task.kind == PERSON_CALLBACK:
        asking = case.state in TO_TELL and case.state is not CaseState.CALLBACK
        return step if asking and not took_from_system(connection, rules, by, case) else ""
    return step


def _made(connection: Connection, by: Actor, which: Which, unhappy: bool, before: int) -> Callbacks:
    made, more = calls_made(
        connection,
        _MADE[:3],
        outcomes=CONCLUDED,
        without=which is Which.TRIED,
        unhappy=unhappy,
        sight=seen_by(by),
        before=before,
        look=LOOK,
        limit=PAGE,
    )
    cases = get_cases(connection, {call.case_number for call in made})
    return Callbacks(
        made=tuple(
            Made(call=_without_words(call, case, by), case=shown(case, by))
            for call in made
            if (case := cases[call.case_number])
        ),
        more=more,
    )


def _without_words(call: CitizenCall, case: Case, by: Actor) -> CitizenCall:
    return call if may(by, Action.HEAR, case) else replace(call, why="")

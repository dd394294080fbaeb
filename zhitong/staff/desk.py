"""The calls with officials, as a live call sees them: ivr.menu.StaffPorts, made of the menus here."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from ivr.menu import Menu, StaffCall, StaffPorts
from routing.phone import BadNumber, normalise
from zhitong.errors import ZhitongError
from zhitong.staff.arrival import at_the_window, nobody_there
from zhitong.staff.context import Staff, told
from zhitong.staff.dialled import announced, as_citizen, by_code, dialled
from zhitong.staff.proof import test_ring
from zhitong.staff.returned import missed_call, wanted_call
from zhitong.staff.shift import not_sure, reminder
from zhitong.staff.surge import surge_opened
from zhitong.staff.swap import asked
from zhitong.store.due import DueTask, get_task
from zhitong.store.engine import reading
from zhitong.usecases.rules import Rules
from zhitong.usecases.staff_calls import (
    ARRIVAL,
    MISSED,
    ONSITE,
    REMIND,
    RETURN,
    SURGE,
    SWAP,
    TEST,
    TOLD,
    UNSURE,
    number_of,
    staff_call_over,
)

_log = logging.getLogger(__name__)


class StaffDesk:
    """Makes the menus. One for a hotline; used by the threads of its calls."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def go_by(self, rules: Rules) -> None:
        """The next menus are made by these rules."""
        self._staff = replace(self._staff, rules=rules)

    @property
    def ports(self) -> StaffPorts:
        """What a live call is given."""
        return StaffPorts(
            whose=self._whose, dialled=self._dialled, coded=self._coded, placed=self._placed, over=self._over
        )

    def _whose(self, number: str) -> str:
        """Only of a telephone that is one official's alone: who shares a switchboard is not known by it."""
        try:
            canonical = normalise(number, area_code=self._staff.settings.hotline.area_code)
        except BadNumber:
            return ""
        found = self._staff.directory().whose(canonical, self._staff.now())
        officials = [one for one, _ in found if self._staff.official(one) is not None]
        return officials[0] if len(found) == len(officials) == 1 else ""

    def _dialled(self, official_id: str, number: str) -> Menu:
        official = self._staff.official(official_id)
        if official is None:
            return as_citizen()
        try:
            return dialled(self._staff, official)
        except ZhitongError as error:
            _log.warning("an official who calls is served as a citizen: %s", error)
        except Exception:
            # The edge of the menu: his call must not go astray.
            _log.exception("an official who calls is served as a citizen")
        return as_citizen()

    def _coded(self, number: str, known: Callable[[str], None]) -> Menu:
        return by_code(self._staff, known)

    def _placed(self, task_id: int) -> StaffCall:
        """Whoever answers hears a sentence, also when there is nothing more to say, or it cannot be found out."""
        staff, number = self._staff, ""
        try:
            with reading(staff.engine) as connection:
                task = get_task(connection, task_id)
            number = number_of(staff.directory(), task, staff.now())
            menu = _MENUS[task.kind](staff, task, number) if task.done_at is None else None
        except ZhitongError as error:
            _log.error("the call for task %d has nothing to say: %s", task_id, error)
            menu = told("staff_static")
        except Exception:
            _log.exception("the call for task %d has nothing to say", task_id)
            menu = told("staff_static")
        return StaffCall(number=number, menu=menu or told("staff_no_need"))

    def _over(self, task_id: int, number: str, lost: bool) -> None:
        staff = self._staff
        try:
            staff_call_over(
                staff.engine,
                staff.rules.staff,
                staff.directory(),
                task_id=task_id,
                number=number,
                now=staff.now(),
                why="声音断了" if lost else "没有按键",
                lost=lost,
                heard=not lost,
            )
        except ZhitongError as error:
            _log.warning("task %d is tried again once its lease is over: %s", task_id, error)


def _told(staff: Staff, task: DueTask) -> Menu | None:
    official = staff.official(str(task.detail["official"]))
    return announced(official, str(task.detail["prompt"]), task.detail["slots"]) if official else None


_MENUS: Mapping[str, Callable[[Staff, DueTask, str], Menu | None]] = {
    MISSED: missed_call,
    RETURN: lambda staff, task, number: wanted_call(staff, task),
    REMIND: lambda staff, task, number: reminder(staff, task),
    UNSURE: lambda staff, task, number: not_sure(staff, task),
    TEST: test_ring,
    SWAP: lambda staff, task, number: asked(staff, task),
    TOLD: lambda staff, task, number: _told(staff, task),
    ARRIVAL: lambda staff, task, number: at_the_window(staff, task),
    SURGE: surge_opened,
    ONSITE: lambda staff, task, number: nobody_there(staff, task),
}

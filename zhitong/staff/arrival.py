"""A citizen waits at a window of the hall: whoever took the call says that he is there, or the next above goes."""

from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.usecases.staff_calls import ARRIVAL, ONSITE, numbers_for, seen_to


def at_the_window(staff: Staff, task: DueTask) -> Menu:
    """The call to the officer who took the call."""
    return Menu(
        say=(Sentence(key="staff_arrival", slots={"window": task.detail["window"]}),),
        keys=keys(k1=lambda: there(staff, task, None)),
    )


def there(staff: Staff, task: DueTask, official: Official | None) -> Menu:
    """He is at the window: nobody above him is called."""
    who = official.called if official else _whose(staff, task)
    with writing(staff.engine) as connection:
        for one in open_tasks(connection, case_number=task.case_number or ""):
            if one.kind in (ARRIVAL, ONSITE) and one.call_id == task.call_id:
                seen_to(connection, one, f"{who}到了{task.detail['window']}", staff.now())
    return told("staff_thanks")


def awaited(staff: Staff, official: Official) -> DueTask | None:
    """The window at which this official has not said yet that he is."""
    with reading(staff.engine) as connection:
        for task in open_tasks(connection, kind=ARRIVAL):
            if set(numbers_for(connection, staff.directory(), task)) & set(official.numbers_on(staff.today())):
                return task
    return None


def nobody_there(staff: Staff, task: DueTask) -> Menu:
    """The call to the next above."""

    def goes() -> Menu:
        with writing(staff.engine) as connection:
            seen_to(connection, task, f"{_whose(staff, task)}去{task.detail['window']}", staff.now())
        return told("staff_thanks")

    return Menu(say=(Sentence(key="staff_onsite", slots={"window": task.detail["window"]}),), keys=keys(k1=goes))


def _whose(staff: Staff, task: DueTask) -> str:
    found = staff.directory().whose(task.detail["numbers"][0], staff.now())
    return found[0][1] if found else "值班的同志"

"""The eve of a shift: its official confirms with a key, or the next above is asked to see to it."""

from datetime import datetime

from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask, finish, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.usecases.staff_calls import REMIND, not_confirmed, seen_to, still_on_duty


def reminder(staff: Staff, task: DueTask) -> Menu | None:
    """The call on the eve of a shift. None: it need not be confirmed any more."""
    official = staff.official(str(task.detail["official"]))
    if official is None or datetime.fromisoformat(task.detail["start"]) < staff.now():
        with writing(staff.engine) as connection:
            finish(connection, [task.id], at=staff.now(), outcome="过时了")
        return None
    return _asked(staff, task, official)


def unconfirmed(staff: Staff, official: Official) -> DueTask | None:
    """The shift that this official has been asked to confirm and has not."""
    with reading(staff.engine) as connection:
        tasks = open_tasks(connection, kind=REMIND)
    mine = (task for task in tasks if task.detail.get("official") == official.id)
    coming = (task for task in mine if datetime.fromisoformat(task.detail["start"]) > staff.now())
    return next((task for task in coming if still_on_duty(staff.directory(), task)), None)


def confirm(staff: Staff, task: DueTask, official: Official) -> Menu:
    """He will be there."""
    with writing(staff.engine) as connection:
        seen_to(connection, task, f"{official.called}按键确认", staff.now())
    return told("staff_confirmed")


def _asked(staff: Staff, task: DueTask, official: Official) -> Menu:
    def cannot() -> Menu:
        with writing(staff.engine) as connection:
            not_confirmed(connection, staff.directory(), task, "本人说来不了", staff.now())
        return told("staff_cannot")

    start = datetime.fromisoformat(task.detail["start"])
    slots = {"who": official.post, "when": staff.spoken(start)}
    return Menu(
        say=(Sentence(key="staff_remind", slots=slots),),
        keys=keys(k1=lambda: confirm(staff, task, official), k2=cannot),
    )


def not_sure(staff: Staff, task: DueTask) -> Menu:
    """The call to the next above: somebody's shift is not confirmed."""

    def sees_to_it() -> Menu:
        with writing(staff.engine) as connection:
            seen_to(connection, task, "上一级去落实", staff.now())
        return told("staff_thanks")

    about = staff.directory().roster.official(str(task.detail["about"]))  # perhaps he begins with that shift
    when = staff.spoken(datetime.fromisoformat(task.detail["start"]))
    return Menu(
        say=(Sentence(key="staff_unsure", slots={"who": about.called if about else "值班的同志", "when": when}),),
        keys=keys(k1=sees_to_it),
    )

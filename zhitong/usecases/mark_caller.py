"""A person marks a caller as a nuisance, with reason and expiry: their calls ring the duty room. Nobody is blocked."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.phone import BadNumber, mask, normalise
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.marks import Mark, add_mark, end_marks, marks_that_hold
from zhitong.usecases.looking import looked, may_act_on

LONGEST = timedelta(days=90)


def mark_caller(
    engine: Engine, number: str, *, reason: str, by: Actor, now: datetime, until: datetime, area_code: str
) -> Mark:
    """Marks the number until a moment, at most 90 days ahead. Raises NotPermitted, ChangeRefused, DatabaseGone."""
    permit(by, Action.MARK)
    if not reason.strip():
        raise ChangeRefused("没有写原因；标记一个群众要说得出为什么")
    if not now < until <= now + LONGEST:
        raise ChangeRefused(f"到期 {until:%Y-%m-%d %H:%M} 要在以后 {LONGEST.days} 天以内；到期自动取消，不够再标")
    mark_ = Mark(number=_canonical(number, area_code), reason=reason.strip()[:200], by=by.name, at=now, until=until)
    with writing(engine) as connection:
        may_act_on(connection, mark_.number, by, Action.MARK, area_code=area_code)
        add_mark(connection, mark_)
    return mark_


def unmark_caller(engine: Engine, number: str, *, reason: str, by: Actor, now: datetime, area_code: str) -> None:
    """Ends the marks of the number. Raises NotPermitted, ChangeRefused when there is none, DatabaseGone."""
    permit(by, Action.MARK)
    if not reason.strip():
        raise ChangeRefused("没有写原因；取消一个标记也要说得出为什么")
    number_, told = _canonical(number, area_code), {"by": by.name, "reason": reason.strip()[:200]}
    with writing(engine) as connection:
        may_act_on(connection, number_, by, Action.MARK, area_code=area_code)
        if not end_marks(connection, number_, now=now, **told):
            raise ChangeRefused(f"{mask(number)} 现在没有标记；看 zhitong caller list")


def list_marks(engine: Engine, *, by: Actor, now: datetime) -> list[Mark]:
    """The marks that hold, and a record that `by` looked. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.MARK)
    with writing(engine) as connection:
        looked(connection, by, None, what="标记的来电", now=now)
        return marks_that_hold(connection, now)


def marked_numbers(engine: Engine, now: datetime) -> frozenset[str]:
    """The numbers whose marks hold. Raises DatabaseGone."""
    with reading(engine) as connection:
        return frozenset(mark_.number for mark_ in marks_that_hold(connection, now))


def _canonical(number: str, area_code: str) -> str:
    try:
        return normalise(number, area_code=area_code)
    except BadNumber as error:
        raise ChangeRefused(str(error)) from None

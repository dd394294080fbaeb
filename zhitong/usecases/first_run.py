"""开线: the first administrator on the pages, and a ring to a telephone through the line."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Engine

from cases.roles import Action, Actor, Role, permit
from routing.phone import mask
from zhitong.errors import SignInRefused
from zhitong.store.accounts import all_actors
from zhitong.store.engine import reading, writing
from zhitong.usecases.accounts import first_admin
from zhitong.usecases.looking import looked
from zhitong.usecases.sign_in import own_password, password_fault
from zhitong.usecases.staff_calls import outcome_of, put_own_ring

ON_PAGES = "网页"


def is_administered(engine: Engine) -> bool:
    """Whether somebody is an administrator. Raises DatabaseGone."""
    with reading(engine) as connection:
        return any(Role.ADMIN in one.roles for one in all_actors(connection))


def first_sign_in(engine: Engine, name: str, password: str, *, address: str, now: datetime) -> str:
    """Makes the first administrator, with a password of his own, and signs him in: his token, for the second factor.

    Whoever calls this has made sure that he sits at the machine. Raises AccountRefused, SignInRefused, DatabaseGone.
    """
    name = " ".join(name.split())
    if fault := password_fault(password, account=name):
        raise SignInRefused(fault)
    first_admin(engine, name, login=ON_PAGES, now=now)
    return own_password(engine, name, password, address=address, now=now)


def ring_me(engine: Engine, number: str, *, by: Actor, now: datetime) -> str:
    """Has this canonical number rung through the line and told a sentence; 1 is pressed when it is heard.

    Returns the mark for `what_rang`. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SET_UP)
    mark = f"own:{uuid4().hex}"
    with writing(engine) as connection:
        looked(connection, by, None, what=f"试拨 {mask(number)}", now=now)
        put_own_ring(connection, number, mark=mark, at=now)
    return mark


def what_rang(engine: Engine, mark: str) -> str:
    """What became of the ring, in Chinese, for whoever was told its mark; empty as long as nothing has.

    Raises DatabaseGone.
    """
    with reading(engine) as connection:
        return outcome_of(connection, mark) if mark.startswith("own:") else ""

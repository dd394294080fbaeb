"""看设置: who has looked at what the hotline goes by; of people's numbers only who may change them, and says why."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.errors import Refused
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked


def see_settings(engine: Engine, what: str, *, by: Actor, now: datetime) -> None:
    """Before a part of the settings is shown. what: which, as the record of accesses is to have it.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE_SETTINGS)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看{what}", now=now)


def see_numbers(engine: Engine, whose: str, *, why: str, by: Actor, now: datetime) -> None:
    """Before the whole numbers of an official are shown, once. Raises NotPermitted, Refused without a reason,
    DatabaseGone."""
    permit(by, Action.PUBLISH_ROSTER)
    if not why.strip():
        raise Refused("没有写为什么要看；请写明，会记下")
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看号码 {whose[:12]}：{why.strip()}", now=now, unmasked=True)

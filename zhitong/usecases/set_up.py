"""开线和维护: an administrator sets the line up, keeps backups; that he does is recorded before it is done."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked


def sets_up(engine: Engine, *, what: str, by: Actor, now: datetime) -> None:
    """Before something of the line is set up or looked at. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SET_UP)
    with writing(engine) as connection:
        looked(connection, by, None, what=what, now=now)


def backs_up(engine: Engine, *, what: str, by: Actor, now: datetime) -> None:
    """Before a backup is made or taken away: everybody's data are in it. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.BACKUP)
    with writing(engine) as connection:
        looked(connection, by, None, what=what, now=now, unmasked=True)

"""了结待办: what the system could not do was seen to by a person, who says what came of it."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.store.records import case_of_incident, end_incident
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import reasoned


def see_to_incident(engine: Engine, id: int, *, outcome: str, by: Actor, now: datetime) -> None:
    """It is listed no more, unless it happens again. Raises NotPermitted, MoveRefused, DatabaseGone."""
    permit(by, Action.SEE_TO)
    outcome = reasoned(outcome, "了结")
    with writing(engine) as connection:
        number = case_of_incident(connection, id)
        if number:
            permit(by, Action.SEE, get_case(connection, number))
        if not end_incident(connection, id, at=now, by=by.name, outcome=outcome):
            raise MoveRefused(f"没有编号 {id} 的待办，或者已经了结了；看 zhitong case todo")
        looked(connection, by, number or None, what=f"了结待办 {id}", now=now)

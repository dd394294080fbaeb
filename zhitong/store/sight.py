"""Which cases somebody may see, as one condition: what cases.roles.may says of each, said for a list."""

from sqlalchemy import ColumnElement, and_, or_, true

from cases.accused import marked, reported_key
from cases.case import REPORT
from cases.roles import HELPING, Action, Actor, may, self_keys, unit_keys, units_of
from zhitong.store.tables import cases


def seen_by(actor: Actor, action: Action = Action.SEE) -> ColumnElement[bool]:
    """Of the rows of `cases`: those that this person may do it with; not for HEAR, which asks more."""
    units = units_of(actor, action)
    mine: ColumnElement[bool] = true() if units is None else cases.c.unit.in_(sorted(units))
    if units is not None and action in HELPING and actor.helps and may(actor, action):
        mine = or_(mine, cases.c.number.in_(sorted(actor.helps)))
    himself = [~_accuses(key) for key in sorted(self_keys(actor) | set(map(reported_key, actor.units)))]
    his_unit = [or_(cases.c.type != REPORT, ~_accuses(key)) for key in sorted(unit_keys(actor))]
    return and_(mine, or_(cases.c.accused == "", and_(true(), *himself, *his_unit)))


def _accuses(key: str) -> ColumnElement[bool]:
    return cases.c.accused.contains(marked(key), autoescape=True)

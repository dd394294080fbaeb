"""Live calls for those at the desk: that they look is recorded, what they do is asked, and told on the timeline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.roles import Action, Actor, is_accused, permit
from zhitong.errors import CaseNotFound, HotlineAway, LiveRefused, MoveRefused
from zhitong.live.calls import Command
from zhitong.store.cases import case_of_calls, get_case
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked, to_look
from zhitong.usecases.moving import reasoned, tell


@dataclass(frozen=True, kw_only=True, slots=True)
class Callee:
    """Somebody to whom a call is put through: an official by id, or the duty room; unit: its name."""

    id: str
    name: str
    post: str = ""
    unit: str

    @property
    def called(self) -> str:
        """How people call him."""
        return f"{self.post}{self.name}"


Order = Callable[[Command], None]
"""Has a command done; raises LiveRefused, HotlineAway."""


def see_live(engine: Engine, *, by: Actor, now: datetime) -> None:
    """Before anybody is shown the calls that are up. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.LIVE)
    with writing(engine) as connection:
        looked(connection, by, None, what="实时来电", now=now)


def case_of_live(engine: Engine, *, call_id: str, by: Actor, now: datetime) -> Case:
    """The case of a call that is up. Raises NotPermitted, CaseNotFound, DatabaseGone."""
    permit(by, Action.LIVE)
    with writing(engine) as connection:
        return to_look(connection, _number(connection, call_id), by, what="实时来电", now=now)


def transfer_live(engine: Engine, *, call_id: str, whom: Callee, by: Actor, now: datetime, order: Order) -> None:
    """Has whom rung for this call now, before all others; never anybody complained of in it.

    Raises NotPermitted, MoveRefused, CaseNotFound, LiveRefused, HotlineAway, DatabaseGone.
    """
    permit(by, Action.TRANSFER_LIVE)
    _do(engine, "transfer", call_id, by, now, order, f"值班台转接来电：找{whom.called}", whom=whom)


def end_live(engine: Engine, *, call_id: str, reason: str, by: Actor, now: datetime, order: Order) -> None:
    """Hangs this call up. Raises NotPermitted, MoveRefused, CaseNotFound, LiveRefused, HotlineAway, DatabaseGone."""
    permit(by, Action.END_LIVE)
    _do(engine, "end", call_id, by, now, order, "值班台挂断来电", reason=reasoned(reason, "挂断"))


def _do(
    engine: Engine,
    do: Literal["transfer", "end"],
    call_id: str,
    by: Actor,
    now: datetime,
    order: Order,
    text: str,
    *,
    whom: Callee | None = None,
    reason: str = "",
) -> None:
    """Told before it is done: what cannot be told is not done, and what was not done after all is told, too."""
    action = {"transfer": Action.TRANSFER_LIVE, "end": Action.END_LIVE}[do]
    with writing(engine) as connection:
        number = _number(connection, call_id)
        case = get_case(connection, number)
        permit(by, action, case)
        if whom is not None and (is_accused(case, whom.name) or is_accused(case, whom.unit)):
            raise MoveRefused("这个来电不能转给这个人或者这个单位；请换一个，或者转督查。")
        tell(connection, number, action.value, at=now, text=text, who=by.name, reason=reason)
    try:
        order(Command(do=do, call=call_id, by=by.name, to=whom.id if whom else ""))
    except (LiveRefused, HotlineAway) as error:
        with writing(engine) as connection:
            tell(connection, number, action.value, at=now, text=f"没有办成：{error}", who=by.name)
        raise


def _number(connection: Connection, call_id: str) -> str:
    found = case_of_calls(connection, [call_id]).get(call_id)
    if found is None:
        raise CaseNotFound("这个来电没有工单：刚接通的请过几秒再试，干部来电没有工单。")
    return found

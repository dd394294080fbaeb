"""A case (工单): from the answered call to 销号. One record, one table of moves, one function that makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands."""

    ACCEPTED = "受理"  # the call was answered
    ASSIGNED = "交办"  # a unit has it
    CLOSED = "办结"  # the unit has said its result
    CALLBACK = "回访"  # the citizen is being asked
    REWORK = "重办"  # the citizen said: not solved
    STRUCK_OFF = "销号"  # concluded


OPEN = frozenset({CaseState.ACCEPTED, CaseState.ASSIGNED, CaseState.REWORK})
"""Somebody still works on it."""


class CaseEvent(StrEnum):
    """What moves a case."""

    ASSIGN = "交办"
    CLOSE = "办结"
    CALL_BACK = "开始回访"
    CONFIRM = "群众确认解决"
    REFUSE = "群众说没解决"
    UNREACHED = "没有问到"
    GIVE_UP = "多次联系不上"
    STAFF = "工作人员来电"


TRANSITIONS: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.ACCEPTED, CaseEvent.ASSIGN): CaseState.ASSIGNED,
    (CaseState.ACCEPTED, CaseEvent.CLOSE): CaseState.CLOSED,  # settled on the spot
    (CaseState.ACCEPTED, CaseEvent.STAFF): CaseState.STRUCK_OFF,  # no citizen called
    (CaseState.ASSIGNED, CaseEvent.ASSIGN): CaseState.ASSIGNED,  # to another unit; no clock moves
    (CaseState.ASSIGNED, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.CLOSED, CaseEvent.CALL_BACK): CaseState.CALLBACK,
    (CaseState.CLOSED, CaseEvent.UNREACHED): CaseState.CLOSED,  # the telephone was not picked up
    (CaseState.CLOSED, CaseEvent.GIVE_UP): CaseState.STRUCK_OFF,
    (CaseState.CALLBACK, CaseEvent.CALL_BACK): CaseState.CALLBACK,  # the call before died with the machine
    (CaseState.CALLBACK, CaseEvent.CONFIRM): CaseState.STRUCK_OFF,
    (CaseState.CALLBACK, CaseEvent.REFUSE): CaseState.REWORK,
    (CaseState.CALLBACK, CaseEvent.UNREACHED): CaseState.CLOSED,
    (CaseState.CALLBACK, CaseEvent.GIVE_UP): CaseState.STRUCK_OFF,
    (CaseState.REWORK, CaseEvent.ASSIGN): CaseState.REWORK,
    (CaseState.REWORK, CaseEvent.CLOSE): CaseState.CLOSED,
}


class IllegalMove(ValueError):
    """A move that the state does not allow; names state, event and what is allowed."""

    def __init__(self, state: CaseState, event: CaseEvent) -> None:
        self.state, self.event, self.allowed = state, event, allowed(state)
        can = "、".join(self.allowed) if self.allowed else "什么都不能做了"
        super().__init__(f"工单在“{state}”，不能“{event}”；现在可以：{can}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A case as it stands. answered_at starts the first clocks and never changes; `rework` counts the 重办."""

    number: str
    call_id: str
    caller: str
    dialled: str
    answered_at: datetime
    state: CaseState = CaseState.ACCEPTED
    matter: str = ""
    matter_name: str = ""
    type: str = ""
    urgency: str = "normal"
    place: str = ""
    unit: str = ""
    official: str = ""
    transcript: str = ""
    result: str = ""
    disposition: str = ""
    closed_by: str = ""
    marks: str = ""
    """What officials marked in its talks (cases.marks), in Chinese; empty for most."""
    rework: int = 0

    def __post_init__(self) -> None:
        if self.answered_at.tzinfo is None:
            raise ValueError(f"case {self.number}: answered_at is {self.answered_at.isoformat()} without a time zone")


def allowed(state: CaseState) -> tuple[CaseEvent, ...]:
    """The events that a case in this state can take."""
    return tuple(event for (before, event) in TRANSITIONS if before == state)


def apply(
    case: Case,
    event: CaseEvent,
    *,
    unit: str = "",
    official: str = "",
    result: str = "",
    disposition: str = "",
    by: str = "",
) -> Case:
    """The case after the event. ASSIGN takes unit and official; CLOSE takes result, disposition and by.

    Raises IllegalMove.
    """
    after = TRANSITIONS.get((case.state, event))
    if after is None:
        raise IllegalMove(case.state, event)
    if event is CaseEvent.ASSIGN:
        return replace(case, state=after, unit=unit or case.unit, official=official or case.official)
    if event is CaseEvent.CLOSE:
        return replace(case, state=after, result=result, disposition=disposition, closed_by=by)
    if event is CaseEvent.REFUSE:
        return replace(case, state=after, rework=case.rework + 1)
    return replace(case, state=after)

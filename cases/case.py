"""A case (工单): from the answered call to 销号. One record, one table of moves, one function that makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cases.wish import Wish, wish_of
from routing.phone import mask


class CaseState(StrEnum):
    """Where a case stands: what was done last."""

    ACCEPTED = "受理"  # the call was answered
    ASSIGNED = "交办"  # a unit is to do it
    SIGNED_FOR = "签收"  # the unit has it
    HANDLING = "办理"  # the unit works on it
    REPLIED = "反馈"  # the handler has written the reply
    REVIEWED = "审核"  # the head of the unit has passed it
    APPROVED = "审签"  # the leader in charge has signed it
    CLOSED = "办结"  # the citizen is to be called back
    CALLBACK = "回访"  # the citizen is being asked
    STRUCK_OFF = "销号"  # concluded
    DECLINED = "不予受理"  # not for this line; the citizen is to be told why


REPORT = "举报"
"""A type: somebody is reported, and whoever is reported must never learn by whom."""
OPEN = frozenset(
    {
        CaseState.ACCEPTED,
        CaseState.ASSIGNED,
        CaseState.SIGNED_FOR,
        CaseState.HANDLING,
        CaseState.REPLIED,
        CaseState.REVIEWED,
        CaseState.APPROVED,
    }
)
"""Somebody still works on it."""
TO_TELL = frozenset({CaseState.CLOSED, CaseState.DECLINED, CaseState.CALLBACK})
"""The citizen is still to be told the result, and asked."""


class CaseEvent(StrEnum):
    """What moves a case."""

    ASSIGN = "交办"
    SIGN_FOR = "签收"
    START = "开始办理"
    RETURN = "退单"
    HAND_OVER = "移交"
    REPLY = "反馈"
    SEND_BACK = "退回修改"
    REVIEW = "审核"
    APPROVE = "审签"
    CLOSE = "办结"
    SETTLE = "当场办结"
    MERGED = "随并单办结"
    DECLINE = "不予受理"
    CALL_BACK = "开始回访"
    CONFIRM = "群众确认解决"
    REFUSE = "群众说没解决"
    UNREACHED = "没有问到"
    GIVE_UP = "多次联系不上"
    NO_CONTACT = "没有联系方式"
    STAFF = "工作人员来电"
    RANG_BACK = "回电回访"


_S, _E = CaseState, CaseEvent
TRANSITIONS: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (_S.ACCEPTED, _E.ASSIGN): _S.ASSIGNED,
    (_S.ACCEPTED, _E.SETTLE): _S.CLOSED,
    (_S.ACCEPTED, _E.DECLINE): _S.DECLINED,
    (_S.ACCEPTED, _E.STAFF): _S.STRUCK_OFF,  # no citizen called
    (_S.ACCEPTED, _E.RANG_BACK): _S.STRUCK_OFF,  # nothing new: the callback of another case, which has the answers
    (_S.ASSIGNED, _E.ASSIGN): _S.ASSIGNED,  # to another unit; no clock moves
    (_S.ASSIGNED, _E.SIGN_FOR): _S.SIGNED_FOR,
    (_S.ASSIGNED, _E.RETURN): _S.ACCEPTED,
    (_S.ASSIGNED, _E.HAND_OVER): _S.SIGNED_FOR,  # the other unit has said that it takes it
    (_S.ASSIGNED, _E.SETTLE): _S.CLOSED,
    (_S.SIGNED_FOR, _E.ASSIGN): _S.ASSIGNED,
    (_S.SIGNED_FOR, _E.START): _S.HANDLING,
    (_S.SIGNED_FOR, _E.RETURN): _S.ACCEPTED,
    (_S.SIGNED_FOR, _E.HAND_OVER): _S.SIGNED_FOR,
    (_S.SIGNED_FOR, _E.REPLY): _S.REPLIED,
    (_S.SIGNED_FOR, _E.SETTLE): _S.CLOSED,
    (_S.HANDLING, _E.ASSIGN): _S.ASSIGNED,
    (_S.HANDLING, _E.HAND_OVER): _S.SIGNED_FOR,
    (_S.HANDLING, _E.REPLY): _S.REPLIED,
    (_S.HANDLING, _E.SETTLE): _S.CLOSED,
    (_S.REPLIED, _E.SEND_BACK): _S.HANDLING,
    (_S.REPLIED, _E.REVIEW): _S.REVIEWED,
    (_S.REVIEWED, _E.SEND_BACK): _S.HANDLING,
    (_S.REVIEWED, _E.APPROVE): _S.APPROVED,
    (_S.APPROVED, _E.CLOSE): _S.CLOSED,
    **{(state, _E.MERGED): _S.CLOSED for state in sorted(OPEN)},  # with the one it was merged into
    (_S.CLOSED, _E.CALL_BACK): _S.CALLBACK,
    (_S.CLOSED, _E.UNREACHED): _S.CLOSED,  # the telephone was not picked up
    (_S.CLOSED, _E.GIVE_UP): _S.STRUCK_OFF,
    (_S.CLOSED, _E.NO_CONTACT): _S.STRUCK_OFF,
    (_S.DECLINED, _E.CALL_BACK): _S.CALLBACK,
    (_S.DECLINED, _E.UNREACHED): _S.DECLINED,
    (_S.DECLINED, _E.GIVE_UP): _S.STRUCK_OFF,
    (_S.DECLINED, _E.NO_CONTACT): _S.STRUCK_OFF,
    (_S.CALLBACK, _E.CALL_BACK): _S.CALLBACK,  # the call before died with the machine
    (_S.CALLBACK, _E.CONFIRM): _S.STRUCK_OFF,
    (_S.CALLBACK, _E.REFUSE): _S.ACCEPTED,  # 重办
    (_S.CALLBACK, _E.UNREACHED): _S.CLOSED,  # 不予受理 where it was that: see `apply`
}
UNHEARD = frozenset({_E.GIVE_UP, _E.NO_CONTACT})
"""Ends of a case whose citizen was never asked: a person's word, never the system's, and counted apart."""

NO_MATTER = frozenset({_E.STAFF, _E.RANG_BACK})
"""Ends of a case that had nothing for anybody to do: the call counts, as a case it counts nowhere."""

TAKES: Mapping[CaseEvent, frozenset[str]] = {
    _E.ASSIGN: frozenset({"unit", "official"}),
    _E.HAND_OVER: frozenset({"unit", "official"}),
    _E.SIGN_FOR: frozenset({"official"}),
    _E.REPLY: frozenset({"reply", "result", "disposition", "replied_by"}),
    _E.REVIEW: frozenset({"reviewed_by"}),
    _E.APPROVE: frozenset({"approved_by"}),
    _E.CLOSE: frozenset({"closed_by"}),
    _E.SETTLE: frozenset({"result", "disposition", "closed_by"}),
    _E.MERGED: frozenset({"result", "disposition", "closed_by"}),
    _E.DECLINE: frozenset({"result", "disposition", "closed_by"}),
    _E.CONFIRM: frozenset({"concluded_by"}),
    _E.GIVE_UP: frozenset({"concluded_by"}),
    _E.NO_CONTACT: frozenset({"concluded_by"}),
}
"""What a move says of the case; other moves say nothing."""


BY_HAND = frozenset(
    {
        _E.ASSIGN,
        _E.SIGN_FOR,
        _E.START,
        _E.RETURN,
        _E.HAND_OVER,
        _E.REPLY,
        _E.SEND_BACK,
        _E.REVIEW,
        _E.APPROVE,
        _E.SETTLE,
        _E.DECLINE,
    }
)
"""What people do; the rest follows from it, or from calls."""


class IllegalMove(ValueError):
    """A move that the case does not allow; names state, event and what is allowed, or why not."""

    def __init__(self, case: "Case", event: CaseEvent, why: str = "") -> None:
        self.state, self.event, self.allowed = case.state, event, allowed(case.state)
        can = "、".join(one for one in self.allowed if one in BY_HAND)
        then = f"现在可以：{can}" if can else "已经销号" if case.state is CaseState.STRUCK_OFF else "要等回访"
        super().__init__(why or f"工单在“{case.state}”，不能“{event}”；{then}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A case as it stands. answered_at starts the first clocks and never changes; `rework` counts the 重办.

    unit, official: who has it now; first_unit: who had it first (首接). returns: how often it was returned (退单).
    result: the sentence that the citizen is told; reply: the whole answer. secrecy: 保密, 匿名 or empty.
    concluded: the event that struck it off, so that who was never asked is counted apart; concluded_by: the person who
    asked the citizen, empty when the system did.
    """

    number: str
    call_id: str
    caller: str
    dialled: str
    answered_at: datetime
    state: CaseState = CaseState.ACCEPTED
    channel: str = "电话"
    matter: str = ""
    matter_name: str = ""
    type: str = ""
    urgency: str = "normal"
    place: str = ""
    address: str = ""
    name: str = ""
    sex: str = ""
    demand: str = ""
    secrecy: str = ""
    unit: str = ""
    first_unit: str = ""
    official: str = ""
    transcript: str = ""
    reply: str = ""
    result: str = ""
    disposition: str = ""
    replied_by: str = ""
    reviewed_by: str = ""
    approved_by: str = ""
    closed_by: str = ""
    contact: str = ""
    """The number that the citizen wants to be called at, if it is not the caller's."""
    contact_how: str = ""
    contact_at: datetime | None = None
    """How the citizen gave it to the line, 按键 or 语音, and when; empty for one that people wrote down."""
    unsure_contact: str = ""
    """A number that the citizen gave and did not confirm: for people to try, never for the system to call."""
    shared_phone: bool = False
    """The call came from a telephone that is not the citizen's own: a window's of the hall."""
    call_when: str = ""
    call_from: datetime | None = None
    call_until: datetime | None = None
    """When the citizen wants to be called (cases.wish), as it was said, and the time that was agreed on."""
    concluded: str = ""
    concluded_by: str = ""
    closed_at: datetime | None = None
    struck_off_at: datetime | None = None
    marks: str = ""
    """What officials marked in its talks (cases.marks), in Chinese; empty for most."""
    returns: int = 0
    rework: int = 0
    short: str = ""
    """The number that is spoken (cases.number); one case's alone until it is struck off."""
    accused: str = ""
    """Whom it complains of (cases.accused): from then on they see and do nothing with it."""

    @property
    def title(self) -> str:
        """标题: what it is about, and where; empty while neither is known."""
        return f"{self.place}{self.matter_name}"

    @property
    def number_to_call(self) -> str:
        """The citizen's number; empty when none is known."""
        return self.contact or self.own_caller

    @property
    def own_caller(self) -> str:
        """The number of the call if it is the citizen's own; empty when it was withheld or is a window's."""
        return "" if self.shared_phone else self.caller

    @property
    def secret(self) -> bool:
        """举报, 保密 or 匿名: who called and what was said is for few."""
        return self.type == REPORT or self.secrecy != ""

    @property
    def conduct(self) -> bool:
        """作风: about how people in an office behave."""
        return "作风" in self.matter_name

    @property
    def wish(self) -> Wish:
        """When the citizen wants to be called."""
        hours = wish_of(self.call_when, self.answered_at).hours if self.call_from is None else None
        return Wish(since=self.call_from, until=self.call_until, hours=hours)

    def __post_init__(self) -> None:
        if self.answered_at.tzinfo is None:
            raise ValueError(f"case {self.number}: answered_at is {self.answered_at.isoformat()} without a time zone")


def masked(case: Case) -> Case:
    """The case with the citizen's numbers as logs show them."""
    numbers = {name: getattr(case, name) for name in ("caller", "contact", "unsure_contact")}
    return replace(case, **{name: mask(number) for name, number in numbers.items() if number})  # type: ignore[arg-type]


def allowed(state: CaseState) -> tuple[CaseEvent, ...]:
    """The events that a case in this state can take."""
    return tuple(event for (before, event) in TRANSITIONS if before == state)


def apply(case: Case, event: CaseEvent, *, at: datetime, **says: str) -> Case:
    """The case after the event at this moment. says: what TAKES names for it; what is empty or not said stays.

    Raises IllegalMove; ValueError for what the event does not take.
    """
    after = TRANSITIONS.get((case.state, event))
    if after is None:
        raise IllegalMove(case, event)
    if event is CaseEvent.RETURN and (case.returns or case.rework):
        raise IllegalMove(case, event, "已经退过一次单，或者是重办，不能再退；由首接单位或领办领导定")
    if event is CaseEvent.SETTLE and case.rework:
        raise IllegalMove(case, event, "重办的工单要经反馈、审核、审签办结")
    if event in UNHEARD and not says.get("concluded_by"):
        raise IllegalMove(case, event, f"“{event}”要有人打过电话、写明是谁，系统不能自己销号")
    if unknown := says.keys() - TAKES.get(event, frozenset()):
        raise ValueError(f"{event} does not take {', '.join(sorted(unknown))}")
    if event is CaseEvent.UNREACHED and case.disposition == CaseEvent.DECLINE:
        after = CaseState.DECLINED  # what the citizen is still to be told is a refusal, not a result
    given = {name: value for name, value in says.items() if value}
    if given.get("unit", case.unit) != case.unit:
        given = {"official": ""} | given  # who had it in the unit before has it no more
    moved = replace(case, state=after, **given)  # type: ignore[arg-type]
    if event in (CaseEvent.ASSIGN, CaseEvent.HAND_OVER) and not case.first_unit:
        return replace(moved, first_unit=moved.unit)
    if event is CaseEvent.RETURN:
        return replace(moved, returns=case.returns + 1)
    if event in (CaseEvent.CLOSE, CaseEvent.SETTLE, CaseEvent.MERGED, CaseEvent.DECLINE):
        return replace(moved, closed_at=at)
    if event is CaseEvent.REFUSE:
        return replace(moved, rework=case.rework + 1)
    if after is CaseState.STRUCK_OFF:
        return replace(moved, struck_off_at=at, concluded=event.value)
    return moved

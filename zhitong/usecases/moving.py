"""What every move of a case by a person has in common: permission first, the one table, an entry on the timeline."""

import unicodedata
import uuid
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case, CaseEvent, IllegalMove, allowed, apply
from cases.roles import Action, Actor, permit
from zhitong.errors import MoveRefused
from zhitong.store.case_records import merged_into
from zhitong.store.cases import get_case, update_cases
from zhitong.store.pocket import end_links_of
from zhitong.store.timeline import add_to_timeline

LONGEST_REASON = 500
_OF_ITSELF = {
    CaseEvent.SIGN_FOR: "收到交办，无条件签收",
    CaseEvent.START: "签收以后开始办",
    CaseEvent.HAND_OVER: "同意接",
    CaseEvent.REPLY: "办出了结果",
    CaseEvent.REVIEW: "审核没有疑点",
    CaseEvent.APPROVE: "审签没有疑点",
}
"""Why somebody does what is its own reason, when he says nothing else."""


def to_move(connection: Connection, number: str, by: Actor, action: Action, *, merged: bool = False) -> Case:
    """The case, kept from everybody else until the transaction ends, for somebody who may do this with it.

    merged: also one that is answered together with another. Raises CaseNotFound, NotPermitted, MoveRefused.
    """
    permit(by, action)
    case = get_case(connection, number, to_change=True)
    permit(by, action, case)
    if not merged and (into := merged_into(connection, number)):
        raise MoveRefused(f"工单 {number} 已经并入 {into}；请办那一个，或者先分开")
    return case


def check(case: Case, event: CaseEvent) -> None:
    """Raises MoveRefused when the case is not where it could: to be told before anything else is asked for."""
    if event not in allowed(case.state):
        raise MoveRefused(f"工单 {case.number}：{IllegalMove(case, event)}")


def move(
    connection: Connection,
    case: Case,
    event: CaseEvent,
    *,
    by: str,
    at: datetime,
    text: str,
    reason: str = "",
    **says: str,
) -> Case:
    """Makes the move, writes it, and tells it on the timeline, with why. Raises MoveRefused.

    What opened the case to people of a unit that has it no more (办件链接) ends, also if it comes back.
    """
    try:
        moved = apply(case, event, at=at, **says)
    except IllegalMove as error:
        raise MoveRefused(f"工单 {case.number}：{error}") from error
    update_cases(connection, [moved])
    if moved.unit != case.unit:
        end_links_of(connection, case.number, at=at)
    tell(connection, case.number, event.value, at=at, text=text, who=by, reason=reason or _OF_ITSELF[event])
    return moved


def tell(
    connection: Connection, number: str, what: str, *, at: datetime, text: str, who: str, reason: str = ""
) -> None:
    """An entry of something that a person did: each time it is done, one more."""
    row = {"case_number": number, "mark": f"by:{uuid.uuid4().hex}", "at": at, "what": what, "text": text}
    add_to_timeline(connection, [row | {"who": who, "reason": reason}])


def unreadable(text: str) -> bool:
    """Whether a line has characters that nobody sees, or that no database and no chain takes."""
    return any(unicodedata.category(letter)[0] == "C" for letter in text)


def reasoned(reason: str, what: str) -> str:
    """The reason as it is kept. Raises MoveRefused without one."""
    text = " ".join(reason.split())
    if not text:
        raise MoveRefused(f"没有写{what}的原因；留痕里要有")
    if unreadable(text):
        raise MoveRefused(f"{what}的原因里有看不见或认不出的字符；请重新输入")
    if len(text) > LONGEST_REASON:
        raise MoveRefused(f"原因有 {len(text)} 个字，最多 {LONGEST_REASON} 个；请写短些")
    return text

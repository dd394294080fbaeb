"""反馈 审核 审签: the reply to the citizen passes two people before the case is closed (审核 → 审签, 长春新区).

Handler, reviewer and signer are three: who wrote the reply does not pass it, and who passed it does not sign it. The
signer has heard the sentence as the citizen will hear it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from cases.case import Case, CaseEvent
from cases.reply import doubts_about, faults_of
from cases.roles import Action, Actor
from zhitong.errors import MoveRefused, ResultRefused
from zhitong.store.engine import writing
from zhitong.store.tables import timeline
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.await_callback import await_callback
from zhitong.usecases.confirm_case import WARNING, unconfirmed
from zhitong.usecases.looking import looked
from zhitong.usecases.merge_cases import close_merged
from zhitong.usecases.moving import check, move, reasoned, to_move
from zhitong.usecases.must_tell import must_tell
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import perhaps_himself
from zhitong.usecases.suspect_closing import EMPTY, suspect

_HEARD = "试听"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A case after a step of its reply, and what the next person should look at twice."""

    case: Case
    doubts: tuple[str, ...]


def reply_case(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    result: str,
    disposition: str,
    by: Actor,
    now: datetime,
    reply: str = "",
) -> Answered:
    """The handler's reply: the sentence for the citizen, and all that is to be said.

    Raises ResultRefused with all faults at once, MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    faults = faults_of(result, disposition=disposition, reply=reply)
    if faults:
        raise ResultRefused("；".join(faults))
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.REPLY)
        must_tell(case, rules.mandatory.close)
        case = move(
            connection,
            case,
            CaseEvent.REPLY,
            by=by.name,
            at=now,
            text=f"反馈（{disposition}）：{result}",
            result=result.strip(),
            disposition=disposition,
            reply=reply.strip(),
            replied_by=by.name,
        )
        unsure = (WARNING,) if unconfirmed(connection, number) else ()
    found = _answered(case, rules)
    return Answered(case=found.case, doubts=(*found.doubts, *unsure))


def send_back(engine: Engine, *, number: str, by: Actor, reason: str, now: datetime) -> Case:
    """The reply is not good enough; the handler has it again. Raises MoveRefused, NotPermitted, CaseNotFound."""
    reason = reasoned(reason, "退回修改")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.SEND_BACK)
        return move(connection, case, CaseEvent.SEND_BACK, by=by.name, at=now, text="答复退回修改", reason=reason)


def review_reply(engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime, reason: str = "") -> Answered:
    """The head of the unit passes the reply; doubts need a reason why all the same. Raises as above."""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.REVIEW)
        check(case, CaseEvent.REVIEW)
        _other(connection, rules, by, case.replied_by, "答复是您写的，要由别人审核")
        reason = _despite(case, rules.empty_phrases, reason)
        text = f"审核通过：{case.result}"
        case = move(
            connection, case, CaseEvent.REVIEW, by=by.name, at=now, text=text, reason=reason, reviewed_by=by.name
        )
    return _answered(case, rules)


def result_of(engine: Engine, *, number: str, by: Actor, now: datetime) -> Case:
    """The case whose sentence is to be heard; that he looked is recorded.

    Raises MoveRefused without one, NotPermitted, CaseNotFound.
    """
    with writing(engine) as connection:
        case = _with_result(to_move(connection, number, by, Action.APPROVE))
        looked(connection, by, number, what=_HEARD, now=now)
        return case


def heard_result(engine: Engine, *, number: str, by: Actor, now: datetime) -> Case:
    """That this person has heard the sentence as the citizen will hear it: to be called after it was played."""
    with writing(engine) as connection:
        case = _with_result(to_move(connection, number, by, Action.APPROVE))
        row = {"case_number": number, "mark": _heard_mark(case, by), "at": now, "what": _HEARD, "who": by.name}
        add_to_timeline(connection, [row | {"text": f"听了给群众的话：{case.result}"}])
        return case


def approve_reply(engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime, reason: str = "") -> Case:
    """The leader in charge signs: the case is closed, and the citizen is called back. Raises as above."""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.APPROVE)
        check(case, CaseEvent.APPROVE)
        _other(connection, rules, by, case.replied_by, "答复是您写的，要由别人审签")
        _other(connection, rules, by, case.reviewed_by, "答复是您审核的，要由别人审签")
        must_tell(case, rules.mandatory.close)  # it may have been changed since the reply
        if not has_heard(connection, case, by):
            raise MoveRefused(f"审签以前要听一遍给群众的话：zhitong case hear {number}")
        reason = _despite(case, rules.empty_phrases, reason)
        text = f"审签：{case.result}"
        case = move(
            connection, case, CaseEvent.APPROVE, by=by.name, at=now, text=text, reason=reason, approved_by=by.name
        )
        if doubts_about(case.reply, case.result, case=case, phrases=rules.empty_phrases):
            suspect(connection, case, why=EMPTY, at=now)
        due = await_callback(connection, rules, case, now)
        closed = move(
            connection,
            case,
            CaseEvent.CLOSE,
            by="系统",
            at=now,
            text=f"办结（{case.disposition}）：{case.result}；{due}",
            reason=f"{by.name}审签",
            closed_by=by.name,
        )
        close_merged(connection, rules, closed, by=by.name, now=now)
        return closed


def _with_result(case: Case) -> Case:
    if not case.result:
        raise MoveRefused(f"工单 {case.number} 还没有给群众的话")
    return case


def _answered(case: Case, rules: Rules) -> Answered:
    doubts = doubts_about(case.reply, case.result, case=case, phrases=rules.empty_phrases)
    return Answered(case=case, doubts=tuple(doubts))


def _despite(case: Case, phrases: Iterable[str], reason: str) -> str:
    doubts = doubts_about(case.reply, case.result, case=case, phrases=phrases)
    if doubts and not reason.strip():
        raise MoveRefused(f"{'；'.join(doubts)}。仍要通过请写原因，不然退回修改")
    return reasoned(reason, "通过") if reason.strip() else ""


def _other(connection: Connection, rules: Rules, by: Actor, name: str, why: str) -> None:
    if perhaps_himself(connection, name, by, rules.whose):
        raise MoveRefused(why)


def _heard_mark(case: Case, by: Actor) -> str:
    return f"heard:{case.rework}:{hashlib.sha256(f'{by.name}:{case.result}'.encode()).hexdigest()[:32]}"


def has_heard(connection: Connection, case: Case, by: Actor) -> bool:
    """Whether this person has heard the sentence for the citizen, as it stands now."""
    mark = timeline.c.mark == _heard_mark(case, by)
    query = select(timeline.c.id).where(timeline.c.case_number == case.number, mark)
    return connection.execute(query).first() is not None

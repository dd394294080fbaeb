"""当场办结: what was settled with the citizen on the telephone, or for many at once, is closed without a written reply.

小微即访即解 (威信); 当场能办≤半个工作日 (镇雄). Everything else is answered by reply_case.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case, CaseEvent, CaseState
from cases.reply import Disposition, faults_of
from cases.roles import Action, Actor
from cases.triage import Way
from zhitong.errors import MoveRefused, ResultRefused
from zhitong.store.engine import writing
from zhitong.usecases.await_callback import await_callback
from zhitong.usecases.merge_cases import close_merged
from zhitong.usecases.moving import move, to_move
from zhitong.usecases.must_tell import filled_in, must_tell
from zhitong.usecases.rules import Rules
from zhitong.usecases.ways import set_way

_WHY_NOT = {
    CaseState.CLOSED: "已经办结，等回访；群众说没解决会自动退回重办，那时可以再办结",
    CaseState.CALLBACK: "正在回访；群众说没解决会自动退回重办，那时可以再办结",
    CaseState.STRUCK_OFF: "已经销号，不能再办结",
    CaseState.REPLIED: "已经反馈，请审核、审签",
    CaseState.REVIEWED: "已经反馈，请审签",
}


def close_case(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    result: str,
    by: Actor,
    now: datetime,
    disposition: str = Disposition.SOLVED,
    for_many: bool = False,
    known: Mapping[str, str] | None = None,
) -> Case:
    """Closes a case on the spot; the system calls the citizen back inside the next window and says the result.

    result: what was done, in at most 40 characters. for_many: one result for all cases of a surge, however late;
    otherwise only within `rules.settle_within` of the call. known: fields of Case by name that the surge tells, for
    those that lack them. Raises ResultRefused, Incomplete, MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    check_result(result, disposition=disposition)
    with writing(engine) as connection:
        return settle(
            connection,
            rules,
            number=number,
            result=result,
            by=by,
            now=now,
            reason="集中来电，一起答复" if for_many else "当场办结",
            disposition=disposition,
            for_many=for_many,
            known=known,
        )


def settle(
    connection: Connection,
    rules: Rules,
    *,
    number: str,
    result: str,
    by: Actor,
    now: datetime,
    reason: str,
    disposition: str = Disposition.SOLVED,
    for_many: bool = False,
    known: Mapping[str, str] | None = None,
) -> Case:
    """Closes the case with a result that has been checked, as 即访即解 if nobody has sorted it. The rest as above."""
    case = to_move(connection, number, by, Action.SETTLE)
    if case.state in _WHY_NOT:
        raise MoveRefused(f"工单 {number} {_WHY_NOT[case.state]}")
    if for_many:
        case = filled_in(connection, case, rules.mandatory.close, known or {}, by=by.name, at=now)
    else:
        _on_the_spot(case, rules, now)
        must_tell(case, rules.mandatory.close)
        if disposition == Disposition.SOLVED:
            set_way(connection, number, Way.SETTLE, by=by.name, now=now, reason=reason, unless_set=True)
    due = await_callback(connection, rules, case, now)
    closed = move(
        connection,
        case,
        CaseEvent.SETTLE,
        by=by.name,
        at=now,
        text=f"办结（{disposition}）：{result.strip()}；{due}",
        reason=reason,
        result=result.strip(),
        disposition=disposition,
        closed_by=by.name,
    )
    close_merged(connection, rules, closed, by=by.name, now=now)
    return closed


def check_result(result: str, *, disposition: str = Disposition.SOLVED) -> None:
    """Raises ResultRefused for what cannot be said to a citizen; a refusal is never given on the spot."""
    faults = faults_of(result, disposition=disposition, reply="（当场）")
    if disposition == Disposition.AGAINST_POLICY:
        faults.append(f"“{disposition}”要写明依据，经审核、审签：zhitong case reply")
    if faults:
        raise ResultRefused("；".join(faults))


def _on_the_spot(case: Case, rules: Rules, now: datetime) -> None:
    if now > case.answered_at + rules.settle_within:
        hours = rules.settle_within.total_seconds() / 3600
        raise MoveRefused(
            f"工单 {case.number} 来电已经超过 {hours:g} 小时，不算当场办结；"
            "请签收后反馈（zhitong case reply），经审核、审签办结"
        )

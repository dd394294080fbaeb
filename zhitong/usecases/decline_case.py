"""不予受理: not a matter for this line. Only a leader may, with the reason that the citizen is called and told."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case, CaseEvent
from cases.reply import Disposition, faults_of
from cases.roles import Action, Actor
from zhitong.errors import ResultRefused
from zhitong.store.engine import writing
from zhitong.usecases.await_callback import await_callback
from zhitong.usecases.merge_cases import close_merged
from zhitong.usecases.moving import check, move, reasoned, to_move
from zhitong.usecases.must_tell import must_tell
from zhitong.usecases.rules import Rules


def decline_case(
    engine: Engine, rules: Rules, *, number: str, result: str, by: Actor, reason: str, now: datetime
) -> Case:
    """Declines it; result: what the citizen is told, and where else to go. Who disagrees has it taken up again.

    Raises ResultRefused, MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    reason = reasoned(reason, "不予受理")
    faults = faults_of(result, disposition=Disposition.AGAINST_POLICY, reply=reason)
    if faults:
        raise ResultRefused("；".join(faults))
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.DECLINE)
        check(case, CaseEvent.DECLINE)
        must_tell(case, rules.mandatory.decline)
        due = await_callback(connection, rules, case, now)
        declined = move(
            connection,
            case,
            CaseEvent.DECLINE,
            by=by.name,
            at=now,
            text=f"不予受理：{result.strip()}；{due}",
            reason=reason,
            result=result.strip(),
            disposition=CaseEvent.DECLINE.value,
            closed_by=by.name,
        )
        close_merged(connection, rules, declined, by=by.name, now=now, must=rules.mandatory.decline)
        return declined

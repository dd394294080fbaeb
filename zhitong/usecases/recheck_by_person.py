"""人工回头看: what a person found out by calling, where the system heard nothing plain. The case stays ended."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from cases.callback import Reply
from cases.case import Case
from cases.roles import Action, Actor, NotPermitted
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import writing
from zhitong.store.tries import put_try
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.await_person import stands_outside
from zhitong.usecases.moving import LONGEST_REASON, reasoned, tell, to_move
from zhitong.usecases.recheck import BY_PERSON, KIND, has_come_back
from zhitong.usecases.rules import Rules

LASTED, CAME_BACK, NOT_REACHED = "还是好的", "又出了问题", "联系不上"
OUTCOMES: Mapping[str, str] = {LASTED: Reply.YES.value, CAME_BACK: Reply.NO.value, NOT_REACHED: ""}
"""What a person may find out → the answer to “解决了没有”."""


def recheck_by_person(
    engine: Engine, rules: Rules, *, number: str, by: Actor, outcome: str, now: datetime, why: str = ""
) -> Case:
    """Records it; whoever had a part in the case does not. why: the citizen's words, of what has come back; of 联系不上
    how it was tried.

    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    if outcome not in OUTCOMES:
        raise MoveRefused(f"结果 {outcome!r} 不认识；请用 {'、'.join(OUTCOMES)}")
    words, reached = " ".join(why.split()), outcome != NOT_REACHED
    if len(words) > LONGEST_REASON:
        raise MoveRefused(f"原话有 {len(words)} 个字，最多 {LONGEST_REASON} 个；请写要点")
    if outcome == CAME_BACK and not words:
        raise MoveRefused("没有写群众的原话；又出了问题的要写（--why）")
    reason = "" if reached else reasoned(why, outcome)
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.CALLED_BACK, merged=True)
        if not stands_outside(connection, by, case, rules.whose):
            had = f"{by.name}是承办单位的，或者经手过工单 {number}（连同并单的）"
            raise NotPermitted(f"{had}，不能自己回头看；请别的人打")
        waiting = open_tasks(connection, case_number=number, kind=BY_PERSON)
        if not waiting:
            raise MoveRefused(f"工单 {number} 没有在等人工回头看；系统问过没问清的才要")
        put_try(
            connection,
            case_number=number,
            task_id=waiting[0].id,
            kind=KIND,
            number=case.number_to_call,
            dialled_at=now,
            answered=reached,
            person=Reply.YES.value if reached else "",
            solved=OUTCOMES[outcome],
            why=words if reached else "",
            outcome=outcome,
        )
        finish(connection, [task.id for task in waiting], at=now, outcome=f"人工回头看：{outcome}")
        tell(connection, number, "回头看", at=now, text=f"人工回头看：{outcome}", who=by.name, reason=reason)
        if outcome == CAME_BACK:
            has_come_back(connection, case, mark=f"{KIND}:by:{uuid.uuid4().hex}", at=now)
            if (named := with_accused(rules, case, said=words)) != case:
                update_cases(connection, [case := named])
        return case

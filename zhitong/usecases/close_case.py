"""办结: the official closes a case with one sentence for the citizen, and the callback falls due."""

import unicodedata
from datetime import datetime

from sqlalchemy import Engine

from cases.callback import callback_due
from cases.case import Case, CaseEvent, CaseState, IllegalMove, apply
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused, ResultRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import PROMISED, finish, open_tasks, put_due
from zhitong.store.engine import writing
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.rules import Rules

LONGEST_RESULT = 60  # characters: it is spoken to the citizen
DISPOSITIONS = ("已解决", "暂不能解决", "不符合政策")

_WHY_NOT = {
    CaseState.CLOSED: "已经办结，等系统回访；群众说没解决会自动退回重办，那时可以再办结",
    CaseState.CALLBACK: "正在回访；群众说没解决会自动退回重办，那时可以再办结",
    CaseState.STRUCK_OFF: "已经销号，不能再办结",
}


def close_case(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    result: str,
    by: str,
    now: datetime,
    disposition: str = DISPOSITIONS[0],
) -> Case:
    """Closes the case; the system calls the citizen back inside the next window and says the result.

    result: what was done, or why it cannot be, in at most 60 characters. by: who closes it.
    Raises ResultRefused, MoveRefused, CaseNotFound, DatabaseGone.
    """
    result = checked_result(result, disposition=disposition, by=by)
    with writing(engine) as connection:
        case = get_case(connection, number)
        try:
            case = apply(case, CaseEvent.CLOSE, result=result, disposition=disposition, by=by.strip())
        except IllegalMove as error:
            raise MoveRefused(f"工单 {number} {_WHY_NOT.get(case.state, str(error))}") from error
        update_cases(connection, [case])
        promised = [task.id for task in open_tasks(connection, case_number=number) if task.kind in PROMISED]
        finish(connection, promised, at=now, outcome="已经办结，由回访告知")
        due_at = callback_due(now, rules.callback)
        put_due(
            connection,
            [
                {
                    "kind": "callback",
                    "mark": f"callback:{number}:{case.rework}",
                    "case_number": number,
                    "call_id": "",
                    "due_at": due_at,
                }
            ],
        )
        add_to_timeline(
            connection,
            [
                {
                    "case_number": number,
                    "mark": f"closed:{case.rework}",
                    "at": now,
                    "what": "办结",
                    "who": case.closed_by,
                    "text": f"办结（{disposition}）：{result}；{due_at.astimezone(LOCAL):%m月%d日 %H:%M} 起回访",
                }
            ],
        )
        return case


def checked_result(result: str, *, disposition: str, by: str) -> str:
    """The sentence as it is kept. Raises ResultRefused for what cannot be said to a citizen, or by nobody."""
    if disposition not in DISPOSITIONS:
        raise ResultRefused(f"办理结论 {disposition!r} 不认识；请用 {'、'.join(DISPOSITIONS)}")
    if not by.strip():
        raise ResultRefused("没有写是谁办结的；请写姓名或职务")
    text = unicodedata.normalize("NFC", result).strip()
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        raise ResultRefused("没有写给群众的话；请用一句话说清办成了什么，或者为什么办不了")
    if len(text) > LONGEST_RESULT:
        raise ResultRefused(f"给群众的话有 {len(text)} 个字，最多 {LONGEST_RESULT} 个；电话里要念给群众听，请写短些")
    if any(unicodedata.category(letter)[0] == "C" for letter in text):
        raise ResultRefused("给群众的话里有换行或看不见的字符；请写成一句话")
    return text

"""每日跟进度、每月查台账 (镇雄): what is still to be done beside the cases, by whom, until when, in one list."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.record import SUPERVISION_ONLY, CaseRecord, RecordKind
from cases.roles import Action, Actor, Role, may, permit
from zhitong.store.case_records import open_records
from zhitong.store.cases import get_cases
from zhitong.store.engine import writing
from zhitong.usecases.keep_record import BY_HAND
from zhitong.usecases.looking import looked

KINDS = (*BY_HAND, RecordKind.REGISTER)
"""What has an owner who is to see to it."""


def follow_up(
    engine: Engine, *, by: Actor, now: datetime, kinds: Collection[RecordKind] = KINDS, owner: str = ""
) -> list[tuple[CaseRecord, Case]]:
    """The records of these kinds that nobody has ended, of cases that he may see: what is due first comes first.

    owner: only whose name or unit this is. That he looked is recorded. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE)
    with writing(engine) as connection:
        looked(connection, by, None, what="跟进清单", now=now)
        found = [one for one in open_records(connection, kinds) if not owner or owner in one.owner]
        cases = get_cases(connection, {one.case_number for one in found})
    hidden = () if Role.SUPERVISION in by.roles else SUPERVISION_ONLY
    his = [one for one in found if one.kind not in hidden and may(by, Action.SEE, cases[one.case_number])]
    last = datetime.max.replace(tzinfo=now.tzinfo)
    return [(one, cases[one.case_number]) for one in sorted(his, key=lambda one: (one.due_at or last, one.id))]

"""What people must see to: promised calls, dates that citizens are to be told, requests that wait for a leader, what
is theirs of cases (领办, 督办, 协办 …), then what the system could not, may not, or did not manage.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Engine

from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, Role, may, permit, units_of
from cases.shift import SHIFTS
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.leaders import official_called
from zhitong.store.case_records import open_records
from zhitong.store.cases import get_case, get_cases
from zhitong.store.due import DueTask, tasks_seen
from zhitong.store.engine import reading, writing
from zhitong.store.records import newest_incidents
from zhitong.store.sight import seen_by
from zhitong.usecases.await_person import KIND as PERSON
from zhitong.usecases.await_person import stands_outside
from zhitong.usecases.confirm_case import BY_PERSON
from zhitong.usecases.lapse_call_backs import KIND, who_calls_back
from zhitong.usecases.looking import looked
from zhitong.usecases.recheck import BY_PERSON as RECHECK
from zhitong.usecases.reckon_clocks import TELL

_OWNED = (
    *(RecordKind.LEAD, RecordKind.SUPERVISE, RecordKind.CO_HANDLE, RecordKind.REGISTER, RecordKind.ON_SITE),
    *(RecordKind.MEETING, RecordKind.COMMITMENT, RecordKind.HAND_OVER),
)
"""What somebody is to do about a case that is not his by its state, and would not know of otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One such thing. text: Chinese; names the case where there is one, never a whole number. number: of that case.

    id: by which it is ended; what has none ends by what is done about its case.
    """

    at: datetime
    text: str
    number: str = ""
    id: int | None = None


def owned_as(by: Actor, directory: Directory) -> frozenset[str]:
    """What the owner of a record is called when it is he, his unit, or the supervision that he is of."""
    official = directory.roster.official(by.official) if by.official else official_called(directory, by.name)
    supervision = {directory.supervision.name} if Role.SUPERVISION in by.roles else set()
    return by.units | supervision | {by.name, official.called if official else by.name}


def list_incidents(
    engine: Engine, *, by: Actor, now: datetime, limit: int = 50, owns: Collection[str] = ()
) -> list[Incident]:
    """What is open, each kind's oldest first; then the newest incidents: of the cases that he may see.

    owns: as whose owner records name him (owned_as). What is about no case is for those who may see all. That `by`
    looked is recorded. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.TODO)
    with writing(engine) as connection:
        looked(connection, by, None, what="待处理", now=now)
    with reading(engine) as connection:  # however much that is, no call waits for it
        all_of_them = units_of(by, Action.TODO) is None

        def his(rows: Iterable[CaseRecord]) -> list[CaseRecord]:
            every = list(rows)
            cases = get_cases(connection, {row.case_number or "" for row in every})
            return [row for row in every if (case := cases.get(row.case_number or "")) and may(by, Action.SEE, case)]

        def waits(kind: str) -> Iterator[DueTask]:
            """Read one by one, as far as they are told: thousands may wait."""
            return tasks_seen(connection, kind, seen_by(by))

        def not_of_his_work(tasks: Iterable[DueTask]) -> Iterator[DueTask]:
            """A callback is never given to those whose work it judges."""
            for task in tasks:
                if stands_outside(connection, by, get_case(connection, task.case_number or "")):
                    yield task

        promised = [
            Incident(
                at=task.due_at,
                number=task.case_number or "",
                text=f"工单 {task.case_number}：{who_calls_back(connection, task)}说 "
                f"{(task.promised_at or task.due_at).astimezone(LOCAL):%H:%M} 以前给群众回电",
            )
            for task in islice(waits(KIND), limit)
        ]
        to_tell = [
            Incident(
                at=task.due_at,
                number=task.case_number or "",
                text=f"工单 {task.case_number}：{_to_tell(task)}，请在 {_at(task.promised_at or task.due_at)} 以前"
                f"告诉群众，再记 zhitong case progress {task.case_number} 告知了 --told",
            )
            for task in islice(waits(TELL), limit)
        ]
        waiting = (record for record in open_records(connection, SHIFTS) if not record.detail.get("granted_at"))
        asked = [
            Incident(
                at=record.opened_at,
                number=record.case_number,
                text=f"工单 {record.case_number}：申请{record.kind}，{_at(record.due_at or record.opened_at)} 以前"
                f"请{record.owner}答复（zhitong case grant 或 deny {record.case_number}）",
            )
            for record in his(waiting)[:limit]
        ]
        owned = open_records(connection, _OWNED, owners=owns)
        to_do = [Incident(at=one.opened_at, text=_to_do(one), number=one.case_number) for one in his(owned)[:limit]]
        to_call = [
            Incident(
                at=task.due_at,
                number=task.case_number or "",
                text=f"工单 {task.case_number}：{task.detail.get('why', '')}，请人回访；"
                f"问到的用 zhitong case called-back {task.case_number} 记下",
            )
            for task in islice(not_of_his_work(waits(PERSON)), limit)
        ]
        to_confirm = [
            Incident(
                at=task.due_at,
                number=task.case_number or "",
                text=f"工单 {task.case_number}：{task.detail.get('why', '')}，请人打电话核实；"
                f"问到的用 zhitong case confirmed {task.case_number} 记下",
            )
            for task in islice(waits(BY_PERSON), limit)
        ]
        to_recheck = [
            Incident(
                at=task.due_at,
                number=task.case_number or "",
                text=f"工单 {task.case_number}：{task.detail.get('why', '')}，请人打电话问还好不好；"
                f"问到的用 zhitong case rechecked {task.case_number} 记下",
            )
            for task in islice(not_of_his_work(waits(RECHECK)), limit)
        ]
        return [
            *promised,
            *to_call,
            *to_recheck,
            *to_confirm,
            *to_tell,
            *asked,
            *to_do,
            *(
                Incident(at=row.at, text=row.text, number=row.case_number or "", id=row.id)
                for row in newest_incidents(connection, limit, seen_by(by), about_none=all_of_them)
            ),
        ]


def _to_do(record: CaseRecord) -> str:
    number, until = record.case_number, f"，{_at(record.due_at)} 以前" if record.due_at else ""
    ending = f"了结用 zhitong case record-end {record.id}"
    if record.kind is RecordKind.HAND_OVER:
        ending = f"接或不接（zhitong case take 或 refuse {number}）"
    return f"工单 {number}：{record.kind}（{record.owner}）{until}，看 zhitong case records {number}，{ending}"


def _to_tell(task: DueTask) -> str:
    return "，".join(task.detail[name] for name in ("text", "why") if task.detail.get(name))


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m月%d日 %H:%M}"

"""督办 领办 协办 联席会议 现场 承诺 黄牌 作风: a record on a case, with an owner, a date, and an outcome."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.mandatory import Mandatory, missing
from cases.record import SUPERVISION_ONLY, CaseRecord, RecordKind
from cases.roles import Action, Actor, NotPermitted, Role, barred, permit
from cases.shift import SHIFTS
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, get_record, records_of
from zhitong.store.cases import get_case, get_cases
from zhitong.store.due import finish, put_due, withdraw
from zhitong.store.engine import writing
from zhitong.store.record_cases import link_cases, links_of, records_about
from zhitong.store.records import record_incident
from zhitong.usecases.accused_people import owner_accused
from zhitong.usecases.looking import to_look
from zhitong.usecases.moving import reasoned, tell, to_move, unreadable
from zhitong.usecases.must_tell import must_tell
from zhitong.usecases.same_person import Whose, nobody, surely_himself
from zhitong.usecases.take_due import take_due
from zhitong.usecases.tell_leader import tell_leader

KIND = "record"
LONGEST_OWNER = 100
BY_HAND: Mapping[RecordKind, Action] = {
    RecordKind.LEAD: Action.LEAD,
    RecordKind.CO_HANDLE: Action.CO_HANDLE,
    RecordKind.SUPERVISE: Action.SUPERVISE,
    RecordKind.MEETING: Action.MEET,
    RecordKind.ON_SITE: Action.ON_SITE,
    RecordKind.COMMITMENT: Action.COMMIT,
    RecordKind.YELLOW_CARD: Action.WARN,
    RecordKind.CONDUCT: Action.FIND,
}
"""What people may open themselves, and what they must be permitted."""
_OVER_THE_UNIT = (RecordKind.LEAD, RecordKind.SUPERVISE, RecordKind.YELLOW_CARD, RecordKind.CONDUCT)
"""Ended by nobody whom it concerns: who may open one may end it, and the leader who owns the case his 领办."""
_OUTLIVE_THE_CASE = (
    RecordKind.SUPERVISE,
    RecordKind.MEETING,
    RecordKind.COMMITMENT,
    RecordKind.YELLOW_CARD,
    RecordKind.CONDUCT,
    RecordKind.AUDIT,
    RecordKind.GOVERN,
    RecordKind.SAMPLE,
    RecordKind.SURVEY,
    RecordKind.FORUM,
    RecordKind.PLAN,
)
"""What was promised, or is held against somebody, is not settled by the citizen's being content."""
_ENDED_BY_MOVES = {RecordKind.MERGE: "分开用 zhitong case split", RecordKind.HAND_OVER: "接用 take，不接用 refuse"}
_ENDED_BY_MOVES[RecordKind.SURVEY] = "用 zhitong survey rate"
_ENDED_BY_MOVES[RecordKind.GOVERN] = "用 zhitong cluster conclude"


def open_record(
    engine: Engine,
    *,
    number: str,
    kind: RecordKind,
    owner: str,
    text: str,
    by: Actor,
    now: datetime,
    due_at: datetime | None = None,
    others: Collection[str] = (),
    person: str = "",
    units: Collection[str] = (),
) -> int:
    """Opens a record; returns its number. person: of the unit that owns it, whose conduct it is, for a 作风问题; units:
    the names of those there are. due_at: until when; whoever owns it is reported when it is not done then.

    others: the further cases on the agenda of a 联席会议, whose timelines tell of it and of its outcome, too.
    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    text, owner = reasoned(text, kind), " ".join(owner.split())
    if kind not in BY_HAND:
        raise MoveRefused(f"{kind}不能这样开；可以开的是 {'、'.join(BY_HAND)}")
    person = " ".join(person.split())
    if not owner:
        raise MoveRefused(f"没有写{kind}归谁；请写单位或人的名称")
    if len(owner) > LONGEST_OWNER or unreadable(owner):
        raise MoveRefused(f"{kind}归谁写得不对（{len(owner)} 个字）；请写单位或人的名称，最多 {LONGEST_OWNER} 个字")
    detail = _against(kind, owner, person, units)
    if due_at is not None and due_at <= now:
        raise MoveRefused(f"时限 {due_at.astimezone(LOCAL):%Y-%m-%d %H:%M} 已经过去了；请写以后的时间")
    if others and kind is not RecordKind.MEETING:
        raise MoveRefused(f"{kind}只关一个工单；一次议几个工单的是{RecordKind.MEETING}")
    with writing(engine) as connection:
        for one in sorted({number, *others}):
            case = to_move(connection, one, by, BY_HAND[kind])
            if not detail and owner_accused(connection, case, owner):
                raise MoveRefused(f"工单 {one} 反映的就是{owner}，{kind}不能归他；请写别人")
        owner = f"{owner} {person}" if person else owner
        told: dict[str, Any] = {"owner": owner, "text": text, "by": by.name, "now": now, "detail": detail}
        id = add_told(connection, number, kind, due_at=due_at, **told)
        if others:
            link_cases(connection, id, sorted({number, *others}), at=now, by=by.name)
            for one in sorted(set(others) - {number}):
                tell(connection, one, kind, at=now, text=f"{owner}，和 {number} 一起议", who=by.name, reason=text)
        return id


def _against(kind: RecordKind, unit: str, person: str, units: Collection[str]) -> dict[str, str]:
    """A finding about conduct is held against a unit and a person (责任追究, 威信): it is nobody's to do."""
    if kind is not RecordKind.CONDUCT:
        if person:
            raise MoveRefused(f"{kind}不用写是谁（--person）；记到单位和人的是{RecordKind.CONDUCT}")
        return {}
    if unit not in units:
        raise MoveRefused(f"没有叫 {unit!r} 的单位；{kind}记到单位（--owner，值班表里的名称）和人（--person）")
    if not person or len(f"{unit} {person}") > LONGEST_OWNER or unreadable(person):
        raise MoveRefused(f"{kind}要写是谁（--person，职务和姓名）；还没有查明的写“待查”")
    return {"unit": unit, "person": person}


def add_told(
    connection: Connection,
    number: str,
    kind: RecordKind,
    *,
    owner: str,
    text: str,
    by: str,
    now: datetime,
    due_at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Adds a record and tells it on the timeline; what only supervision may see is told there as being there alone."""
    id = add_record(
        connection,
        case_number=number,
        kind=kind,
        owner=owner,
        text=text,
        at=now,
        by=by,
        due_at=due_at,
        detail=detail,
    )
    until = f"，{due_at.astimezone(LOCAL):%m月%d日 %H:%M} 以前" if due_at else ""
    if kind in SUPERVISION_ONLY:
        tell(connection, number, "督查记录", at=now, text="督查记了一笔", who=by)
    else:
        tell(connection, number, kind, at=now, text=f"{owner}{until}", who=by, reason=text)
    if due_at is not None:
        row = {"kind": KIND, "mark": f"{KIND}:{id}", "case_number": number, "call_id": "", "due_at": due_at}
        put_due(connection, [row | {"detail": {"record": id}}])
    if kind is RecordKind.LEAD:
        tell_leader(connection, number, id, at=now)
    return id


def end_record(
    engine: Engine,
    id: int,
    *,
    outcome: str,
    by: Actor,
    now: datetime,
    must: tuple[str, ...] = Mandatory().close,
    whose: Whose = nobody,
) -> CaseRecord:
    """Ends a record with what came of it. must: what a case must tell before its 首问登记 ends (必填项). whose: the
    official who owns it by post and name.

    Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE)
    outcome = reasoned(outcome, "结果")
    with writing(engine) as connection:
        record = get_record(connection, id)
        if record is None or not _may_see(record, by):
            raise MoveRefused(f"没有编号 {id} 的记录；看 zhitong case records 工单编号")
        if record.kind in SHIFTS:
            raise MoveRefused(f"{record.kind}请用 zhitong case grant、deny 或 resume：时限要跟着走")
        case = get_case(connection, record.case_number, to_change=True)
        about = {case.number, *(link.case_number for link in links_of(connection, id))}
        if any(barred(by, one) for one in get_cases(connection, about).values()):
            raise MoveRefused(f"没有编号 {id} 的记录；看 zhitong case records 工单编号")
        if record.kind in _ENDED_BY_MOVES:
            raise MoveRefused(f"{record.kind}不能这样了结；{_ENDED_BY_MOVES[record.kind]}")
        if record.kind is RecordKind.REGISTER:
            must_tell(case, must)
        _permit_to_end(connection, record, case, by, whose)
        if not close_record(connection, id, at=now, by=by.name, outcome=outcome):
            raise MoveRefused(f"编号 {id} 的{record.kind}已经由{record.closed_by}了结：{record.outcome}")
        withdraw(connection, f"{KIND}:{id}", at=now, outcome="了结了")
        if record.kind not in SUPERVISION_ONLY:
            for one in sorted(about):
                tell(connection, one, record.kind, at=now, text=f"了结：{outcome}", who=by.name)
        return record


def may_end(connection: Connection, record: CaseRecord, case: Case, by: Actor, whose: Whose = nobody) -> bool:
    """Whether somebody who sees this record may end it, now and like that. case: whose it is."""
    if record.closed_at is not None or record.kind in SHIFTS or record.kind in _ENDED_BY_MOVES:
        return False
    try:
        _permit_to_end(connection, record, case, by, whose)
    except NotPermitted:
        return False
    return True


def _permit_to_end(connection: Connection, record: CaseRecord, case: Case, by: Actor, whose: Whose) -> None:
    owns = record.owner in by.units or surely_himself(connection, record.owner, by, whose)
    if record.kind in _OVER_THE_UNIT:
        if record.kind is not RecordKind.LEAD or not owns:
            permit(by, BY_HAND[record.kind], case)
    elif not owns:
        permit(by, Action.CONCLUDE, case)


def end_with_case(connection: Connection, number: str, *, now: datetime) -> None:
    """The case is struck off: nobody owns it, or is to do anything about it, any more."""
    for record in records_of(connection, number):
        if record.closed_at is None and record.kind not in _OUTLIVE_THE_CASE:
            close_record(connection, record.id, at=now, by="系统", outcome="销号")
            withdraw(connection, f"{KIND}:{record.id}", at=now, outcome="销号")


def list_records(engine: Engine, *, number: str, by: Actor, now: datetime) -> list[CaseRecord]:
    """The records of a case that this person may see; that he looked is recorded.

    Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    with writing(engine) as connection:
        to_look(connection, number, by, what="看记录", now=now)
        return records_shown(connection, number, by)


def records_shown(connection: Connection, number: str, by: Actor) -> list[CaseRecord]:
    """The records of a case that he may see, for somebody who may see the case."""
    own = records_of(connection, number)
    shared = [one for one in records_about(connection, number) if one.case_number != number]
    cases = get_cases(connection, {one.case_number for one in shared})
    shared = [one for one in shared if not barred(by, cases[one.case_number])]
    return [record for record in (*own, *shared) if _may_see(record, by)]


def report_late(engine: Engine, *, now: datetime, must: tuple[str, ...] = Mandatory().close) -> None:
    """What was to be done until now and is not: people are told, once. must: as above. Raises DatabaseGone."""
    for task in take_due(engine, now=now, kinds=(KIND,)):
        with writing(engine) as connection:
            record = get_record(connection, int(task.detail["record"]))
            finish(connection, [task.id], at=now, outcome="看过了")
            if record is None or record.closed_at is not None:
                continue
            if record.kind is RecordKind.REGISTER and not missing(get_case(connection, record.case_number), must):
                close_record(connection, record.id, at=now, by="系统", outcome="登记齐了")
                continue
            text = f"工单 {record.case_number}：{record.kind}（{record.owner}）到期没有了结"
            if record.kind is RecordKind.LEAD and record.due_at is not None:  # followed until it is over
                mark, until = f"{KIND}:{record.id}:{now:%Y%m%d%H%M}", now + (record.due_at - record.opened_at)
                row = {"kind": KIND, "mark": mark, "case_number": record.case_number, "call_id": "", "due_at": until}
                put_due(connection, [row | {"detail": {"record": record.id}}])
            if record.kind is RecordKind.GOVERN:
                owner = record.owner or "还没有定责任人"
                text = f"共性问题 {record.id}：{record.text}，专项治理（{owner}）到期没有了结"
            if record.kind in SUPERVISION_ONLY:
                text = f"工单 {record.case_number}：督查有一件事到期"
            record_incident(connection, at=now, kind=KIND, mark=task.mark, text=f"{text}，请催办")


def _may_see(record: CaseRecord, by: Actor) -> bool:
    return record.kind not in SUPERVISION_ONLY or Role.SUPERVISION in by.roles

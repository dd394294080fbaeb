"""专项治理 of a 共性问题: who is responsible, the measure, until when, its effect (共性问题→制度, 威信)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.cluster import Effect, effect, occurrences
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, barred, permit, units_of
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import change_record, close_record, get_record
from zhitong.store.cases import get_case, get_cases
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.kinds import cases_of_kind, earliest_of, numbers_of_units
from zhitong.store.record_cases import link_cases, links_of, links_to, records_with_subject, unlink_case
from zhitong.usecases.accused_people import owner_accused
from zhitong.usecases.keep_record import KIND as RECORD_TASK
from zhitong.usecases.keep_record import LONGEST_OWNER
from zhitong.usecases.looking import looked, may_list
from zhitong.usecases.moving import reasoned, tell, unreadable
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import Whose, nobody, perhaps_himself, surely_himself
from zhitong.usecases.sort_clusters import known_callers, remind

_MOST = 2000
"""So many are looked through, the newest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A 共性问题 as it stands. count: its cases; occurrences: how often it happened (ADR 0091)."""

    record: CaseRecord
    count: int
    occurrences: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterView:
    """The same with those of its cases that this person may see, and what the measure has done; None: none yet."""

    cluster: Cluster
    cases: tuple[Case, ...]
    effect: Effect | None


def list_clusters(
    engine: Engine, rules: Rules, *, by: Actor, now: datetime, every: bool = False, start: int = 0, limit: int = 100
) -> list[Cluster]:
    """Open ones, newest first, from the start-th on; `every`: concluded ones too. A unit sees those it is responsible
    for or has a case in.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.CLUSTERS)
    with writing(engine) as connection:
        looked(connection, by, None, what="共性问题", now=now)
    with reading(engine) as connection:  # all their cases: no call waits for that
        found = records_with_subject(connection, RecordKind.GOVERN.value, open_only=not every, limit=_MOST)
        his = islice((one for one in found if _is_his(connection, one, by)), start, start + limit)
        return [_cluster(connection, rules, one) for one in his]


def show_cluster(engine: Engine, rules: Rules, id: int, *, by: Actor, now: datetime) -> ClusterView:
    """One of them. Raises MoveRefused, NotPermitted, DatabaseGone."""
    permit(by, Action.CLUSTERS)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"共性问题 {id}", now=now)
    with reading(engine) as connection:
        record = _get(connection, id)
        if not _is_his(connection, record, by):
            raise _unknown(id)
        cases = get_cases(connection, [link.case_number for link in links_of(connection, id)])
        told = None
        if "measured_from" in record.detail:
            days, since = rules.clusters.effect_days, datetime.fromisoformat(record.detail["measured_from"])
            span = timedelta(days=days)
            of_kind = cases_of_kind(connection, record.subject, since=since - span, until=since + span)
            told = effect(known_callers(of_kind, rules.area_code), since=since, days=days, now=now)
        listed = [case for case in cases.values() if may_list(case, by)]
        return ClusterView(
            cluster=_cluster(connection, rules, record),
            cases=tuple(sorted(listed, key=lambda case: (case.answered_at, case.number))),
            effect=told,
        )


def appoint(
    engine: Engine,
    id: int,
    *,
    owner: str,
    measure: str,
    until: datetime,
    by: Actor,
    now: datetime,
    measured_from: datetime | None = None,
) -> CaseRecord:
    """Says who is responsible for which measure until when; again: for what is different now.

    measured_from: when the measure begins to count, for its effect; now unless told.
    Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.GOVERN)
    owner, measure = " ".join(owner.split()), reasoned(measure, "措施")
    if not owner or len(owner) > LONGEST_OWNER or unreadable(owner):
        raise MoveRefused(f"责任人写得不对（{len(owner)} 个字）；请写单位或人的名称，最多 {LONGEST_OWNER} 个字")
    if until <= now:
        raise MoveRefused(f"时限 {until.astimezone(LOCAL):%Y-%m-%d %H:%M} 已经过去了；请写以后的时间")
    with writing(engine) as connection:
        record, cases = _to_govern(connection, id, by)
        if about := [one.number for one in cases if owner_accused(connection, one, owner)]:
            raise MoveRefused(f"工单 {about[0]} 反映的就是{owner}，专项治理不能由他负责；请写别人")
        since = measured_from or now
        detail = {**record.detail, "measure": measure, "measured_from": since.isoformat(), "appointed_by": by.name}
        change_record(connection, id, owner=owner, due_at=until, detail=detail)
        _no_reminders(connection, record, now, "另定了时限")
        remind(connection, record, until, now)
        text = f"专项治理 {id}：{owner}，{until.astimezone(LOCAL):%m月%d日 %H:%M} 以前"
        for link in links_of(connection, id):
            tell(connection, link.case_number, "专项治理", at=now, text=text, who=by.name, reason=measure)
        return _get(connection, id)


def conclude(
    engine: Engine, id: int, *, outcome: str, lasting: bool, by: Actor, now: datetime, whose: Whose = nobody
) -> CaseRecord:
    """It is done. lasting: what was found has become a rule (固化为制度). whose: who is responsible by post and name.

    Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.GOVERN)
    outcome = f"{'固化为制度' if lasting else '没有固化为制度'}：{reasoned(outcome, '了结')}"
    with writing(engine) as connection:
        record, _ = _to_govern(connection, id, by)
        if "measure" not in record.detail:
            raise MoveRefused(f"共性问题 {id} 还没有定责任人和措施；请先用 zhitong cluster appoint {id}")
        if record.owner in by.units or perhaps_himself(connection, record.owner, by, whose):
            raise MoveRefused(f"共性问题 {id} 由{record.owner}负责，请别的人了结")
        change_record(connection, id, detail={**record.detail, "lasting": lasting})
        close_record(connection, id, at=now, by=by.name, outcome=outcome)
        _no_reminders(connection, record, now, "了结了")
        for link in links_of(connection, id):
            tell(
                connection,
                link.case_number,
                "专项治理",
                at=now,
                text=f"专项治理 {id} 了结",
                who=by.name,
                reason=outcome,
            )
        return _get(connection, id)


def add_case(engine: Engine, id: int, *, number: str, reason: str, by: Actor, now: datetime) -> None:
    """A person says that a case belongs to it, whatever its kind. Raises MoveRefused, NotPermitted, CaseNotFound."""
    permit(by, Action.GOVERN)
    reason = reasoned(reason, "加进来")
    with writing(engine) as connection:
        permit(by, Action.SEE, get_case(connection, number))
        record, _ = _to_govern(connection, id, by)
        links = links_to(connection, [number], RecordKind.GOVERN.value).get(number, [])
        if there := next((link for link in links if link.out_at is None), None):
            raise MoveRefused(f"工单 {number} 已经属于共性问题 {there.record_id}；一个工单只算一次，请先拿出来")
        link_cases(connection, record.id, [number], at=now, by=by.name)
        tell(connection, number, "共性问题", at=now, text=f"加进共性问题 {id}", who=by.name, reason=reason)


def take_out(engine: Engine, id: int, *, number: str, reason: str, by: Actor, now: datetime) -> None:
    """A person says that a case does not belong to it; the program does not put it back, nor count it for this kind.

    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.GOVERN)
    reason = reasoned(reason, "拿出来")
    with writing(engine) as connection:
        permit(by, Action.SEE, get_case(connection, number))
        record, _ = _to_govern(connection, id, by)
        if not unlink_case(connection, record.id, number, at=now, by=by.name):
            raise MoveRefused(f"共性问题 {id} 里没有工单 {number}；看 zhitong cluster show {id}")
        tell(connection, number, "共性问题", at=now, text=f"从共性问题 {id} 拿出来", who=by.name, reason=reason)


def _cluster(connection: Connection, rules: Rules, record: CaseRecord) -> Cluster:
    there = {link.case_number for link in links_of(connection, record.id)}
    since = earliest_of(connection, there) or record.opened_at
    known = known_callers(cases_of_kind(connection, record.subject, since=since), rules.area_code)
    stands_for = occurrences(one for one in known if one.number in there)
    return Cluster(record=record, count=len(there), occurrences=len({stands_for.get(one, one) for one in there}))


def _is_his(connection: Connection, record: CaseRecord, by: Actor) -> bool:
    units = units_of(by, Action.CLUSTERS)
    if units is None or record.owner in by.units or surely_himself(connection, record.owner, by):
        return True
    there: Sequence[str] = [link.case_number for link in links_of(connection, record.id)]
    return bool(numbers_of_units(connection, there, units))


def _no_reminders(connection: Connection, record: CaseRecord, now: datetime, why: str) -> None:
    tasks = open_tasks(connection, case_number=record.case_number, kind=RECORD_TASK)
    finish(connection, [task.id for task in tasks if task.detail.get("record") == record.id], at=now, outcome=why)


def _get(connection: Connection, id: int) -> CaseRecord:
    record = get_record(connection, id)
    if record is None or record.kind is not RecordKind.GOVERN:
        raise _unknown(id)
    return record


def _get_open(connection: Connection, id: int) -> CaseRecord:
    record = _get(connection, id)
    if record.closed_at is not None:
        raise MoveRefused(f"共性问题 {id} 已经由{record.closed_by}了结：{record.outcome}")
    return record


def _to_govern(connection: Connection, id: int, by: Actor) -> tuple[CaseRecord, list[Case]]:
    """The open one with its cases, for somebody of whom none of them complains: for him it is not there."""
    record = _get_open(connection, id)
    cases = list(get_cases(connection, [link.case_number for link in links_of(connection, id)]).values())
    if any(barred(by, one) for one in cases):
        raise _unknown(id)
    return record, cases


def _unknown(id: int) -> MoveRefused:
    return MoveRefused(f"没有编号 {id} 的共性问题；看 zhitong cluster list")

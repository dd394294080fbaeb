"""共性问题 found by the program: cases are sorted into kinds, and many of one kind get one 专项治理 (万源).

Off the way of any call: a small index tells the cases that nobody has looked at as they stand now, wherever they came
from. Doing it again changes nothing.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.case import NO_MATTER
from cases.cluster import Reported, begins, matter_and_town
from cases.record import CaseRecord, RecordKind
from routing.phone import dialled_back
from zhitong.store.case_records import add_record, get_record, grant_record
from zhitong.store.cases import get_cases
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.kinds import cases_of_kind, put_kind, unsorted_cases
from zhitong.store.record_cases import Link, link_cases, links_of, links_to, records_with_subject, unlink_case
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.accounts import SYSTEM
from zhitong.usecases.await_person import why_by_person
from zhitong.usecases.keep_record import KIND as RECORD_TASK
from zhitong.usecases.rules import Rules

AT_ONCE = 20
LONGEST = 0.1
"""Cases of one transaction, and seconds after which it takes no more: who writes facts meanwhile does not wait long."""
ROUNDS = 25
LOOKED_BACK = timedelta(days=90)
"""What is told later than this, as by an import of old cases, is no problem of now."""


def sort_cases(engine: Engine, rules: Rules, *, towns: Collection[str], now: datetime) -> int:
    """Sorts what is to be sorted, up to AT_ONCE × ROUNDS cases; returns how many. Raises DatabaseGone."""
    done = 0
    for _ in range(ROUNDS):
        with reading(engine) as connection:
            if not unsorted_cases(connection, 1):
                break
        with writing(engine) as connection:
            until = time.monotonic() + LONGEST
            for row in unsorted_cases(connection, AT_ONCE):
                kind = rules.clusters.kind_of(row.matter, row.place, row.type, towns)
                if row.concluded in NO_MATTER:
                    kind = ""
                put_kind(connection, row.number, kind=kind, sorted_from=f"{row.matter}|{row.place}|{row.type}")
                _sort(connection, rules, row.number, kind, at=row.answered_at, now=now)
                done += 1
                if time.monotonic() > until:
                    break
    return done


def known_callers(cases: Sequence[Reported], area_code: str) -> list[Reported]:
    """The same, each caller by the number by which they are known: the one they gave where their own is hidden."""
    known = [(one, dialled_back(one.caller, area_code) or dialled_back(one.given, area_code)) for one in cases]
    return [replace(one, caller=number) for one, number in known]


def _sort(connection: Connection, rules: Rules, number: str, kind: str, *, at: datetime, now: datetime) -> None:
    links = links_to(connection, [number], RecordKind.GOVERN.value).get(number, [])
    links = [link for link in links if not _leaves(connection, link, kind, now)]
    if not kind or any(_stays(connection, link, kind) for link in links):
        return
    opened = records_with_subject(connection, RecordKind.GOVERN.value, subjects=[kind], limit=1)
    cluster = opened[0] if opened else None
    threshold = rules.clusters.of(matter_and_town(kind)[0])
    if cluster is not None and at >= _since(cluster):
        _join(connection, cluster, [number], now)
        if at > _since(cluster) + threshold.within:
            return  # else it may be what was lacking to those before
    oldest = now - max(LOOKED_BACK, threshold.within)
    if at < oldest:
        return
    near = _usable(connection, rules, kind, max(at - threshold.within, oldest), at + threshold.within, cluster)
    since = begins(near, threshold)
    if since is None or since > at or (cluster is not None and since >= _since(cluster)):
        return
    if cluster is None:
        cluster = _open(connection, rules, kind, near, since=since, now=now)
    else:
        grant_record(connection, cluster.id, {**cluster.detail, "since": since.isoformat()})
    _join(connection, cluster, [one.number for one in _usable(connection, rules, kind, since, None, cluster)], now)


def _usable(
    connection: Connection,
    rules: Rules,
    kind: str,
    since: datetime,
    until: datetime | None,
    cluster: CaseRecord | None,
) -> list[Reported]:
    """The cases of a kind that are in no other 专项治理 yet, and that nobody has taken out of one."""
    found = cases_of_kind(connection, kind, since=since, until=until)
    links = links_to(connection, [one.number for one in found], RecordKind.GOVERN.value)
    mine = cluster.id if cluster else 0
    taken = {
        number
        for number, some in links.items()
        if any((link.out_at is None and link.record_id != mine) or link.out_by not in ("", SYSTEM) for link in some)
    }
    return known_callers([one for one in found if one.number not in taken], rules.area_code)


def _leaves(connection: Connection, link: Link, kind: str, now: datetime) -> bool:
    """Whether the program takes the case out again: it put it there, and the case has turned out to be another kind."""
    record = get_record(connection, link.record_id)
    if link.out_at is not None or link.joined_by != SYSTEM or record is None or record.subject == kind:
        return False
    if record.closed_at is not None:
        return False  # that is over, and stays as it was
    unlink_case(connection, record.id, link.case_number, at=now, by=SYSTEM)
    _tell(connection, record, [link.case_number], now, "改了事项或地点，不再属于")
    return True


def _stays(connection: Connection, link: Link, kind: str) -> bool:
    """Whether the case has its place already: in a 专项治理, or taken out of one of this kind by a person."""
    if link.out_at is None:
        return True
    record = get_record(connection, link.record_id)
    return link.out_by != SYSTEM and record is not None and record.subject == kind


def _open(
    connection: Connection, rules: Rules, kind: str, near: Sequence[Reported], *, since: datetime, now: datetime
) -> CaseRecord:
    matter, town = matter_and_town(kind)
    threshold = rules.clusters.of(matter)
    there = get_cases(connection, [one.number for one in near if one.at >= since])
    ordered = sorted(there.values(), key=lambda case: (bool(why_by_person(case)), case.answered_at, case.number))
    name = next((case.matter_name for case in ordered if case.matter_name), matter)
    before = records_with_subject(connection, RecordKind.GOVERN.value, subjects=[kind], open_only=False, limit=1)
    due_at = now + rules.clusters.appoint_within
    id = add_record(
        connection,
        case_number=ordered[0].number,  # one that anybody may read of, if there is one
        kind=RecordKind.GOVERN,
        owner="",
        text=f"{town}{name}，{threshold.within.days} 天里有 {threshold.count} 起",
        at=now,
        by=SYSTEM,
        due_at=due_at,
        detail={"since": since.isoformat(), "matter": name, "town": town, "earlier": before[0].id if before else 0},
        subject=kind,
    )
    opened = get_record(connection, id)
    assert opened is not None
    again = f"；上一次专项治理（编号 {before[0].id}）以后又有" if before else ""
    text = f"共性问题 {id}：{opened.text}{again}，请定责任人、措施、时限（zhitong cluster appoint {id}）"
    record_incident(connection, at=now, kind="cluster", mark=f"cluster:{id}", text=text)
    remind(connection, opened, due_at, now)
    return opened


def remind(connection: Connection, cluster: CaseRecord, due_at: datetime, now: datetime) -> None:
    """People are told when it is not done by then."""
    mark = f"{RECORD_TASK}:{cluster.id}:{now.timestamp():.0f}:{due_at.timestamp():.0f}"
    row = {"kind": RECORD_TASK, "mark": mark, "case_number": cluster.case_number, "call_id": "", "due_at": due_at}
    put_due(connection, [row | {"detail": {"record": cluster.id}}])


def _join(connection: Connection, cluster: CaseRecord, numbers: Sequence[str], now: datetime) -> None:
    there = {link.case_number for link in links_of(connection, cluster.id)}
    new = [number for number in numbers if number not in there]
    link_cases(connection, cluster.id, new, at=now, by=SYSTEM)
    _tell(connection, cluster, new, now, "属于")


def _tell(connection: Connection, cluster: CaseRecord, numbers: Sequence[str], now: datetime, how: str) -> None:
    text = f"{how}共性问题 {cluster.id}（{cluster.detail.get('town', '')}{cluster.detail.get('matter', '')}）"
    row = {"mark": f"cluster:{cluster.id}:{now.timestamp():.0f}:{how}", "at": now, "what": "共性问题", "text": text}
    add_to_timeline(connection, [row | {"case_number": number} for number in numbers])


def _since(cluster: CaseRecord) -> datetime:
    return datetime.fromisoformat(cluster.detail["since"])

"""What is wrong with the coming week of the roster becomes something that people must see to, each thing once."""

import hashlib
import logging
from datetime import datetime, time, timedelta

from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.checks import Finding, FindingKind, check_roster
from routing.directory import Directory
from zhitong.notices.notice import due_kind
from zhitong.store.due import put_due
from zhitong.store.engine import writing
from zhitong.store.records import known_marks, record_incident

AHEAD = timedelta(days=7)
ALARMING: tuple[FindingKind, ...] = ("numbers", "gap", "leave", "left", "no_number", "double", "calendar")
MOST = 20
"""New incidents of one look; a roster that is wrong altogether must not hide all else. The next look brings more."""

_log = logging.getLogger(__name__)


def alarm_roster(engine: Engine, directory: Directory, *, now: datetime, trouble: str = "") -> list[Finding]:
    """The findings of the coming week that nobody had been told of: each becomes an incident, all together one notice.

    trouble: why the directory is not what was published last; empty when it is.
    Raises DatabaseGone.
    """
    # From Monday on, so that what is under way keeps its beginning, by which it is known; next week it is told again.
    today = now.astimezone(LOCAL).date()
    begin = datetime.combine(today - timedelta(days=today.weekday()), time(), LOCAL)
    found = {
        mark_of(finding): finding
        for finding in check_roster(directory, begin, days=(now + AHEAD - begin) / timedelta(days=1))
        if finding.kind in ALARMING and (finding.end is None or finding.end > now)
    }
    if trouble:
        finding = Finding(kind="edition", text=trouble)
        found = {mark_of(finding): finding} | found
    if not found:
        return []
    with writing(engine) as connection:
        known = known_marks(connection, found)
        new = [(mark, finding) for mark, finding in found.items() if mark not in known]
        for mark, finding in new[:MOST]:
            record_incident(connection, at=now, kind="roster", mark=mark, text=f"值班表{finding}")
        if new:
            first, start = new[0][0], max(now, min(finding.start or now for _, finding in new))
            row = {"kind": due_kind("roster"), "mark": f"notice:{first}", "case_number": None, "call_id": ""}
            put_due(connection, [row | {"due_at": now, "promised_at": start}])
    if len(new) > MOST:
        _log.warning("%d new findings in the roster; the first %d are listed", len(new), MOST)
    return [finding for _, finding in new[:MOST]]


def mark_of(finding: Finding) -> str:
    """By what a finding is known again: what it is, and when it begins."""
    told = f"{finding.kind}|{finding.text}|{finding.start.astimezone(LOCAL).isoformat() if finding.start else ''}"
    return f"roster:{hashlib.sha256(told.encode()).hexdigest()[:32]}"

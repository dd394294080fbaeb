"""A caller's own words kept for learning: only with his yes, apart from the rest, for a time, until he takes it back.

Nobody is asked in the call itself. The callback asks once, who has said that his matter is solved (cases.callback), and
only while the clip of his call is still there. Of a 举报, of what is secret or against somebody, and of who wanted no
recording, nothing is asked and nothing kept.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.roles import Action, Actor
from recordings.archive import Missing, OutsideFolder, delete, keep_copy
from recordings.recording import RecordingKind
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, finish
from zhitong.store.engine import reading, writing
from zhitong.store.facts import told
from zhitong.store.recordings import RecordingRow, put_recordings, recordings_of_case, set_recording
from zhitong.store.records import record_deletion
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

KIND = "learn"
FOLDER = "learning"


def clip_to_learn(connection: Connection, case: Case, now: datetime) -> RecordingRow | None:
    """The clip of the case's own call, if its citizen may be asked for it now; None also if there is one kept."""
    if case.secrecy or case.accused or case.type == "举报" or told(connection, [case.call_id], "no_recording"):
        return None
    rows = recordings_of_case(connection, case.number)
    if any(row.kind == RecordingKind.LEARNING for row in rows):
        return None
    clips = [row for row in rows if row.kind == RecordingKind.CLIP and row.call_id == case.call_id]
    return next((row for row in clips if row.state in ("fresh", "archived") and row.expires_at > now), None)


def learn_row(case: Case, call_id: str, at: datetime) -> dict[str, Any]:
    """What is due when the citizen has said yes in this call."""
    return {"kind": KIND, "mark": f"{KIND}:{case.number}", "case_number": case.number, "call_id": call_id, "due_at": at}


def keep_clips(engine: Engine, rules: Rules, *, root: Path, now: datetime) -> int:
    """Keeps the clips whose callers have agreed; returns how many. root: the recordings folder.

    Raises DatabaseGone, and OSError (a full disk): then it is done later.
    """
    return sum(_keep(engine, rules, root, task, now) for task in take_due(engine, now=now, kinds=(KIND,), limit=50))


def _keep(engine: Engine, rules: Rules, root: Path, task: DueTask, now: datetime) -> bool:
    with reading(engine) as connection:
        case = get_case(connection, task.case_number or "")
        clip = clip_to_learn(connection, case, now)
    kept = keep_copy(root, clip.path, FOLDER) if clip else None
    with writing(engine) as connection:
        if clip is None or kept is None or isinstance(kept, Missing):
            finish(connection, [task.id], at=now, outcome="原话片段已经不在了")
            return False
        until = rules.retention.expires_at(RecordingKind.LEARNING, now.astimezone(LOCAL))
        row = {"case_number": case.number, "call_id": clip.call_id, "kind": RecordingKind.LEARNING.value}
        file: dict[str, Any] = {"path": kept.path, "sha256": kept.sha256, "size": kept.size, "seconds": kept.seconds}
        put_recordings(connection, [row | file | {"state": "archived", "made_at": now, "expires_at": until}])
        what = f"来电时的原话片段（{kept.seconds:.0f} 秒）留作学习，到 {until:%Y-%m-%d} 为止"
        entry = {"case_number": case.number, "mark": f"{KIND}:{case.number}", "at": now, "what": "留原话"}
        add_to_timeline(connection, [entry | {"text": f"群众在回访时同意，{what}", "reason": f"回访 {task.call_id}"}])
        finish(connection, [task.id], at=now, outcome="留下了")
    return True


def withdraw_clip(engine: Engine, *, root: Path, number: str, by: Actor, reason: str, now: datetime) -> None:
    """The citizen takes it back: the file is deleted, and that it was stands on the timeline.

    Raises MoveRefused if none is kept, NotPermitted, CaseNotFound, DatabaseGone, OSError.
    """
    reason = reasoned(reason, "撤回")
    with writing(engine) as connection:
        to_move(connection, number, by, Action.ERASE, merged=True)
        rows = [
            row
            for row in recordings_of_case(connection, number)
            if row.kind == RecordingKind.LEARNING and row.state != "deleted"
        ]
        if not rows:
            raise MoveRefused(f"工单 {number} 没有留作学习的原话，不用撤回")
        for row in rows:
            try:
                delete(root, row.path)
            except OutsideFolder as error:
                raise MoveRefused(str(error)) from error
            set_recording(connection, row.id, state="deleted")
            record_deletion(
                connection,
                at=now,
                case_number=number,
                kind=row.kind,
                what=row.path,
                sha256=row.sha256,
                why=reason[:100],
            )
        tell(connection, number, "留原话", at=now, text="群众撤回，留作学习的原话删除了", who=by.name, reason=reason)

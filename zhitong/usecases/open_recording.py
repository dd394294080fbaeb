"""A recording for somebody's ears: that he heard it is recorded, once for a player that asks for it piece by piece."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.roles import Action, Actor, permit
from recordings.archive import OutsideFolder, inside
from recordings.recording import RecordingKind
from zhitong.errors import CaseNotFound, MoveRefused
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.store.records import has_looked
from zhitong.usecases.looking import looked

ONCE = timedelta(minutes=10)
"""What is asked for again within so long is one hearing: players jump about in a file."""
PLAYED = ".wav"


def open_recording(engine: Engine, *, number: str, id: int, root: Path, by: Actor, now: datetime) -> Path:
    """The file. root: the recordings folder.

    Raises NotPermitted, CaseNotFound (also for a recording that is not the case's, or is gone), MoveRefused while it is
    not yet a file that can be played, DatabaseGone.
    """
    permit(by, Action.HEAR)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.SEE, case)
        permit(by, Action.HEAR, case)
        path = _file(_row(connection, number, id), root)
        what = f"听录音 {id}"
        if not has_looked(connection, number, who=by.name, what=what, since=now - ONCE):
            looked(connection, by, number, what=what, now=now, unmasked=True)
    return path


def is_played(row: RecordingRow) -> bool:
    """Whether it can be heard now, as far as the database knows."""
    kept = row.state in ("fresh", "archived") and row.path.endswith(PLAYED)
    return kept and row.kind != RecordingKind.LEARNING


def _row(connection: Connection, number: str, id: int) -> RecordingRow:
    row = next((row for row in recordings_of_case(connection, number) if row.id == id), None)
    if row is None or row.kind == RecordingKind.LEARNING:  # that one is for learning alone
        raise CaseNotFound(f"工单 {number} 没有编号为 {id} 的录音")
    if row.state in ("deleted", "missing"):
        raise CaseNotFound(f"编号 {id} 的录音{'已经到期删除' if row.state == 'deleted' else '文件不见了'}")
    return row


def _file(row: RecordingRow, root: Path) -> Path:
    if not row.path.endswith(PLAYED):
        raise MoveRefused("录音还在整理，过一会儿再听")
    try:
        path = inside(root, row.path)
    except OutsideFolder as error:
        raise CaseNotFound(str(error)) from error
    if not path.is_file():
        raise CaseNotFound(f"编号 {row.id} 的录音文件不见了；请联系管理员")
    return path

"""听录音: the file of a recording of a case, for who may hear it; that he does is recorded."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from recordings.archive import OutsideFolder, inside
from recordings.recording import RecordingKind
from zhitong.errors import Refused
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.usecases.looking import looked


def hear_recording(engine: Engine, *, root: Path, number: str, id: int, by: Actor, now: datetime) -> Path:
    """Where it lies, a WAV file. root: the recordings folder.

    Raises Refused for one that is not there (any more, or yet), NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.HEAR)
    with writing(engine) as connection:
        permit(by, Action.HEAR, get_case(connection, number))
        row = next((one for one in recordings_of_case(connection, number) if one.id == id), None)
        if row is None or not is_heard(row, now):
            raise Refused("没有这个录音：还没有存好，或者过期删除了")
        looked(connection, by, number, what="听录音", now=now)
    try:
        path = inside(root, row.path)
    except OutsideFolder as error:
        raise Refused(str(error)) from error
    if not path.is_file():
        raise Refused("录音文件不在了，请告诉管理员")
    return path


def is_heard(row: RecordingRow, now: datetime) -> bool:
    """Whether a recording can be heard: kept as it will stay, and not what is only for learning."""
    return row.state == "archived" and row.expires_at > now and row.kind != RecordingKind.LEARNING

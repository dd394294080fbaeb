"""After a call: its recordings get their final form and hash; what was not to be recorded is deleted."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from recordings.archive import Archived, Missing, OutsideFolder, archive, delete
from zhitong.store.due import DueTask, finish
from zhitong.store.engine import reading, writing
from zhitong.store.facts import was_told
from zhitong.store.recordings import RecordingRow, recordings_of_call, set_recording
from zhitong.store.records import record_deletion, record_incident

NOT_WANTED = "群众要求不录音"


def archive_call(engine: Engine, *, root: Path, task: DueTask, now: datetime) -> tuple[Archived | Missing, ...]:
    """Does an `archive` task. root: the recordings folder. Doing it twice is harmless.

    A file that is not there becomes an incident. Raises DatabaseGone, OSError (a full disk: the task is taken again).
    """
    with reading(engine) as connection:
        rows = recordings_of_call(connection, task.call_id)
        unwanted = was_told(connection, task.call_id, "no_recording")
    done: list[tuple[RecordingRow, Archived | Missing]] = []
    for row in rows:
        if row.state == "deleted":
            continue
        # The files are moved outside a transaction: a ten-minute talk must not hold up other writers.
        if unwanted and row.kind != "message":
            _delete(engine, root, row, now)
        else:
            done.append((row, _archive(root, row)))
    with writing(engine) as connection:
        for row, result in done:
            _keep(connection, row, result, now)
        finish(connection, [task.id], at=now, outcome=f"{len(done)} 份录音已归档")
    return tuple(result for _, result in done)


def _keep(connection: Connection, row: RecordingRow, result: Archived | Missing, now: datetime) -> None:
    if isinstance(result, Archived):
        set_recording(
            connection,
            row.id,
            state="archived",
            path=result.path,
            sha256=result.sha256,
            size=result.size,
            seconds=result.seconds,
        )
    else:
        set_recording(connection, row.id, state="missing")
        record_incident(
            connection,
            at=now,
            kind="recording",
            mark=f"recording:{row.id}",
            text=f"来电 {row.call_id} 的录音 {result.path}：{result.why}",
        )


def _archive(root: Path, row: RecordingRow) -> Archived | Missing:
    try:
        return archive(root, row.path)
    except OutsideFolder as error:
        return Missing(path=row.path, why=str(error))


def _delete(engine: Engine, root: Path, row: RecordingRow, now: datetime) -> None:
    try:
        found = delete(root, row.path)
    except OutsideFolder:
        found = False
    with writing(engine) as connection:
        set_recording(connection, row.id, state="deleted")
        if found:
            record_deletion(
                connection, at=now, case_number=row.case_number, kind=row.kind, what=row.path, sha256="", why=NOT_WANTED
            )

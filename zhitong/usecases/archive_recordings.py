"""After a call: its recordings get their final form and hash; what was not to be recorded is deleted."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from recordings.archive import Archived, Missing, OutsideFolder, archive, delete
from zhitong.store.due import DueTask, finish
from zhitong.store.engine import reading, writing
from zhitong.store.facts import told
from zhitong.store.recordings import RecordingRow, recordings_of_calls, set_archived, set_recording
from zhitong.store.records import record_deletion, record_incident

NOT_WANTED = "群众要求不录音"


def archive_calls(
    engine: Engine, *, root: Path, tasks: Sequence[DueTask], now: datetime
) -> tuple[Archived | Missing, ...]:
    """Does `archive` tasks, one transaction for all of them. root: the recordings folder. Twice is harmless.

    A file that is not there becomes an incident. Raises DatabaseGone, and OSError (a full disk) once what could be done
    stands in the database: the rest is taken again.
    """
    ids = [task.call_id for task in tasks]
    with reading(engine) as connection:
        rows = [row for row in recordings_of_calls(connection, ids) if row.state != "deleted"]
        unwanted = told(connection, ids, "no_recording")
    done: list[tuple[RecordingRow, Archived | Missing]] = []
    failed: dict[str, OSError] = {}
    for row in rows:
        # The files are moved outside a transaction: a ten-minute talk must not hold up other writers.
        try:
            if row.call_id in unwanted and row.kind != "message":
                _delete(engine, root, row, now)
            else:
                done.append((row, _archive(root, row)))
        except OSError as fault:
            failed[row.call_id] = fault
    with writing(engine) as connection:
        _keep(connection, done, now)
        finished = [task.id for task in tasks if task.call_id not in failed]
        finish(connection, finished, at=now, outcome="录音已归档")
    for error in failed.values():
        raise error
    return tuple(result for _, result in done)


def _keep(connection: Connection, done: Sequence[tuple[RecordingRow, Archived | Missing]], now: datetime) -> None:
    archived = []
    for row, result in done:
        if isinstance(result, Archived):
            archived.append(
                {
                    "id_": row.id,
                    "path": result.path,
                    "sha256": result.sha256,
                    "size": result.size,
                    "seconds": result.seconds,
                }
            )
            continue
        set_recording(connection, row.id, state="missing")
        record_incident(
            connection,
            at=now,
            kind="recording",
            mark=f"recording:{row.id}",
            text=f"来电 {row.call_id} 的录音 {result.path}：{result.why}",
        )
    set_archived(connection, archived)


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

"""Deletes what was kept long enough: sound, transcripts and logs, each with a record of the deletion."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from recordings.archive import OutsideFolder, delete
from recordings.recording import RecordingKind, Retention
from routing.calendar import LOCAL
from zhitong.store.attachments import forget_transcripts
from zhitong.store.cases import personal_cases
from zhitong.store.due import finish
from zhitong.store.engine import reading, writing
from zhitong.store.looks import forget_looks
from zhitong.store.recordings import RecordingRow, expired_recordings, set_recording
from zhitong.store.records import record_deletion, record_incident
from zhitong.store.tables import PERSONAL_FIELDS, calls, cases, recordings, tries
from zhitong.store.words import FORGET, forget_calls
from zhitong.usecases.take_due import take_due

_AT_ONCE = 200
_LOOKS, _PORTIONS = 2000, 10
"""So many looks are deleted in one transaction, and so many portions at a time."""
# Files that nobody writes to any more.
_LOGS = ("*.log.*", "output.*", "broken-*.jsonl", "refused-*.jsonl")
_EXPIRED = "保存期满"


def expire_recordings(
    engine: Engine, *, root: Path, now: datetime, retention: Retention | None = None, logs: Iterable[Path] = ()
) -> int:
    """Deletes up to some hundreds of expired records of each kind; returns how many. Run it daily or oftener.

    root: the recordings folder. logs: folders of rotated logs, which go by `retention` and their last change.
    Raises DatabaseGone, OSError.
    """
    gone = _expire_sound(engine, root, now) + _expire_transcripts(engine, now) + _expire_calls(engine, now)
    if retention is not None:
        gone += _expire_persons(engine, now, retention)
        gone += _expire_looks(engine, now, retention)
        gone += _expire_strays(engine, root, now, retention)
        gone += sum(_expire_logs(engine, folder, now, retention) for folder in logs)
    return gone


def _expire_sound(engine: Engine, root: Path, now: datetime) -> int:
    with reading(engine) as connection:
        rows = expired_recordings(connection, now, _AT_ONCE)
    gone = 0
    for row in rows:
        try:
            delete(root, row.path)
        except OutsideFolder as error:
            _undeleted(engine, row, str(error), now)
        except OSError as error:  # tried again next time; what comes after it must not stay for that
            _undeleted(engine, row, f"到期的录音 {row.path} 删不掉（{error.strerror}），请查文件夹的权限和磁盘", now)
            continue
        # Deleted first, recorded then: after a crash between the two it is deleted, and recorded, once more.
        with writing(engine) as connection:
            set_recording(connection, row.id, state="deleted")
            record_deletion(
                connection,
                at=now,
                case_number=row.case_number,
                kind=row.kind,
                what=row.path,
                sha256=row.sha256,
                why=_EXPIRED,
            )
        gone += 1
    return gone


def _undeleted(engine: Engine, row: RecordingRow, why: str, now: datetime) -> None:
    with writing(engine) as connection:
        record_incident(connection, at=now, kind="recording", mark=f"expire:{row.id}", text=why)


def _expire_strays(engine: Engine, root: Path, now: datetime, retention: Retention) -> int:
    """Sound that no case knows of, saved just before a crash: a clip goes after a day, the rest as its kind does.

    The rest may be the only trace of a call: its facts may lie in the journal, or the database come from a backup.
    """
    old = []
    for path in root.resolve().rglob("*"):
        if path.suffix in (".raw", ".wav", ".part") and path.is_file():
            made = datetime.fromtimestamp(path.stat().st_mtime, LOCAL)
            kind = _kind(path)
            stays = made + timedelta(days=1) if kind is RecordingKind.CLIP else retention.expires_at(kind, made)
            if stays <= now:
                old.append((path, kind))
    if not old:
        return 0
    with reading(engine) as connection:
        rows = connection.scalars(select(recordings.c.path).where(recordings.c.state != "deleted"))
        known = {_bare(root.resolve() / path) for path in rows}
    strays = [(path, kind) for path, kind in old if _bare(path) not in known][:_AT_ONCE]
    for path, kind in strays:
        path.unlink(missing_ok=True)
        with writing(engine) as connection:
            record_deletion(
                connection,
                at=now,
                case_number=None,
                kind=kind.value,
                what=path.relative_to(root.resolve()).as_posix(),
                sha256="",
                why="没有工单的录音",
            )
    return len(strays)


def _kind(path: Path) -> RecordingKind:
    if path.parent.name in ("clips", "learning"):
        return RecordingKind.CLIP
    return RecordingKind.MESSAGE if _bare(path).name.endswith(("-message", "-addition")) else RecordingKind.TALK


def _bare(path: Path) -> Path:
    """Without what tells its form: .raw, .wav or .wav.part."""
    return path.with_name(path.name.removesuffix(".part").removesuffix(".raw").removesuffix(".wav"))


def _expire_transcripts(engine: Engine, now: datetime) -> int:
    """The words go, from the case and from the trace of all its calls; what happened and when stays."""
    with reading(engine) as connection:
        expired = list(
            connection.scalars(
                select(cases.c.number)
                .where(cases.c.transcript_expires_at <= now)
                .order_by(cases.c.transcript_expires_at)
                .limit(_AT_ONCE)
            )
        )
    for number in expired:
        with writing(engine) as connection:
            own = select(calls.c.call_id).where(calls.c.case_number == number)
            forget_calls(connection, own)
            connection.execute(tries.update().where(tries.c.case_number == number).values(why=""))
            connection.execute(
                cases.update().where(cases.c.number == number).values(transcript="", transcript_expires_at=None)
            )
            forget_transcripts(connection, number)
            record_deletion(
                connection,
                at=now,
                case_number=number,
                kind=RecordingKind.TRANSCRIPT.value,
                what=f"{number} 的文字记录",
                sha256="",
                why=_EXPIRED,
            )
    return len(expired)


def _expire_calls(engine: Engine, now: datetime) -> int:
    """The same of calls that are in no case: what officials said to the system."""
    tasks = {task.call_id: task.id for task in take_due(engine, now=now, kinds=(FORGET,), limit=_AT_ONCE)}
    if not tasks:
        return 0
    with writing(engine) as connection:
        # One that has come into a case after all goes with that.
        there = set(connection.scalars(select(calls.c.call_id).where(calls.c.call_id.in_(tasks))))
        alone = sorted(tasks.keys() - there)
        forget_calls(connection, alone)
        for call_id in alone:
            kind, what = RecordingKind.TRANSCRIPT.value, f"通话 {call_id} 的文字记录"
            record_deletion(connection, at=now, case_number=None, kind=kind, what=what, sha256="", why=_EXPIRED)
        finish(connection, [*tasks.values()], at=now, outcome=_EXPIRED)
    return len(alone)


def _expire_persons(engine: Engine, now: datetime, retention: Retention) -> int:
    """Who it was, and what he was told, goes from cases that ended long ago; number, states and clocks stay."""
    with reading(engine) as connection:
        expired = [
            number
            for since, until in retention.spans(RecordingKind.PERSON, now.astimezone(LOCAL))
            for number in personal_cases(connection, since, until, _AT_ONCE)
        ]
    for number in expired[:_AT_ONCE]:
        with writing(engine) as connection:
            connection.execute(
                cases.update().where(cases.c.number == number).values(dict.fromkeys(PERSONAL_FIELDS, ""))
            )
            record_deletion(
                connection,
                at=now,
                case_number=number,
                kind=RecordingKind.PERSON.value,
                what=f"{number} 的姓名、地址、诉求、答复",
                sha256="",
                why=_EXPIRED,
            )
    return len(expired[:_AT_ONCE])


def _expire_looks(engine: Engine, now: datetime, retention: Retention) -> int:
    """Who looked at what, years ago: in portions, for which nobody waits long."""
    gone = 0
    for since, until in retention.spans(RecordingKind.ACCESS, now.astimezone(LOCAL)):
        for _ in range(_PORTIONS):
            with writing(engine) as connection:
                n = forget_looks(connection, since, until, limit=_LOOKS)
                if n:
                    what, kind = f"{until:%Y-%m-%d} 以前的查阅记录 {n} 条", RecordingKind.ACCESS.value
                    record_deletion(connection, at=now, case_number=None, kind=kind, what=what, sha256="", why=_EXPIRED)
            gone += n
            if n < _LOOKS:
                break
    return gone


def _expire_logs(engine: Engine, logs: Path, now: datetime, retention: Retention) -> int:
    gone = 0
    for path in sorted(path for pattern in _LOGS for path in logs.glob(pattern)):
        changed = datetime.fromtimestamp(path.stat().st_mtime, LOCAL)
        if retention.expires_at(RecordingKind.LOG, changed) > now or now - changed < timedelta(days=1):
            continue
        path.unlink(missing_ok=True)
        gone += 1
        with writing(engine) as connection:
            record_deletion(
                connection,
                at=now,
                case_number=None,
                kind=RecordingKind.LOG.value,
                what=path.name,
                sha256="",
                why=_EXPIRED,
            )
    return gone

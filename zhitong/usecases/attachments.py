"""附件: what citizens send with a case. Stored whole under names of our own, hashed, shown to whom may see the case."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine

from cases.attachment import HEAD, TAKEN, Kind, Medium, kind_of
from cases.case import TO_TELL, Case, CaseState
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, NotPermitted, barred, may, permit
from recordings.recording import RecordingKind
from routing.calendar import LOCAL
from routing.faults import Fault
from zhitong.errors import CaseNotFound, DatabaseGone, IntakeRefused, NoRoom
from zhitong.store.attachments import (
    AttachmentRow,
    add_attachment,
    attachments_of,
    count_attachments,
    expired_attachments,
    get_attachment,
    known_paths,
    set_attachment,
)
from zhitong.store.case_records import records_of
from zhitong.store.cases import get_case
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import intake_of
from zhitong.store.records import record_deletion, record_incident
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import tell, unreadable
from zhitong.usecases.rules import Rules
from zhitong.usecases.see_case import hears, is_hidden
from zhitong.usecases.transcribe import put_transcription
from zhitong.whole_files import copy_whole

_MB = 1 << 20
_STRAY, _LOOKED_AT = timedelta(days=1), timedelta(days=30)
"""A file that is no case's goes after a day; what is much older was looked at often enough."""
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is taken: files of a case, bytes of a file by what it is."""

    files: int = 9
    bytes: dict[Medium, int] = field(
        default_factory=lambda: {
            Medium.TEXT: _MB,
            Medium.IMAGE: 20 * _MB,
            Medium.VOICE: 20 * _MB,
            Medium.VIDEO: 200 * _MB,
        }
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that is sent: what it is called, and its bytes, which are read from where they stand."""

    name: str
    source: BinaryIO


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A file that lies in the folder and is no case's yet. path: in the folder."""

    kind: Kind
    name: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """An attachment that somebody may look at."""

    path: Path
    row: AttachmentRow


@contextmanager
def stored(uploads: Sequence[Upload], folder: Path, limits: Limits, *, there: int = 0) -> Iterator[list[Stored]]:
    """The files, in the folder. They go again unless the block comes to its end; not when the database went away in
    it: then nobody knows whether they are a case's, and `expire_attachments` finds out.

    there: how many the case has. Raises IntakeRefused with all faults, NoRoom.
    """
    kept: list[Stored] = []
    try:
        yield _store(uploads, folder, limits, there, kept)
    except DatabaseGone:
        raise
    except BaseException:
        forget(folder, kept)
        raise


def forget(folder: Path, files: Iterable[Stored]) -> None:
    """Takes stored files away again."""
    for one in files:
        with suppress(OSError):
            (folder / one.path).unlink(missing_ok=True)


def _store(uploads: Sequence[Upload], folder: Path, limits: Limits, there: int, kept: list[Stored]) -> list[Stored]:
    kinds, faults = list[tuple[Upload, Kind, int]](), list[Fault]()
    if there + len(uploads) > limits.files:
        had = f"，已经有 {there} 个" if there else ""
        faults.append(Fault(field="attachments", value=len(uploads), mend=f"一个工单最多 {limits.files} 个附件{had}。"))
    for place, upload in enumerate(uploads, 1):
        at, size = f"attachments[{place}]", upload.source.seek(0, 2)
        upload.source.seek(0)
        kind = kind_of(upload.source.read(HEAD))
        upload.source.seek(0)
        if size == 0:
            faults.append(Fault(field=at, value=0, mend="是空文件，请重新选。"))
        elif kind is None:
            faults.append(Fault(field=at, value="不认识的内容", mend=f"看内容不是能收的文件；收 {TAKEN}。"))
        elif size > limits.bytes[kind.medium]:
            mend = f"{kind.medium}最大 {limits.bytes[kind.medium] // _MB} MB，请压缩或剪短。"
            faults.append(Fault(field=at, value=f"{size / _MB:.1f} MB", mend=mend))
        else:
            kinds.append((upload, kind, size))
    if faults:
        raise IntakeRefused(*faults)
    for upload, kind, size in kinds:
        path = f"{secrets.token_hex(16)}.{kind.suffix}"
        path = f"{path[:2]}/{path}"
        try:
            sha256 = copy_whole(upload.source, folder / path)
        except OSError as error:
            raise NoRoom(f"附件存不下（{error.strerror}），这次什么都没有收；请联系管理员腾出磁盘，再发一次") from error
        kept.append(Stored(kind=kind, name=_name(upload.name), path=path, sha256=sha256, size=size))
    return kept


def _name(told: str) -> str:
    """For people to read, never a path."""
    name = told.replace("\\", "/").rsplit("/", 1)[-1]
    return "" if unreadable(name) else name[:100]


def put_attachments(
    connection: Connection, rules: Rules, case: Case, files: Sequence[Stored], *, by: Actor, now: datetime
) -> None:
    """Makes stored files a case's; voices are to be heard."""
    expires = rules.retention.expires_at(RecordingKind.MESSAGE, now.astimezone(LOCAL))
    for one in files:
        id = add_attachment(
            connection,
            case_number=case.number,
            medium=one.kind.medium.value,
            media_type=one.kind.media_type,
            name=one.name,
            path=one.path,
            sha256=one.sha256,
            size=one.size,
            at=now,
            by=by.name,
            expires_at=expires,
        )
        if one.kind.medium is Medium.VOICE:
            put_transcription(connection, case.number, id, now=now)


def told_of(files: Sequence[Stored]) -> str:
    """How many of which kind, for the timeline: 图片 2 个，语音 1 个; empty for none."""
    media = [one.kind.medium for one in files]
    return "，".join(f"{medium} {media.count(medium)} 个" for medium in Medium if medium in media)


def add_attachments(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    uploads: Sequence[Upload],
    folder: Path,
    limits: Limits,
    by: Actor,
    now: datetime,
) -> list[AttachmentRow]:
    """More files for a case, by the channel that it came from or by who may change it; returns all it has.

    Raises IntakeRefused, NoRoom, NotPermitted, CaseNotFound, DatabaseGone.
    """
    with reading(engine) as connection:
        _may_add(connection, number, by)
        there = count_attachments(connection, number)
    if not uploads:
        raise IntakeRefused(Fault(field="attachments", value="", mend="没有文件；请至少带一个。"))
    with stored(uploads, folder, limits, there=there) as files, writing(engine) as connection:
        case = _may_add(connection, number, by, to_change=True)
        if count_attachments(connection, number) + len(files) > limits.files:
            mend = f"一个工单最多 {limits.files} 个附件。"
            raise IntakeRefused(Fault(field="attachments", value=len(files), mend=mend))
        put_attachments(connection, rules, case, files, by=by, now=now)
        tell(connection, number, "附件", at=now, text=f"补充附件：{told_of(files)}", who=by.name)
        return attachments_of(connection, number)


def _may_add(connection: Connection, number: str, by: Actor, *, to_change: bool = False) -> Case:
    if not (may(by, Action.INTAKE) or may(by, Action.EDIT)):
        permit(by, Action.INTAKE)
    try:
        case = get_case(connection, number, to_change=to_change)
    except CaseNotFound:
        if not may(by, Action.EDIT):
            raise _not_yours(number) from None  # which cases there are is not for every channel to find out
        raise
    intake = intake_of(connection, number)
    own = intake is not None and intake.account == by.name and may(by, Action.INTAKE)
    if barred(by, case) or (not own and not may(by, Action.EDIT, case)):
        raise _not_yours(number)
    if case.state is CaseState.STRUCK_OFF or (case.state in TO_TELL and not may(by, Action.EDIT, case)):
        mend = f"工单已经“{case.state}”，不再收附件；有新情况请另外来件。"
        raise IntakeRefused(Fault(field="number", value=number, mend=mend))
    return case


def _not_yours(number: str) -> NotPermitted:
    return NotPermitted(f"工单 {number} 不是这个账号收的件，不能加附件")


def list_attachments(engine: Engine, *, number: str, by: Actor, now: datetime) -> list[AttachmentRow]:
    """The attachments of a case; that `by` looked is recorded. Raises NotPermitted, CaseNotFound, DatabaseGone."""
    permit(by, Action.SEE)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.SEE, case)
        _permit_to_hear(case, by)
        looked(connection, by, number, what="附件清单", now=now)
        urgent = [one for one in records_of(connection, number, RecordKind.EMERGENCY) if one.closed_at is None]
        return in_order(attachments_of(connection, number), urgent)


def in_order(rows: list[AttachmentRow], urgent: Sequence[CaseRecord]) -> list[AttachmentRow]:
    """As they came; in 应急 what shows the scene first: videos, then pictures, the newest of each first."""
    if not urgent:
        return rows
    first = [one.value for one in (Medium.VIDEO, Medium.IMAGE)]
    scene = sorted((row for row in rows if row.medium in first), key=lambda row: (first.index(row.medium), -row.id))
    return [*scene, *(row for row in rows if row.medium not in first)]


def open_attachment(
    engine: Engine, *, number: str, id: int, folder: Path, by: Actor, now: datetime, secret: bool = True
) -> Opened:
    """One attachment, for somebody who may see the case; that he looked is recorded.

    secret: also of a case that is for supervision alone (zhitong.usecases.see_case). Raises NotPermitted, CaseNotFound
    (also for an attachment that is not there any more), DatabaseGone.
    """
    permit(by, Action.SEE)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.SEE, case)
        _permit_to_hear(case, by)
        if not secret and is_hidden(case, by):
            raise NotPermitted(f"工单 {number} 要保密，附件这里只给督查看")
        row = get_attachment(connection, number, id)
        if row is None or row.state != "kept" or not (folder / row.path).is_file():
            raise CaseNotFound(f"工单 {number} 没有编号为 {id} 的附件，或者保存期满删了")
        looked(connection, by, number, what=f"附件 {id}", now=now, unmasked=True)
    return Opened(path=folder / row.path, row=row)


def _permit_to_hear(case: Case, by: Actor) -> None:
    """A file tells who sent it as his words do."""
    if not hears(case, by):
        raise NotPermitted(f"工单 {case.number} 的附件看得出是谁反映的，{by.name}不能看；请找受理台或督查")


def expire_attachments(engine: Engine, *, folder: Path, now: datetime) -> int:
    """Deletes files that were kept long enough, and those that never became a case's; returns how many.

    Raises DatabaseGone.
    """
    with reading(engine) as connection:
        rows = expired_attachments(connection, now, _AT_ONCE)
    gone = 0
    for row in rows:
        try:
            (folder / row.path).unlink(missing_ok=True)
        except OSError as error:
            with writing(engine) as connection:
                text = f"到期的附件 {row.path} 删不掉（{error.strerror}），请查文件夹的权限和磁盘"
                record_incident(connection, at=now, kind="attachment", mark=f"expire-attachment:{row.id}", text=text)
            continue
        with writing(engine) as connection:
            set_attachment(connection, row.id, state="deleted", name="", transcript="")
            record_deletion(
                connection,
                at=now,
                case_number=row.case_number,
                kind="attachment",
                what=row.path,
                sha256=row.sha256,
                why="保存期满",
            )
        gone += 1
    return gone + _expire_strays(engine, folder, now)


def _expire_strays(engine: Engine, folder: Path, now: datetime) -> int:
    """Files of a request that did not come to its end, because the machine or the database went away in it."""
    old = [path for path in folder.rglob("*") if path.is_file() and _STRAY <= now - _changed(path) <= _LOOKED_AT]
    gone = 0
    for start in range(0, len(old), _AT_ONCE):
        some = {path.relative_to(folder).as_posix(): path for path in old[start : start + _AT_ONCE]}
        with reading(engine) as connection:
            known = known_paths(connection, some)
        for path in some.keys() - known:
            some[path].unlink(missing_ok=True)
            gone += 1
    return gone


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, LOCAL)
    except OSError:  # gone since
        return datetime.max.replace(tzinfo=UTC)

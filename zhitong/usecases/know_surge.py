"""What officials do with a surge while it lasts: see it, say that they know, record an announcement for its callers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.accused import ids_in
from cases.roles import Action, Actor, barred, permit
from dialplans.voice import RATE, SynthesisFailed, from_recording
from routing.directory import Directory
from zhitong.errors import SurgeRefused
from zhitong.store.cases import get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_access
from zhitong.store.surges import SurgeRow, change_surge, get_surge, members_of, no_surge, surges_not_ended
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.looking import looked

LONGEST = 30.0
"""Seconds of an announcement."""
SHORTEST = 1.0
_LARGEST = 20_000_000  # bytes: 30 s in studio quality are a third of it


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSurge:
    """A surge that nobody has ended. cases: how many belong to it. lapsed: too old, callers are put through again."""

    id: int
    town: str
    matter_name: str
    opened_at: datetime
    cases: int
    acknowledged_by: str
    announced_by: str
    lapsed: bool


def list_surges(engine: Engine, *, by: Actor, now: datetime) -> list[OpenSurge]:
    """The surges that nobody has ended, oldest first; that `by` looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.TODO)
    with writing(engine) as connection:
        looked(connection, by, None, what="集中来电", now=now)
        found = surges_not_ended(connection)
        about = {row.id: get_cases(connection, members_of(connection, row.id)).values() for row, _ in found}
        return [_open(row, n) for row, n in found if not any(barred(by, case) for case in about[row.id])]


def open_surges_for(engine: Engine, directory: Directory, official: str, *, now: datetime) -> list[OpenSurge]:
    """Those on whose first call's ladder this official (by id) stood, oldest first. Raises DatabaseGone.

    That the official looked is recorded.
    """
    with writing(engine) as connection:
        record_access(connection, at=now, who=official, case_number=None, what="集中来电", unmasked=False)
        every = surges_not_ended(connection)
        rows = [(row, members) for row, members in every if not _names(connection, row, official)]
        ladders = facts_of(connection, [row.call_id for row, _ in rows], kinds=("planned",))
    return [
        _open(row, members)
        for row, members in rows
        if any(
            official == id
            for fact in ladders.get(row.call_id, ())
            for rung in fact.detail["rungs"]
            for id, _ in directory.whose(str(rung.get("number")), fact.at)
        )
    ]


def acknowledge_as(engine: Engine, surge: int, *, by: Actor, now: datetime) -> None:
    """The same by whoever has an account. Raises NotPermitted, SurgeNotFound, SurgeRefused, DatabaseGone."""
    permit(by, Action.KNOW_SURGE)
    with writing(engine) as connection:
        not_about_him(connection, surge, by)
        looked(connection, by, None, what=f"集中来电 {surge}", now=now)
    acknowledge(engine, surge, official=by.name, now=now)


def announce_as(engine: Engine, surge: int, path: Path, *, by: Actor, now: datetime, folder: Path) -> float:
    """The same as set_announcement by whoever has an account. Raises NotPermitted besides."""
    permit(by, Action.KNOW_SURGE)
    with writing(engine) as connection:
        not_about_him(connection, surge, by)
        looked(connection, by, None, what=f"集中来电 {surge} 的通知", now=now)
    return set_announcement(engine, surge, path, official=by.name, now=now, folder=folder)


def not_about_him(connection: Connection, surge: int, by: Actor) -> None:
    """Raises SurgeNotFound when one of its cases complains of him: for him it is not there. Raises it also for none."""
    row = get_surge(connection, surge)
    if any(barred(by, case) for case in get_cases(connection, members_of(connection, row.id)).values()):
        raise no_surge(surge)


def acknowledge(engine: Engine, surge: int, *, official: str, now: datetime) -> None:
    """An official (as people call them) knows of it: from now on its callers hear the notice. The first one stays.

    Raises SurgeNotFound, SurgeRefused when it is over, DatabaseGone.
    """
    with writing(engine) as connection:
        _acknowledge(connection, _not_over(connection, surge), official, now)


def set_announcement(engine: Engine, surge: int, path: Path, *, official: str, now: datetime, folder: Path) -> float:
    """Have its callers hear this sound file, of any kind that sox reads, 1 to 30 s; whoever records it knows of it.

    folder: where announcements are kept. Returns its seconds, without the silence at its ends.
    Raises SurgeNotFound, SurgeRefused for a surge that is over or a sound that cannot be played, OSError, DatabaseGone.
    """
    with reading(engine) as connection:
        _not_over(connection, surge)
    if path.stat().st_size > _LARGEST:
        raise SurgeRefused(f"{path} 太大；通知最长 {LONGEST:g} 秒，请重录")
    try:
        sound = from_recording(str(path))
    except SynthesisFailed as error:
        raise SurgeRefused(f"{path} 不能播（{error}）；请用 WAV 文件重录") from error
    seconds = len(sound) / RATE
    if not SHORTEST <= seconds <= LONGEST:
        raise SurgeRefused(f"{path} 有 {seconds:.1f} 秒；通知请录 {SHORTEST:g} 到 {LONGEST:g} 秒")
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"surge-{surge}-{hashlib.sha256(sound).hexdigest()[:12]}.alaw"
    draft = kept.with_suffix(".part")
    draft.write_bytes(sound)
    draft.replace(kept)
    with writing(engine) as connection:
        row = _not_over(connection, surge)
        _acknowledge(connection, row, official, now)
        change_surge(connection, surge, announcement=str(kept), announced_by=official)
        _tell(connection, row, f"announced:{kept.stem}", now, f"{official}给集中来电录了 {seconds:.0f} 秒通知")
    if row.announcement and row.announcement != str(kept):
        Path(row.announcement).unlink(missing_ok=True)
    return seconds


def _names(connection: Connection, row: SurgeRow, official: str) -> bool:
    cases = get_cases(connection, members_of(connection, row.id)).values()
    return any(official in ids_in(case.accused)[0] for case in cases)


def _acknowledge(connection: Connection, row: SurgeRow, official: str, now: datetime) -> None:
    if row.acknowledged_at is None:
        change_surge(connection, row.id, acknowledged_at=now, acknowledged_by=official)
        _tell(connection, row, "acknowledged", now, f"{official}知道了集中来电，后面的群众先听通知")


def _not_over(connection: Connection, surge: int) -> SurgeRow:
    row = get_surge(connection, surge)
    if row.ended_at is not None:
        raise SurgeRefused(f"集中来电 {surge} 已经由{row.ended_by}了结；现有的看 zhitong surge list")
    return row


def _tell(connection: Connection, row: SurgeRow, mark: str, now: datetime, text: str) -> None:
    """On the timeline of its first case: what is done for all stands once."""
    first = members_of(connection, row.id)[:1]
    told = {"mark": f"surge:{row.id}:{mark}", "at": now, "what": "集中来电", "text": text}
    add_to_timeline(connection, [{"case_number": number} | told for number in first])


def _open(row: SurgeRow, cases: int) -> OpenSurge:
    return OpenSurge(
        id=row.id,
        town=row.town,
        matter_name=row.matter_name,
        opened_at=row.opened_at,
        cases=cases,
        acknowledged_by=row.acknowledged_by,
        announced_by=row.announced_by,
        lapsed=row.lapsed_at is not None,
    )

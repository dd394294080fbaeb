"""版次 put together, for commands and the console: what the files, or an edition of before, would change; doing it."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from routing.changes import Change, in_force, standing
from routing.checks import Finding
from routing.differences import Difference, differences
from routing.directory import Directory
from routing.editions import Edition, Texts
from routing.faults import BadConfig
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import InForce, edition_in_force, is_published, read_edition
from zhitong.errors import ChangeRefused
from zhitong.roster_now import new_findings
from zhitong.settings import Settings
from zhitong.usecases.publish_roster import Draft, edition_numbered, is_kept, publish_roster, refuse_new_gaps
from zhitong.whole_files import write_whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What is to be published beside what is in force. findings: what it would make wrong with the coming weeks.

    wanted: the edition that is to be restored; None: the files are to be published.
    """

    found: InForce
    draft: Draft
    differences: Sequence[Difference]
    findings: Sequence[Finding]
    wanted: Edition | None = None

    @property
    def with_what(self) -> str:
        """What it is compared with."""
        return f"在用的第 {self.found.edition.id} 版" if self.found.edition.id else "文件"


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """edition: as which it was published; None: it was in force. kept: where the files that were there lie now."""

    edition: Edition | None
    kept: Sequence[Path]


def compare_draft(settings: Settings, engine: Engine, changes: Iterable[Change], *, now: datetime) -> Comparison:
    """The files as they stand. Raises ChangeRefused where they are what is in force; BadConfig for files that cannot be
    read, and for a minute with too few numbers."""
    found, texts = edition_in_force(settings, engine, now), draft_of(settings)
    if found.newest and found.newest[1] == texts.digest:
        raise ChangeRefused(f"文件和第 {found.newest[0]} 版一个字也不差，没有要发布的；请先改好文件，保存")
    return _compared(found, texts, directory_of(settings, texts, calendar=found.calendar), changes, now)


def compare_edition(
    settings: Settings, engine: Engine, number: int, changes: Iterable[Change], *, now: datetime
) -> Comparison:
    """An edition of before. Raises ChangeRefused for one that there is not, or that is in force and in the files;
    BadConfig for one that cannot be read, and for a minute with too few numbers; DatabaseGone."""
    found, wanted = edition_in_force(settings, engine, now), edition_numbered(engine, number)
    directory = read_edition(settings, wanted, found.calendar)
    if _in_use(found, wanted) and is_published(settings, wanted):
        raise ChangeRefused(f"第 {wanted.id} 版就是在用的，文件也一样，没有要恢复的")
    return _compared(found, wanted.texts, directory, changes, now, wanted)


def compare_change(
    settings: Settings, engine: Engine, change: Callable[[str], str], changes: Iterable[Change], *, now: datetime
) -> Comparison:
    """What is in force, with the text of its roster changed so; files that differ from it have no part in it. Raises
    ChangeRefused where nothing changes; what `change` raises; BadConfig as `compare_draft` does."""
    found = edition_in_force(settings, engine, now)
    texts = replace(found.edition.texts, roster=change(found.edition.texts.roster))
    if texts == found.edition.texts:
        raise ChangeRefused("和在用的一样，没有要发布的")
    return _compared(found, texts, directory_of(settings, texts, calendar=found.calendar), changes, now)


def publish_change(
    settings: Settings, engine: Engine, compared: Comparison, *, by: Actor, reason: str, now: datetime
) -> Edition:
    """What `compare_change` has compared counts from now on, and is written into the files; what stood there
    unpublished is kept beside them. Raises NotPermitted, ChangeRefused, BadConfig, DatabaseGone; OSError as
    `restore` does."""
    permit(by, Action.PUBLISH_ROSTER)  # before anything is copied
    if not _is_stored(settings, engine):
        _keep_draft(settings, now)
    edition = publish_roster(engine, compared.draft, by=by, reason=reason, now=now)
    _write(settings, compared.draft.texts)
    return edition


def compare_ladders(
    settings: Settings, engine: Engine, escalation: str, changes: Iterable[Change], *, now: datetime
) -> Comparison:
    """The roster in force with other ladders. Raises ChangeRefused where nothing is different; BadConfig for what
    cannot be read, and for a minute with too few numbers."""
    found = edition_in_force(settings, engine, now)
    texts = replace(found.edition.texts, escalation=escalation)
    if texts == found.edition.texts:
        raise ChangeRefused("和在用的一个字也不差，没有要发布的；请先改好")
    directory = directory_of(settings, texts, source="找人顺序", calendar=found.calendar)
    return _compared(found, texts, directory, changes, now)


def publish_ladders(
    settings: Settings, engine: Engine, compared: Comparison, *, by: Actor, reason: str, now: datetime
) -> Restored:
    """The ladders compared are published, and written into their file; what stood there unpublished is kept beside it.
    The roster's own file stays as it is. Raises as `restore`."""
    permit(by, Action.PUBLISH_ROSTER)
    path = settings.files.escalation
    published = compared.found.edition.texts.escalation
    kept = [_keep(path, now)] if path.exists() and path.read_text(encoding="utf-8") != published else []
    edition = publish_roster(engine, compared.draft, by=by, reason=reason, now=now)
    write_whole(path, compared.draft.texts.escalation)
    return Restored(edition=edition, kept=kept)


def restore(
    settings: Settings, engine: Engine, compared: Comparison, *, by: Actor, reason: str, now: datetime
) -> Restored:
    """The edition is published again, and written into the files; what stood there unpublished is kept beside them.

    Raises NotPermitted, ChangeRefused, DatabaseGone; OSError for a file that cannot be written: the edition counts all
    the same.
    """
    permit(by, Action.PUBLISH_ROSTER)  # before the files are written, also when nothing is to be published
    wanted, edition = compared.wanted, None
    assert wanted is not None  # a draft is published, not restored
    kept = [] if _is_stored(settings, engine) else _keep_draft(settings, now)
    if not _in_use(compared.found, wanted):
        edition = publish_roster(engine, compared.draft, by=by, reason=reason, now=now)
    # After it is in force: a file that cannot be written is a draft that differs, and is told.
    _write(settings, wanted.texts)
    return Restored(edition=edition, kept=kept)


def _write(settings: Settings, texts: Texts) -> None:
    write_whole(settings.files.roster, texts.roster)
    write_whole(settings.files.escalation, texts.escalation)


def _compared(
    found: InForce,
    texts: Texts,
    directory: Directory,
    changes: Iterable[Change],
    now: datetime,
    wanted: Edition | None = None,
) -> Comparison:
    changes = list(changes)
    on = found.newest[0] if found.newest else 0
    draft = Draft(texts=texts, directory=directory, before=found.directory, on=on)
    refuse_new_gaps(draft, changes, now)
    before, after = (in_force(one, standing(changes)) for one in (draft.before, draft.directory))
    return Comparison(
        found=found,
        draft=draft,
        differences=differences(draft.before, draft.directory),
        findings=new_findings(before, after, now),
        wanted=wanted,
    )


def _in_use(found: InForce, edition: Edition) -> bool:
    return found.newest is not None and found.newest[1] == edition.digest


def _keep_draft(settings: Settings, now: datetime) -> list[Path]:
    """Copies of the two files beside them, named by the day and what is in them; where they are. Raises OSError."""
    return [_keep(path, now) for path in (settings.files.roster, settings.files.escalation) if path.exists()]


def _keep(path: Path, now: datetime) -> Path:
    what = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    kept = path.with_name(f"{path.name}.draft-{now.astimezone(LOCAL):%Y%m%d}-{what}")
    shutil.copy2(path, kept)
    return kept


def _is_stored(settings: Settings, engine: Engine) -> bool:
    """Whether the files are those of some edition."""
    try:
        return is_kept(engine, draft_of(settings))
    except BadConfig:
        return False

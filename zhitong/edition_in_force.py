"""Which edition of the roster counts: the newest that was published. Whatever is broken, there is one (ADR 0080)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from routing.calendar import Calendar, load_calendar
from routing.directory import Directory
from routing.editions import OWN, Edition, Texts
from routing.faults import BadConfig, Fault
from routing.roster_file import refuse_gaps
from zhitong.directory_files import directory_of, draft_of
from zhitong.errors import DatabaseGone
from zhitong.settings import Settings
from zhitong.store.editions import edition_of, heads_of_editions
from zhitong.store.engine import reading
from zhitong.whole_files import write_whole

TOLD_FAULTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """The edition that counts, and what it says. newest: key of the newest one stored; None: none, or not known.

    trouble: why it is not that one, without names and numbers; empty when it is.
    """

    edition: Edition
    directory: Directory
    calendar: Calendar
    newest: tuple[int, str] | None = None
    trouble: str = ""


def edition_in_force(settings: Settings, engine: Engine, now: datetime) -> InForce:
    """The newest edition of the database; without that, the copy in the data folder; without that, the files.

    One that cannot be read (it is damaged, or this program knows stricter rules) is passed over, and what was published
    before it counts; the program's own first edition comes last, for it may be the example that is shipped. Raises
    BadConfig for the files when nothing can be read, at the very first start also for a gap; BadCalendar.
    """
    calendar, copy = load_calendar(settings.files.calendar), copy_path(settings)
    heads, troubles, first = list[Edition](), list[str](), not copy.exists()
    try:
        with reading(engine) as connection:
            heads = heads_of_editions(connection)
    except DatabaseGone as gone:
        troubles += [] if first else [str(gone)]
    own = [head for head in heads[1:] if head.author == OWN]
    ways: list[Callable[[], Edition]] = [partial(_stored, engine, head) for head in heads if head not in own]
    ways += [] if first else [partial(read_copy, copy)]
    ways += [partial(_files, settings, now), *(partial(_stored, engine, head) for head in own)]
    refused: BadConfig | None = None
    for load in ways:
        try:
            edition = load()
            directory = read_edition(settings, edition, calendar)
            if edition.id == 0 and first and not heads:
                refuse_gaps(directory, now, source=str(settings.files.roster))
        except (BadConfig, DatabaseGone) as error:
            troubles.append(without_values(error))
            if isinstance(error, BadConfig) and (refused is None or error.source in _names(settings)):
                refused = error
            continue
        return InForce(
            edition=edition,
            directory=directory,
            calendar=calendar,
            newest=heads[0].key if heads else None,
            trouble="；".join(troubles),
        )
    assert refused is not None  # the files are always tried
    raise refused


def read_edition(settings: Settings, edition: Edition, calendar: Calendar | None = None) -> Directory:
    """What an edition says. Raises BadConfig for one that is damaged, or that this program cannot read; BadCalendar."""
    source = f"第 {edition.id} 版" if edition.id else ""
    if not edition.intact:
        mend = "和发布时的不一样，已经损坏，不采用。"
        raise BadConfig(source, [Fault(field="sha256", value=edition.digest, mend=mend)])
    return directory_of(settings, edition.texts, source=source, calendar=calendar)


def is_published(settings: Settings, edition: Edition) -> bool:
    """Whether the files are what is in force; False also when they cannot be read."""
    try:
        return draft_of(settings).digest == edition.digest
    except BadConfig:
        return False


def copy_path(settings: Settings) -> Path:
    """Where the edition in force lies for the time when the database is away: names and numbers of officials."""
    return settings.folders.data / "roster-edition.json"


def write_copy(path: Path, edition: Edition) -> None:
    """Put it in place of the one before, readable by the owner alone. Raises OSError."""
    told = asdict(edition) | {"at": edition.at.isoformat()}
    write_whole(path, json.dumps(told, ensure_ascii=False), mode=0o600)


def read_copy(path: Path) -> Edition:
    """The edition that was written there. Raises BadConfig when it is damaged."""
    try:
        told = json.loads(path.read_bytes())
        texts = Texts(**told.pop("texts"))
        return Edition(**told | {"at": datetime.fromisoformat(told["at"]), "texts": texts})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        mend = f"值班表的副本读不了（{type(error).__name__}），不采用。"
        raise BadConfig(str(path), [Fault(field="文件", value=str(path), mend=mend)]) from None


def without_values(error: Exception) -> str:
    """What is wrong, for a log: the values are names and numbers."""
    if not isinstance(error, BadConfig):
        return str(error)
    told = [f"{fault.field}：{fault.mend}" for fault in error.faults[:TOLD_FAULTS]]
    more = len(error.faults) - len(told)
    return f"{error.source} 读不了：{' '.join(told)}{f' 还有 {more} 处' if more else ''}"


def _stored(engine: Engine, head: Edition) -> Edition:
    with reading(engine) as connection:
        edition = edition_of(connection, head.id)
    assert edition is not None  # none is ever deleted
    return edition


def _files(settings: Settings, now: datetime) -> Edition:
    texts = draft_of(settings)
    return Edition(id=0, author=OWN, reason="", at=now, digest=texts.digest, texts=texts)


def _names(settings: Settings) -> tuple[str, str]:
    return (str(settings.files.roster), str(settings.files.escalation))

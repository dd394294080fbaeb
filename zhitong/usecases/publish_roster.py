"""版次: the roster's files count once they are published, with an author and a reason; nothing published is lost."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from routing.changes import Change, in_force, standing
from routing.differences import differences, in_a_line
from routing.directory import Directory
from routing.editions import OWN, Edition, Texts
from routing.roster_file import refuse_gaps
from routing.router import gaps
from zhitong.errors import ChangeRefused
from zhitong.store.editions import add_edition, edition_of, heads_of_editions, newest_edition, was_published
from zhitong.store.engine import reading, writing
from zhitong.store.roster import changes_of_roster
from zhitong.usecases.change_roster import LONGEST_NAME, named
from zhitong.usecases.roster_rights import acted

SOURCE = "要发布的值班表"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What is to be published, and the edition it was compared with. before: what that one says.

    on: the number of the newest edition when it was compared; 0: there was none.
    """

    texts: Texts
    directory: Directory
    before: Directory
    on: int


def publish_roster(engine: Engine, draft: Draft, *, by: Actor, reason: str, now: datetime) -> Edition:
    """The draft counts from now on. Raises ChangeRefused when another edition was published meanwhile, or nothing was
    changed; BadConfig for every minute that would have too few numbers, unless it has no more already; NotPermitted,
    DatabaseGone."""
    permit(by, Action.PUBLISH_ROSTER)
    author, reason = named(by.name, "谁发布的", most=LONGEST_NAME), named(reason, "为什么改")
    try:
        with writing(engine) as connection:
            newest = newest_edition(connection)
            if (newest[0] if newest else 0) != draft.on:
                raise _overtaken(connection, draft.on)
            if newest and newest[1] == draft.texts.digest:
                raise ChangeRefused(f"和在用的第 {draft.on} 版一个字也不差，没有要发布的；请先改好文件，保存")
            refuse_new_gaps(draft, changes_of_roster(connection), now)
            edition = Edition(
                id=draft.on + 1,
                author=author,
                reason=reason,
                at=now,
                digest=draft.texts.digest,
                texts=draft.texts,
                changed=in_a_line(differences(draft.before, draft.directory)) if draft.on else "第一版",
            )
            add_edition(connection, edition)
            acted(connection, by, f"发布值班表第 {edition.id} 版", now)
    except IntegrityError:  # both looked before either wrote
        with reading(engine) as connection:
            raise _overtaken(connection, draft.on) from None
    return edition


def publish_as_found(engine: Engine, found: Edition, *, now: datetime) -> Edition | None:
    """What is in force, as the first edition of a database that has none; None when it has one by now.

    At the very first start those are the files, and nobody has published them. Raises DatabaseGone.
    """
    reason = f"首次启用：沿用第 {found.id} 版，数据库是新的" if found.id else "首次启用：按文件原样"
    edition = replace(found, id=1, author=OWN, reason=reason, at=now, changed="第一版")
    try:
        with writing(engine) as connection:
            if newest_edition(connection) is not None:
                return None
            add_edition(connection, edition)
    except IntegrityError:
        return None
    return edition


def refuse_new_gaps(draft: Draft, changes: Iterable[Change], now: datetime) -> None:
    """Raises BadConfig with every minute of the next 72 h that would have too few numbers and has not already: by the
    files alone, which count when the database is away, and with the changes made by command."""
    then = standing(changes)
    refuse_gaps(draft.directory, now, source=SOURCE, known=gaps(draft.before, now))
    refuse_gaps(in_force(draft.directory, then), now, source=SOURCE, known=gaps(in_force(draft.before, then), now))


def list_editions(engine: Engine, *, by: Actor, now: datetime) -> list[Edition]:
    """All editions, newest first, without their texts; that he looked is kept. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE_ROSTER)
    with writing(engine) as connection:
        acted(connection, by, "看值班表版次", now)
        return heads_of_editions(connection)


def edition_numbered(engine: Engine, number: int) -> Edition:
    """The edition of this number. Raises ChangeRefused when there is none, DatabaseGone."""
    with reading(engine) as connection:
        edition = edition_of(connection, number)
    if edition is None:
        raise ChangeRefused(f"没有第 {number} 版；有哪些看 zhitong roster editions")
    return edition


def is_kept(engine: Engine, texts: Texts) -> bool:
    """Whether some edition has just these texts. Raises DatabaseGone."""
    with reading(engine) as connection:
        return was_published(connection, texts.digest)


def _overtaken(connection: Connection, on: int) -> ChangeRefused:
    newest = newest_edition(connection)
    edition = edition_of(connection, newest[0]) if newest else None
    if edition is None:
        return ChangeRefused(f"比较时在用的第 {on} 版已经不在数据库里；请再看一遍 --preview")
    return ChangeRefused(
        f"比较时在用的是第 {on} 版，现在是第 {edition.id} 版：{edition.at.astimezone(LOCAL):%m-%d %H:%M} "
        f"{edition.author}发布（{edition.reason}），改了 {edition.changed}。"
        "没有发布；请再看一遍 zhitong roster publish --preview"
    )

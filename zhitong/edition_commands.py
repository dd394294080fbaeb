"""zhitong roster publish, editions, restore: the files of the roster count once they are published."""

import argparse
import hashlib
import re
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, permit
from routing.calendar import LOCAL
from routing.changes import Change, in_force, standing
from routing.differences import differences
from routing.directory import Directory
from routing.editions import Texts
from routing.faults import BadConfig
from routing.phone import mask
from zhitong.clock import SystemClock
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import InForce, edition_in_force, is_published, read_edition
from zhitong.errors import ChangeRefused, DatabaseGone
from zhitong.roster_commands import Add
from zhitong.roster_now import edition_now, store, tell_new_findings
from zhitong.settings import Settings, load_settings
from zhitong.store.engine import open_engine, reading
from zhitong.store.proofs import proven_numbers
from zhitong.usecases.change_roster import list_changes, named
from zhitong.usecases.publish_roster import (
    Draft,
    edition_numbered,
    is_kept,
    list_editions,
    publish_roster,
    refuse_new_gaps,
)
from zhitong.who_acts import acting_on_roster, add_by
from zhitong.whole_files import write_whole

LISTED = 20


def add_edition_commands(add: Add) -> None:
    """The commands of `zhitong roster` for editions."""
    publish = add("publish", "发布：改好的 roster.toml 和 escalation.toml 从此生效", _publish)
    publish.add_argument("--on", type=_number, metavar="版次", help="预览时在用的版次：别人先发布了就不发布")
    restore = add("restore", "恢复：把以前的一版再发布一次，并写回文件", _restore)
    restore.add_argument("edition", type=_number, metavar="版次", help="恢复第几版（editions 列出）")
    for parser in (publish, restore):
        parser.add_argument("--preview", action="store_true", help="只看改了什么、有没有问题，什么都不写")
        parser.add_argument("--reason", default="", metavar="原因", help="为什么改；不预览时要写")
        add_by(parser)
    editions = add("editions", "看发布过的版次：谁、什么时候、为什么、改了什么", _editions)
    editions.add_argument("--all", action="store_true", help=f"全部；不写就是最近 {LISTED} 版")
    add_by(editions)


def keep_draft(settings: Settings, now: datetime) -> list[Path]:
    """Copies of the two files beside them, named by the day and what is in them; where they are. Raises OSError."""
    kept = []
    for path in filter(Path.exists, (settings.files.roster, settings.files.escalation)):
        what = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        kept.append(path.with_name(f"{path.name}.draft-{now.astimezone(LOCAL):%Y%m%d}-{what}"))
        shutil.copy2(path, kept[-1])
    return kept


def _publish(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = _engine(settings, arguments)
    found, texts = edition_in_force(settings, engine, now), draft_of(settings)
    if found.newest and found.newest[1] == texts.digest:
        raise ChangeRefused(f"文件和第 {found.newest[0]} 版一个字也不差，没有要发布的；请先改好文件，保存")
    draft = _compared(found, texts, directory_of(settings, texts, calendar=found.calendar))
    _tell(draft, found, _changes(engine, arguments), now)
    if arguments.preview:
        print(f"只是预览，没有发布。发布：zhitong roster publish --on {draft.on} --reason 原因")
        return 0
    if arguments.on is not None:
        draft = replace(draft, on=arguments.on)
    by = acting_on_roster(engine, arguments)
    edition = publish_roster(engine, draft, by=by, reason=arguments.reason, now=now)
    back = f"改回去：zhitong roster restore {draft.on} --reason 原因" if draft.on else "以后改了文件，都要再发布"
    print(f"第 {edition.id} 版发布了，一秒内生效。{back}")
    with reading(engine) as connection:
        new = draft.directory.numbers() - draft.before.numbers() - proven_numbers(connection)
    if new:
        print(f"有 {len(new)} 个新号码没有试通：{'、'.join(sorted(map(mask, new)))}；试拨：zhitong roster ring")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = _engine(settings, arguments)
    found, wanted = edition_in_force(settings, engine, now), edition_numbered(engine, arguments.edition)
    draft = _compared(found, wanted.texts, read_edition(settings, wanted, found.calendar))
    in_use = found.newest is not None and found.newest[1] == wanted.digest
    if in_use and is_published(settings, wanted):
        raise ChangeRefused(f"第 {wanted.id} 版就是在用的，文件也一样，没有要恢复的")
    _tell(draft, found, _changes(engine, arguments), now)
    if arguments.preview:
        print(f"只是预览，没有恢复。恢复：zhitong roster restore {wanted.id} --reason 原因")
        return 0
    by = acting_on_roster(engine, arguments)
    permit(by, Action.PUBLISH_ROSTER)  # before the files are written, also when nothing is to be published
    kept = [] if _is_stored(settings, engine) else keep_draft(settings, now)
    if not in_use:
        edition = publish_roster(engine, draft, by=by, reason=arguments.reason, now=now)
        print(f"第 {wanted.id} 版作为第 {edition.id} 版发布了，一秒内生效。")
    # After it is in force: a file that cannot be written is a draft that differs, and is told.
    write_whole(settings.files.roster, wanted.texts.roster)
    write_whole(settings.files.escalation, wanted.texts.escalation)
    print(f"{settings.files.roster} 和 {settings.files.escalation} 写成了第 {wanted.id} 版的样子。")
    for path in kept:
        print(f"原来没有发布的改动留在 {path}")
    return 0


def _editions(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    editions = list_editions(engine, by=acting_on_roster(engine, arguments), now=now)
    found = edition_now(settings, engine, now)
    if not editions:
        print("还没有发布过。热线第一次启动时，把文件作为第 1 版。")
    for edition in editions if arguments.all else editions[:LISTED]:
        when = f"{edition.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        used = "（在用）" if edition.key == found.edition.key else ""
        print(f"{edition.id:>4} {when} {edition.author}：{edition.reason}；{edition.changed}{used}")
    return 0


def _compared(found: InForce, texts: Texts, directory: Directory) -> Draft:
    on = found.newest[0] if found.newest else 0
    return Draft(texts=texts, directory=directory, before=found.directory, on=on)


def _tell(draft: Draft, found: InForce, changes: list[Change], now: datetime) -> None:
    """What would change, and what it would make wrong. Raises BadConfig for a minute with too few numbers."""
    refuse_new_gaps(draft, changes, now)
    told = differences(draft.before, draft.directory)
    print(f"和{f'在用的第 {found.edition.id} 版' if found.edition.id else '文件'}比，{len(told)} 处不同。")
    print("\n".join(map(str, told)) or "打给谁都没有变。")
    before, after = (in_force(one, standing(changes)) for one in (draft.before, draft.directory))
    tell_new_findings(before, after, now)


def _engine(settings: Settings, arguments: argparse.Namespace) -> Engine:
    """A preview writes nothing, not even a database that is not there yet."""
    if arguments.preview:
        return open_engine(settings.store.database_url)
    named(arguments.reason, "为什么改（--reason）")
    return store(settings)


def _changes(engine: Engine, arguments: argparse.Namespace) -> list[Change]:
    try:
        return list_changes(engine)
    except DatabaseGone:
        if arguments.preview:
            return []
        raise


def _is_stored(settings: Settings, engine: Engine) -> bool:
    """Whether the files are those of some edition."""
    try:
        return is_kept(engine, draft_of(settings))
    except BadConfig:
        return False


def _number(told: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", told):
        raise argparse.ArgumentTypeError(f"{told} 不是版次，请写 zhitong roster editions 列出的数字")
    return int(told)

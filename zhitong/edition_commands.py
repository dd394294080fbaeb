"""zhitong roster publish, editions, restore: the files of the roster count once they are published."""

import argparse
import re
from dataclasses import replace

from sqlalchemy import Engine

from routing.calendar import LOCAL
from routing.changes import Change
from routing.phone import mask
from zhitong.clock import SystemClock
from zhitong.errors import DatabaseGone
from zhitong.roster_commands import Add
from zhitong.roster_editions import Comparison, compare_draft, compare_edition, restore
from zhitong.roster_now import edition_now, store, tell_new_findings
from zhitong.settings import Settings, load_settings
from zhitong.store.engine import open_engine, reading
from zhitong.store.proofs import proven_numbers
from zhitong.usecases.change_roster import list_changes, named
from zhitong.usecases.publish_roster import (
    list_editions,
    publish_roster,
)
from zhitong.who_acts import acting_on_roster, add_by

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


def _publish(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = _engine(settings, arguments)
    compared = compare_draft(settings, engine, _changes(engine, arguments), now=now)
    draft = compared.draft
    _tell(compared)
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
    number = arguments.edition
    compared = compare_edition(settings, engine, number, _changes(engine, arguments), now=now)
    _tell(compared)
    if arguments.preview:
        print(f"只是预览，没有恢复。恢复：zhitong roster restore {number} --reason 原因")
        return 0
    by = acting_on_roster(engine, arguments)
    done = restore(settings, engine, compared, by=by, reason=arguments.reason, now=now)
    if done.edition:
        print(f"第 {number} 版作为第 {done.edition.id} 版发布了，一秒内生效。")
    print(f"{settings.files.roster} 和 {settings.files.escalation} 写成了第 {number} 版的样子。")
    for path in done.kept:
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


def _tell(compared: Comparison) -> None:
    """What would change, and what it would make wrong."""
    print(f"和{compared.with_what}比，{len(compared.differences)} 处不同。")
    print("\n".join(map(str, compared.differences)) or "打给谁都没有变。")
    tell_new_findings(compared.findings)


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


def _number(told: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", told):
        raise argparse.ArgumentTypeError(f"{told} 不是版次，请写 zhitong roster editions 列出的数字")
    return int(told)

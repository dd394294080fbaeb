"""zhitong teach: changed words and examples are tried on the regression set, published, and taken back."""

import argparse
from dataclasses import replace

from recognizer.examples import load_examples
from recognizer.learned import kept_path
from recognizer.taxonomy import load_taxonomy
from routing.calendar import LOCAL
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.teach_trial import in_a_line, told, try_edition
from zhitong.understanding import UnderstandingInForce, learned_folder, learned_now
from zhitong.understanding_editions import draft, edition_numbered, editions, newest_id
from zhitong.usecases.publish_understanding import publish_understanding
from zhitong.who_acts import acting_on_roster, add_by

LISTED = 20


def add_teach_commands(add: Add) -> None:
    """The commands of `zhitong teach`."""
    add("try", "试：改好的词表和例句，回归集上哪些变好、哪些变差；来电还按在用的", _try)
    publish = add("publish", "发布：改好的词表和例句，下一个电话就按它理解", _publish)
    publish.add_argument("--anyway", action="store_true", help="回归集变差也发布；原因里写清楚为什么")
    restore = add("restore", "恢复：把以前的一版再发布一次；文件不动", _restore)
    restore.add_argument("edition", type=int, metavar="版次", help="恢复第几版（editions 列出）")
    for parser in (publish, restore):
        parser.add_argument("--reason", default="", metavar="原因", help="为什么改")
        add_by(parser)
    add("editions", "看发布过的版次：谁、什么时候、为什么、回归集上怎样", _editions)


def _try(arguments: argparse.Namespace) -> int:
    found = try_edition(load_settings())
    print(told(found))
    print("只是试，来电还按在用的。发布：zhitong teach publish --reason 原因")
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by, on = acting_on_roster(engine, arguments), newest_id(settings)
    found = try_edition(settings)
    print(told(found))
    edition = publish_understanding(
        engine,
        settings,
        replace(found.edition, told=in_a_line(found.compared)),
        on=on,
        learned=found.learned,
        falls=found.compared.falls,
        anyway=arguments.anyway,
        by=by,
        reason=arguments.reason,
        now=now,
    )
    back = f"退回去：zhitong teach restore {on} --reason 原因" if on else "以后改了文件，都要再发布"
    print(f"{edition.name}发布了，下一个电话就按它理解。{back}")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by, on = acting_on_roster(engine, arguments), newest_id(settings)
    wanted = edition_numbered(settings, arguments.edition)
    if wanted is None:
        raise ChangeRefused(f"没有第 {arguments.edition} 版，或者它已经损坏；有哪些：zhitong teach editions")
    taxonomy = load_taxonomy(wanted.taxonomy)
    classifier = learned_now(taxonomy, load_examples(wanted.examples, taxonomy.names))
    learned = kept_path(classifier.version, learned_folder())
    edition = publish_understanding(
        engine, settings, wanted, on=on, learned=learned, by=by, reason=arguments.reason, now=now
    )
    print(f"第 {wanted.id} 版作为{edition.name}发布了，下一个电话就按它理解。config 里的文件没有动，还是改过的样子。")
    return 0


def _editions(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    in_force = UnderstandingInForce(settings)
    for number, one in enumerate(editions(settings)):
        if number == LISTED:
            break
        when = f"{one.at.astimezone(LOCAL):%Y-%m-%d %H:%M}" if one.at else ""
        used = "（在用）" if one.id == in_force.edition.id else ""
        print(f"{one.id:>4} {when} {one.author}：{one.reason}{f'；{one.told}' if one.told else ''}{used}")
    if not in_force.edition.id:
        print("还没有发布过。热线第一次启动时，把文件作为第 1 版。")
    elif draft(settings).digest != in_force.edition.digest:
        print("文件有改动没有发布；看哪些变好、变差：zhitong teach try")
    if in_force.now.why:
        print(f"现在只按词理解：{in_force.now.why}")
    return 0

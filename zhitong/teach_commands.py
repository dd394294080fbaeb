"""zhitong teach: changed words and examples are tried on the regression set, published, and taken back."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from recognizer.comparing import Compared, compare
from recognizer.examples import Example, load_examples
from recognizer.learned import kept_path
from recognizer.taxonomy import Taxonomy, load_taxonomy
from routing.calendar import LOCAL
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import Settings, load_settings
from zhitong.understanding import Understanding, UnderstandingInForce, learned_folder, learned_now
from zhitong.understanding_editions import Edition, draft, edition_numbered, editions, newest_id
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trial:
    """A draft beside what counts. aside: sentences of the regression set that are examples, too, and prove nothing."""

    edition: Edition
    understanding: Understanding
    in_force: UnderstandingInForce
    sentences: int
    aside: int
    compared: Compared


def _tried(settings: Settings) -> _Trial:
    """Raises TaxonomyError, ExamplesError naming file, row, value and mend; ChangeRefused; OSError."""
    edition, in_force = draft(settings), UnderstandingInForce(settings)
    if edition.digest == in_force.edition.digest:
        raise ChangeRefused(f"文件和{in_force.edition.name}一个字也不差，没有要试的；请先改好文件，保存")
    taxonomy = load_taxonomy(edition.taxonomy)
    examples = load_examples(edition.examples, taxonomy.names)
    known = {example.text for example in examples}
    regression = load_examples(settings.files.regression, taxonomy.names)
    sentences = [one for one in regression if one.text not in known]
    after = _learned(taxonomy, examples)
    before = in_force.now if in_force.edition.id else after  # nothing was published: nothing to compare with
    made = [{one: by.of(one.text) for one in sentences} for by in (before, after)]
    return _Trial(
        edition=edition,
        understanding=after,
        in_force=in_force,
        sentences=len(sentences),
        aside=len(regression) - len(sentences),
        compared=compare(sentences, *made),
    )


def _learned(taxonomy: Taxonomy, examples: tuple[Example, ...]) -> Understanding:
    return Understanding(taxonomy=taxonomy, classifier=learned_now(taxonomy, examples))


def _try(arguments: argparse.Namespace) -> int:
    found = _tried(load_settings())
    print(told(found))
    print("只是试，来电还按在用的。发布：zhitong teach publish --reason 原因")
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by, on = acting_on_roster(engine, arguments), newest_id(settings)
    found = _tried(settings)
    print(told(found))
    edition = publish_understanding(
        engine,
        settings,
        replace(found.edition, told=in_a_line(found.compared)),
        on=on,
        learned=_path(found.understanding),
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
    learned = _learned(taxonomy, load_examples(wanted.examples, taxonomy.names))
    edition = publish_understanding(
        engine, settings, wanted, on=on, learned=_path(learned), by=by, reason=arguments.reason, now=now
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


def told(found: _Trial) -> str:
    """What the draft does, for people."""
    compared = found.compared
    aside = f"（另有 {found.aside} 句也在例句里，不算）" if found.aside else ""
    lines = [f"回归集 {found.sentences} 句{aside}，在用的{found.in_force.edition.name} → 改好的文件："]
    if not found.in_force.edition.id:
        lines.append("还没有发布过，没有可比的：下面是这些文件自己对多少；先原样发布一次再改，就看得出变化")
    for was, now in compared.shares:
        change = f"{now.right - was.right:+d}" if now.right != was.right else "不变"
        lines.append(f"  {was.name}：{was.right}/{was.of} → {now.right}/{now.of}（{change}）")
    better = [one for one in compared.changed if one.better > 0]
    worse = [one for one in compared.changed if one.better < 0]
    same = [one for one in compared.changed if one.better == 0]
    for name, group in (("变好", better), ("变差", worse), ("变了，对错一样", same)):
        lines.append(f"{name} {len(group)} 句{'：' if group else ''}")
        lines += [f"  {one.text}  {one.what}" for one in group]
    if found.in_force.edition.id and found.in_force.now.why:
        lines.append(f"请注意：在用的现在只按词理解（{found.in_force.now.why}），两边因此差得多")
    return "\n".join(lines)


def in_a_line(compared: Compared) -> str:
    """What is kept with the edition."""
    return "，".join(f"{now.name} {was.right}→{now.right}/{now.of}" for was, now in compared.shares)


def _path(learned: Understanding) -> Path:
    assert learned.classifier is not None
    return kept_path(learned.classifier.version, learned_folder())

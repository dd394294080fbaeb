"""What changed words and examples, or an edition of before, do to the regression set, beside what is in force."""

from dataclasses import dataclass
from pathlib import Path

from recognizer.comparing import Compared, compare
from recognizer.examples import load_examples
from recognizer.learned import kept_path
from recognizer.taxonomy import load_taxonomy
from zhitong.errors import ChangeRefused
from zhitong.settings import Settings
from zhitong.understanding import Understanding, UnderstandingInForce, learned_folder, learned_now
from zhitong.understanding_editions import Edition, draft, edition_numbered


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """An edition, or the draft, beside what counts. aside: sentences of the regression set that are examples, too, and
    prove nothing. learned: where it lies what was learned."""

    edition: Edition
    learned: Path
    in_force: UnderstandingInForce
    sentences: int
    aside: int
    compared: Compared


def try_edition(settings: Settings, number: int = 0) -> Trial:
    """Half a minute where it was not learned yet. number: of the edition; 0: the files.

    Raises TaxonomyError, ExamplesError naming file, row, value and mend; ChangeRefused; OSError.
    """
    found, in_force = _wanted(settings, number), UnderstandingInForce(settings)
    if found.digest == in_force.edition.digest:
        raise ChangeRefused(f"{found.name}和在用的{in_force.edition.name}一个字也不差，没有要试的；请先改好，保存")
    taxonomy = load_taxonomy(found.taxonomy)
    examples = load_examples(found.examples, taxonomy.names)
    known = {example.text for example in examples}
    regression = load_examples(settings.files.regression, taxonomy.names)
    sentences = [one for one in regression if one.text not in known]
    classifier = learned_now(taxonomy, examples)
    after = Understanding(taxonomy=taxonomy, classifier=classifier)
    before = in_force.now if in_force.edition.id else after  # nothing was published: nothing to compare with
    made = [{one: by.of(one.text) for one in sentences} for by in (before, after)]
    return Trial(
        edition=found,
        learned=kept_path(classifier.version, learned_folder()),
        in_force=in_force,
        sentences=len(sentences),
        aside=len(regression) - len(sentences),
        compared=compare(sentences, *made),
    )


def _wanted(settings: Settings, number: int) -> Edition:
    if not number:
        return draft(settings)
    found = edition_numbered(settings, number)
    if found is None:
        raise ChangeRefused(f"没有第 {number} 版，或者它已经损坏；有哪些：zhitong teach editions")
    return found


def told(found: Trial) -> str:
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

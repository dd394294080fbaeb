"""zhitong understand: what a text asks for as the classifier has it, and why; or a whole file of texts."""

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from recognizer.classifier import Classifier
from recognizer.examples import Example, load_examples, load_labelled
from recognizer.features import pieces
from recognizer.judging import intent_of, judge
from recognizer.learned import classifier_of
from recognizer.noise import Mishearing
from recognizer.request import Request
from recognizer.taxonomy import Taxonomy, load_taxonomy
from recognizer.understanding import town_of, understand
from zhitong.errors import ImportRefused
from zhitong.roster_commands import Add
from zhitong.settings import Settings, load_settings
from zhitong.understanding import UnderstandingInForce, learned_folder
from zhitong.understanding_editions import draft, editions
from zhitong.whole_files import write_whole

COLUMNS = ("id", "intent", "code", "second_code", "type", "urgency", "place", "confidence")
_MISHEARD, _SHOWN = (0.0, 0.15, 0.3), 12
_INTENTS = {
    "request": "诉求",
    "director": "要找人",
    "emergency": "紧急求救",
    "unclear": "没说事项",
    "greeting": "打招呼",
}
_URGENCIES = {"red": "红", "orange": "橙", "yellow": "黄", "normal": "一般"}


def add_understand_command(add: Add) -> None:
    """`zhitong understand`."""
    told = add("understand", "这句话会怎样理解、凭哪些字、像哪些例句；或者整个文件", _understand)
    told.add_argument("text", metavar="话", nargs="*", help="群众说的话，写在引号里")
    told.add_argument(
        "--tsv",
        nargs=2,
        type=Path,
        metavar=("输入", "输出"),
        help="输入：制表符分开，第一行 id text；输出：每行一句的理解，没有说事项的 code 空着",
    )
    told.add_argument(
        "--judge",
        type=Path,
        metavar="文件",
        help="用标好的句子检验：对多少、混淆哪些；列同 config/examples（改了词或例句，先看这个再用）",
    )
    told.add_argument("--in-force", action="store_true", help="照来电在用的那一版；不写就是照文件，改了没发布的也算")


def _means(settings: Settings, *, in_force: bool) -> tuple[Taxonomy, Classifier]:
    """The words and the classifier of the files as they stand, or of what calls go by."""
    if in_force:
        now = UnderstandingInForce(settings).now
        if now.classifier is None:
            raise ImportRefused(f"来电现在只按词理解：{now.why}")
        return now.taxonomy, now.classifier
    edition = next(editions(settings), None)
    if edition is not None and edition.digest != draft(settings).digest:
        print(f"请注意：照改过的文件理解，还没有发布；来电按{edition.name}（--in-force）", file=sys.stderr)
    taxonomy = load_taxonomy(settings.files.taxonomy)
    return taxonomy, learned(settings, taxonomy)


def verdict(examples: Sequence[Example], *, taxonomy: Taxonomy, classifier: Classifier) -> str:
    """How often the examples are understood right, as written and misheard."""
    mishearing = Mishearing(e.text for e in examples)
    lines: list[str] = []
    for share in _MISHEARD:
        found = judge(
            examples,
            lambda e, share=share: understand(  # type: ignore[misc]
                mishearing.of(e.text, share, 0), taxonomy=taxonomy, classifier=classifier
            ),
        )
        lines += ["", f"听错 {share:.0%} 的字" if share else "原文"]
        lines += [str(one) for one in found.shares]
        lines += ["混淆：" + "，".join(f"{a}→{b or '没听出'} {n}" for a, b, n in found.confusions[:_SHOWN])]
    return "\n".join(lines).strip()


def learned(settings: Settings, taxonomy: Taxonomy) -> Classifier:
    """The classifier of these settings, from the cache or learned now (half a minute).

    Raises ExamplesError, and OSError if the cache cannot be written.
    """
    examples = load_examples(settings.files.examples, taxonomy.names)
    return classifier_of(examples, taxonomy.terms, folder=learned_folder())


def _understand(arguments: argparse.Namespace) -> int:
    if sum(map(bool, (arguments.text, arguments.tsv, arguments.judge))) != 1:
        raise ImportRefused("understand：写一句话，或者 --tsv 输入 输出，或者 --judge 文件，只选一样")
    settings = load_settings()
    if arguments.tsv:
        source, target = arguments.tsv
        texts = read_texts(source)
        taxonomy, classifier = _means(settings, in_force=arguments.in_force)
        write_whole(target, as_table(texts, taxonomy=taxonomy, classifier=classifier))
        print(f"{len(texts)} 句，写在 {target}。")
        return 0
    if arguments.judge:
        taxonomy, classifier = _means(settings, in_force=arguments.in_force)
        judged = load_labelled(arguments.judge, taxonomy.names)
        print(verdict(judged, taxonomy=taxonomy, classifier=classifier))
        return 0
    taxonomy, classifier = _means(settings, in_force=arguments.in_force)
    print("\n\n".join(explained(text, taxonomy=taxonomy, classifier=classifier) for text in arguments.text))
    return 0


def read_texts(path: Path) -> list[tuple[str, str]]:
    """(id, text) of each row. Raises ImportRefused naming the row, and OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path}：读不了（{error}）。请用 UTF-8 编码、制表符分开") from error
    for number, row in enumerate(rows, 2):
        if row.get("id") is None or row.get("text") is None:
            raise ImportRefused(f"{path} 第 {number} 行：要有 id 和 text 两列，用制表符分开（第一行写 id text）")
    return [(row["id"], row["text"]) for row in rows]


def as_table(texts: Iterable[tuple[str, str]], *, taxonomy: Taxonomy, classifier: Classifier) -> str:
    """A row for each text under COLUMNS, parted by tabs."""
    lines = ["\t".join(COLUMNS)]
    for number, text in texts:
        row = as_row(understand(text, taxonomy=taxonomy, classifier=classifier))
        lines.append("\t".join([number, *(row[column] for column in COLUMNS[1:])]))
    return "\n".join(lines) + "\n"


def as_row(request: Request) -> Mapping[str, str]:
    """The request by COLUMNS. What names a matter is a request here, in danger or asking for the director too."""
    return {
        "intent": intent_of(request),
        "code": request.matter or "",
        "second_code": request.second or "",
        "type": request.type,
        "urgency": request.urgency,
        "place": town_of(request.place),
        "confidence": f"{request.confidence:.3f}",
    }


def explained(text: str, *, taxonomy: Taxonomy, classifier: Classifier) -> str:
    """What the text asks for in words, and why."""
    request = understand(text, taxonomy=taxonomy, classifier=classifier)
    lines = [f"话：{text}", f"是什么：{_INTENTS[request.intent]}{'（有危险）' if request.danger else ''}"]
    if request.matter:
        second = f"；其次 {request.second} {taxonomy.names[request.second]}" if request.second else ""
        lines += [
            f"事项：{request.matter} {request.matter_name}，把握 {request.confidence:.0%}{second}",
            f"类型：{request.type}；紧急：{_URGENCIES[request.urgency]}",
            f"凭这些字：{'、'.join(request.evidence) or '没有哪几个字特别说明'}",
        ]
    if request.place:
        lines.append(f"地点：{request.place}")
    if request.complained_of:
        lines.append(f"被反映的：{request.complained_of}")
    near = classifier.nearest(pieces(request.text.replace("，", "")))
    lines += [f"像例句：{one.text}（{one.code}，{one.share:.0%}）" for one in near]
    return "\n".join(lines)

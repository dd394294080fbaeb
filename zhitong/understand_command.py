"""zhitong understand: what a text asks for as the classifier has it, and why; or a whole file of texts."""

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from recognizer.examples import Example, load_examples, load_labelled
from recognizer.features import pieces
from recognizer.judging import intent_of, judge
from recognizer.noise import Mishearing
from recognizer.request import Danger, Request
from recognizer.taxonomy import load_taxonomy
from recognizer.understanding import town_of
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.clock import SystemClock
from zhitong.desk import understood_by
from zhitong.edition_in_force import edition_in_force
from zhitong.errors import ImportRefused
from zhitong.roster_commands import Add
from zhitong.settings import Settings, load_settings
from zhitong.store.engine import open_engine
from zhitong.understanding import Understanding, UnderstandingInForce, learned_now
from zhitong.understanding_editions import draft, editions
from zhitong.usecases.tell import tell_mentions
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
_DANGERS: Mapping[Danger, str] = {
    "fire": "该打 119",
    "medical": "该打 120",
    "crime": "该打 110",
    "traffic": "该打 122",
    "self_harm": "想不开，先留住他",
}


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


def _means(settings: Settings, *, in_force: bool) -> Understanding:
    """The words and the classifier of the files as they stand, or of what calls go by."""
    if in_force:
        now = UnderstandingInForce(settings).now
        if now.why:
            print(f"请注意：来电现在只按词理解，{now.why}", file=sys.stderr)
        return now
    edition = next(editions(settings), None)
    if edition is not None and edition.digest != draft(settings).digest:
        print(f"请注意：照改过的文件理解，还没有发布；来电按{edition.name}（--in-force）", file=sys.stderr)
    taxonomy = load_taxonomy(settings.files.taxonomy)
    examples = load_examples(settings.files.examples, taxonomy.names)
    return Understanding(taxonomy=taxonomy, classifier=learned_now(taxonomy, examples))


def verdict(examples: Sequence[Example], by: Understanding) -> str:
    """How often the examples are understood right, as written and misheard."""
    mishearing = Mishearing(e.text for e in examples)
    lines: list[str] = []
    for share in _MISHEARD:
        found = judge(examples, lambda e, share=share: by.of(mishearing.of(e.text, share, 0)))  # type: ignore[misc]
        lines += ["", f"听错 {share:.0%} 的字" if share else "原文"]
        lines += [str(one) for one in found.shares]
        lines += ["混淆：" + "，".join(f"{a}→{b or '没听出'} {n}" for a, b, n in found.confusions[:_SHOWN])]
    return "\n".join(lines).strip()


def _understand(arguments: argparse.Namespace) -> int:
    if sum(map(bool, (arguments.text, arguments.tsv, arguments.judge))) != 1:
        raise ImportRefused("understand：写一句话，或者 --tsv 输入 输出，或者 --judge 文件，只选一样")
    settings = load_settings()
    if arguments.tsv:
        source, target = arguments.tsv
        texts = read_texts(source)
        table = as_table(texts, _means(settings, in_force=arguments.in_force))
        try:
            write_whole(target, table)
        except OSError as error:
            raise ImportRefused(f"{target}：写不进去（{error.strerror}），请换一个能写的文件") from error
        print(f"{len(texts)} 句，写在 {target}。")
        return 0
    by = _means(settings, in_force=arguments.in_force)
    if arguments.judge:
        print(verdict(load_labelled(arguments.judge, by.taxonomy.names), by))
        return 0
    now = SystemClock().now()
    directory = _directory(settings, now)
    print("\n\n".join(explained(text, by=by, directory=directory, now=now) for text in arguments.text))
    return 0


def _directory(settings: Settings, now: datetime) -> Directory | None:
    """Whose names are known; None when no roster can be read: words are understood without it."""
    try:
        return edition_in_force(settings, open_engine(settings.store.database_url), now).directory
    except BadConfig as error:
        print(f"请注意：值班表读不了，不认人名。{error}", file=sys.stderr)
        return None


def read_texts(path: Path) -> list[tuple[str, str]]:
    """(id, text) of each row. Raises ImportRefused naming the row."""
    texts = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if missing := [name for name in ("id", "text") if name not in (reader.fieldnames or ())]:
                told = f"缺列 {' '.join(missing)}，第一行写 id text，用制表符分开"
                raise ImportRefused(f"{path} 第 1 行：{told}")
            for row in reader:
                if row["id"] is None or row["text"] is None:
                    raise ImportRefused(f"{path} 第 {reader.line_num} 行：要有 id 和 text 两列，用制表符分开")
                texts.append((row["id"], row["text"]))
    except OSError as error:
        raise ImportRefused(f"{path}：读不了（{error.strerror}），请看看文件名对不对") from error
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path}：读不了（{error}）。请另存为 UTF-8 编码") from error
    except csv.Error as error:
        told = f"第 {reader.line_num + 1} 行：读不了（{error}）。一格最多 {csv.field_size_limit()} 字"
        raise ImportRefused(f"{path} {told}") from error
    return texts


def as_table(texts: Iterable[tuple[str, str]], by: Understanding) -> str:
    """A row for each text under COLUMNS, parted by tabs."""
    lines = ["\t".join(COLUMNS)]
    for number, text in texts:
        row = as_row(by.of(text))
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


def explained(text: str, *, by: Understanding, directory: Directory | None, now: datetime) -> str:
    """What the text asks for in words, and why. directory: whose names are known. now: when it is said."""
    request = by.of(text) if directory is None else understood_by(text, by=by, directory=directory)
    danger = f"（有危险，{_DANGERS[request.danger]}）" if request.danger else ""
    lines = [f"话：{text}", f"是什么：{_INTENTS[request.intent]}{danger}"]
    if request.matter:
        names, share = by.taxonomy.names, f" {request.second_confidence:.0%}" if by.classifier else ""
        second = f"；其次 {request.second} {names[request.second]}{share}" if request.second else ""
        lines.append(f"事项：{request.matter} {request.matter_name}，把握 {request.confidence:.0%}{second}")
    if request.matter or request.intent == "emergency":
        lines.append(f"类型：{request.type}；紧急：{_URGENCIES[request.urgency]}")
    if request.matter:
        lines.append(f"凭这些字：{'、'.join(request.evidence) or '没有哪几个字特别说明'}")
    # Whoever types a number here sees it anyway: it is told as it would be dialled.
    mentioned = tell_mentions(request.text, now.astimezone(LOCAL).date(), number=str)
    found = {
        "地点": request.place,
        "被反映的": request.complained_of,
        "说到的人": request.named,
        "说到的号码、日子、数目": mentioned,
    }
    lines += [f"{what}：{told}" for what, told in found.items() if told]
    if by.classifier is not None:
        near = by.classifier.nearest(pieces(request.text.replace("，", "")))
        lines += [f"像例句：{one.text}（{one.code}，{one.share:.0%}）" for one in near]
    return "\n".join(lines)

"""Labelled requests, read and checked: what the classifier learns from (config/examples/*.tsv) and is judged on."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from recognizer.errors import ExamplesError
from recognizer.request import RequestType, Urgency
from recognizer.taxonomy import MATTER_CODES, TYPES

COLUMNS = ("text", "intent", "code", "alt_code", "type", "urgency", "place")
INTENTS = ("request", "director", "emergency", "unclear")
"""What a text can be: of these only a request has a matter."""
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One text with what a careful clerk would say of it."""

    text: str
    """Chinese as a recognizer gives it: no punctuation."""
    intent: str
    code: str
    """Code of the sub-item, empty for what is no request."""
    alt_code: str
    """Another sub-item that would be just as right, or empty."""
    type: RequestType
    urgency: Urgency
    place: str
    """The town (X镇 or X乡), or empty."""


def load_examples(folder: Path, codes: Collection[str] = MATTER_CODES) -> tuple[Example, ...]:
    """All examples of the *.tsv files in this folder, file by file. codes: of the matters that there are.

    Raises ExamplesError naming every fault.
    """
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise ExamplesError(f"{folder}：没有 *.tsv 例句文件。请从安装包恢复，或在设置的 [files] 里写对文件夹。")
    faults: list[str] = []
    found: dict[str, tuple[Example, str]] = {}
    for path in files:
        for where, example in _rows(path, faults, codes):
            known = found.setdefault(example.text, (example, where))
            if (known[0].intent, known[0].code) != (example.intent, example.code):
                faults.append(f"{where}：这句在 {known[1]} 标成了别的事项，请只留一处")
    if faults:
        raise ExamplesError(f"例句有 {len(faults)} 处要改：\n" + "\n".join(faults))
    return tuple(example for example, _ in found.values())


def load_labelled(path: Path, codes: Collection[str] = MATTER_CODES) -> tuple[Example, ...]:
    """The labelled texts of one file, to judge by; without a column `intent` all are requests.

    Raises ExamplesError naming every fault.
    """
    faults: list[str] = []
    rows = _rows(path, faults, codes, absent={"intent": "request"})
    if faults:
        raise ExamplesError(f"{path} 有 {len(faults)} 处要改：\n" + "\n".join(faults))
    return tuple(example for _, example in rows)


def as_line(example: Example, codes: Collection[str] = MATTER_CODES) -> str:
    """The example as a line of a file under COLUMNS. Raises ExamplesError for what no such file may hold."""
    row = {column: getattr(example, column) for column in COLUMNS}
    if wrong := _wrong(row, codes):
        raise ExamplesError(wrong)
    return "\t".join(row.values()) + "\n"


def _rows(
    path: Path, faults: list[str], codes: Collection[str], absent: Mapping[str, str] | None = None
) -> list[tuple[str, Example]]:
    """Where each row stands, and what it is. absent: what columns say that need not be there."""
    absent = absent or {}
    rows: list[tuple[str, Example]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets put a mark before the first column
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if missing := [c for c in COLUMNS if c not in (*absent, *(reader.fieldnames or ()))]:
                faults.append(f"{path.name}：第一行缺列 {' '.join(missing)}（用制表符分开）")
                return []
            for read in reader:  # empty lines are left out, but count
                row = {**absent, **read}
                where = f"{path.name} 第 {reader.line_num} 行"
                if wrong := _wrong(row, codes):
                    faults.append(f"{where}：{wrong}")
                else:
                    rows.append((where, Example(**{c: row[c] for c in COLUMNS})))  # type: ignore[arg-type]
    except OSError as error:
        faults.append(f"{path.name}：读不了（{error.strerror}），请看看文件名和权限")
    except UnicodeDecodeError as error:
        faults.append(f"{path.name}：读不了（{error}）。请用 UTF-8 编码保存")
    except csv.Error as error:
        faults.append(f"{path.name} 第 {reader.line_num + 1} 行：读不了（{error}）。请改短或删掉这一行")
    return rows


def _wrong(row: Mapping[str, str | None], codes: Collection[str]) -> str:
    """What is wrong with this row, empty if nothing."""
    if any(row[c] is None for c in COLUMNS):
        return "列数不够，空的列也要留着制表符"
    text, intent, code, alt = (row[c] or "" for c in ("text", "intent", "code", "alt_code"))
    if not text or not all("\u3400" <= c <= "\u9fff" for c in text):
        return f"text={text!r}：只能用汉字，不带标点、数字、字母"
    if intent not in INTENTS:
        return f"intent={intent!r}：只能是 {' '.join(INTENTS)}"
    if (code in codes) != (intent == "request") or (code and code not in codes):
        return f"code={code!r}：诉求（request）写事项的代码（{' '.join(codes)}），别的留空"
    if alt and alt not in codes:
        return f"alt_code={alt!r}：只能是事项的代码（{' '.join(codes)}），或留空"
    if row["type"] not in TYPES:
        return f"type={row['type']!r}：只能是 {' '.join(TYPES)}"
    if row["urgency"] not in URGENCIES:
        return f"urgency={row['urgency']!r}：只能是 {' '.join(URGENCIES)}"
    return ""

"""改词表和例句: words and examples in the files, which are a draft until they are tried and published (ADR 0111)."""

import tempfile
import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from recognizer.errors import ExamplesError, RecognizerError
from recognizer.examples import COLUMNS, Example, as_line, load_examples, load_labelled
from recognizer.taxonomy import OWN_CODE, load_taxonomy
from routing.faults import BadConfig
from routing.toml_text import with_table
from zhitong.errors import ChangeRefused
from zhitong.store.engine import writing
from zhitong.usecases.corrections import FILE as CORRECTED
from zhitong.usecases.looking import looked
from zhitong.whole_files import write_whole

FILE = "county.tsv"
"""Of the examples folder: what was added in the console."""
WORDS = ("strong", "words", "weak", "also")


def words_of(taxonomy: Path) -> Mapping[str, Mapping[str, str]]:
    """By the code of a matter: its name and words as the draft has them. Raises ChangeRefused."""
    try:
        found: Mapping[str, Mapping[str, str]] = tomllib.loads(taxonomy.read_text(encoding="utf-8-sig"))["matters"]
        return found
    except OSError as error:
        raise ChangeRefused(f"词表文件读不到（{error.strerror}）；请在服务器上看看") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise ChangeRefused(f"词表文件读不了（{error}）；请在服务器上改好") from None


def put_matter(engine: Engine, taxonomy: Path, code: str, told: Mapping[str, str], *, by: Actor, now: datetime) -> None:
    """The matter has this name and these words (WORDS) in the draft; one of the county's own may be new.

    Raises NotPermitted; ChangeRefused with every fault; OSError; DatabaseGone, then the file is as it was.
    """
    permit(by, Action.TEACH)
    there = words_of(taxonomy)
    if code not in there and not OWN_CODE.fullmatch(code):
        raise ChangeRefused(f"代码：“{code[:10]}”不行；本县自己的事项写一个大写字母加数字，如 E1")
    record: dict[str, Any] = dict(there.get(code, {}))
    record |= {"name": told.get("name", "").strip()}
    record |= {name: _written(told[name]) for name in WORDS if name in told}
    before = taxonomy.read_bytes().decode("utf-8")
    try:
        text = with_table(before, f"matters.{code}", record)
    except BadConfig as error:
        raise ChangeRefused("；".join(f"{fault.field}：{fault.mend}" for fault in error.faults)) from None
    if text == before:
        raise ChangeRefused("一个字也没有改")
    _check(text)
    with writing(engine) as connection:  # what cannot be recorded is not written
        looked(connection, by, None, what=f"改事项 {code} 的词", now=now)
        write_whole(taxonomy, text)


def add_example(
    engine: Engine, folder: Path, example: Example, codes: Collection[str], *, by: Actor, now: datetime
) -> None:
    """One sentence more in the draft. codes: of the matters that there are.

    Raises NotPermitted; ChangeRefused for one that there is, or that is no example; OSError; DatabaseGone.
    """
    permit(by, Action.TEACH)
    try:
        line = as_line(example, codes)
        there = {one.text: one for one in load_examples(folder, codes)}
    except ExamplesError as error:
        raise ChangeRefused(str(error)) from None
    if same := there.get(example.text):
        raise ChangeRefused(f"例句里已经有这句了，标的是 {same.code or same.intent}；要换，先删那一句")
    path = folder / FILE
    before = path.read_text(encoding="utf-8") if path.exists() else "\t".join(COLUMNS) + "\n"
    with writing(engine) as connection:
        looked(connection, by, None, what=f"加 {example.code or example.intent} 的例句", now=now)
        write_whole(path, before + ("" if before.endswith("\n") else "\n") + line)


def drop_example(engine: Engine, folder: Path, text: str, *, by: Actor, now: datetime) -> None:
    """A sentence less in the draft, in whichever file it stands. Raises NotPermitted, ChangeRefused, OSError,
    DatabaseGone."""
    permit(by, Action.TEACH)
    changed = dict[Path, str]()
    for path in sorted(folder.glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.partition("\t")[0].lstrip("\ufeff") != text]
        if len(kept) < len(lines):
            changed[path] = "".join(kept)
    if not text or text == COLUMNS[0] or not changed:
        raise ChangeRefused(f"例句里没有“{text[:40]}”")
    with writing(engine) as connection:
        looked(connection, by, None, what="删一句例句", now=now)
        for path, rest in changed.items():
            write_whole(path, rest)


def examples_by_origin(folder: Path, codes: Collection[str]) -> Sequence[tuple[str, Example]]:
    """Every example of the draft, each with where it is from; empty: it was shipped. Read again only when a file has
    changed. Raises ChangeRefused."""
    try:
        files = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.glob("*.tsv")))
        return _examples(files, tuple(codes))
    except OSError as error:
        raise ChangeRefused(f"例句文件读不到（{error.strerror}）；请在服务器上看看") from None
    except ExamplesError as error:
        raise ChangeRefused(str(error)) from None


@lru_cache(maxsize=2)
def _examples(files: tuple[tuple[Path, int, int], ...], codes: tuple[str, ...]) -> Sequence[tuple[str, Example]]:
    origins = {FILE: "在网页里加的", CORRECTED: "人改过的工单"}
    found = dict[str, tuple[str, Example]]()
    for path, _, _ in sorted(files, key=lambda file: file[0].name in origins):
        for one in load_labelled(path, codes):
            found.setdefault(one.text, (origins.get(path.name, ""), one))
    return tuple(found.values())


def _written(typed: str) -> str:
    """Without the ends of lines that browsers send; several lines end with one, as they do in the file."""
    text = typed.replace("\r\n", "\n").strip()
    return f"{text}\n" if "\n" in text else text


def _check(text: str) -> None:
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        path = Path(folder) / "taxonomy.toml"
        path.write_text(text, encoding="utf-8")
        try:
            load_taxonomy(path)
        except RecognizerError as error:
            raise ChangeRefused(str(error).replace(f"{folder}/", "")) from None

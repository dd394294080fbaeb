"""锚定: the heads of the cases' chains, written once a day into a file that is to be kept somewhere else too.

Whoever holds a copy of the files can prove what the timelines were at the end of that day: an entry that was changed,
left out or cut off since does not fit them. Each file holds the digest of the one before, so none can be left out.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.chain import Break, Chained, Head, broken
from routing.calendar import LOCAL
from zhitong.errors import AnchorDamaged
from zhitong.store.engine import reading, writing
from zhitong.store.timeline import every_chain, set_anchored, unanchored

MOST_TOLD = 1000
"""So many breaks are told one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What a look through all chains found. anchored: when the last anchor was made, None without any."""

    cases: int
    entries: int
    breaks: tuple[Break, ...]
    anchors: int
    anchored: datetime | None


def anchor_chains(engine: Engine, *, folder: Path, now: datetime) -> Path:
    """Writes the heads that no anchor holds yet. Raises AnchorDamaged, DatabaseGone, OSError; then nothing is lost.

    A crash between file and database: those heads are in the next anchor too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return _anchor(engine, folder, now)


def _anchor(engine: Engine, folder: Path, now: datetime) -> Path:
    files = _files(folder)
    at = now.astimezone(LOCAL)
    path = folder / f"{at:%Y%m%dT%H%M%S%f}.jsonl"
    if files and files[-1].name >= path.name:
        raise AnchorDamaged(f"{files[-1]} 比现在（{at:%Y-%m-%d %H:%M:%S}）还晚；请先对好这台机器的时钟")
    with reading(engine) as connection:
        heads = unanchored(connection)
    head = {"at": at.isoformat(), "previous": _sha256(files[-1]) if files else "", "chains": len(heads)}
    lines = [json.dumps(head), *(json.dumps([number, one.seq, one.link]) for number, one in heads.items())]
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    with writing(engine) as connection:
        set_anchored(connection, heads)
    return path


def anchor_daily(engine: Engine, *, folder: Path, now: datetime) -> Path | None:
    """The day's anchor if it is not there yet; for a job that runs more often than once a day. Raises as above."""
    files = _files(folder)
    if files and files[-1].name[:8] >= f"{now.astimezone(LOCAL):%Y%m%d}":
        return None
    return anchor_chains(engine, folder=folder, now=now)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that anchor at once would both follow the same file. Raises AnchorDamaged while another one does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise AnchorDamaged(f"{folder} 正在由另一个进程锚定；请等它完了再试") from error
    finally:
        os.close(handle)


def verify_chains(engine: Engine, *, folder: Path) -> Audit:
    """Every chain in itself, and against all anchors of the folder. Raises DatabaseGone, OSError.

    Any change, gap or truncation of what an anchor holds is found; of what came later, all but a cut that also put the
    head back.
    """
    breaks: list[Break] = []
    anchored: dict[str, dict[int, str]] = {}
    files = _files(folder)
    last: datetime | None = None
    before = ""
    for path in files:
        try:
            last, found = _read(path, before)
        except AnchorDamaged as error:
            breaks.append(Break(case_number=path.name, seq=0, text=str(error)))
            found = []
        before = _sha256(path)
        for number, head in found:
            anchored.setdefault(number, {})[head.seq] = head.link
    cases = entries = 0
    with reading(engine) as connection:
        for number, head, marked, chain in every_chain(connection):
            cases += 1
            wanted = anchored.pop(number, {})
            watched = _Watched(number, chain, wanted)
            breaks += broken(number, watched, head)
            breaks += watched.missed()
            entries += watched.entries
            if files and marked > max(wanted, default=0):
                breaks.append(Break(case_number=number, seq=0, text="数据库说已锚定，锚定文件里却没有"))
    breaks += [Break(case_number=number, seq=0, text="整个工单的经过没有了") for number in anchored]
    return Audit(cases=cases, entries=entries, breaks=tuple(breaks), anchors=len(files), anchored=last)


class _Watched:
    """A chain as it goes by, compared with what the anchors hold of it."""

    def __init__(self, number: str, chain: Iterator[Chained], anchored: dict[int, str]) -> None:
        self._number, self._chain, self._left = number, chain, dict(anchored)
        self._wrong: list[Break] = []
        self.entries = 0

    def __iter__(self) -> Iterator[Chained]:
        for one in self._chain:
            self.entries += 1
            link = self._left.pop(one.seq, one.link)
            if link != one.link:
                self._wrong.append(Break(case_number=self._number, seq=one.seq, text="和锚定的不一样，被改过"))
            yield one

    def missed(self) -> list[Break]:
        """What the anchors tell otherwise, or hold and the chain does not."""
        gone = [Break(case_number=self._number, seq=seq, text="锚定过的这一条没有了") for seq in sorted(self._left)]
        return self._wrong + gone


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path, before: str) -> tuple[datetime, list[tuple[str, Head]]]:
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        head = json.loads(first)
        heads = [(number, Head(seq=seq, link=link)) for number, seq, link in map(json.loads, lines)]
        at, previous, chains = datetime.fromisoformat(head["at"]), head["previous"], head["chains"]
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorDamaged(f"锚定文件读不出来（{error}）；请用另存的那一份") from error
    if previous != before:
        raise AnchorDamaged("前一个锚定文件被改过、换过或拿走了；请用另存的那一份")
    if len(heads) != chains:
        raise AnchorDamaged(f"锚定文件应有 {chains} 行，现有 {len(heads)} 行；请用另存的那一份")
    return at, heads

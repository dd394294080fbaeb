"""锚定: the heads of the cases' chains, written once a day into a file that is to be kept somewhere else too.

Whoever holds a copy of the files can prove what the timelines were at the end of that day: an entry that was changed,
left out or cut off since does not fit them. Each file holds the digest of the one before, so none can be left out.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from cases.chain import Break, Chained, Head, broken
from routing.calendar import LOCAL
from zhitong.errors import AnchorDamaged
from zhitong.store.anchored import AnchoredHeads
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.timeline import chains_of, next_numbers, set_anchored, unanchored

_AT_ONCE = 500
"""Cases of one transaction: calls write, too."""


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
    before = _sha256(files[-1]) if files else ""
    for left in folder.glob("*.part"):
        left.unlink()  # of one that was killed while it wrote; nobody else is at it now
    part = path.with_suffix(".part")
    with reading(engine) as connection, part.open("w", encoding="utf-8") as file:
        n, heads = unanchored(connection)
        file.write(json.dumps({"at": at.isoformat(), "previous": before, "chains": n}) + "\n")
        for number, one in heads:
            file.write(json.dumps([number, one.seq, one.link]) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    with path.open(encoding="utf-8") as lines:
        _, written = _read(lines, before)
        while some := dict(islice(written, _AT_ONCE)):
            with writing(engine) as connection:
                set_anchored(connection, some)
    return path


def anchor_daily(engine: Engine, *, folder: Path, now: datetime) -> Path | None:
    """The day's anchor if it is not there yet; for a job that runs more often than once a day. Raises as above."""
    files = _files(folder)
    if files and files[-1].name[:8] >= f"{now.astimezone(LOCAL):%Y%m%d}":
        return None
    return anchor_chains(engine, folder=folder, now=now)


def report_unanchored(engine: Engine, why: str, *, now: datetime) -> None:
    """People are told, once a day, that the day's anchor could not be made. Raises DatabaseGone."""
    text = f"留痕今天没有锚定：{why}。改好以后自动补上（zhitong audit anchor 马上补）"
    with writing(engine) as connection:
        mark = f"anchor:{now.astimezone(LOCAL):%Y%m%d}"
        record_incident(connection, at=now, kind="anchor", mark=mark, text=text)


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
    head back. Some hundred cases are read at a time: nobody waits, and no statement takes long. Meanwhile calls go on
    and an anchor may be made: what seems to be missing from the files is looked at again with those of then.
    """
    with AnchoredHeads() as held:
        files, anchored, breaks = _held(folder, held)
        looked = _Looked(engine, held)
        last = ""
        while numbers := looked.next_after(last):
            looked.at(numbers)
            last = numbers[-1]
        breaks += looked.breaks
        breaks += [Break(case_number=number, seq=0, text="整个工单的经过没有了") for number in held.left()]
    if looked.unheld and not _files(folder):  # nothing to compare with, yet there was: each case need not say so
        text = "数据库说锚定过，这里却一个锚定文件也没有；请用 --anchors 指到另存的那一份"
        breaks.append(Break(case_number=str(folder), seq=0, text=text))
        looked.unheld.clear()
    unheld, known = looked.unheld, files
    while unheld and (now_there := _files(folder)) != known:
        known = now_there
        with AnchoredHeads() as held:
            _held(folder, held, only=unheld)
            again = _Looked(engine, held)
            for start in range(0, len(unheld), _AT_ONCE):
                again.at(sorted(unheld)[start : start + _AT_ONCE])
        breaks = [one for one in breaks if one.case_number not in unheld] + again.breaks
        unheld = again.unheld
    breaks += [Break(case_number=number, seq=0, text="数据库说已锚定，锚定文件里却没有") for number in sorted(unheld)]
    return Audit(
        cases=looked.cases, entries=looked.entries, breaks=tuple(breaks), anchors=len(files), anchored=anchored
    )


def _held(
    folder: Path, held: AnchoredHeads, *, only: Collection[str] | None = None
) -> tuple[list[Path], datetime | None, list[Break]]:
    """Reads all anchors: the files, when the last one was made, and what is wrong with them. only: of these cases."""
    files, last, before = _files(folder), None, ""
    breaks: list[Break] = []
    for path in files:
        try:
            with path.open(encoding="utf-8") as lines:
                last, heads = _read(lines, before)
                held.add(heads if only is None else ((number, one) for number, one in heads if number in only))
        except AnchorDamaged as error:
            breaks.append(Break(case_number=path.name, seq=0, text=str(error)))
        before = _sha256(path)
    return files, last, breaks


class _Looked:
    """What was found in the chains that were looked at. unheld: cases of which more is said to be anchored than is."""

    def __init__(self, engine: Engine, held: AnchoredHeads) -> None:
        self._engine, self._held = engine, held
        self.cases = self.entries = 0
        self.breaks: list[Break] = []
        self.unheld: set[str] = set()

    def next_after(self, number: str) -> list[str]:
        with reading(self._engine) as connection:
            return next_numbers(connection, number)

    def at(self, numbers: Sequence[str]) -> None:
        with reading(self._engine) as connection:
            found = chains_of(connection, numbers)
        held = self._held.take([one.number for one in found])
        for one in found:
            self.cases += 1
            self.entries += len(one.entries)
            wanted = held.get(one.number, {})
            watched = _Watched(one.number, iter(one.entries), wanted)
            self.breaks += broken(one.number, watched, one.head)
            self.breaks += watched.missed()
            if one.anchored > max(wanted, default=0):
                self.unheld.add(one.number)


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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(lines: Iterable[str], before: str) -> tuple[datetime, Iterator[tuple[str, Head]]]:
    """When an anchor was made, and its heads, read as they are asked for. Both raise AnchorDamaged."""
    told = iter(lines)
    with _told_plainly():
        head = json.loads(next(told, ""))
        at, previous, chains = datetime.fromisoformat(head["at"]), head["previous"], head["chains"]
    if previous != before:
        raise AnchorDamaged("前一个锚定文件被改过、换过或拿走了；请用另存的那一份")

    def heads() -> Iterator[tuple[str, Head]]:
        n = 0
        with _told_plainly():
            for line in told:
                number, seq, link = json.loads(line)
                n += 1
                yield number, Head(seq=seq, link=link)
        if n != chains:
            raise AnchorDamaged(f"锚定文件应有 {chains} 行，现有 {n} 行；请用另存的那一份")

    return at, heads()


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorDamaged(f"锚定文件读不出来（{error}）；请用另存的那一份") from error

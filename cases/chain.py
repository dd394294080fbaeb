"""留痕: the chain over a case's timeline, by which any change, gap or missing end is found. Pure.

Each entry has a digest over a salt and its content, and a link over the link before it, its place and its digest. The
links do not need the content: what must be forgotten (PIPL 第四十七条) is emptied together with its salt, and the chain
still verifies; without the salt nobody can try out what the content was.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

ERASED = "清除"
"""What an entry is headed that tells of another one's erasing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry of a timeline. mark: what it came from, once in each case. at: aware. who did it, and why."""

    case_number: str
    mark: str
    at: datetime
    what: str
    text: str
    who: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chained:
    """An entry in its chain: `seq` from 1, an empty salt when it was erased; digest and link as hex of SHA-256."""

    entry: Entry
    seq: int
    salt: str
    digest: str
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Where a chain ends: so many entries, and the last one's link."""

    seq: int = 0
    link: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """Something of a case's chain is not as it was written. seq 0: of the whole of it."""

    case_number: str
    seq: int
    text: str

    def __str__(self) -> str:
        return f"{self.case_number} 第 {self.seq} 条：{self.text}" if self.seq else f"{self.case_number}：{self.text}"


def chained(entry: Entry, after: Head, salt: str) -> Chained:
    """The entry as the next one of a chain. salt: 128 random bits as hex, of this entry alone."""
    seq = after.seq + 1
    digest = _digest(entry, salt)
    return Chained(
        entry=entry, seq=seq, salt=salt, digest=digest, link=_link(after.link, entry.case_number, seq, digest)
    )


def erase_mark(seq: int) -> str:
    """The mark of the entry that tells of the erasing of entry `seq`."""
    return f"erase:{seq}"


def broken(case_number: str, chain: Iterable[Chained], head: Head) -> Iterator[Break]:
    """What is wrong with a chain, its entries in the order of `seq`; nothing when it is as it was written."""
    at, erased, told = Head(), set[int](), set[str]()
    for one in chain:
        if one.seq != at.seq + 1:
            missing = f"第 {at.seq + 1} 条" if one.seq == at.seq + 2 else f"第 {at.seq + 1} 到 {one.seq - 1} 条"
            yield Break(case_number=case_number, seq=one.seq, text=f"前面少了{missing}" if one.seq > at.seq else "重号")
        elif one.link != _link(at.link, case_number, one.seq, one.digest):
            yield Break(case_number=case_number, seq=one.seq, text="和前一条接不上，有一条被换过")
        if one.salt:
            if one.digest != _digest(one.entry, one.salt):
                yield Break(case_number=case_number, seq=one.seq, text="内容被改过")
        else:
            erased.add(one.seq)
            if one.entry.text or one.entry.reason:
                yield Break(case_number=case_number, seq=one.seq, text="说是清除了，却有内容")
        if one.entry.what == ERASED:
            told.add(one.entry.mark)
        at = Head(seq=one.seq, link=one.link)
    for seq in sorted(erased):
        if erase_mark(seq) not in told:
            yield Break(case_number=case_number, seq=seq, text="内容没有了，又没有清除的记录")
    if at != head:
        text = f"应有 {head.seq} 条，最后一条不是原来的或少了（现有 {at.seq} 条）"
        yield Break(case_number=case_number, seq=0, text=text)


def _digest(entry: Entry, salt: str) -> str:
    content = [
        entry.case_number,
        entry.mark,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.what,
        entry.text,
        entry.who,
        entry.reason,
    ]
    return _sha256(salt + json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _link(before: str, case_number: str, seq: int, digest: str) -> str:
    return _sha256(json.dumps([before, case_number, seq, digest], ensure_ascii=False, separators=(",", ":")))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

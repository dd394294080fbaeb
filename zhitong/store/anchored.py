"""What the anchors hold of every case while chains are verified: in a temporary file, since it may be of millions."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from types import TracebackType

from cases.chain import Head


class AnchoredHeads:
    """Heads by case; gone at the end of the `with`."""

    def __enter__(self) -> "AnchoredHeads":
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF").close()
        self._file.execute("CREATE TABLE held (number TEXT, seq INTEGER, link TEXT)")
        self._file.execute("CREATE INDEX by_number ON held (number)")
        self._file.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, heads: Iterable[tuple[str, Head]]) -> None:
        """Adds what an anchor holds; nothing of it when `heads` raises."""
        self._file.execute("SAVEPOINT one")
        try:
            self._file.executemany("INSERT INTO held VALUES (?, ?, ?)", ((n, one.seq, one.link) for n, one in heads))
        except BaseException:
            self._file.execute("ROLLBACK TO one")
            raise
        finally:
            self._file.execute("RELEASE one")

    def take(self, numbers: Collection[str]) -> dict[str, dict[int, str]]:
        """case → seq → link, of these cases; they are not `left` any more."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for some in _portions(sorted(numbers)):
            places = ",".join("?" * len(some))
            query = f"DELETE FROM held WHERE number IN ({places}) RETURNING number, seq, link"
            for number, seq, link in self._file.execute(query, some):
                found[number][seq] = link
        return found

    def left(self) -> list[str]:
        """The cases that nobody has taken."""
        return [number for (number,) in self._file.execute("SELECT DISTINCT number FROM held ORDER BY number")]


def _portions(numbers: Sequence[str]) -> Iterable[Sequence[str]]:
    return (numbers[start : start + 500] for start in range(0, len(numbers), 500))

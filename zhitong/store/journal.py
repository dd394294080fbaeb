"""Where facts go when the database does not take them: a local append-only file, one fact a line.

Lines are loaded and the file is removed once they are in the database. A line torn by a power cut is put aside.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ivr.facts import BadFact, Fact, from_json, to_json

_log = logging.getLogger(__name__)
_NAME = "facts.jsonl"


class Journal:
    """The journal in one folder. append may be called from any thread; the rest by the one thread that loads it."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError if the folder cannot be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._file: int | None = None

    def append(self, facts: Sequence[Fact], *, sync: bool) -> None:
        """Appends facts. sync: only return once they are on the disk, else as soon as the system has them.

        Raises OSError when the disk is full or failing.
        """
        # The leading line break separates them from a line that was torn before.
        data = ("\n" + "\n".join(to_json(fact) for fact in facts) + "\n").encode("utf-8")
        with self._lock:
            if self._file is None:
                self._file = os.open(self._folder / _NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            while data:
                data = data[os.write(self._file, data) :]
            file = os.dup(self._file) if sync else None
        if file is not None:
            try:
                os.fsync(file)  # outside the lock: a slow disk must not make a call wait
            finally:
                os.close(file)

    def parts(self) -> list[Path]:
        """Files that wait to be loaded, oldest first. What is appended from now on goes into a new file."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            current = self._folder / _NAME
            if current.exists():
                current.rename(self._folder / f"loading-{time.time_ns():020d}.jsonl")
        return sorted(self._folder.glob("loading-*.jsonl"))

    def waiting(self) -> bool:
        """Whether anything waits to be loaded."""
        return self._file is not None or (self._folder / _NAME).exists() or any(self._folder.glob("loading-*.jsonl"))

    def read(self, part: Path, chunk: int) -> Iterator[list[Fact]]:
        """The facts of a file, so many at a time. Lines that are no facts are put aside into broken-<day>.jsonl."""
        facts: list[Fact] = []
        with part.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    facts.append(from_json(line.decode("utf-8")))
                except (BadFact, UnicodeDecodeError):
                    _log.warning(
                        "journal: line %d of %s is no fact; it is put aside in broken-<day>.jsonl", number, part.name
                    )
                    with (self._folder / _of_today("broken")).open("ab") as aside:
                        aside.write(line.rstrip(b"\n") + b"\n")
                    continue
                if len(facts) >= chunk:
                    yield facts
                    facts = []
        if facts:
            yield facts

    def put_aside(self, facts: Sequence[Fact]) -> None:
        """Keeps facts that the database refuses in refused-<day>.jsonl, for people to look at. Raises OSError."""
        with (self._folder / _of_today("refused")).open("a", encoding="utf-8") as aside:
            aside.writelines(to_json(fact) + "\n" for fact in facts)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


def _of_today(name: str) -> str:
    """A file for each day, so that retention can delete the old ones."""
    return f"{name}-{time.strftime('%Y%m%d')}.jsonl"

"""`controller_at`, which kills itself (SIGKILL) in a moment that a file names: before or after something is committed.

The file is read at each such moment, so that a test arms it for the citizen it is about.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

from tests.acceptance.controller_at import main

WRITES = {
    "the claim": "UPDATE due SET claimed_until",
    "the attempt": "INSERT INTO attempts",
    "the call": "INSERT INTO calls",
    "the outcome": "UPDATE attempts SET ended_at",
    "the end": "UPDATE calls SET",
}
"""Moment → how the SQL begins that is committed in it. the end: of the call, with what it means for its task."""


def die_at(armed: Path) -> None:
    """Listen to what this process writes into its database."""

    def die(moment: str) -> None:
        if armed.read_text() == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "before_cursor_execute")
    def written(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        for name, begins in WRITES.items():
            if statement.startswith(begins):
                connection.info.setdefault("written", set()).add(name)

    @event.listens_for(Engine, "commit")
    def committing(connection: Connection) -> None:
        for name in connection.info.get("written", ()):
            die(f"before {name}")

    @event.listens_for(Pool, "checkin")
    def committed(_: Any, record: Any) -> None:
        for name in record.info.pop("written", ()):
            die(f"after {name}")


if __name__ == "__main__":
    die_at(Path(os.environ["DIE_AT"]))
    main(sys.argv[1])

"""The rules of casework in force: the files of config/, taken in when they change. Faulty ones change nothing."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from zhitong.usecases.rules import Rules

log = logging.getLogger(__name__)


class RulesInForce:
    """`now` is what counts; `look` takes in what was changed since, on any thread.

    trouble: why files that were changed do not count; empty while they do.
    """

    def __init__(self, folder: Path, load: Callable[[], Rules]) -> None:
        """folder: with policies/ and retention.toml. load: reads them; what it raises here, and never later, is that
        they cannot be used (ValueErrors)."""
        self._folder, self._load = folder, load
        self._seen = self._files()
        self.now, self.trouble = load(), ""

    def look(self) -> bool:
        """Whether there are other rules now."""
        seen = self._files()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            self.now, self.trouble = self._load(), ""
        except (ValueError, OSError) as error:
            self.trouble = str(error)
            log.error("the changed rules are refused, those before stay: %s", error)
            return False
        log.info("the rules of casework have changed")
        return True

    def _files(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in (*sorted((self._folder / "policies").glob("*.toml")), self._folder / "retention.toml"):
            try:
                told = os.stat(path)
            except OSError:
                continue
            found.append((path.name, told.st_mtime_ns, told.st_size))
        return tuple(found)

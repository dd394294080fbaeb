"""The word with which the first administrator may be made on the pages: printed at the machine, told nobody else.

Whoever reaches the pages could otherwise be the first; an address says nothing of him: behind a proxy all are near.
"""

import secrets
from pathlib import Path

from zhitong.whole_files import write_whole

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def first_code(data: Path) -> str:
    """The word of this data folder, made at the first call: the same until `forget_code`. Raises OSError."""
    path = _path(data)
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        write_whole(path, "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)), mode=0o600)
    return path.read_text(encoding="utf-8").strip()


def forget_code(data: Path) -> None:
    """Somebody administers: it opens nothing any more."""
    _path(data).unlink(missing_ok=True)


def _path(data: Path) -> Path:
    return data / "first-run-code"

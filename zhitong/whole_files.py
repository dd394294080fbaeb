"""Files that are there as a whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Put the text in place of the file's, to the letter; whatever happens, the file has the old text or the new one.

    mode: of the file; None: as it was, or for its owner alone where there was none. Raises OSError.
    """
    path = path.resolve()  # a link stays one
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

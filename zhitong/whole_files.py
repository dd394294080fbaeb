"""Files that are there as a whole or not at all."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO


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


def copy_whole(source: BinaryIO, path: Path) -> str:
    """The rest of the source as a new file for its owner alone, there whole or not at all; returns its SHA-256.

    Raises OSError, as of a full disk.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, digest = path.with_name(f"{path.name}.part"), hashlib.sha256()
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while block := source.read(1 << 20):
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()

"""Whether a backup is what was written into it: every file's SHA-256 against the list at its end."""

import hashlib
import json
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from zhitong.backup.contents import ABOUT, SUMS
from zhitong.errors import BackupFailed

LARGEST_LIST = 256 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A backup that is whole. at: when it was made; files: without the two about itself; size: bytes of the file.

    folders: what is in it: name of the first folder (or file) and how many files. sums: the text of SHA256SUMS.
    """

    at: datetime
    county: str
    database: str
    files: int
    size: int
    folders: tuple[tuple[str, int], ...]
    sums: str


def verify_backup(path: Path) -> Verified:
    """Read the file through. Raises BackupFailed for one that is none, or not as it was written."""
    found, about, listed = dict[str, str](), b"", ""
    try:
        with tarfile.open(path, mode="r:") as archive:
            for one in archive:
                if not one.isreg() or not _harmless(one.name) or one.name in found:
                    raise BackupFailed(f"{path.name} 里有不该有的 {one.name[:80]!r}；这不是本系统做的备份")
                source, digest, kept = archive.extractfile(one), hashlib.sha256(), b""
                assert source is not None  # it is a regular file
                while block := source.read(_BLOCK):
                    digest.update(block)
                    if one.name in (ABOUT, SUMS):
                        kept += block
                        if len(kept) > LARGEST_LIST:
                            raise BackupFailed(f"{path.name} 的清单太大；这不是本系统做的备份")
                found[one.name] = digest.hexdigest()
                about = kept if one.name == ABOUT else about
                listed = kept.decode() if one.name == SUMS else listed
        told = json.loads(about)
        at, county, database = datetime.fromisoformat(told["at"]), str(told["county"]), str(told["database"])
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise BackupFailed(f"{path.name} 不是完整的备份（{type(error).__name__}）；请换一份") from error
    parts = [line.partition("  ") for line in listed.splitlines()]
    wanted = {name: digest for digest, _, name in parts}
    actual = {name: digest for name, digest in found.items() if name != SUMS}
    if wanted != actual:
        wrong = sorted(name for name in wanted.keys() | actual.keys() if wanted.get(name) != actual.get(name))
        raise BackupFailed(f"{path.name} 和清单不一致，{len(wrong)} 个文件不对，如 {wrong[0][:80]}；请换一份")
    names = [name for name in actual if name != ABOUT]
    tops = [PurePosixPath(name).parts[0] for name in names]
    return Verified(
        at=at,
        county=county,
        database=database,
        files=len(names),
        size=path.stat().st_size,
        folders=tuple((top, tops.count(top)) for top in dict.fromkeys(sorted(tops))),
        sums=listed,
    )


def _harmless(name: str) -> bool:
    """Whether it stays below the folder that it is put into."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name

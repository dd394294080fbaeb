"""What understanding goes by, published: copies of the words and examples in the data folder, each with who and why.

Each edition is a folder that is there whole or not at all; the newest counts. Beside them lies what was learned of the
latest, so that a start needs no learning. No database: a call must be understood without one.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from recognizer.learned import kept_path
from zhitong.errors import ChangeRefused
from zhitong.settings import Settings
from zhitong.whole_files import write_whole

OWN = "系统"
"""Who publishes the files as they are found, when a line is opened for the first time."""
_ABOUT, _WORDS, _EXAMPLES = "about.json", "taxonomy.toml", "examples"
_LEARNED = 2
"""Of so many editions it stays what was learned; of earlier ones it is learned again when they are restored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """Words and examples. id 0: the files as they stand, published by nobody. told: what the regression set said."""

    taxonomy: Path
    examples: Path
    digest: str
    id: int = 0
    author: str = ""
    reason: str = ""
    at: datetime | None = None
    told: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return f"第 {self.id} 版" if self.id else "文件"


def editions_folder(settings: Settings) -> Path:
    """Where the editions lie."""
    return settings.folders.data / "understanding"


def learned_beside(settings: Settings) -> Path:
    """Where it lies what was learned of the latest editions."""
    return editions_folder(settings) / "learned"


def newest_id(settings: Settings) -> int:
    """The number of the edition published last; 0: none was."""
    try:
        return max(map(int, filter(str.isdecimal, os.listdir(editions_folder(settings)))), default=0)
    except OSError:
        return 0


def editions(settings: Settings) -> Iterator[Edition]:
    """All that are whole, the newest first; each is read when it is asked for."""
    found = (edition_numbered(settings, id) for id in range(newest_id(settings), 0, -1))
    return (edition for edition in found if edition is not None)


def edition_numbered(settings: Settings, id: int) -> Edition | None:
    """This one; None if it is not there, or is damaged."""
    folder = editions_folder(settings) / f"{id:04}"
    try:
        told = json.loads((folder / _ABOUT).read_bytes())
        told |= {"at": datetime.fromisoformat(told["at"]), "id": id}
        edition = Edition(**told, taxonomy=folder / _WORDS, examples=folder / _EXAMPLES)
        return edition if _digest(edition.taxonomy, edition.examples) == edition.digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def draft(settings: Settings) -> Edition:
    """The files as they stand. Raises OSError."""
    files = settings.files
    return Edition(taxonomy=files.taxonomy, examples=files.examples, digest=_digest(files.taxonomy, files.examples))


def keep_edition(
    settings: Settings, edition: Edition, *, on: int, author: str, reason: str, at: datetime, learned: Path
) -> Edition:
    """A copy of this edition, as the one after number `on`; it counts from now on. learned: what was learned of it.

    Raises ChangeRefused when another was published meanwhile, or the files were changed; OSError.
    """
    folder = editions_folder(settings)
    target, part = folder / f"{on + 1:04}", folder / f"{on + 1:04}.{os.getpid()}.part"
    kept = replace(edition, id=on + 1, author=author, reason=reason, at=at)
    overtaken = ChangeRefused(f"别人先发布了第 {on + 1} 版；请重新试过再发布")
    if newest_id(settings) != on:
        raise overtaken
    try:
        (part / _EXAMPLES).mkdir(mode=0o700, parents=True)
        write_whole(part / _WORDS, edition.taxonomy.read_bytes().decode())
        for path in sorted(edition.examples.glob("*.tsv")):
            write_whole(part / _EXAMPLES / path.name, path.read_bytes().decode())
        if _digest(part / _WORDS, part / _EXAMPLES) != edition.digest:
            raise ChangeRefused("试的时候文件又改了；请重新试过再发布")
        about = {key: value for key, value in asdict(kept).items() if key not in ("id", "taxonomy", "examples")}
        write_whole(part / _ABOUT, json.dumps(about | {"at": at.isoformat()}, ensure_ascii=False))
        _keep_learned(learned, learned_beside(settings))
        part.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise overtaken from None
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return replace(kept, taxonomy=target / _WORDS, examples=target / _EXAMPLES)


def _keep_learned(source: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = kept_path(source.stem, folder)
    if not target.exists():
        part = target.with_suffix(".part")
        shutil.copyfile(source, part)
        part.replace(target)
    os.utime(target)
    for old in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[_LEARNED:]:
        old.unlink(missing_ok=True)


def _digest(taxonomy: Path, examples: Path) -> str:
    told = hashlib.sha256(taxonomy.read_bytes())
    for path in sorted(examples.glob("*.tsv")):
        told.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return told.hexdigest()

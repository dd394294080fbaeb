"""What the office has changed of the line's sentences, and what they were before: kept beside the recordings.

A file of lines that only grows; of each sentence the last line counts. A recording that is replaced is kept, so that
every state of before can be brought back. What `zhitong prompts` records counts as well: it lies in the same folder.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from dialplans.names import LOCAL_SPEECH
from dialplans.prompt_texts import Text, Texts
from dialplans.sentences import NEEDED
from routing.faults import BadConfig, Fault

log = logging.getLogger(__name__)

CHANGES = "changes.jsonl"
EARLIER = "earlier"
"""Folder of the recordings that were replaced, named by what is in them."""
_KINDS = (".alaw", ".wav")


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptChange:
    """A sentence as it is since this change. number: of the change, from 1; at: aware; by: who; what: he did.

    text: empty: as config/prompts.toml has it. sound: the recording's name in EARLIER; empty: synthesised. local: it is
    about the recording in the local speech.
    """

    number: int
    key: str
    at: datetime
    by: str
    what: str
    text: str = ""
    sound: str = ""
    local: bool = False


def changes_of(folder: Path) -> tuple[PromptChange, ...]:
    """All changes, oldest first; a line that a lost disk has torn is passed over. Raises OSError."""
    try:
        lines = (folder / CHANGES).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    found = []
    for place, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            found.append(PromptChange(**told | {"at": datetime.fromisoformat(told["at"])}))
        except (ValueError, TypeError, KeyError) as error:
            log.error("%s, line %d cannot be read, it counts for nothing: %s", CHANGES, place, type(error).__name__)
    return tuple(found)


def last_change(changes: Sequence[PromptChange], key: str, *, local: bool = False) -> PromptChange | None:
    """The change that made the sentence what it is; None: nobody has changed it here."""
    return next((one for one in reversed(changes) if (one.key, one.local) == (key, local)), None)


def with_changes(texts: Texts, changes: Sequence[PromptChange], constants: Mapping[str, str]) -> Texts:
    """The texts as the office has worded them. What this program cannot say any more counts for nothing."""
    found = dict(texts.texts)
    for key in {one.key for one in changes if not one.local}:
        own, shipped = [one for one in changes if one.key == key and not one.local], texts.texts.get(key)
        if shipped is None or not own[-1].text:
            continue
        wordings = len({one.text for one in own if one.text})
        try:
            found[key] = reworded(shipped, own[-1].text, constants, version=shipped.version + wordings)
        except BadConfig as error:
            log.error("the office's wording of %s does not count: %s", key, error.faults[0].mend)
    return replace(texts, texts=found)


def reworded(text: Text, wording: str, constants: Mapping[str, str], *, version: int) -> Text:
    """The sentence in other words. Raises BadConfig for a slot that no call fills, or where the last one is lost."""
    new = replace(text, text=wording.strip(), version=version)
    slots, had = new.slots(constants), text.slots(constants)
    can = NEEDED.get(text.key, frozenset()) if had else frozenset[str]()
    mends = []
    if not wording.strip() or "\n" in wording.strip() or "\r" in wording.strip():
        mends.append("写成一行，不能空着。")
    if odd := sorted(slots - can):
        told = "、".join(f"{{{slot}}}" for slot in sorted(can)) or "没有"
        mends.append(f"{'、'.join(f'{{{slot}}}' for slot in odd)} 说的时候没有词可填；这一句能填的：{told}。")
    if had and not slots:
        mends.append(f"这一句要填词，至少留一个：{'、'.join(f'{{{slot}}}' for slot in sorted(had))}。")
    if mends:
        raise BadConfig(f"提示音 {text.key}", [Fault(field="文字", value=wording, mend=mend) for mend in mends])
    return new


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Alone at it, also among processes. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".changing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add_change(folder: Path, change: PromptChange) -> None:
    """Within `changing`; on disk when it returns. Raises OSError."""
    told = json.dumps(asdict(change) | {"at": change.at.isoformat()}, ensure_ascii=False)
    with (folder / CHANGES).open("ab") as file:
        file.write(f"{told}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def keep_recording(folder: Path, key: str, *, local: bool = False) -> str:
    """A copy of the recording that counts, to be brought back by `bring_back`; its name, empty: there is none."""
    where = folder / LOCAL_SPEECH if local else folder
    for kind in _KINDS:
        with suppress(FileNotFoundError):
            sound = (where / f"{key}{kind}").read_bytes()
            name = f"{hashlib.sha256(sound).hexdigest()[:32]}{kind}"
            earlier = folder / EARLIER
            earlier.mkdir(mode=0o700, exist_ok=True)
            if not (earlier / name).exists():
                draft = earlier / f".{name}"
                draft.write_bytes(sound)
                draft.replace(earlier / name)
            return name
    return ""


def bring_back(folder: Path, key: str, name: str, sentence: str, *, local: bool = False) -> None:
    """The kept recording of this name takes the place of what there is; empty: none is. Raises OSError."""
    where = folder / LOCAL_SPEECH if local else folder
    where.mkdir(parents=True, exist_ok=True)
    kind = Path(name).suffix
    if name:
        draft = where / f".{key}{kind}"
        shutil.copyfile(folder / EARLIER / name, draft)
        (where / f"{key}.txt").write_text(sentence, encoding="utf-8")
        draft.replace(where / f"{key}{kind}")
    for other in _KINDS:
        if other != kind:
            (where / f"{key}{other}").unlink(missing_ok=True)


def stamps_of(folder: Path) -> tuple[int, ...]:
    """What differs once anything of the sentences was changed: recorded, imported, worded anew."""
    stamps = list[int]()
    for path in (folder, folder / LOCAL_SPEECH, folder / CHANGES):
        try:
            stamps.append(path.stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return tuple(stamps)

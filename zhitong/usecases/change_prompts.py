"""提示音: a sentence of the line in other words, said by somebody, or as it was before. It counts in the next call."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from dialplans.flow import OwnPrompt
from dialplans.prompt_texts import Text
from dialplans.prompts import PromptBook
from dialplans.voice import SpokenTooLong, SynthesisFailed, from_recording, to_linear
from routing.calendar import LOCAL
from routing.faults import BadConfig
from zhitong.errors import PromptRefused
from zhitong.prompt_book import open_prompt_book, prompt_constants
from zhitong.prompt_changes import (
    EARLIER,
    PromptChange,
    add_change,
    bring_back,
    changes_of,
    changing,
    keep_recording,
    last_change,
    reworded,
)
from zhitong.prompt_import import import_prompts
from zhitong.prompt_studio import EXAMPLES, unspeakable
from zhitong.settings import Settings
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked

AS_FOUND = "改以前的样子"
BUSY = 4.0
"""Seconds that somebody waits until others have heard theirs."""
_TURNS = threading.BoundedSemaphore(2)  # calls need the machine more


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """A sentence as it is heard. pcm: 16-bit little-endian mono at 8 kHz; recorded: a person says it."""

    pcm: bytes
    recorded: bool


def see_prompts(settings: Settings, *, by: Actor) -> tuple[PromptBook, Sequence[PromptChange]]:
    """All sentences as they count, and every change of them. Raises NotPermitted, BadConfig, OSError."""
    permit(by, Action.SEE_PROMPTS)
    return open_prompt_book(settings), changes_of(settings.folders.prompts_recorded)


def try_wording(settings: Settings, key: str, wording: str, *, by: Actor) -> Sound:
    """The words as the voice would say them; for words that calls fill in, long examples.

    Raises NotPermitted, PromptRefused for words that cannot be read, or take too long.
    """
    permit(by, Action.CHANGE_PROMPTS)
    book = open_prompt_book(settings)
    return Sound(pcm=to_linear(_tried(book, _reworded(settings, book, key, wording))), recorded=False)


def try_own(settings: Settings, wording: str, *, by: Actor) -> Sound:
    """A sentence of a flow's own as the voice would say it. Raises NotPermitted, PromptRefused."""
    permit(by, Action.EDIT_FLOW)
    if not wording.strip() or (odd := unspeakable(wording)):
        raise PromptRefused(f"{'、'.join(odd)} 读不出来，请改成汉字" if wording.strip() else "没有写要说的话")
    own = OwnPrompt(name="own", text=wording.strip())
    text = Text(key=own.name, version=1, text=own.text, max_seconds=own.most_seconds)
    return Sound(pcm=to_linear(_tried(open_prompt_book(settings), text)), recorded=False)


def put_wording(
    engine: Engine, settings: Settings, key: str, wording: str, *, on: int, by: Actor, now: datetime
) -> PromptChange:
    """The sentence is worded so from now on; a recording of the old words is not used any more, and kept.

    on: the number of the newest change of any sentence when the page was made (`newest`). Raises NotPermitted,
    PromptRefused, OSError, DatabaseGone.
    """
    permit(by, Action.CHANGE_PROMPTS)
    book = open_prompt_book(settings)
    text = _reworded(settings, book, key, wording)
    if text.text == book.text(key).text:
        raise PromptRefused("文字没有改")
    _tried(book, text)
    folder = settings.folders.prompts_recorded
    _noted(engine, by, f"改提示音 {key}", now)
    with changing(folder):
        changes = _changes(settings, key, on)
        change = PromptChange(number=0, key=key, at=now, by=by.name, what="改了文字", text=text.text)
        change = _store(folder, *_as_found(folder, changes, change), change)
        bring_back(folder, key, "", "")  # what was recorded says the old words; it is kept
    return change


def put_sound(
    engine: Engine,
    settings: Settings,
    key: str,
    wav: bytes,
    *,
    local: bool = False,
    on: int,
    by: Actor,
    now: datetime,
) -> PromptChange:
    """The WAV is how the sentence is said from now on. local: in the local speech. on: as in `put_wording`.

    Raises NotPermitted, PromptRefused, OSError, DatabaseGone.
    """
    permit(by, Action.CHANGE_PROMPTS)
    _known(open_prompt_book(settings), key)
    folder = settings.folders.prompts_recorded
    _noted(engine, by, f"换提示音 {key} 的录音", now)
    with changing(folder), tempfile.TemporaryDirectory(prefix="zhitong-") as place:
        changes = _changes(settings, key, on)
        last = last_change(changes, key)
        text = "" if local or last is None else last.text
        change = PromptChange(number=0, key=key, at=now, by=by.name, what="换了录音", text=text, local=local)
        before = _as_found(folder, changes, change)
        (path := Path(place) / f"{key}.wav").write_bytes(wav)
        try:
            import_prompts(settings, [f"{key}={path}"], local=local)
        except BadConfig as error:
            raise PromptRefused("；".join(fault.mend for fault in error.faults)) from None
        return _store(folder, *before, replace(change, sound=keep_recording(folder, key, local=local)))


def put_back(
    engine: Engine, settings: Settings, key: str, number: int, *, on: int, by: Actor, now: datetime
) -> PromptChange:
    """The sentence as it was since change `number`; 0: as the files of the program have it. on: as in `put_wording`.

    Raises NotPermitted, PromptRefused, OSError, DatabaseGone.
    """
    permit(by, Action.CHANGE_PROMPTS)
    _known(open_prompt_book(settings), key)
    folder = settings.folders.prompts_recorded
    _noted(engine, by, f"换回提示音 {key}", now)
    with changing(folder):
        changes = _changes(settings, key, on)
        wanted = next((one for one in changes if (one.number, one.key) == (number, key)), None)
        if wanted is None and number:
            raise PromptRefused(f"没有这一句的第 {number} 次改动")
        told = f"换回第 {number} 次改动以后的样子" if wanted else "换回程序自带的文字和合成音"
        back = wanted or PromptChange(number=0, key=key, at=now, by=by.name, what="")
        change = replace(back, at=now, by=by.name, what=told)
        change = _store(folder, *_as_found(folder, changes, change), change)
        sentence = open_prompt_book(settings).sentence(key, local=change.local)
        bring_back(folder, key, change.sound, sentence, local=change.local)
    return change


def sound_of(settings: Settings, key: str, *, local: bool = False, by: Actor) -> Sound:
    """The sentence as callers hear it now; one with words of a call, with long examples of them.

    Raises NotPermitted, PromptRefused for one that cannot be made now.
    """
    permit(by, Action.SEE_PROMPTS)
    book = open_prompt_book(settings)
    text = _known(book, key)
    try:
        recording = book.recording(key, local=local) if key in book.static_keys() else None
        if recording is not None and recording.usable:
            return Sound(pcm=to_linear(recording.sound), recorded=True)
    except (SynthesisFailed, OSError) as error:
        raise PromptRefused(f"这一句的录音放不出来：{error}") from None
    return Sound(pcm=to_linear(_tried(book, text)), recorded=False)


def newest(changes: Sequence[PromptChange]) -> int:
    """The number of the newest change; 0: none."""
    return changes[-1].number if changes else 0


def earlier_sound(settings: Settings, key: str, number: int, *, by: Actor) -> Sound:
    """The recording of a change, to be heard before it is brought back. Raises NotPermitted, PromptRefused, OSError."""
    permit(by, Action.SEE_PROMPTS)
    folder = settings.folders.prompts_recorded
    found = next((one for one in changes_of(folder) if (one.number, one.key) == (number, key) and one.sound), None)
    if found is None:
        raise PromptRefused(f"第 {number} 次改动没有录音")
    try:
        return Sound(pcm=to_linear(from_recording(str(folder / EARLIER / found.sound))), recorded=True)
    except SynthesisFailed as error:
        raise PromptRefused(f"这个录音放不出来：{error}") from None


def _noted(engine: Engine, by: Actor, what: str, now: datetime) -> None:
    """Who does it: before he does, so that what cannot be recorded is not done."""
    with writing(engine) as connection:
        looked(connection, by, None, what=what, now=now)


def _known(book: PromptBook, key: str) -> Text:
    try:
        return book.text(key)
    except KeyError:
        raise PromptRefused(f"没有提示音“{key[:40]}”") from None


def _reworded(settings: Settings, book: PromptBook, key: str, wording: str) -> Text:
    text = _known(book, key)
    if text.tone is not None:
        raise PromptRefused("这一句是提示声，没有文字")
    try:
        new = reworded(text, wording, prompt_constants(settings), version=text.version + 1)
    except BadConfig as error:
        raise PromptRefused("；".join(fault.mend for fault in error.faults)) from None
    if odd := unspeakable(new.text):
        raise PromptRefused(f"{'、'.join(odd)} 读不出来，请改成汉字")
    return new


def _tried(book: PromptBook, text: Text) -> bytes:
    if not _TURNS.acquire(timeout=BUSY):
        raise PromptRefused("别的人正在试听，机器忙；请过几秒再试")
    try:
        return book.spoken(text, **EXAMPLES)
    except SpokenTooLong as error:
        raise PromptRefused(f"太长：{error}。请改短") from None
    except (SynthesisFailed, OSError) as error:
        raise PromptRefused(f"这句话念不出来：{error}") from None
    finally:
        _TURNS.release()


def _changes(settings: Settings, key: str, on: int) -> Sequence[PromptChange]:
    """All changes. Raises PromptRefused where somebody has changed the sentence since the page was made."""
    changes = changes_of(settings.folders.prompts_recorded)
    meanwhile = [one for one in changes if one.key == key and one.number > on]
    if meanwhile:
        other = meanwhile[-1]
        raise PromptRefused(
            f"您打开这一页以后，{other.by} {other.at.astimezone(LOCAL):%H:%M} {other.what}"
            f"{f'：“{other.text}”' if other.text else ''}。您的没有存；请看看现在的样子，再决定改不改"
        )
    return changes


def _as_found(folder: Path, changes: Sequence[PromptChange], change: PromptChange) -> list[PromptChange]:
    """The sentence as it is before the change, where no change tells it: the first time, and after a command."""
    last = last_change(changes, change.key, local=change.local)
    sound = keep_recording(folder, change.key, local=change.local)
    if last is not None and last.sound == sound:
        return []
    text = "" if last is None else last.text
    return [replace(change, by="", what=AS_FOUND, text=text, sound=sound)]


def _store(folder: Path, *changes: PromptChange) -> PromptChange:
    """The changes, numbered; the last of them."""
    first = newest(changes_of(folder)) + 1
    numbered = [replace(change, number=first + place) for place, change in enumerate(changes)]
    for change in numbered:
        add_change(folder, change)
    return numbered[-1]

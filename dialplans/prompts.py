"""The prompt book: every sentence of the line as sound, made once, and always something to say.

A static prompt (no slot is filled during a call) is a recorded file if there is one, else synthesised; all are made
at start and kept in memory too, so that a file that vanished is put back. A prompt with slots is synthesised when
first needed, within a limit; whatever fails, the static sentence named as its fallback is said instead.
"""

import contextlib
import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dialplans.names import LOCAL_SPEECH as LOCAL
from dialplans.prompt_texts import SORRY, Text, Texts
from dialplans.voice import (
    RATE,
    SpokenTooLong,
    SynthesisFailed,
    Voice,
    from_recording,
    speak_within,
    to_linear,
    tone,
)

log = logging.getLogger(__name__)

LIMIT = 2.0
"""Seconds that a synthesis during a call may take, waiting for its turn included."""
START_LIMIT = 15.0
"""Seconds for one static prompt at start, when nobody waits."""
AT_ONCE = 2
"""Syntheses at the same time: more would only slow each other down."""
COMMANDS_SHARE = 0.7
"""Of the time of a synthesis, for the voice's command; the rest is for espeak-ng, should it fail."""
REST = 60.0
"""Seconds in which a command that failed is not asked again, if the failure was COSTLY: a caller waits for it."""
COSTLY = 0.5
"""Seconds."""
SAID = "said"
"""Folder in the cache of the prompts with words of a call in them."""
OWN = "own_"
"""How the keys of an office's own sentences begin, which flows say."""
SOUND = 2
"""Counted up when sound is made in another way (loudness, reading), so that none is left of before."""
MEMORY = 16 * 2**20
"""Bytes of linear sound kept in memory."""


class PromptsMissing(RuntimeError):
    """At start: static prompts that could neither be found nor made, and how to mend that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A sentence ready to be played. `path` is absolute and without extension, as Asterisk wants it."""

    key: str
    version: int
    path: str
    text: str
    seconds: float
    pcm: Callable[[], bytes] = field(repr=False, compare=False)
    """16-bit little-endian mono at 8 kHz, as AudioSocket wants it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A recorded prompt: its sound as A-law, whether it keeps its time, whether it says the text as it is now."""

    path: Path
    sound: bytes
    short: bool
    current: bool

    @property
    def usable(self) -> bool:
        return self.short and self.current


class PromptBook:
    """Thread-safe. `constants` are the words that no call changes; `recorded` holds <key>.wav or <key>.alaw."""

    def __init__(
        self,
        texts: Texts,
        *,
        constants: Mapping[str, str],
        recorded: Path,
        cache: Path,
        synthesise: Callable[..., bytes] = speak_within,
    ) -> None:
        self._texts = texts
        self._constants = dict(constants)
        self._recorded = recorded
        self._cache = cache.absolute()
        self._synthesise = synthesise
        self._static: dict[str, Prompt] = {}
        self._alaw: dict[str, bytes] = {}
        self._made_of: dict[str, object] = {}
        self._linear: OrderedDict[str, bytes] = OrderedDict()
        self._linear_size = 0
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._command_rests = 0.0
        self.troubles: dict[str, str] = {}
        """By key: why the voice's command could not speak a sentence."""

    def prepare(self, progress: Callable[[int, int, str], None] = lambda done, total, key: None) -> None:
        """Make every static prompt; call it once before the first call. Raises PromptsMissing, never half silent."""
        keys = self.static_keys()
        failed = []
        for done, key in enumerate(keys, 1):
            try:
                made_of = self._sources(key)
                self._keep(self._make_all(self._texts.texts[key]), key)
                self._made_of[key] = made_of
            except (SynthesisFailed, OSError) as error:
                failed.append(f"  · {key}：{error}")
            progress(done, len(keys), key)
        if failed:
            mend = "请安装 espeak-ng 和 sox（apt-get install espeak-ng sox），或把录音放进 " + str(self._recorded)
            raise PromptsMissing("\n".join([f"有 {len(failed)} 句提示音做不出来。{mend}", *failed]))

    def renew(self, texts: Texts) -> tuple[str, ...]:
        """Take in changed texts and recordings while calls are up: the keys of the sentences made anew.

        What is being played stays: its file has another name. A sentence that cannot be made stays as it was. The same
        sentences must have slots as before. One renewal at a time.
        """
        with self._lock:
            before = self._texts
            own = {key: text for key, text in before.texts.items() if key.startswith(OWN)}
            self._texts = texts = replace(texts, texts={**texts.texts, **own})
        renewed = []
        for key in self.static_keys():
            text, made_of = texts.texts[key], self._sources(key)
            if text == before.texts.get(key) and made_of == self._made_of.get(key):
                continue
            self._made_of[key] = made_of
            try:
                self._keep(self._make_all(text), key)
            except (SynthesisFailed, OSError) as error:
                log.error("prompt %s was changed and cannot be made, it stays as it was: %s", key, error)
                with self._lock:
                    stays = {key: before.texts.get(key, text)}
                    self._texts = replace(texts, texts={**self._texts.texts, **stays})
                continue
            renewed.append(key)
        return tuple(renewed)

    def spoken(self, text: Text, **slots: str) -> bytes:
        """How the voice says this text, whatever was recorded, as A-law. Raises SynthesisFailed, OSError."""
        folder = self._cache / SAID if text.slots(self._constants) else self._cache
        sound, path = self._spoken(text, slots, folder, time.monotonic() + START_LIMIT)
        if not path.exists():
            _write(path, sound)
        return sound

    def static_keys(self) -> tuple[str, ...]:
        """The keys of the prompts without slots."""
        return tuple(key for key, text in self._texts.texts.items() if not text.slots(self._constants))

    @property
    def texts(self) -> Mapping[str, Text]:
        """All sentences by key."""
        return self._texts.texts

    @property
    def core(self) -> tuple[str, ...]:
        """The keys of those that citizens hear most."""
        return self._texts.core

    def text(self, key: str) -> Text:
        """The text of a prompt. Raises KeyError."""
        return self._texts.texts[key]

    def sentence(self, key: str, *, local: bool = False) -> str:
        """What is read aloud for a static prompt. Raises KeyError."""
        return self.text(key).sentence(self._constants, local=local)

    def folder(self, *, local: bool = False) -> Path:
        """Where the recordings lie, those in the local speech below the others."""
        return self._recorded / LOCAL if local else self._recorded

    def recording(self, key: str, *, local: bool = False) -> Recording | None:
        """The recorded file of a static prompt, wherever it came from. Raises SynthesisFailed for an unreadable one.

        Beside it <key>.txt may hold the text that was read: a recording of an older text is not usable.
        """
        text, folder = self.text(key), self.folder(local=local)
        for path in (folder / f"{key}.alaw", folder / f"{key}.wav"):
            if path.is_file():
                sound, read = from_recording(str(path)), path.with_suffix(".txt")
                wanted = self.sentence(key, local=local)
                current = not read.is_file() or read.read_text(encoding="utf-8").strip() == wanted
                return Recording(path=path, sound=sound, short=len(sound) <= text.max_seconds * RATE, current=current)
        return None

    def prompt(self, key: str, **slots: str) -> Prompt:
        """The prompt, synthesised if need be within LIMIT, or its fallback. Never raises after `prepare`."""
        return self._find(key, slots) or self._make(key, slots)

    def ready(self, key: str, **slots: str) -> Prompt | None:
        """The prompt if nothing has to be synthesised for it, else None. Takes well under a millisecond."""
        return self._find(key, slots) if key in self._texts.texts else None

    def local(self, key: str) -> Prompt | None:
        """The static prompt in the local speech, if it was recorded. Takes well under a millisecond."""
        try:
            return replace(self._restored(f"{key}@{LOCAL}"), key=key)
        except KeyError:
            return None

    def pcm(self, prompt: Prompt) -> bytes:
        """The prompt's sound for AudioSocket; the fallback's if its file has gone meanwhile."""
        return prompt.pcm()

    def say_own(self, text: str, seconds: float) -> str:
        """The key of an office's own sentence, made if need be as a static prompt is; a recording under it counts.

        seconds: its longest time. Raises SynthesisFailed, OSError.
        """
        key = own_key(text)
        if key not in self._static:
            own = Text(key=key, version=1, text=text, max_seconds=seconds)
            made_of = self._sources(key)
            with self._lock:
                self._texts = replace(self._texts, texts={**self._texts.texts, key: own})
            try:
                self._keep(self._make_all(own), key)
            except (SynthesisFailed, OSError):
                with self._lock:  # every text without slots has its sound; others may have been taken in meanwhile
                    others = {other: told for other, told in self._texts.texts.items() if other != key}
                    self._texts = replace(self._texts, texts=others)
                raise
            self._made_of[key] = made_of
        return key

    def export_static(self, folder: Path, keys: Iterable[str] | None = None) -> None:
        """Write <folder>/<key>.alaw for the dialplan, each file whole or not at all. Raises KeyError, OSError.

        Those in the local speech below it, where Asterisk looks first on a channel with that language.
        """
        for key in self.static_keys() if keys is None else keys:
            _write(folder / f"{key}.alaw", self._alaw[key])
            if (sound := self._alaw.get(f"{key}@{LOCAL}")) is not None:
                _write(folder / LOCAL / f"{key}.alaw", sound)
            else:
                (folder / LOCAL / f"{key}.alaw").unlink(missing_ok=True)

    def forget(self, before: float) -> int:
        """Delete the prompts with slots that were made before this epoch: they tell places and results."""
        gone = 0
        for path in (self._cache / SAID).glob("*.alaw"):
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
            except FileNotFoundError:
                continue
        return gone

    def _find(self, key: str, slots: Mapping[str, str]) -> Prompt | None:
        text = self._texts.texts.get(key)
        if text is None:
            log.error("no prompt %r in the book: the sorry sentence is said", key)
            return self._restored(SORRY)
        if key in self._static:
            return self._restored(key)
        sentence = text.said({**slots, **self._constants})
        if sentence is None:
            log.warning("prompt %s: a slot is empty, %s is said", key, text.fallback)
            return self._restored(text.fallback)
        aloud = self._aloud(text, slots)
        for voice in self._voices():
            path = self._cache / SAID / self._name(text, aloud, voice)
            with contextlib.suppress(OSError):
                return self._as_prompt(text, sentence, path, path.stat().st_size)
        return None

    def _make(self, key: str, slots: Mapping[str, str]) -> Prompt:
        text = self._texts.texts[key]
        sentence = text.said({**slots, **self._constants}) or ""
        deadline = time.monotonic() + LIMIT
        try:
            if not self._turns.acquire(timeout=LIMIT):
                raise SynthesisFailed("合成的太多，轮不到")
            try:
                sound, path = self._spoken(text, slots, self._cache / SAID, deadline)
            finally:
                self._turns.release()
            _write(path, sound)
        except (SynthesisFailed, OSError) as error:
            # Without the sentence: it may hold a place or the result of a case.
            log.warning("prompt %s could not be made (%s), %s is said", key, error, text.fallback)
            return self._restored(text.fallback)
        return self._as_prompt(text, sentence, path, len(sound))

    def _make_all(self, text: Text) -> dict[str, tuple[Prompt, bytes]]:
        """The static prompt, and the one in the local speech if that was recorded, by key."""
        return {text.key: self._make_static(text), **self._make_local(text)}

    def _keep(self, made: Mapping[str, tuple[Prompt, bytes]], key: str) -> None:
        local = f"{key}@{LOCAL}"
        with self._lock:
            for name, (prompt, sound) in made.items():
                self._static[name], self._alaw[name] = prompt, sound
            if local not in made:
                self._static.pop(local, None)
                self._alaw.pop(local, None)

    def _sources(self, key: str) -> object:
        """What tells that a recording has changed."""
        found = []
        for local in (False, True):
            for kind in ("alaw", "wav", "txt"):
                with contextlib.suppress(OSError):
                    seen = os.stat(self.folder(local=local) / f"{key}.{kind}")
                    found.append((local, kind, seen.st_mtime_ns, seen.st_size))
        return found

    def _make_static(self, text: Text) -> tuple[Prompt, bytes]:
        sentence = text.fill(self._constants) or ""
        try:
            recording = self.recording(text.key)
            if recording is not None and recording.usable:
                return self._kept(text, sentence, recording.sound), recording.sound
            if recording is not None:
                log.warning("%s is not used: it is too long or says another text", recording.path.name)
        except SynthesisFailed as error:
            log.warning("the recording of %s is not used: %s", text.key, error)
        sound, path = self._spoken(text, {}, self._cache, time.monotonic() + START_LIMIT)
        return self._kept(text, sentence, sound, path), sound

    def _make_local(self, text: Text) -> dict[str, tuple[Prompt, bytes]]:
        """Of the local speech there is what was recorded; all else is said in Mandarin."""
        try:
            recording = self.recording(text.key, local=True)
        except SynthesisFailed as error:
            log.warning("the local recording of %s is not used: %s", text.key, error)
            return {}
        if recording is None:
            return {}
        if not recording.usable:
            log.warning("%s is not used: it is too long or says another text", recording.path)
            return {}
        own = replace(text, key=f"{text.key}@{LOCAL}")
        return {own.key: (self._kept(own, self.sentence(text.key, local=True), recording.sound), recording.sound)}

    def _kept(self, text: Text, sentence: str, sound: bytes, path: Path | None = None) -> Prompt:
        path = path or self._cache / f"{hashlib.sha256(sound).hexdigest()[:24]}.alaw"
        if not path.exists():
            _write(path, sound)
        return self._as_prompt(text, sentence, path, len(sound))

    def _aloud(self, text: Text, slots: Mapping[str, str]) -> str:
        """The sentence as the synthesiser is given it."""
        return self._texts.pronounced(text.said({**slots, **self._constants}, aloud=True) or "")

    def _spoken(self, text: Text, slots: Mapping[str, str], folder: Path, deadline: float) -> tuple[bytes, Path]:
        """The sound, from the cache or made now, and where it belongs there: under the voice that spoke it."""
        aloud, voices = self._aloud(text, slots), self._voices()
        if self._texts.voice.command and len(voices) == 1 and text.tone is None:
            self.troubles.setdefault(text.key, "刚才太慢或者出错，一分钟内不再找它")
        for voice in voices:
            path = folder / self._name(text, aloud, voice)
            with contextlib.suppress(OSError):
                return path.read_bytes(), path
            if text.tone is not None:
                return tone(text.tone, text.max_seconds), path
            begun = time.monotonic()
            limit = (deadline - begun) * (COMMANDS_SHARE if voice.command else 1)
            try:
                return self._synthesise(aloud, voice, seconds=text.max_seconds, limit=limit), path
            except SynthesisFailed as error:
                if not voice.command:
                    raise
                log.warning("prompt %s: voice.command: %s; espeak-ng speaks instead", text.key, error)
                self.troubles[text.key] = str(error)
                if not isinstance(error, SpokenTooLong) and time.monotonic() - begun > COSTLY:
                    self._command_rests = time.monotonic() + REST
        raise AssertionError("there is always the voice without a command")

    def _voices(self) -> tuple[Voice, ...]:
        """Whom to ask, in order: the command, unless it failed a moment ago; then espeak-ng."""
        voice = self._texts.voice
        plain = replace(voice, command=())
        return (voice, plain) if voice.command and time.monotonic() >= self._command_rests else (plain,)

    def _restored(self, key: str) -> Prompt:
        """A static prompt, its file put back if someone emptied it, or the cache."""
        with self._lock:
            prompt, sound = self._static[key], self._alaw[key]
        path = f"{prompt.path}.alaw"
        try:
            size = os.stat(path).st_size  # seven times a call: a Path costs more than the look itself
        except OSError:
            size = -1
        if size != len(sound):
            try:
                _write(Path(path), sound)
            except OSError as error:
                log.error("prompt %s cannot be written to the cache: %s", key, error)
        return prompt

    def _name(self, text: Text, aloud: str, voice: Voice) -> str:
        """By its content: what is changed is made anew, all else is found."""
        made_of = (SOUND, voice.command or (voice.name, voice.speed), text.tone, text.max_seconds, aloud)
        return f"{hashlib.sha256(repr(made_of).encode()).hexdigest()[:24]}.alaw"

    def _as_prompt(self, text: Text, sentence: str, path: Path, size: int) -> Prompt:
        return Prompt(
            key=text.key,
            version=text.version,
            path=str(path.with_suffix("")),
            text=sentence,
            seconds=size / RATE,
            pcm=partial(self._sound, path, text),
        )

    def _sound(self, path: Path, text: Text) -> bytes:
        with self._lock:
            kept = self._linear.get(str(path))
            if kept is not None:
                self._linear.move_to_end(str(path))
                return kept
        alaw = self._alaw.get(text.key)
        if alaw is None:
            try:
                alaw = path.read_bytes()
            except OSError as error:
                log.error("prompt %s has gone from the cache (%s), %s is said", text.key, error, text.fallback)
                return to_linear(self._alaw[text.fallback])
        linear = to_linear(alaw)
        with self._lock:
            if str(path) not in self._linear:
                self._linear[str(path)] = linear
                self._linear_size += len(linear)
            while self._linear_size > MEMORY:
                self._linear_size -= len(self._linear.popitem(last=False)[1])
        return linear


def own_key(text: str) -> str:
    """By which an office's own sentence is known: also the name of its recording. Another text is another sentence."""
    return OWN + hashlib.sha256(text.encode()).hexdigest()[:16]


def _write(path: Path, sound: bytes) -> None:
    """The file whole or not at all, also when two processes write it at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(sound)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)

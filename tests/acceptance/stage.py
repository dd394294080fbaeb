"""The stage of the acceptance tests: a whole hotline, its telephones, and what it tells of each call."""

import time
import wave
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialplans import names
from ivr.facts import Fact
from ivr.softphone import Phone, PhoneCall
from ivr.softphone_audio import AUDIBLE, correlation, tone, wav
from routing.calendar import LOCAL
from routing.phone import EMERGENCY
from tests.acceptance.witness import CaseBook, Record
from zhitong.app import Hotline
from zhitong.clock import FastForwardClock
from zhitong.settings import merged
from zhitong.trial import Trial, roster_of_switchboards, wait_until
from zhitong.watching import Watcher

MORNING = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
"""A Wednesday: the director, a deputy and one more are on duty, the desk is open."""
NIGHT = datetime(2026, 3, 5, 2, 30, tzinfo=LOCAL)
DIRECTOR, DEPUTY, THIRD, ROOM = "13808700001", "13808700002", "13808700004", "08702120002"
"""The ladder of MORNING by the shipped roster."""
DESK, ROOM_AT_NIGHT = "08702120010", "08702120001"
STRAIGHT = "08702129999"
"""A line that does not ask: after the notice the first mobile rings."""

_PIECE, _WINDOW, _SLACK = 4000, 2000, 3200
"""Samples: half a second finds the place of a sound; a quarter of one is compared, up to 0.4 s from its place."""
NOTICES = ("notice", "notice_night")

QUICK: Mapping[str, Any] = {"ladder": {"next_seconds": 2, "rung_seconds": 5}}
"""A ladder without the waiting of real life."""
SURELY, SURELY_NOT = 0.8, 0.6
"""Correlations above and below which a sound surely is, or is not, in another."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a stage is built with. short: prompts that are a short tone, for tests of what comes after them.

    recognition_trial: 试用识别, as the shipped model has it by default; False: its word is believed.
    lines: calls that each official's telephone can have at once, by the roster too, for tests of several callers.
    without_key_events: officials whose keys are tones in the sound. before: what is done before the hotline starts.
    """

    start: datetime = MORNING
    overrides: Mapping[str, Any] = field(default_factory=dict)
    short: tuple[str, ...] = ()
    recognition_trial: bool | None = None
    lines: int = 1
    without_key_events: frozenset[str] = frozenset()
    before: Callable[[Trial], None] | None = None


class Caller:
    """A citizen in a call: the telephone's side of it and what the hotline tells of it."""

    def __init__(self, call: PhoneCall, watcher: Watcher, opened: Fact) -> None:
        self.call, self._watcher, self.id, self.opened = call, watcher, opened.call_id, opened

    def wait(self, kind: str, limit: float, **detail: object) -> Fact:
        """The first fact of this kind with these details; waits for it."""
        return self._watcher.wait(kind, limit=limit, call=self.id, **detail)

    def facts(self, kind: str = "") -> tuple[Fact, ...]:
        """The facts of this call so far."""
        return self._watcher.facts(kind, call=self.id)

    def wait_asked(self, prompt: str, limit: float = 15.0, *, times: int = 1) -> Fact:
        """Until this has been asked or said so many times; the last of them."""
        wait_until(lambda: len(self._asked(prompt)) >= times, limit, f"{prompt} is asked {times} times")
        return self._asked(prompt)[times - 1]

    def wait_sound_after(self, fact: Fact, limit: float = 3.0) -> None:
        """Until this caller hears what `fact` began."""
        assert self.call.answered_at is not None
        self.call.wait_sound(limit, since=self.call.answered_at + fact.ms / 1000)

    @property
    def steps(self) -> list[str]:
        """What was decided so far, in order."""
        return [str(fact.detail["step"]) for fact in self.facts("decided")]

    def _asked(self, prompt: str) -> list[Fact]:
        return [fact for fact in self.facts("asked") if fact.detail["prompt"] == prompt]


class Stage:
    """One hotline in this process, on a clock that can be put forward, with its Asterisk and telephones."""

    def __init__(self, trial: Trial, hotline: Hotline, clock: FastForwardClock, setting: Setting) -> None:
        self.trial, self.hotline, self.clock = trial, hotline, clock
        self.watcher = Watcher()
        hotline.watch(self.watcher.see)
        self.cases = CaseBook(trial)
        self.network = trial.network
        for number in hotline.roster.directory.numbers():
            self.network.phone(number, lines=setting.lines, key_events=number not in setting.without_key_events)
        self._officials = hotline.roster.directory.numbers()

    # ── telephones ──────────────────────────────────────────────────────────────────────────────────────────────────

    def phone(self, number: str, **kind: Any) -> Phone:
        """The telephone with this number."""
        return self.network.phone(number, **kind)

    def dial(self, number: str, to: str = "", *, seen_as: str | None = None, **how: Any) -> Caller:
        """A citizen dials the line, which answers; `seen_as`: the number we are told, if it is not theirs."""
        since = self.watcher.count
        call = self.phone(number).dial(to or self.trial.line, via=self.trial.address, **how)
        call.wait_answered(5)
        return Caller(
            call,
            self.watcher,
            self.watcher.wait("opened", limit=5, since=since, caller=number if seen_as is None else seen_as),
        )

    def reset(self) -> None:
        """The officials' telephones ring and wait again, and calls that a test did not look at are forgotten."""
        for number in self._officials:
            phone = self.phone(number).behaviour("no-answer")
            while True:
                try:
                    phone.wait_called(0)
                except TimeoutError:
                    break

    def end_all(self) -> None:
        """Every citizen hangs up; then nothing may be left: no mobile that rings, no channel in Asterisk."""
        citizens = {call.number for call in self.network.calls} - self._officials
        for number in citizens:
            self.phone(number).behaviour("unreachable")  # for a 回拨 that falls due in a later test
        for call in self.network.live_calls():
            if call.number in citizens:
                call.hang_up()
        self.network.wait_all_over(8)
        self.wait_no_channels()
        dialled = {call.number for call in self.network.calls if call.incoming}
        assert not dialled & EMERGENCY, f"an emergency number was dialled: {dialled & EMERGENCY}"
        assert not self.network.strays, f"numbers that nobody has were dialled: {self.network.strays}"

    def wait_no_channels(self, limit: float = 5.0) -> None:
        """Until Asterisk has no channel left."""
        wait_until(
            lambda: self.trial.asterisk.cli("core show channels count").lstrip().startswith("0 active"),
            limit,
            "Asterisk has no channel left",
        )

    # ── what is known ───────────────────────────────────────────────────────────────────────────────────────────────

    def case(self, number: str, limit: float = 25.0, *, ended: bool = True) -> Record:
        """The one case of this citizen; `ended`: once the call is over and all of it is written."""
        self.hotline.keeper.flush(5)
        return self.cases.wait(number, limit, ended=ended)

    def prompt(self, key: str, **slots: str) -> bytes:
        """The sound of a prompt, as linear pcm."""
        return self.hotline.book.prompt(key, **slots).pcm()

    def talk_recording(self, caller: Caller) -> tuple[bytes, bytes]:
        """(the caller's channel, what the caller heard) of the recording, whether archived by now or not."""
        folder = self.trial.settings.folders.recordings
        raw = folder / f"{caller.id}{names.SUFFIX_RECORDING}"
        archived = [row for row in self.cases.only(caller.call.number).recordings if row.kind == "talk"]
        for path in (raw, *(folder / row.path for row in archived)):
            if path.exists():
                return two_channels(path)
        raise FileNotFoundError(f"no recording of the talk of {caller.id}: {[row.path for row in archived]}")

    def talk_of(self, call_id: str) -> Path | None:
        """The archived recording of a call's talk, once there is one."""
        folder = self.trial.settings.folders.recordings
        return next((path for path in folder.rglob(f"*{call_id}*.wav") if "message" not in path.name), None)


@contextmanager
def open_stage(setting: Setting, folder: Path) -> Iterator[Stage]:
    """A stage from beginning to end, with everything it keeps in `folder`."""
    several = {"roster": str(roster_of_switchboards(folder, setting.lines))} if setting.lines > 1 else {}
    overrides = merged({"lines": _lines(), "files": several}, setting.overrides)
    recorded = folder / "data" / "prompts"
    recorded.mkdir(parents=True)
    for place, key in enumerate(setting.short):
        (recorded / f"{key}.wav").write_bytes(wav(tone(440 + 130 * place, 0.6)))
    clock = FastForwardClock(setting.start)
    with Trial(overrides=overrides, clock=clock, folder=folder) as trial:
        if setting.before is not None:
            setting.before(trial)
        stage = Stage(trial, trial.start_hotline(recognition_trial=setting.recognition_trial), clock, setting)
        try:
            yield stage
        finally:
            stage.cases.close()


def _lines() -> list[dict[str, Any]]:
    return [
        {"number": "08702128888", "name": "找局长热线", "question": True},
        {"number": STRAIGHT, "name": "不提问的线", "question": False},
    ]


# ── sound ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(pcm: bytes, where: bytes) -> float:
    """How surely a sound is somewhere within another one, whenever that was: 1.0 the same, below 0.6 not.

    Five half seconds of it tell where it would be; there every window of it is looked for by itself, so that a sound
    which a busy machine has torn, or lost tenths of a second of, is still found.
    """
    wanted, there = (np.frombuffer(one[: len(one) // 2 * 2], dtype="<i2").astype(float) for one in (pcm, where))
    best = 0.0
    for first in np.linspace(0, max(0, len(wanted) - _PIECE), 5).astype(int):
        piece = wanted[first : first + _PIECE]
        if not 0 < len(piece) <= len(there) or np.abs(piece).mean() <= AUDIBLE:  # a pause between two words
            continue
        place = int(_matches(piece, there).argmax()) - first
        windows = []
        for start in range(0, max(1, len(wanted) - _WINDOW + 1), _WINDOW):
            window = wanted[start : start + _WINDOW]
            near = there[max(0, start + place - _SLACK) : max(0, start + place + _WINDOW + _SLACK)]
            if np.abs(window).mean() > AUDIBLE:
                windows.append(float(_matches(window, near).max()) if len(near) >= len(window) else 0.0)
        best = max(best, float(np.median(windows or [0.0])))
    return best


def _matches(wanted: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well it fits at each place: the normalised cross-correlation. `there` is at least as long."""
    size = 1 << (len(there) + len(wanted) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(there**2)))
    energy = energy[len(wanted) :] - energy[: -len(wanted)]
    fits: NDArray[np.float64] = products[: len(energy)] / np.sqrt(np.maximum(energy, len(wanted)) * (wanted**2).sum())
    return fits


def wait_heard(call: PhoneCall, sound: bytes, limit: float, what: str, *, since: float | None = None) -> None:
    """Until a telephone has heard this sound to its end, all in all or since a moment of CLOCK_MONOTONIC."""

    def heard() -> bytes:
        all_of_it = call.heard()
        return all_of_it.between(all_of_it.started_at if since is None else since, all_of_it.ended_at).pcm

    wait_until(lambda: len(heard()) >= len(sound) and found(sound, heard()) > SURELY, limit, what, every=0.5)


def hears(listener: PhoneCall, speaker: PhoneCall, sound: bytes) -> float:
    """`speaker` says a sound: how surely `listener` hears it."""
    began = time.monotonic()
    speaker.say(sound)
    over = time.monotonic()
    return correlation(speaker.said().between(began, over), listener.heard_between(began, over + 0.5))


def gets_through(listener: PhoneCall, speaker: PhoneCall, sound: bytes) -> bool:
    """Whether `listener` surely hears it. One of three tries is enough: a busy machine may break a sound to pieces."""
    return any(hears(listener, speaker, sound) > SURELY for _ in range(3))


def together(*runs: Callable[[], object]) -> None:
    """Run these at the same time, each on a thread of its own, until all are done; raises what the first one raised."""
    with ThreadPoolExecutor(len(runs)) as pool:
        for done in [pool.submit(run) for run in runs]:
            done.result()


def two_channels(path: Path) -> tuple[bytes, bytes]:
    """The channels of a recording: .raw as Asterisk writes it, or .wav."""
    if path.suffix == ".wav":
        with wave.open(str(path)) as file:
            data = file.readframes(file.getnframes())
    else:
        data = path.read_bytes()
    both = np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()

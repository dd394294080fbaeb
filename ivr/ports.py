"""What a live call needs of the rest of the house, as callables: real ones are wired in zhitong.app, fakes in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cases.callback import CallbackBrief
from cases.redial import RedialBrief
from cases.surge import Seen
from dialplans.prompts import Prompt
from ivr.facts import Fact
from ivr.menu import StaffPorts
from ivr.speech import Activity, SpeechSettings, Stream
from ivr.turn import TurnSettings
from recognizer.request import Request
from routing.route import Route
from routing.router import RequestFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One dialled number and how its calls are treated."""

    number: str
    name: str
    profile: str = "找局长直通"
    question: bool = True
    """Whether the open question is put; without it the call rings at once."""
    window: str = ""
    """The window of the hall this number stands for; empty: 非现场."""
    language: str = ""
    """The language or dialect of its callers: of the same rank, who speaks it is rung first."""
    local_speech: bool = False
    """What is recorded in the local speech is said so, all else in Mandarin."""
    ask_number: bool = False
    """Whoever calls here is asked for a number: no telephone that calls this line is the caller's own."""

    def shared(self, number: str) -> bool:
        """Whether this canonical number is not the caller's own: on a window's line any but a mobile is the hall's."""
        return self.ask_number or (bool(self.window) and not number.startswith("1"))


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSettings:
    """What does not change from call to call. Times in seconds."""

    lines: tuple[Line, ...] = ()
    trial: bool = False
    """试用识别: what is recognized may raise the urgency, but every caller goes to a person, with their own clip."""
    sure: float = 0.6
    """A confidence from which the matter is said back to the caller."""
    early_sure: float = 0.97
    """A confidence from which a turn may end before its silence has passed."""
    reasks: int = 2
    """Short questions put to a caller who says nothing at all."""
    misunderstandings: int = 2
    """So often something not understood is asked again, less one."""
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    clips: Path = Path("clips")
    """Folder for the callers' own words."""
    recordings: Path = Path("recordings")
    """Folder in which Asterisk leaves talks and messages."""
    hotline: str = ""
    """The hotline's number as it is said in a callback."""
    reports_to: str = "局长"
    """Who gets to read why a citizen is not content."""
    night: tuple[int, int] = (22, 6)
    """Hours of the night's greeting: from, until."""
    screening: SpeechSettings = field(default_factory=lambda: SpeechSettings(turn=TurnSettings(wait=4.0, longest=8.0)))
    number: SpeechSettings = field(
        default_factory=lambda: SpeechSettings(turn=TurnSettings(wait=4.0, silence=1.0, longest=20.0))
    )
    """How a telephone number is asked for: people pause between its groups."""
    meet_limit: float = 20.0
    """So long a call's thread waits for the dialplan's next connection while a notice plays."""
    step_limit: float = 8.0
    """So long it waits for the dialplan to come and ask what is next."""
    ring_limit: float = 600.0
    """So long nothing may be heard of a call that rings, is promised something or leaves a message."""
    talk_limit: float = 4 * 3600.0
    area_code: str = ""
    """Completes a land line's number that came without one."""
    static_promise: timedelta = timedelta(hours=2)
    """How soon somebody calls by the fixed sentence, said when a time cannot be spoken."""
    call_back: timedelta = timedelta(minutes=15)
    """How soon an official calls back who presses 4."""
    keyless: float = 8.0
    """On the last pass: so long after a word without a key, the person who spoke is connected."""

    def line(self, dialled: str) -> Line:
        """The line that was dialled; an unknown number is treated like the first."""
        for line in self.lines:
            if line.number == dialled:
                return line
        return self.lines[0] if self.lines else Line(number=dialled, name="")


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCase:
    """A case of the caller's that is worked on, in words: the day on which they called for it (前天), and by when they
    are to know, empty where no time can be told."""

    day: str
    when: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCaller:
    """What is known of a number that calls: calls before this one, and the id of who handles their open case.

    open_short: the number under which that case is spoken of; empty when they have none open. open_case: what they may
    be told of it themselves.
    callback: the one that this number has missed, and that can be held now. care: what they need (重点群众).
    """

    earlier_calls: int = 0
    care: str = ""
    handler: str = ""
    open_short: str = ""
    open_case: OpenCase | None = None
    callback: CallbackBrief | None = None


class PromptOf(Protocol):
    """book.prompt: a prompt that exists, whatever it takes."""

    def __call__(self, key: str, **slots: str) -> Prompt: ...


class ReadyPromptOf(Protocol):
    """book.ready: the prompt if it exists already."""

    def __call__(self, key: str, **slots: str) -> Prompt | None: ...


class Prepare(Protocol):
    """Have a prompt made in the background; never blocks, may be ignored under load."""

    def __call__(self, key: str, **slots: str) -> None: ...


class SurgeOf(Protocol):
    """What the place and matter of this call come to among the latest calls, this one counted in; never blocks.

    caller: empty when withheld. counts=False: it only belongs to a surge that is open. None: no town that is known,
    or, with counts=False, no surge.
    """

    def __call__(self, *, call_id: str, caller: str, place: str, matter: str, counts: bool = True) -> Seen | None: ...


def no_surge(*, call_id: str, caller: str, place: str, matter: str, counts: bool = True) -> Seen | None:
    """Nothing is counted."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallPorts:
    """Everything a call may do besides talking to Asterisk. None of these may raise because of data or load."""

    note: Callable[[Fact], None]
    """Hand a fact to casework; never blocks."""
    now: Callable[[], datetime]
    route: Callable[[RequestFacts], Route]
    """Whom to ring, in order; never empty. Whom the words complain of, and who is in a talk, is added there."""
    understand: Callable[[str], Request]
    listen: Callable[[], Stream]
    """A new recognizer stream; raises recognizer.errors.DecoderGone."""
    activity: Callable[[], Activity]
    prompt: PromptOf
    ready: ReadyPromptOf
    prepare: Prepare
    promise: Callable[[str], datetime]
    """The time by which somebody will call, for an urgency; stored by casework when the fact arrives."""
    spoken: Callable[[datetime], str]
    """A due time as it is said: 明早八点半."""
    spoken_day: Callable[[datetime], str]
    """A day as it is said: 昨天, 星期四."""
    unit_name: Callable[[str], str]
    """The spoken name of a unit's code."""
    callback: Callable[[int], CallbackBrief | None]
    """What a 回访 needs to know, by its task; None when there is nothing to say any more."""
    redial: Callable[[int], RedialBrief | None]
    """What a 回拨 needs to know, by its task."""
    surge: SurgeOf = no_surge
    settled: Callable[[Request], bool] = lambda request: True
    """Whether nothing that may still be said would change whom to ring: no town is missing, no surge is open."""
    known_caller: Callable[[str, str], Callable[[], KnownCaller]] = lambda caller, call_id: KnownCaller
    """Begin to look up what is known of a caller, this call left out; never blocks. What it returns tells it once it is
    known, and nothing until then, and never blocks either."""
    others: Callable[[RequestFacts, tuple[str, ...]], tuple[str, ...]] = lambda request, there: ()
    """Whom an official in a talk may bring in, in the order to ring them; `there`: the numbers in the talk already."""
    staff: StaffPorts = field(default_factory=StaffPorts)
    """Calls with officials, whoever dials."""
    local: Callable[[str], Prompt | None] = lambda key: None
    """A static prompt in the local speech, if there is one; never blocks."""
    share: Callable[[str, str, str], None] = lambda channel, name, value: None
    """Set a SHARED variable of this channel soon, as far as that is possible; never blocks."""
    stop_recording: Callable[[str], None] = lambda channel: None
    """Stop recording this channel now, as far as that is possible; never blocks."""
    flow: Callable[[str], str] = lambda line: ""
    """The digits by which the dialplan knows the flow of this line, as it was dialled; empty: it has none."""
    settings: CallSettings = field(default_factory=CallSettings)

    def speaking(self, line: Line) -> CallPorts:
        """The ports of a call on this line: in the local speech, as far as recorded, if it is spoken there."""
        if not line.local_speech:
            return self
        return replace(
            self,
            prompt=lambda key, **slots: self.local(key) or self.prompt(key, **slots),
            ready=lambda key, **slots: self.local(key) or self.ready(key, **slots),
        )

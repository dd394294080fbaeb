"""Whose turn is it? One question to a caller as a pure state machine on the clock: barge-in and end of speech.

The prompt pauses the moment the caller's voice sets in, and goes on if no word has come of it 700 ms later: a cough or
a slammed door must not swallow the question, and a caller who speaks must not have to speak against it. How long a
silence ends the turn, and whether it may end before, is said by the words (ivr.early).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from ivr.early import UNJUDGED, Judged, Pause


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnSettings:
    """In seconds, but for `pauses`."""

    resume: float = 0.7
    """A paused prompt goes on after this long without a word in the partial text."""
    pauses: int = 3
    """So often a prompt pauses; a line that crackles all the time must not keep the question from being heard."""
    silence: float = 0.7
    """This much silence after speech ends the caller's turn."""
    short: float = 0.5
    """So little does when what was said is a whole request, surely understood."""
    long: float = 1.2
    """So much it takes when the caller is in mid-thought."""
    early: bool = True
    """Whether a turn may end before its silence has passed."""
    quiet: float = 0.2
    """For so long no voice must have been there before an early decision: who still speaks is not cut."""
    stable: float = 0.3
    """For so long what was understood must have been the same before an early decision."""
    settled: float = 0.25
    """For so long the text must not have changed: the recognizer may still be catching up."""
    wait: float = 5.0
    """So long the caller may say nothing after the prompt."""
    longest: float = 30.0
    """A turn of speech is cut here."""
    noise: float = 8.0
    """So much unbroken sound without one word is noise, not speech."""
    whole: float = 60.0
    """No turn lasts longer than this after its prompt, whatever is heard: a television must not hold a call."""


class Move(Enum):
    """What to do until the next tick."""

    PLAY = "play"
    HUSH = "hush"
    """Send silence: the prompt is paused, stopped or over."""
    END = "end"
    """The caller has spoken and is done: finish the recognition."""
    EARLY = "early"
    """It may be decided now, if the recognizer's last word on all the sound so far does not say otherwise."""
    SILENT = "silent"
    """Nothing was said."""


class Turn:
    """One turn. Feed it what is known at each tick; it says what to do. Times are seconds of one monotonic clock."""

    def __init__(self, settings: TurnSettings, *, now: float, interruptible: bool = True) -> None:
        self._settings = settings
        self._interruptible = interruptible
        self._playing = True
        self._paused_at: float | None = None
        self._pauses = 0
        self._prompt_over_at: float | None = None
        self._was_speaking = False
        self._words = ""
        self._words_at = now
        self._answer = ""
        self._answer_at = now
        self._onset: float | None = None
        self._voice_at = now
        self.energy = False
        """Whether any voice was heard in this turn, words or not."""
        self.barged_in = False

    @property
    def onset(self) -> float | None:
        """When the present speech set in; None while there is none."""
        return self._onset

    @property
    def voice_at(self) -> float:
        """When the caller's voice was last there; when the turn began, if it never was."""
        return self._voice_at

    def tick(
        self,
        now: float,
        *,
        speaking: bool,
        voice_at: float | None = None,
        voiceless: float = math.inf,
        words: str,
        prompt_left: bool,
        judged: Judged = UNJUDGED,
    ) -> Move:
        """One step.

        speaking: whether the caller's voice is there; voice_at: when it was last there, if that is known more exactly;
        words: the recognized text of this turn so far, final and partial; prompt_left: whether the prompt has sound
        left; voiceless: for so long there was not one frame of voice; judged: what the words mean for its end.
        """
        rules = self._settings
        set_in = speaking and not self._was_speaking
        self._was_speaking = speaking
        if speaking:
            self.energy = True
            self._voice_at = now
            if self._onset is None:
                self._onset = now
        elif voice_at is not None and self._onset is not None:
            self._voice_at = voice_at
        if words != self._words:
            self._words, self._words_at = words, now
            self._onset = self._onset if self._onset is not None else now
        if judged.answer != self._answer:
            self._answer, self._answer_at = judged.answer, now
        self._prompt(now, set_in=set_in, left=prompt_left)

        if self._over(now, speaking=speaking, pause=judged.pause):
            return Move.END
        if not speaking and self._may_end_early(now, voiceless=voiceless, judged=judged):
            return Move.EARLY
        # A prompt that still has sound to come is not over, paused or not.
        quiet_since = max(self._prompt_over_at or now, self._voice_at if self.energy else 0.0)
        if self._prompt_over_at is not None:
            if now - self._prompt_over_at >= rules.whole:
                return Move.END if self._words else Move.SILENT
            if self._onset is None and now - quiet_since >= rules.wait:
                return Move.SILENT
        return Move.PLAY if self._playing and prompt_left else Move.HUSH

    def noise(self) -> None:
        """The speech that seemed to be over had no content: wait on, with the time for it already running."""
        self._onset = None
        self._words = ""

    def _prompt(self, now: float, *, set_in: bool, left: bool) -> None:
        if self._prompt_over_at is not None:
            return
        if not left:
            self._prompt_over_at, self._playing = now, False
            return
        if not self._interruptible:
            return
        if self._words:
            self.barged_in = True
            self._prompt_over_at, self._playing = now, False
        elif self._playing and set_in and self._pauses < self._settings.pauses:
            self._playing, self._paused_at = False, now
            self._pauses += 1
        elif self._paused_at is not None and now - self._paused_at >= self._settings.resume:
            self._playing, self._paused_at = True, None

    def _may_end_early(self, now: float, *, voiceless: float, judged: Judged) -> bool:
        rules = self._settings
        return (
            rules.early
            and judged.early
            and self._prompt_over_at is not None
            and min(now - self._voice_at, voiceless) >= rules.quiet
            and now - self._answer_at >= rules.stable
        )

    def _silence(self, pause: Pause) -> float:
        rules = self._settings
        match pause:
            case Pause.WHOLE:
                return min(rules.short, rules.silence)
            case Pause.THOUGHT:
                return max(rules.long, rules.silence)
            case Pause.USUAL:
                return rules.silence

    def _over(self, now: float, *, speaking: bool, pause: Pause) -> bool:
        rules = self._settings
        if self._onset is None or (self._prompt_over_at is None and not self._words):
            # Sound during the prompt without a word: the prompt decides (it goes on), nothing is over.
            if self._onset is not None and not speaking and now - self._voice_at >= rules.silence:
                self._onset = None
            return False
        spoken = now - self._onset
        if self._words:
            silence = now - self._voice_at
            quiet = not speaking and silence >= self._silence(pause) and now - self._words_at >= rules.settled
            return quiet or spoken >= rules.longest
        return (not speaking and now - self._voice_at >= rules.silence) or spoken >= rules.noise

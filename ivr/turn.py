"""Whose turn is it? One question to a caller as a pure state machine on the clock: barge-in and end of speech.

The prompt pauses the moment the caller's voice sets in, and goes on if no word has come of it 700 ms later: a cough or
a slammed door must not swallow the question, and a caller who speaks must not have to speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnSettings:
    """In seconds, but for `pauses`."""

    resume: float = 0.7
    """A paused prompt goes on after this long without a word in the partial text."""
    pauses: int = 3
    """So often a prompt pauses; a line that crackles all the time must not keep the question from being heard."""
    silence: float = 0.7
    """This much silence after speech ends the caller's turn."""
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
        self._onset: float | None = None
        self._voice_at = now
        self.energy = False
        """Whether any voice was heard in this turn, words or not."""
        self.barged_in = False

    @property
    def onset(self) -> float | None:
        """When the present speech set in; None while there is none."""
        return self._onset

    def tick(self, now: float, *, speaking: bool, voice_at: float | None = None, words: str, prompt_left: bool) -> Move:
        """One step.

        speaking: whether the caller's voice is there; voice_at: when it was last there, if that is known more exactly;
        words: the recognized text of this turn so far, final and partial; prompt_left: whether the prompt has sound
        left.
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
        self._prompt(now, set_in=set_in, left=prompt_left)

        if self._over(now, speaking=speaking):
            return Move.END
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

    def _over(self, now: float, *, speaking: bool) -> bool:
        rules = self._settings
        if self._onset is None or (self._prompt_over_at is None and not self._words):
            # Sound during the prompt without a word: the prompt decides (it goes on), nothing is over.
            if self._onset is not None and not speaking and now - self._voice_at >= rules.silence:
                self._onset = None
            return False
        spoken = now - self._onset
        if self._words:
            quiet = not speaking and now - self._voice_at >= rules.silence and now - self._words_at >= rules.settled
            return quiet or spoken >= rules.longest
        return (not speaking and now - self._voice_at >= rules.silence) or spoken >= rules.noise

"""What was heard: partial text while someone speaks, then utterances. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Partial:
    """What stands so far of the utterance being spoken; each one replaces the last."""

    text: str
    """Chinese text without spaces, unknown words left out."""
    unknown: int = 0
    """Syllables heard that no word of the model matches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """One stretch of speech, finished."""

    text: str
    """Chinese text without spaces, unknown words left out; may be empty when nothing known was said."""
    started_at: float
    """Seconds since the stream's first sample."""
    ended_at: float
    """Seconds since the stream's first sample."""
    unknown_share: float = 0.0
    """Share of syllables that no word of the model matches, 0 to 1. Judge by this, not by the model's confidence."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.unknown_share <= 1.0:
            raise ValueError(f"unknown_share={self.unknown_share}: must lie in 0..1")
        if self.ended_at < self.started_at:
            raise ValueError(f"ended_at={self.ended_at}: must not be before started_at={self.started_at}")

"""What the console needs of the rest, as callables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NotThere = Literal["unknown", "ended", "not yet"]
"""Nobody's address, one that was revoked, or nothing is known of addresses yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyCalendar:
    """An iCalendar file; `tag` changes with its bytes, `changed_at` is when what it says was last changed (aware)."""

    body: bytes
    tag: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsolePorts:
    """calendar: what is read under a token; may take its time."""

    calendar: Callable[[str], DutyCalendar | NotThere]

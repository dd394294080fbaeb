"""What the console needs of the rest, as callables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

NotThere = Literal["unknown", "ended", "not yet"]
"""Nobody's address, one that was revoked, or nothing is known of addresses yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyCalendar:
    """An iCalendar file; `tag` changes with its bytes, `changed_at` is when what it says was last changed (aware)."""

    body: bytes
    tag: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Who asks with a token of the API. id: of the token."""

    id: int
    who: object
    """Handed back to the ports; nothing here looks into it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentFile:
    """A file of a request: what it is called, and its bytes, to be read before the answer."""

    name: str
    source: BinaryIO


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file to be sent. suffix: without the dot."""

    path: Path
    media_type: str
    suffix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakePorts:
    """来件: each may take its time, and raises the errors of the application (zhitong.errors), NotPermitted, OSError.

    bearer: who holds a token. take: fields, key, files → whether it is new, and the answer. add: case, files. see: a
    case. file: case, attachment. status: number, code, address.
    """

    bearer: Callable[[str], Bearer]
    take: Callable[[Bearer, Mapping[str, str], str, Sequence[SentFile]], tuple[bool, dict[str, Any]]]
    add: Callable[[Bearer, str, Sequence[SentFile]], dict[str, Any]]
    see: Callable[[Bearer, str], dict[str, Any]]
    file: Callable[[Bearer, str, int], FoundFile]
    status: Callable[[Bearer | None, str, str, str], dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsolePorts:
    """calendar: what is read under a token; may take its time. intake: the API of other channels; None: none."""

    calendar: Callable[[str], DutyCalendar | NotThere]
    intake: IntakePorts | None = None

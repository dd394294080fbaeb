"""How far a line is set up: what was set, what was tried. The page of the first run shows it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zhitong.own_settings import own_table
from zhitong.settings import Settings
from zhitong.whole_files import write_whole

EXAMPLE_CARRIER = "192.0.2."
"""Of TEST-NET-1 (RFC 5737): the carrier of config/zhitong.toml as it is shipped."""
_EXAMPLE_MOBILE = "13808700001"
"""Of the director in config/roster.toml as it is shipped."""
RING, CALL = "ring", "call"


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """Which are done. ring, call: when the telephone was heard, and when the copy of the line did well."""

    line: bool
    people: bool
    ring: datetime | None
    call: datetime | None

    @property
    def done(self) -> bool:
        """Whether calls may come."""
        return self.line and self.people and self.ring is not None and self.call is not None


def steps_of(settings: Settings) -> Steps:
    """As this data folder has them. settings: as they are set now. Raises BadConfig."""
    own, tried = own_table(settings), _tried(settings)
    carrier = not settings.trunk.address.startswith(EXAMPLE_CARRIER)
    return Steps(
        line=carrier and bool(settings.lines),
        people="roster" in own.get("files", {}) or _own_files(settings),
        ring=_moment(tried.get(RING)),
        call=_moment(tried.get(CALL)),
    )


def note_tried(settings: Settings, what: str, at: datetime) -> None:
    """It was tried, and did well. Raises OSError."""
    settings.folders.data.mkdir(parents=True, exist_ok=True)
    write_whole(_path(settings), json.dumps({**_tried(settings), what: at.isoformat()}), mode=0o600)


def forget_tried(settings: Settings, *what: str) -> None:
    """What was set since must be tried again. Raises OSError."""
    tried = _tried(settings)
    if left := {name: at for name, at in tried.items() if name not in what}:
        write_whole(_path(settings), json.dumps(left), mode=0o600)
    elif tried:
        _path(settings).unlink()


def _own_files(settings: Settings) -> bool:
    """Whether the roster's file is another than the shipped one: set up by who edits files."""
    try:
        return _EXAMPLE_MOBILE not in settings.files.roster.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _tried(settings: Settings) -> Mapping[str, str]:
    try:
        told = json.loads(_path(settings).read_text(encoding="utf-8"))
        return told if isinstance(told, dict) else {}
    except (OSError, ValueError):
        return {}


def _moment(told: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if told else None
    except ValueError:
        return None


def _path(settings: Settings) -> Path:
    return settings.folders.data / "first-steps.json"

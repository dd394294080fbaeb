"""重新开线: the console, a child of `zhitong run`, wishes that all is started anew, by the settings of then."""

import fcntl
import logging
from pathlib import Path

from routing.faults import BadConfig
from zhitong.settings import load_settings

log = logging.getLogger(__name__)


def wish_restart(data: Path) -> None:
    """Ask `zhitong run` of this data folder. Calls that are up end. Raises OSError."""
    path = _wish(data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)


def forget_wish(data: Path) -> None:
    """Of before the start: it is fulfilled."""
    _wish(data).unlink(missing_ok=True)


def to_restart(data: Path) -> bool:
    """Whether somebody wishes it; with settings that cannot be read the line stays as it is."""
    if not _wish(data).exists():
        return False
    forget_wish(data)
    try:
        load_settings()
    except BadConfig as error:
        log.error("没有重新开线，照旧运行：%s", error)
        return False
    return True


def is_kept(data: Path) -> bool:
    """Whether `zhitong run` keeps the hotline of this data folder running."""
    try:
        with (data / "run.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _wish(data: Path) -> Path:
    return data / "run" / "restart"

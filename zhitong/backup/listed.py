"""The backups that the console has made: name, size and age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from routing.calendar import LOCAL

OLD = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A backup in the folder. size: bytes; at: when it was begun."""

    name: str
    size: int
    at: datetime


def listed_backups(folder: Path) -> list[Listed]:
    """The newest first; what is not called as `backup_name` calls them is none."""
    found = list[Listed]()
    for path in folder.glob("zhitong-*.tar"):
        try:
            at = datetime.strptime(path.name, "zhitong-%Y%m%d-%H%M%S.tar").replace(tzinfo=LOCAL)
            found.append(Listed(name=path.name, size=path.stat().st_size, at=at))
        except (ValueError, OSError):
            continue
    return sorted(found, key=lambda one: one.at, reverse=True)


def too_old(backups: Sequence[Listed], now: datetime) -> str:
    """What to tell people of the newest backup's age; empty: nothing."""
    if not backups:
        return "还没有备份过。磁盘坏了，工单、录音、值班表都会没有；请现在就做一份，存到别的机器上。"
    days = (now - backups[0].at).days
    return f"上一次备份是 {days} 天前，超过 {OLD.days} 天了；请现在再做一份。" if now - backups[0].at > OLD else ""

"""What a process and its children have used, as the kernel tells it."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (user and system) since the process began, and resident memory in bytes."""

    cpu: float
    rss: int


def usage(pid: int) -> Usage:
    """Of one process, without its children. Raises FileNotFoundError when it is gone."""
    # The name in parentheses may hold anything, so count from its end: state is field 0 there.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Usage(cpu=(int(fields[11]) + int(fields[12])) / _TICK, rss=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU seconds of the whole machine since it began: idle, and taken away by others on the same host (stolen)."""

    total: float
    idle: float
    stolen: float

    def since(self, then: "Machine") -> str:
        """How busy it was in between, in words."""
        total = max(self.total - then.total, 1 / _TICK)
        idle, stolen = ((a - b) / total for a, b in ((self.idle, then.idle), (self.stolen, then.stolen)))
        return f"machine {idle:.0%} idle, {stolen:.1%} stolen"


def machine() -> Machine:
    """All cores together."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return Machine(total=sum(ticks) / _TICK, idle=(ticks[3] + ticks[4]) / _TICK, stolen=ticks[7] / _TICK)


def children(pid: int) -> tuple[int, ...]:
    """The processes it has started that still run, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            own = [int(child) for child in (task / "children").read_text().split()]
        except OSError:  # the thread has just ended
            continue
        for child in own:
            found += [child, *children(child)]
    return tuple(found)


def keep_to(pid: int, cores: set[int]) -> None:
    """Let a process, all its threads and what it starts later run on these cores only."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            os.sched_setaffinity(int(task.name), cores)
        except ProcessLookupError:  # the thread has just ended
            continue

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
    """CPU seconds of all cores together: idle ones, and those that others on the same host took away (stolen)."""

    total: float
    idle: float
    stolen: float

    def __sub__(self, then: "Machine") -> "Machine":
        """What went by in between."""
        return Machine(self.total - then.total, self.idle - then.idle, self.stolen - then.stolen)

    @property
    def taken(self) -> float:
        """The share of the machine, 0 to 1, that it did not have."""
        return self.stolen / self.total if self.total > 0 else 0.0

    def __str__(self) -> str:
        return f"machine {self.idle / max(self.total, 0.01):.0%} idle, {self.taken:.1%} stolen"


def machine() -> Machine:
    """Since it began."""
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

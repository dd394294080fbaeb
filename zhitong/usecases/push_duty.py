"""Tell Asterisk whom to ring when no controller answers: the ladders of the next 72 hours, in its AstDB.

Call it at start, at each roster change, at each edge, and whenever the clock was advanced. The keys are moments of the
real time of the machine, because Asterisk compares them with its own clock; the controller's clock may run ahead.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from dialplans.names import DB_DUTY
from routing.directory import Directory
from routing.router import duty_edges

HOURS = 72.0


def duty_pushes(
    now: datetime, real_now: datetime, directory: Directory, hours: float = HOURS
) -> tuple[tuple[str, str], ...]:
    """(key, value) for AstDB: ten digits of epoch, then n1&n2&n3|n3|1&1&99. The first is valid at once. Pure.

    After the first bar stands the duty room, which ends every ladder: it is connected without a key; after the second
    how many calls each number takes at once.

    `now` is the time of the hotline's clock, `real_now` that of the machine at the same moment; both aware.
    """
    shift = real_now - now
    return tuple(
        (
            f"{int((at + shift).timestamp()):010d}",
            f"{'&'.join(numbers)}|{numbers[-1]}|{'&'.join(str(directory.lines(number)) for number in numbers)}",
        )
        for at, numbers in duty_edges(now, hours, directory=directory)
    )


def push_duty(
    *,
    directory: Directory,
    now: datetime,
    real_now: datetime,
    db_put: Callable[[str, str, str], None],
    db_del: Callable[[str, str], None],
    db_keys: Callable[[str], Iterable[str]],
) -> int:
    """Write the new ladders, then remove those of before. Returns how many are valid now.

    In this order because a call may look at any moment, and the controller may die at any moment: until the last line
    some ladder is valid for every minute. Errors of the callables come through; push again then.
    """
    pushes = duty_pushes(now, real_now, directory)
    for key, numbers in pushes:
        db_put(DB_DUTY, key, numbers)
    wanted = {key for key, _ in pushes}
    for key in sorted(set(db_keys(DB_DUTY)) - wanted):
        db_del(DB_DUTY, key)
    return len(pushes)

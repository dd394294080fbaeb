"""转接路线: the ladder of a call, each rung with the reason why it stands there."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One number to ring. `official_id` is “duty_room”, “supervision”, “desk” or “service” where no official answers.

    seconds: how long it rings; next: how long until the next rung is begun too, 0 = at once; None: as the setting.
    again: the number has been rung before in this ladder, and is meant to be.
    lines: how many calls of ours it takes at once; who has none free is passed over by the dialplan, except for red.
    deputies: the numbers that come next, in this order, when this official wants a deputy to be rung (key 3).
    """

    number: str
    official_id: str
    name: str
    post: str
    reason: str
    seconds: float | None = None
    next: float | None = None
    again: bool = False
    lines: int = 1
    deputies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The rungs in the order they ring, and the code of the unit that answers for the matter.

    left_out: who would have been rung, and why they are not. door: another door that the caller is told of.
    """

    rungs: tuple[Rung, ...]
    unit: str
    reason: str
    left_out: tuple[tuple[str, str], ...] = ()
    door: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.rungs:
            raise ValueError("a route without a rung would leave the caller alone")
        first = [rung.number for rung in self.rungs if not rung.again]
        if len(set(first)) != len(first) or {r.number for r in self.rungs} != set(first):
            raise ValueError("a route rings no number twice, unless it says so")

    @property
    def open_end(self) -> str:
        """The number connected as soon as it answers: the terminal that ends the ladder; empty if none does."""
        last = self.rungs[-1]
        return last.number if last.official_id in ("duty_room", "supervision") else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(rung.number for rung in self.rungs)

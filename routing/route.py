"""转接路线: the ladder of a call, each rung with the reason why it stands there."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One number to ring. `official_id` is “duty_room” or “desk” where no official stands behind it."""

    number: str
    official_id: str
    name: str
    post: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The rungs in the order they ring, and the code of the unit that answers for the matter."""

    rungs: tuple[Rung, ...]
    unit: str
    reason: str

    def __post_init__(self) -> None:
        if not self.rungs:
            raise ValueError("a route without a rung would leave the caller alone")
        if len(set(self.numbers)) != len(self.rungs):
            raise ValueError("a route rings no number twice")

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(rung.number for rung in self.rungs)

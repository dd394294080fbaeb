"""The directory of a county: units, officials, roster, duty room and desk. Everything the router asks."""

from dataclasses import dataclass

from routing.officials import Desk, DutyRoom, Unit
from routing.roster import Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """Everything the router asks. `home_unit` answers for what belongs to no other unit."""

    units: tuple[Unit, ...]
    roster: Roster
    duty_room: DutyRoom
    home_unit: str
    desk: Desk | None = None

    def numbers(self) -> frozenset[str]:
        """Every number of the directory: what may be dialled as part of a ladder."""
        desk = () if self.desk is None else (self.desk.number,)
        return frozenset((*(p for o in self.roster.officials for p in o.phones), *self.duty_room.numbers, *desk))

    def unit(self, code: str) -> Unit:
        """The unit with this code; raises KeyError for one that is not in the directory."""
        for unit in self.units:
            if unit.code == code:
                return unit
        raise KeyError(f"unit {code!r} is not in the directory")

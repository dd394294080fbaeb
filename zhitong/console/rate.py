"""How many requests an address may make: a bucket for each, and a bounded number of buckets. Pure."""

import ipaddress
from collections import OrderedDict

ADDRESSES = 4096
"""Addresses that are remembered; the one that has been quiet longest is forgotten first."""


class Rate:
    """So many requests a minute from one address, half of them at once."""

    def __init__(self, per_minute: int) -> None:
        self._per_second, self._at_once = per_minute / 60, max(1.0, per_minute / 2)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Whether this address may make one more. now: seconds of a clock that never goes back."""
        return self.allows_whom(_home(address), now)

    def allows_whom(self, key: str, now: float) -> bool:
        """The same for anybody who has a name."""
        left, at = self._left.pop(key, (self._at_once, now))
        left = min(self._at_once, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > ADDRESSES:
            self._left.popitem(last=False)
        return allowed


def _home(address: str) -> str:
    """Whose address it is: of IPv6, one subscriber has at least a /64. What is no address is nobody's in particular."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)

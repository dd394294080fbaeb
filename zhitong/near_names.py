"""A name that there is not, with those that it may be meant for."""

from collections.abc import Collection
from difflib import get_close_matches

_MOST = 5


def no_unit(unit: str, units: Collection[str]) -> str:
    """What is told of a unit that does not exist: the value, and the names that look like it."""
    near = [name for name in sorted(units) if unit and (unit in name or name in unit)]
    near += [name for name in get_close_matches(unit, sorted(units), n=_MOST, cutoff=0.4) if name not in near]
    hint = f"像的有：{'、'.join(near[:_MOST])}" if near else f"有：{'、'.join(sorted(units))}"
    return f"没有叫 {unit!r} 的单位；请写值班表里的单位名称，{hint}"

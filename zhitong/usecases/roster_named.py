"""People and units of the roster, as people name them."""

from routing.directory import Directory
from routing.officials import Official
from zhitong.errors import ChangeRefused


def find_official(directory: Directory, told: str) -> Official:
    """By id or by name. Raises ChangeRefused for nobody, and for a name that two people have."""
    found = [o for o in directory.roster.officials if told in (o.id, o.name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = "、".join(f"{o.id}（{o.post}）" for o in found)
        raise ChangeRefused(f"叫 {told} 的有 {len(found)} 个人，请写编号：{ids}")
    raise ChangeRefused(f"名单里没有 {told!r}；姓名和编号看 config/roster.toml 的 [[officials]]")


def find_unit(directory: Directory, told: str, *, field: str = "--unit") -> str:
    """The code of the unit with this code or name. Raises ChangeRefused."""
    codes = [unit.code for unit in directory.units if told in (unit.code, unit.name)]
    if not codes:
        raise ChangeRefused(f"{field}：没有单位 {told!r}；编码看 config/roster.toml 的 [[units]]")
    return codes[0]

"""config/notices.toml: who is told what, and by which addresses.

An address of a gateway holds its key. So the addresses stand in a file outside the project, or in the environment
(ZHITONG_NOTICE_ZHANG for the official `zhang`), and what is wrong with them is told without them.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from routing.faults import BadConfig, Fault, unknown_keys
from routing.fields import read_toml
from zhitong.notices.notice import KINDS, NoticeKind

ROUTE = "route"
"""Among those who are told: the officials of the route that was planned for the call."""

SUPERVISION = "supervision"
"""Among those who have addresses, as `Directory.whose` names it."""

_UNLESS_SAID: Mapping[str, list[str]] = {"emergency": [ROUTE, SUPERVISION], "monitor": [SUPERVISION]}
"""Who is told what a county's file, older than the kind, says nothing of."""
_ENVIRONMENT = "ZHITONG_NOTICE_"
_ADDRESSES = "notice-addresses.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """to: whom each kind of notice goes to. addresses: by an official's id or the county's own name, in lower case."""

    to: Mapping[NoticeKind, tuple[str, ...]]
    addresses: Mapping[str, tuple[str, ...]] = field(repr=False)

    def told(self, kind: NoticeKind, route: Collection[str] = ()) -> tuple[str, ...]:
        """Who is told, each once, in order; `route`: the ids of the call's route. Only those who have an address."""
        return tuple(name for name in self.meant(kind, route) if self.of(name))

    def meant(self, kind: NoticeKind, route: Collection[str] = ()) -> tuple[str, ...]:
        """Who is to be told, each once, in order, whether they have an address or not."""
        names = [name for one in self.to.get(kind, ()) for name in (route if one == ROUTE else (one,))]
        return tuple(dict.fromkeys(names))

    def of(self, name: str) -> tuple[str, ...]:
        """The addresses of an official's id or of another name."""
        return self.addresses.get(name.lower(), ())


def load_places(path: Path, *, data: Path, environ: Mapping[str, str] | None = None) -> Places:
    """Read config/notices.toml and the addresses. data: the data folder, where their file is looked for.

    Without addresses nobody is told anything. Raises BadConfig, in whose text no address is.
    """
    table = read_toml(path)
    faults = unknown_keys(table, ("addresses", "to"), "")
    to = _to(table.get("to", {}), faults)
    where = table.get("addresses", "")
    if isinstance(where, str):
        # An absolute path stays what it is.
        addresses = _addresses(data / (where or _ADDRESSES), faults, needed=bool(where))
    else:
        addresses = {}
        faults.append(_fault("addresses", "写地址文件的路径，放在引号里。"))
    for variable, told in (os.environ if environ is None else environ).items():
        if variable.startswith(_ENVIRONMENT) and told.strip():
            addresses[variable.removeprefix(_ENVIRONMENT).lower()] = tuple(told.split())
    if faults:
        # No value is told: it may be an address, wherever it was written.
        raise BadConfig(str(path), [replace(fault, value="…") for fault in faults])
    return Places(to=to, addresses=addresses)


def _to(table: Any, faults: list[Fault]) -> dict[NoticeKind, tuple[str, ...]]:
    found = dict[NoticeKind, tuple[str, ...]]()
    if not isinstance(table, Mapping):
        faults.append(_fault("to", "应写成 [to] 一节。"))
        return found
    kinds = [kind for kind in KINDS if kind != "test"]
    faults += unknown_keys(table, kinds, "to")
    for kind in kinds:
        names = table.get(kind, _UNLESS_SAID.get(kind, []))
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            faults.append(_fault(f"to.{kind}", '应写成 ["route", "编号", …]。'))
        elif any("://" in name for name in names):
            faults.append(_fault(f"to.{kind}", "这里写发给谁；地址里有密钥，请写进地址文件。"))
        else:
            found[kind] = tuple(names)
    return found


def _addresses(file: Path, faults: list[Fault], *, needed: bool) -> dict[str, tuple[str, ...]]:
    found = dict[str, tuple[str, ...]]()
    try:
        if file.stat().st_mode & 0o077:
            faults.append(_fault("addresses", f"{file} 里有密钥，别人也能读，请 chmod 600。"))
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        if needed or not isinstance(error, FileNotFoundError):
            faults.append(_fault("addresses", f"{file} 读不到（{error.strerror}），请建好或改路径。"))
        return found
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Without the reader's own words: they may quote what stands there.
        faults.append(_fault("addresses", f'{file} 不是合格的 TOML，每行应是 编号 = ["地址"]。'))
        return found
    for name, told in table.items():
        rows = [told] if isinstance(told, str) else told
        if isinstance(rows, list) and all(isinstance(row, str) and "://" in row for row in rows):
            found[name.lower()] = tuple(rows)
        else:
            faults.append(_fault(f"addresses.{name}", '应写成 ["地址", …]，地址的样子是 名字://…。'))
    return found


def _fault(field: str, mend: str) -> Fault:
    return Fault(field=field, value="…", mend=mend)

"""分流: which of four ways a case goes, 小微即访即解、突发立即核实、难事报上级、长远精准帮扶 (威信). Pure.

One way at a time, kept as a tag of the case: whoever finds that it is another one sorts it anew.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from cases.marks import MARKS
from cases.sla import BadPolicy


class Way(StrEnum):
    """What is to be done with a case."""

    SETTLE = "即访即解"  # settled while the citizen is on the line, or within half a working day
    EMERGENCY = "突发应急"  # looked at where it happens, at once
    ESCALATE = "难事上报"  # a leader owns it
    PLAN = "长远帮扶"  # helped over a long time: who, until when, in which steps


WHAT = "分流"
"""As which such a tag is told."""
WAYS = frozenset(way.value for way in Way)
KEYS: Mapping[str, Way] = {MARKS["9"]: Way.EMERGENCY, MARKS["4"]: Way.ESCALATE, MARKS["1"]: Way.SETTLE}
"""What an official marks in the talk (*9, *4, *1) → the way, the gravest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmergencyRules:
    """config/policies/emergency.toml. triggers: what makes one by itself, of TRIGGERS. on_site: until somebody is to
    be where it happens."""

    triggers: frozenset[str] = frozenset()
    on_site: timedelta = timedelta(hours=1)


RED_CALL, HURRY = "红色来电", MARKS["9"]
TRIGGERS = (RED_CALL, HURRY)


def way_in(tags: Mapping[str, object] | frozenset[str] | list[str] | tuple[str, ...]) -> Way | None:
    """The way of a case with these tags; None: nobody has said yet."""
    return next((way for way in Way if way.value in tags), None)


def load_emergency(path: Path) -> EmergencyRules:
    """Reads emergency.toml; a missing file: none by itself. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return EmergencyRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = ("triggers", "on_site_minutes")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    triggers, minutes = content.get("triggers", []), content.get("on_site_minutes", 60)
    if not isinstance(triggers, list) or any(one not in TRIGGERS for one in triggers):
        faults.append(f'triggers 是 {triggers!r}；请从 {"、".join(TRIGGERS)} 里选，写成 ["…"]，不要自动的写 []')
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 5 <= minutes <= 1440:
        faults.append(f"on_site_minutes 是 {minutes!r}；请写 5 到 1440 的整数（分钟）")
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return EmergencyRules(triggers=frozenset(triggers), on_site=timedelta(minutes=minutes))

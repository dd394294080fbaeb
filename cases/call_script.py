"""接通三件事: what the official whose telephone rings is to do in the talk, in three lines (威信). Pure.

了解来龙去脉、稳定情绪、明确解决路径. The lines are the county's; which, matter, type and urgency of the case say.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.sla import URGENCIES, BadPolicy, Exemption

LINES = 3
LONGEST = 72
"""Characters of the lines of one script together: with the case they make two parts of a long text (134)."""
_KEYS = ("matter", "type", "urgency", "lines")
_TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallScript:
    """The lines for some cases; what is empty of `of` holds for all."""

    of: Exemption
    lines: tuple[str, ...]


USUAL = CallScript(
    of=Exemption(within=0),
    lines=(
        "问清来龙去脉：何时何地、找过谁、卡在哪",
        "先听完，不争辩，说一声听明白了",
        "讲明谁办、几时答复，说到做到",
    ),
)
"""For whom no other one is written."""


def script_for(scripts: Iterable[CallScript], *, matter: str, type: str, urgency: str) -> tuple[str, ...]:
    """The lines for a case like this; of several the closest, as with 时限. urgency: red, orange …"""
    fit = [one for one in scripts if one.of.covers(matter, type, urgency)]
    return max(fit, key=lambda one: one.of.closeness, default=USUAL).lines


def load_call_scripts(path: Path) -> tuple[CallScript, ...]:
    """Reads call_script.toml; a missing file: the usual lines for all. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    faults = [f"{key} 不认识；只有 [[script]]" for key in content if key != "script"]
    raw = content.get("script", [])
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise BadPolicy(
            "\n".join(f"{path.name}：{fault}" for fault in [*faults, "script 要写成 [[script]] 一节一节的"])
        )
    for place, one in enumerate(raw, start=1):
        faults += [f"第 {place} 个 script 的 {fault}" for fault in _faults(one)]
    found = [] if faults else [_read(one) for one in raw]
    twice = {str(one.of) for one in found if [other.of for other in found].count(one.of) > 1}
    faults += ["有两个 script 管的一样（matter、type、urgency 都相同）；请留一个"] if twice else []
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return tuple(found)


def _read(one: dict[str, Any]) -> CallScript:
    urgency = URGENCIES.get(one.get("urgency", ""), "")
    of = Exemption(within=0, matter=one.get("matter", ""), type=one.get("type", ""), urgency=urgency)
    return CallScript(of=of, lines=tuple(line.strip() for line in one["lines"]))


def _faults(one: dict[str, Any]) -> list[str]:
    faults = [f"{key} 不认识；只有 {'、'.join(_KEYS)}" for key in one if key not in _KEYS]
    matter, type, urgency = (one.get(key, "") for key in ("matter", "type", "urgency"))
    if not isinstance(matter, str) or not re.fullmatch(r"([A-Z]\d{0,2})?", matter):
        faults.append(f"matter 是 {matter!r}；请写事项的代码，如 A1，或者一整类，如 A")
    if type not in ("", *_TYPES):
        faults.append(f"type 是 {type!r}；请用 {'、'.join(_TYPES)}")
    if urgency not in ("", *URGENCIES):
        faults.append(f"urgency 是 {urgency!r}；请用 {'、'.join(URGENCIES)}")
    lines = one.get("lines")
    written = isinstance(lines, list) and all(isinstance(line, str) and line.strip() for line in lines)
    if not isinstance(lines, list) or not written or len(lines) != LINES:
        return [*faults, f"lines 是 {lines!r}；请写 {LINES} 句，每句放在引号里"]
    if any(re.search(r"[\x00-\x1f\x7f{}]|\d{5,}", line) for line in lines):
        faults.append("lines 里不能换行，不能有花括号，不能写 5 位以上的数字（电话号码不进通知）")
    if (n := sum(len(line.strip()) for line in lines)) > LONGEST:
        faults.append(f"lines 一共 {n} 个字，最多 {LONGEST} 个：连同工单编号要装进两条短信")
    return faults

"""What people tag: risk, cause and pattern of a case, and who needs more care (三类风险、一人一档, 威信). Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from cases.lead import ABOVE_TAGS
from cases.sla import BadPolicy
from cases.triage import WAYS

LONGEST = 20
OUTCRY = "舆情扩散"
"""The risk whose cases are counted as 舆情事件 (威信)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TagLists:
    """config/policies/tags.toml. pattern: one of them at a time; vulnerable: tagged to a person, not to a case."""

    risk: tuple[str, ...] = ("情绪累积", "责任悬空", OUTCRY)
    cause: tuple[str, ...] = ("材料反复退回", "职责交叉", "政策理解偏差", "窗口离岗", "物料用完")
    pattern: tuple[str, ...] = ("长期性", "突发性", "周期性")
    vulnerable: tuple[str, ...] = ("低保", "留守老人", "留守儿童", "残疾")

    @property
    def of_cases(self) -> Mapping[str, str]:
        """Tag → what it tells of a case."""
        named = (("风险", self.risk), ("原因", self.cause), ("规律", self.pattern))
        return {tag: name for name, tags in (*named, ("交办来源", ABOVE_TAGS)) for tag in tags}


def load_tags(path: Path) -> TagLists:
    """Reads tags.toml; a missing file: as shipped. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return TagLists()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = tuple(field.name for field in fields(TagLists))
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    given: dict[str, tuple[str, ...]] = {}
    for name in known:
        if name not in content:
            continue
        value = content[name]
        if not isinstance(value, list) or not all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in value):
            faults.append(f'{name} 是 {value!r}；请写成 ["…", "…"]，每个最多 {LONGEST} 个字')
            continue
        given[name] = tuple(value)
    cases = [tag for name in known[:3] for tag in given.get(name, getattr(TagLists(), name))]
    faults += [f"{tag} 是分流，用 zhitong case triage，不写在这里" for tag in cases if tag in WAYS]
    faults += [f"{tag} 写了两次" for tag in sorted({tag for tag in cases if cases.count(tag) > 1})]
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return TagLists(**given)

"""主要领导跟踪 (镇雄): cases that the main leader owns, not the leader in charge, and follows to their end. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cases.sla import BadPolicy

ABOVE, REPEATED, STRONG = "省市交办", "同一件事反复来电", "情绪强烈"
TRIGGERS = (ABOVE, REPEATED, STRONG)
ABOVE_TAGS = ("省级交办", "市级交办")
"""Tags of what was handed down from above; they are there whatever a county tags besides."""
STRONG_TAG = "情绪累积"
"""The risk (威信) that is the same trigger when people see it."""
_ASKS = "咨询"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadRules:
    """config/policies/lead.toml. main: triggers whose cases the main leader owns; of the others, the leader in charge.

    follow: in such time there is to be an outcome, and again after it. strong: words by which a citizen is at the end
    of his patience.
    """

    main: frozenset[str] = frozenset(TRIGGERS)
    follow: timedelta = timedelta(days=3)
    strong: tuple[str, ...] = ()


def is_strong(words: str, type: str, rules: LeadRules) -> bool:
    """Whether somebody who says this is at the end of his patience; who only asks is not."""
    return type != _ASKS and any(word in words for word in rules.strong)


def load_lead_rules(path: Path) -> LeadRules:
    """Reads lead.toml; a missing file: no words are strong. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LeadRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = ("main", "follow_days", "strong")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    main, days, strong = content.get("main", list(TRIGGERS)), content.get("follow_days", 3), content.get("strong", [])
    if not isinstance(main, list) or not all(one in TRIGGERS for one in main):
        faults.append(f'main 是 {main!r}；请从 {"、".join(TRIGGERS)} 里选，写成 ["…", "…"]')
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 60:
        faults.append(f"follow_days 是 {days!r}；请写 1 到 60 的整数（天）")
    if not isinstance(strong, list) or not all(isinstance(one, str) and 1 < len(one) <= 20 for one in strong):
        faults.append(f'strong 是 {strong!r}；请写成 ["…", "…"]，每个 2 到 20 个字')
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return LeadRules(main=frozenset(main), follow=timedelta(days=days), strong=tuple(strong))

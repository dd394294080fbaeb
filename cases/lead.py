"""领办 (奉节): when a leader owns a case; 主要领导跟踪 (镇雄): which the main one follows to its end. Pure."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cases.sla import BadPolicy, Limit
from cases.warning import WarningStep

ABOVE, REPEATED, STRONG = "省市交办", "同一件事反复来电", "情绪强烈"
TRIGGERS = (ABOVE, REPEATED, STRONG)
ABOVE_TAGS = ("省级交办", "市级交办")
"""Tags of what was handed down from above; they are there whatever a county tags besides."""
STRONG_TAG = "情绪累积"
"""The risk (威信) that is the same trigger when people see it."""
_ASKS = "咨询"
_FALSE = "false_closing"
_NUMBERS: Mapping[str, tuple[int, Collection[int], str]] = {
    "follow_days": (3, range(1, 61), " 1 到 60 的整数（天）"),
    "repeats": (3, {0, *range(2, 21)}, " 2 到 20 的整数（第几次来电），0 = 不"),
    "reworks": (2, range(21), " 1 到 20 的整数（第几次重办），0 = 不"),
    "overdue_workdays": (3, range(61), " 1 到 60 的整数（工作日），0 = 不"),
    "register_minutes": (15, range(1, 1441), " 1 到 1440 的整数（分钟）"),
    "meeting_minutes": (60, range(1, 1441), " 1 到 1440 的整数（分钟）"),
}
"""Usual number, those that can be meant, and how that is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadRules:
    """config/policies/lead.toml. main: triggers whose cases the main leader owns; of the others, the leader in charge.

    follow: in such time there is to be an outcome, and again after it. strong: words by which a citizen is at the end
    of his patience. repeats: by which call of a citizen about one matter a leader owns the case (反复提出). reworks: by
    which 重办; overdue_workdays: so long after a clock has run out; false_closing: once supervision has found that it
    was closed falsely (办理不力). Zero, and false: not by that. registered, meeting: of red cases, until when they are
    registered, and met about on site.
    """

    main: frozenset[str] = frozenset(TRIGGERS)
    follow: timedelta = timedelta(days=3)
    strong: tuple[str, ...] = ()
    repeats: int = 3
    reworks: int = 2
    overdue_workdays: int = 3
    false_closing: bool = True
    registered: timedelta = timedelta(minutes=15)
    meeting: timedelta = timedelta(hours=1)

    @property
    def steps(self) -> tuple[WarningStep, ...]:
        """When a leader owns a case whose clock has run out, as the step after the last warning."""
        late = Limit(most=self.overdue_workdays, unit="workdays")
        return (WarningStep(colour="red", tell=(), late=late, leads=True),) if self.overdue_workdays else ()


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
    known = ("main", "strong", "false_closing", *_NUMBERS)
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    main, strong, false = content.get("main", list(TRIGGERS)), content.get("strong", []), content.get(_FALSE, True)
    if not isinstance(main, list) or not all(one in TRIGGERS for one in main):
        faults.append(f'main 是 {main!r}；请从 {"、".join(TRIGGERS)} 里选，写成 ["…", "…"]')
    if not isinstance(false, bool):
        faults.append(f"{_FALSE} 是 {false!r}；请写 true 或 false，不加引号")
    given: dict[str, int] = {}
    for key, (usual, allowed, told) in _NUMBERS.items():
        value = given[key] = content.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
            faults.append(f"{key} 是 {value!r}；请写{told}")
    if not isinstance(strong, list) or not all(isinstance(one, str) and 1 < len(one) <= 20 for one in strong):
        faults.append(f'strong 是 {strong!r}；请写成 ["…", "…"]，每个 2 到 20 个字')
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return LeadRules(
        main=frozenset(main),
        follow=timedelta(days=given["follow_days"]),
        strong=tuple(strong),
        repeats=given["repeats"],
        reworks=given["reworks"],
        overdue_workdays=given["overdue_workdays"],
        false_closing=false,
        registered=timedelta(minutes=given["register_minutes"]),
        meeting=timedelta(minutes=given["meeting_minutes"]),
    )

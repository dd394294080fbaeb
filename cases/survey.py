"""抽样调查: a sample of closed cases is asked by others than those who called back (督查、第三方; 长春新区). Pure.

What they are told is kept apart and never stands in place of the callback's answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cases.sample import SampleRules, drawn, load_sample_rules

RATINGS = ("满意", "基本满意", "不满意", "没联系上", "不愿评价")
"""What came of it; the first three are ratings."""
_SALT = "survey"


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What came of the surveys of a span, counted. waiting: drawn and not asked yet."""

    satisfied: int = 0
    middle: int = 0
    unsatisfied: int = 0
    unreached: int = 0
    unrated: int = 0
    waiting: int = 0

    @property
    def rated(self) -> int:
        """Who gave a rating."""
        return self.satisfied + self.middle + self.unsatisfied


def surveyed(numbers: Iterable[str], month: str, rules: SampleRules) -> list[str]:
    """The cases of a month's survey: others than the 查单 draws, the same ones whoever draws them."""
    return drawn(numbers, f"{_SALT} {month}", rules)


def load_survey_rules(path: Path) -> SampleRules:
    """Reads survey.toml; a missing file: as sample.toml is shipped. Raises BadPolicy, all faults at once."""
    return load_sample_rules(path)

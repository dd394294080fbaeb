"""查单: some closed cases of each month are looked at again by supervision, whoever is satisfied (镇雄). Pure."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cases.sla import BadPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRules:
    """config/policies/sample.toml: so many percent of the month's closed cases, at least and at most so many cases.

    percent 0: none are drawn.
    """

    percent: int = 5
    least: int = 3
    most: int = 50


def drawn(numbers: Iterable[str], month: str, rules: SampleRules) -> list[str]:
    """The cases that are drawn of these, the same ones whenever it is done and by whomever it is checked."""
    by_lot = sorted(set(numbers), key=lambda number: sha256(f"{month}/{number}".encode()).digest())
    if not rules.percent:
        return []
    return by_lot[: min(rules.most, max(rules.least, math.ceil(len(by_lot) * rules.percent / 100)))]


def load_sample_rules(path: Path) -> SampleRules:
    """Reads sample.toml; a missing file: as shipped. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SampleRules()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    most = {"percent": 100, "least": 1000, "most": 1000}
    faults = [f"{key} 不认识；只有 {'、'.join(most)}" for key in content if key not in most]
    for name, value in content.items():
        if name in most and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most[name]):
            faults.append(f"{name} 是 {value!r}；请写 0 到 {most[name]} 的整数")
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return SampleRules(**content)

"""A measured figure, the table it is printed in and the file it is kept in."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line of the results. `target` and `ok` are None for what only explains the others."""

    name: str
    value: float
    unit: str
    target: str | None = None
    ok: bool | None = None
    how: str


def at_most(name: str, value: float, limit: float, unit: str, how: str) -> Figure:
    """A figure that must not exceed its limit."""
    return Figure(name=name, value=_rounded(value), unit=unit, target=f"≤ {limit:g}", ok=value <= limit, how=how)


def at_least(name: str, value: float, limit: float, unit: str, how: str) -> Figure:
    """A figure that must reach its limit."""
    return Figure(name=name, value=_rounded(value), unit=unit, target=f"≥ {limit:g}", ok=value >= limit, how=how)


def known(name: str, value: float, unit: str, how: str) -> Figure:
    """A figure without a target."""
    return Figure(name=name, value=_rounded(value), unit=unit, how=how)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` (0..1) of all do not exceed (nearest rank). NaN when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def median(values: Sequence[float]) -> float:
    """The middle one (of an even number, the lower of the two)."""
    return percentile(values, 0.5)


def line(figure: Figure) -> str:
    """One line of the table."""
    verdict = {None: "", True: "ok", False: "MISSED"}[figure.ok]
    return f"{figure.name:<38} {figure.value:>10g} {figure.unit:<10} {figure.target or '':>8}  {verdict}"


def save(path: Path, figures: Iterable[Figure]) -> None:
    """Write them; those of parts that were not run this time stay as they are."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    for figure in figures:
        told = asdict(figure)
        name = told.pop("name")
        told["value"] = None if math.isnan(told["value"]) else told["value"]
        kept[name] = told
    path.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=2) + "\n")


def _rounded(value: float) -> float:
    return value if math.isnan(value) else float(f"{value:.4g}")

"""Whether two cases are one: by caller, place, matter and words. Proposed with reasons; a person decides. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from cases.case import Case

NEAR = timedelta(days=30)
"""Cases further apart are told apart: what comes again after so long is a matter of its own."""
_ENOUGH = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How a case resembles another: points, and why, in Chinese."""

    case: Case
    points: int
    why: tuple[str, ...]


def alike(case: Case, others: Iterable[Case]) -> list[Likeness]:
    """Those that may be the same matter, the likest first.

    Two points for the same caller, matter or words, one for the same place; three are enough. Nothing is alike that
    has another matter, unless the words are the same.
    """
    found = []
    for other in others:
        if other.number == case.number or abs(other.answered_at - case.answered_at) > NEAR:
            continue
        words = fuzz.token_set_ratio(_words(case), _words(other)) >= 75 if _words(case) and _words(other) else False
        if case.matter and other.matter and case.matter != other.matter and not words:
            continue
        reasons = (
            (2, "同一个号码", bool(case.number_to_call) and case.number_to_call == other.number_to_call),
            (2, "同一事项", bool(case.matter) and case.matter == other.matter),
            (1, "同一地点", bool(case.place) and case.place == other.place),
            (2, "说的话相近", words),
        )
        points = sum(weight for weight, _, holds in reasons if holds)
        if points >= _ENOUGH:
            found.append(Likeness(case=other, points=points, why=tuple(why for _, why, holds in reasons if holds)))
    return sorted(found, key=lambda one: (-one.points, one.case.answered_at))


def _words(case: Case) -> str:
    # Chinese has no spaces: pairs of characters are the words that are compared.
    said = case.demand or case.transcript
    return " ".join(said[at : at + 2] for at in range(len(said) - 1))

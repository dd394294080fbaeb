"""The sounds of the model: silence, 21 initials of one state, 38 finals of two states, all toneless.

Each sound has four variants by its position in the word (begin, end, inside, single) that share their states, as Vosk
needs them to find the words' borders. Tones are left out: without pitch among the features they cannot be told apart.
"""

from itertools import accumulate

from recognizer.model_builder.voice import FINALS, INITIALS

NAMES = ["SIL", *INITIALS, *FINALS]
STATES = [1] + [1] * len(INITIALS) + [2] * len(FINALS)
FIRST_PDF = [0, *accumulate(STATES)]
PDFS = FIRST_PDF[-1]
NUMBER = {
    "SIL": 0,
    **{f"I{name}": n for n, name in enumerate(INITIALS, 1)},
    **{f"F{name}": n for n, name in enumerate(FINALS, 1 + len(INITIALS))},
}
POSITIONS = "BEIS"
PHONES = 1 + 4 * (len(NAMES) - 1)
Syllable = tuple[str | None, str]
"""Initial, if any, and final."""


def phone(unit: int, position: str) -> int:
    """Number of a sound's variant; silence is 1 and has none."""
    return 1 if unit == 0 else 2 + 4 * (unit - 1) + POSITIONS.index(position)


def unit_of(phone_number: int) -> int:
    """The sound behind a variant."""
    return 0 if phone_number == 1 else (phone_number - 2) // 4 + 1


TRANSITION_STATES = [(p, s) for p in range(1, PHONES + 1) for s in range(STATES[unit_of(p)])]
_STATE_NUMBER = {state: n for n, state in enumerate(TRANSITION_STATES)}


def transition(unit: int, position: str, state: int, *, loop: bool) -> int:
    """Kaldi's transition-id; each state has two: staying, then leaving."""
    return _STATE_NUMBER[(phone(unit, position), state)] * 2 + (1 if loop else 2)


def word_phones(syllables: list[Syllable]) -> list[tuple[int, str]]:
    """Sounds and positions of a word."""
    units = [
        NUMBER[key] for initial, final in syllables for key in ([f"I{initial}"] if initial else []) + [f"F{final}"]
    ]
    if len(units) == 1:
        return [(units[0], "S")]
    return [(u, "B" if n == 0 else "E" if n == len(units) - 1 else "I") for n, u in enumerate(units)]

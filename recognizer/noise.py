"""Texts as a recognizer might have heard them: wrong characters of the same or nearly the same sound. Pure.

The classifier learns from its examples also in this form, so that what it learns does not hang on the very characters.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable

from pypinyin import lazy_pinyin

from recognizer.features import sounds

_REPLACED, _LOST = 0.85, 0.93
"""Of what is misheard, this share becomes another character, then this share is lost; to the rest a filler is added."""
_FILLERS = "啊嗯呃那这的了嘛就是"


class Mishearing:
    """Mishears a text, with the characters of these texts as what may be heard, the usual ones more often."""

    def __init__(self, texts: Iterable[str]) -> None:
        counted = Counter(character for text in texts for character in text)
        self._alike: dict[str, tuple[list[str], list[int]]] = {}
        by_sound: dict[str, list[str]] = defaultdict(list)
        for character in sorted(counted):
            by_sound[sounds(character)[0]].append(character)
        for sound, characters in by_sound.items():
            self._alike[sound] = (characters, [counted[c] for c in characters])
        self._exact = {c: lazy_pinyin(c)[0] for c in counted}

    def of(self, text: str, share: float, seed: int) -> str:
        """The text with about this share of its characters misheard; the same for the same seed."""
        chance = random.Random(f"{seed} {text}")
        heard: list[str] = []
        slips = False
        for character, sound in zip(text, sounds(text), strict=True):
            # Errors come in clusters: after one, the next is likelier.
            slips = chance.random() < share * (1.9 if slips else 0.85)
            if not slips:
                heard.append(character)
                continue
            how = chance.random()
            if how < _REPLACED:
                heard.append(self._other(character, sound, chance))
            elif how >= _LOST:
                heard.append(character + chance.choice(_FILLERS))
        return "".join(heard) or text

    def _other(self, character: str, sound: str, chance: random.Random) -> str:
        alike, weights = self._alike.get(sound, ([], []))
        if len(alike) < 2:
            return character
        return next((c for c in chance.choices(alike, weights, k=4) if c != character), character)

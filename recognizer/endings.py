"""Does a text stop where requests stop? By its last two characters, as the examples have them. Pure.

没人管 ends many a request, 自来水的 none. Over a telephone it is the only sign, besides silence, that a caller is done.
`python -m recognizer.endings config/examples` writes endings.txt anew.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_SHARE = 0.05
"""An ending is what stands at the end of a text this often of all the times that it stands anywhere: every 20th. More
is asked of few texts: what ends a request stands within others, too."""
_SEEN = {1: 20, 2: 8}
"""What stands nowhere as often as this tells nothing."""
_FILE = Path(__file__).with_name("endings.txt")
_NOT = "!"
"""Before two characters that are no ending although the second is one."""


def stops(text: str) -> bool:
    """Whether requests end like this text: by its last two characters, by the last one where they tell nothing."""
    last, known = text[-2:], _known()
    return last in known or (text[-1:] in known and _NOT + last not in known)


@cache
def _known() -> frozenset[str]:
    return frozenset(_FILE.read_text(encoding="utf-8").split())


def learned(texts: Iterable[str]) -> list[str]:
    """The endings of these texts, and the marked ones that are none."""
    all_of, at_end = Counter[str](), Counter[str]()
    for text in texts:
        for size in _SEEN:
            all_of.update(text[i : i + size] for i in range(len(text) - size + 1))
            at_end[text[-size:]] += 1
    shares = {piece: at_end[piece] / n for piece, n in all_of.items() if n >= _SEEN[len(piece)]}
    endings = {piece for piece, share in shares.items() if share >= _SHARE}
    none = {_NOT + piece for piece in shares.keys() - endings if len(piece) == 2 and piece[1] in endings}
    return sorted(endings | none)


if __name__ == "__main__":
    from recognizer.examples import load_examples

    found = learned(example.text for example in load_examples(Path(sys.argv[1])))
    lines = [" ".join(found[i : i + 30]) for i in range(0, len(found), 30)]
    _FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")

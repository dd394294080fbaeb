"""Two texts, and what is different: for people who read lines. Pure."""

import difflib

AROUND = 2
"""Lines shown about a change."""
MOST = 400


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Lines, each with +, - or a blank, and … between places that are far from one another; empty: the same text."""
    lines = difflib.unified_diff(_lines(before), _lines(after), n=AROUND, lineterm="")
    shown = [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in list(lines)[2 : MOST + 2]]
    return shown[1:]


def _lines(text: str) -> list[str]:
    return text.rstrip().splitlines()

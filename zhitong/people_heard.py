"""Officials whom a caller names, also where the recognizer wrote their names in other characters."""

from functools import lru_cache

from recognizer.heard_names import HeardNames, heard_names
from routing import accused as by_words
from routing.accused import Accused, complaining
from routing.directory import Directory


@lru_cache(maxsize=4)
def _names(directory: Directory) -> HeardNames:
    return heard_names(official.name for official in directory.roster.officials)


@lru_cache(maxsize=64)
def accused(text: str, directory: Directory, *, complains: bool) -> Accused:
    """Whom the words complain of (routing.accused), as they are written and as they sound: 举报往自强, 章局长骂人.

    What only sounds so adds people and takes nobody off: better one too many is left out than the one complained of
    rung.
    """
    texts = _names(directory).as_meant(text) if complains or complaining(text) else frozenset()
    found = [by_words.accused(one, directory, complains=complains) for one in (text, *sorted(texts))]
    return Accused(
        officials=frozenset().union(*(one.officials for one in found)),
        units=frozenset().union(*(one.units for one in found)),
        terminals=frozenset().union(*(one.terminals for one in found)),
    )


def named(text: str, directory: Directory) -> str:
    """The officials whom the words call by their whole names, with their posts: 副局长王志强."""
    heard = dict.fromkeys(name for _, name in _names(directory).in_text(text))
    people = (official for name in heard for official in directory.roster.officials if official.name == name)
    return "、".join(official.called for official in people)

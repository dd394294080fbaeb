"""被反映的: whom a case complains of, as it is kept with the case. Pure.

Kept as keys in one text, so that a list asks one column: an official by id and by name, somebody of no roster by his
account, a unit by name (as accounts have it), the duty room and supervision by their kind. Nothing that is said later
clears anybody; supervision may.
"""

from collections.abc import Collection, Iterable

_OFFICIAL, _NAME, _UNIT, _TERMINAL, _ACCOUNT, _REPORTED = "o:", "n:", "u:", "t:", "a:", "r:"
NOT_IN_ROSTER = "-"
"""In place of an official's id: who has this account stands in no roster, as an administrator has said."""
_SHORTEST, _LONGEST = 2, 10
"""Characters of a name of a person within what an account is called: 副局长李春燕, 李春燕副局长."""


def official_keys(id: str, name: str) -> frozenset[str]:
    """The keys under which an official is kept."""
    return frozenset({_OFFICIAL + id, _NAME + name})


def account_key(name: str) -> str:
    """The key under which whoever has the account of this name is kept."""
    return _ACCOUNT + name


def reported_key(unit: str) -> str:
    """The key of a unit that is complained of in a 举报 which is answered together with this case (并单)."""
    return _REPORTED + unit


def unit_key(name: str) -> str:
    """The key under which a unit is kept."""
    return _UNIT + name


def terminal_key(kind: str) -> str:
    """The key under which the duty room or supervision is kept, as `Directory.whose` names them."""
    return _TERMINAL + kind


def ids_in(kept: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Ids of officials, names of units, and kinds of terminals in what is kept."""
    found = keys_in(kept)
    officials, units, terminals = (
        frozenset(key.removeprefix(prefix) for key in found if key.startswith(prefix))
        for prefix in (_OFFICIAL, _UNIT, _TERMINAL)
    )
    return officials, units, terminals


def names_in(kept: str) -> str:
    """Whom it is about, for people to read."""
    told = (key for key in keys_in(kept) if key.startswith((_ACCOUNT, _NAME, _UNIT, _TERMINAL)))
    found = sorted(told, key=lambda key: (key.startswith(_ACCOUNT), key))
    terminals = {"t:duty_room": "值班室", "t:supervision": "督查室"}
    return "、".join(dict.fromkeys(terminals.get(key, key[2:]) for key in found))


def keys_in(kept: str) -> frozenset[str]:
    """The keys of what is kept."""
    return frozenset(filter(None, kept.split("|")))


def kept_with(kept: str, keys: Iterable[str] = (), *, without: Collection[str] = ()) -> str:
    """What is kept, with further keys, without some. Each stands between two bars, to be found by a database."""
    every = keys_in(kept).union(key.replace("|", "") for key in keys) - set(without)
    return f"|{'|'.join(sorted(every))}|" if every else ""


def marked(key: str) -> str:
    """The key as it stands in what is kept."""
    return f"|{key}|"


def keys_of_person(name: str, official: str) -> frozenset[str]:
    """The keys by which whoever has this account is complained of: the account, and the official whom it is linked to,
    else the name.

    An account that nobody linked is taken for everybody whose name it begins or ends with; one of nobody in the roster
    (NOT_IN_ROSTER) is itself alone.
    """
    himself = {account_key(name)}
    if official:
        return frozenset(himself if official == NOT_IN_ROSTER else himself | {_OFFICIAL + official})
    sizes = range(_SHORTEST, min(_LONGEST, len(name)) + 1)
    return frozenset(himself | {_NAME + one for size in sizes for one in (name, name[:size], name[-size:])})

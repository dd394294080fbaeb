"""The one way of any text into Asterisk: an AGI argument, an AMI header, a value in or for the dialplan.

Asterisk reads lines into buffers of fixed size and takes what does not fit for the next command; its dialplan takes
`${}` for variables and `,` `&` `|` for separators, also in a value that came from a caller. So nothing reaches it but
through `escape`.
"""

import unicodedata
from enum import Enum


class Where(Enum):
    """Where the text goes. The value: bytes of one whole line there, Asterisk's own buffer (AGI 2048, AMI 1024)."""

    AGI = 2048
    AMI = 1024
    DIALPLAN = 4096


class Unescapable(ValueError):
    """The text cannot go there unchanged in meaning: the message says what is wrong and how to mend it."""


# Of ASCII, what no parser of the dialplan takes for anything but itself. Bytes above ASCII mean nothing to Asterisk.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./@+#*!%")


def escape(value: str, where: Where, limit: int | None = None, *, cut: bool = False) -> str:
    """The text as it must be written there, at most `limit` bytes of UTF-8 long (default: a whole line of its kind).

    AGI: for between double quotes; quote and backslash get a backslash, so Asterisk receives the same text.
    AMI: for a header's value; unchanged.
    DIALPLAN: for a variable that the dialplan uses, or for a .conf file; a subset without the characters that mean
    something there. A text that goes into such a variable by AGI or AMI needs both: first DIALPLAN, then the way there.

    A text that is too long is refused, or with `cut` ends on the last whole character that fits. Line breaks and other
    control characters are refused in AGI and AMI, where they could begin a second command, and left out in DIALPLAN.
    Raises Unescapable.
    """
    room = where.value if limit is None else limit
    if room < 0:
        raise Unescapable(f"limit={room}: a line of {where.name} has no room left; shorten what comes before")
    if where is not Where.DIALPLAN and value.isprintable():  # nearly every text: no character to be refused in it
        whole = value.replace("\\", "\\\\").replace('"', '\\"') if where is Where.AGI else value
        if len(whole.encode()) <= room:
            return whole
    written: list[str] = []
    for character in value:
        piece = _written(character, where)
        room -= len(piece.encode())
        if room < 0:
            if cut:
                break
            raise Unescapable(
                f"{len(value.encode())} bytes are too many for {where.name} (limit {limit or where.value}): "
                "shorten the text or allow it to be cut"
            )
        written.append(piece)
    return "".join(written)


def _written(character: str, where: Where) -> str:
    if where is Where.DIALPLAN:
        return character if _means_nothing(character) else ""
    # Cc: control characters, Zl/Zp: line and paragraph separators, Cs: half of a surrogate pair, not UTF-8.
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
        raise Unescapable(f"{character!r} cannot be sent by {where.name}: take control characters out first")
    if where is Where.AGI and character in '"\\':
        return "\\" + character
    return character


def _means_nothing(character: str) -> bool:
    if character.isascii():
        return character in _PLAIN
    return unicodedata.category(character)[0] not in "CZ" or character == "\u3000"

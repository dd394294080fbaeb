"""The case number: unique without asking the database, since a case exists from the second the call is answered.

And the number that is spoken: four digits, or five where all cases that are not struck off leave no other.
"""

import random
import re
import zlib
from collections.abc import Container
from datetime import datetime
from string import ascii_lowercase

from routing.calendar import LOCAL


def case_number(answered_at: datetime, call_id: str) -> str:
    """For example 20261121-183712-0057: the answer in local time, and four digits of Asterisk's channel counter.

    call_id is Asterisk's UNIQUEID ("1763721432.57"): its counter runs on, so two calls of one second differ. The same
    call always gets the same number, however often it is recovered. Raises ValueError for a naive time.
    """
    if answered_at.tzinfo is None:
        raise ValueError(f"answered_at is {answered_at.isoformat()} without a time zone; use the clock's now()")
    counter = re.search(r"\.(\d+)$", call_id)
    tail = int(counter[1]) if counter else zlib.crc32(call_id.encode("utf-8", "replace"))
    return f"{answered_at.astimezone(LOCAL):%Y%m%d-%H%M%S}-{tail % 10000:04d}"


def spoken_candidates(number: str) -> tuple[str, ...]:
    """What a case may be called in few digits, the best first: the last four of its number, then five that end so.

    Four noughts are no number to anybody who hears them: the first channel that Asterisk makes has others.
    """
    tail = re.search(r"(\d{4})[a-z]?$", number)
    last = tail[1] if tail else "0000"
    if last == "0000":
        last = f"{1 + zlib.crc32(number.rstrip(ascii_lowercase).encode()) % 9999:04d}"
    return (last, *(f"{first}{last}" for first in range(1, 10)))


def spoken_elsewhere(number: str, tries: int = 100) -> tuple[str, ...]:
    """Other numbers of five digits, when all candidates are taken: the same ones for the same case."""
    chosen = random.Random(number)
    return tuple(f"{chosen.randrange(10000, 100000)}" for _ in range(tries))


def first_free(wanted: tuple[str, ...], taken: Container[str]) -> str:
    """The first that is not taken; empty when all are."""
    return next((one for one in wanted if one not in taken), "")

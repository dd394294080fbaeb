"""The case number: unique without asking the database, since a case exists from the second the call is answered."""

import re
import zlib
from datetime import datetime

from routing.calendar import LOCAL


def case_number(answered_at: datetime, call_id: str) -> str:
    """For example 20261121-183712-0057: the answer in local time, and four digits of Asterisk's channel counter.

    call_id is Asterisk's UNIQUEID ("1763721432.57"): its counter runs on, so two calls of one second differ. The same
    call always gets the same number, however often it is recovered. The last four digits may be spoken (prompt 18).
    Raises ValueError for a naive time.
    """
    if answered_at.tzinfo is None:
        raise ValueError(f"answered_at is {answered_at.isoformat()} without a time zone; use the clock's now()")
    counter = re.search(r"\.(\d+)$", call_id)
    tail = int(counter[1]) if counter else zlib.crc32(call_id.encode("utf-8", "replace"))
    return f"{answered_at.astimezone(LOCAL):%Y%m%d-%H%M%S}-{tail % 10000:04d}"

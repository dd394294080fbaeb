"""Whom cases complain of that are answered together (并单): who is named in one of them is kept with all of them.

Also along a chain: a case that was merged, closed and done again may have gone into yet another one.
"""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from cases.accused import ids_in, kept_with, keys_in, reported_key
from cases.case import REPORT
from zhitong.store.case_records import merges_of_cases
from zhitong.store.tables import cases

_PUT = cases.update().where(cases.c.number == bindparam("_number"))


def together_with(connection: Connection, number: str) -> frozenset[str]:
    """The case, and all that are or were answered together with it, unless somebody has parted them again."""
    found, new = {number}, {number}
    while new:
        new = {other for _, other in merges_of_cases(connection, sorted(new))} - found
        found |= new
    return frozenset(found)


def share_accused(connection: Connection, numbers: Collection[str]) -> None:
    """Each of these cases, and those with which it is answered, complain of whom any of them does.

    A unit complained of in a 举报 among them is kept from the others, too, whatever they are.
    """
    left = set(numbers)
    while left:
        some = together_with(connection, min(left))
        left -= some
        if len(some) == 1:
            continue
        query = select(cases.c.number, cases.c.type, cases.c.accused).where(cases.c.number.in_(sorted(some)))
        rows = connection.execute(query).all()
        reported = {unit for row in rows if row.type == REPORT for unit in ids_in(row.accused)[1]}
        keys = frozenset[str]().union(*(keys_in(row.accused) for row in rows), map(reported_key, reported))
        kept = kept_with("", keys)
        changed = [{"_number": row.number, "accused": kept} for row in rows if row.accused != kept]
        if changed:
            connection.execute(_PUT, changed)

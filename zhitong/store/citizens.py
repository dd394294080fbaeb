"""The cases of a citizen, by the numbers that he called from or gave."""

from sqlalchemy import BindParameter, bindparam, select, text, union

from zhitong.store.tables import CONTACTED, cases

_NUMBERS: BindParameter[str] = bindparam("callers", expanding=True)
# Either number by its own index: asked for together, neither is used, and the line waits for this answer.
THEIRS = union(
    select(cases.c.number).where(cases.c.caller.in_(_NUMBERS), ~cases.c.shared_phone),
    select(cases.c.number).where(cases.c.contact.in_(_NUMBERS), text(CONTACTED)),
)
"""The numbers of all cases of whoever has one of the telephones `callers`; a window's of the hall is nobody's own."""

"""The cases of a citizen, by the numbers that he called from or gave."""

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, func, or_, select, text, union

from zhitong.store.tables import CONTACTED, cases

_NUMBERS: BindParameter[str] = bindparam("callers", expanding=True)
# Either number by its own index: asked for together, neither is used, and the line waits for this answer.
THEIRS = union(
    select(cases.c.number).where(cases.c.caller.in_(_NUMBERS), ~cases.c.shared_phone),
    select(cases.c.number).where(cases.c.contact.in_(_NUMBERS), text(CONTACTED)),
)
"""The numbers of all cases of whoever has one of the telephones `callers`; a window's of the hall is nobody's own."""


_DIGITS = "0123456789"


def known_as(number: ColumnElement[str], area_code: str) -> ColumnElement[str]:
    """A number without what a trunk may write before it (+86, 0086, 0); empty for one withheld, from abroad, or short.

    As zhitong.usecases.known_by.numbers_of, for very many cases at once. Mobiles as they are dialled, nearly all, are
    told first.
    """
    bare = func.ltrim(number, "+0")
    national = case(
        (and_(func.substr(bare, 1, 2) == "86", func.length(bare) >= 12), func.ltrim(func.substr(bare, 3), "0")),
        (or_(func.substr(number, 1, 1) == "+", func.substr(number, 1, 2) == "00"), ""),  # of another country
        else_=bare,
    )
    size, begins = func.length(national), func.substr(national, 1, 2)
    no_mobile = and_(size == 11, begins.between("10", "12"))
    return case(
        (func.rtrim(number, _DIGITS).not_in(("", "+")), ""),
        (and_(func.length(number) == 11, func.substr(number, 1, 2).between("13", "19")), number),
        (and_(size.between(9, 11), ~no_mobile), national),
        (and_(size.between(7, 8), begins.between("20", "89")), area_code.lstrip("0") + national if area_code else ""),
        else_="",
    )

"""The work code comes first: a telephone's number is easily feigned."""

from collections.abc import Callable

from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.staff.context import Staff, safe, told
from zhitong.usecases.staff_codes import DIGITS, whose_code


def behind_code(staff: Staff, official: Official, then: Callable[[], Menu]) -> Menu:
    """What follows once this official has typed his code."""

    def looked_up(code: str) -> Menu:
        if whose_code(staff.engine, staff.settings.folders.data, code, now=staff.now()) != official.id:
            return told("staff_sign_wrong")
        return then()

    return Menu(say=(Sentence(key="staff_sign_code"),), code=(DIGITS, lambda code: safe(lambda: looked_up(code))()))

"""An official dials the hotline: what is waiting for him, a meeting, a swap; or a matter of his own, as any citizen."""

from collections.abc import Callable, Mapping

from dialplans.spoken_text import spoken_quantity
from ivr.menu import Menu, Sentence
from routing.officials import Official
from zhitong.staff.arrival import awaited, there
from zhitong.staff.code import behind_code
from zhitong.staff.context import Staff, keys, safe, told
from zhitong.staff.meeting import by_words, meeting
from zhitong.staff.own_cases import in_hand, own_cases
from zhitong.staff.returned import waiting_citizens
from zhitong.staff.shift import confirm, unconfirmed
from zhitong.staff.sign import sign_menu, to_sign
from zhitong.staff.surge import surge_menu, surges_of
from zhitong.staff.swap import swap
from zhitong.usecases.staff_codes import DIGITS, whose_code

MOST_SAID = 9
CODES = 3
"""Codes that may be typed in one call."""


def as_citizen() -> Menu:
    """This goes on as any citizen's call."""
    return Menu(say=(), citizen=True)


def dialled(staff: Staff, official: Official, *, proven: bool = False) -> Menu:
    """What is offered; keys stay the same whatever there is, and who says nothing is served as a citizen.

    proven: he has typed his code in this call.
    """
    count, citizens = waiting_citizens(staff, official)
    surges = surges_of(staff, official)
    shift, window = unconfirmed(staff, official), awaited(staff, official)
    signing, cases = to_sign(staff, official), in_hand(staff, official)
    say = [Sentence(key="staff_hello", slots={"who": official.post})]
    if count:
        say.append(Sentence(key="staff_wait", slots={"count": spoken_quantity(min(count, MOST_SAID))}))
    if surges:
        say.append(Sentence(key="staff_surges"))
    if window is not None:
        say.append(Sentence(key="staff_at_window", slots={"window": window.detail["window"]}))
    if shift is not None:
        say.append(Sentence(key="staff_to_confirm"))
    if signing is not None:
        say.append(Sentence(key="staff_to_sign"))
    if cases:
        say.append(Sentence(key="staff_cases", slots={"count": spoken_quantity(len(cases))}))
    say.append(Sentence(key="staff_menu"))

    def own() -> Menu:
        return own_cases(staff, official, cases)

    return Menu(
        say=tuple(say),
        keys=keys(
            k1=(lambda: citizens) if count else None,
            k2=lambda: meeting(staff, official),
            k3=lambda: swap(staff, official),
            k4=(lambda: confirm(staff, shift, official)) if shift else None,
            k5=(lambda: there(staff, window, official)) if window else None,
            k6=(lambda: surge_menu(staff, official, surges)) if surges else None,
            k7=(lambda: sign_menu(staff, official, *signing)) if signing else None,
            k8=(own if proven else lambda: behind_code(staff, official, own)) if cases else None,
            k0=as_citizen,
        ),
        # Whatever else he says is a matter of his own.
        hears=lambda text: (by_words(staff, official, text) if "会" in text else None) or as_citizen(),
        silent=as_citizen,
    )


def by_code(staff: Staff, known: Callable[[str], None], tries: int = 1) -> Menu:
    """Somebody calls from another telephone: which code? After three wrong ones this is a citizen's call."""

    def looked_up(code: str) -> Menu:
        official = staff.official(whose_code(staff.engine, staff.settings.folders.data, code, now=staff.now()))
        if official is not None:
            known(official.id)
            return dialled(staff, official, proven=True)
        if tries >= CODES:
            return as_citizen()
        again = by_code(staff, known, tries + 1)
        return Menu(say=(Sentence(key="staff_code_wrong"), *again.say), code=again.code, silent=as_citizen)

    return Menu(
        say=(Sentence(key="staff_code"),),
        code=(DIGITS, lambda code: safe(lambda: looked_up(code))()),
        silent=as_citizen,
    )


def announced(official: Official, prompt: str, slots: Mapping[str, str]) -> Menu:
    """A sentence that an official is called for."""
    return Menu(say=(Sentence(key="staff_hello", slots={"who": official.post}), *told(prompt, **slots).say))

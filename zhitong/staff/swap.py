"""换班 by telephone: one official offers a shift of his for one of a colleague's, who is called and agrees, or not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ivr.menu import Menu, Sentence
from routing.duty_spans import DutySpan, duty_spans
from routing.officials import Official
from routing.roster import Override
from zhitong.errors import ChangeRefused
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask, finish, put_due
from zhitong.store.engine import writing
from zhitong.usecases.change_roster import put_agreed_swap
from zhitong.usecases.staff_calls import SWAP, tell_official

AHEAD = timedelta(days=14)
MOST = 8
"""Shifts that are read out."""
LONGEST = timedelta(hours=72)
"""What lasts longer is no shift that one swaps."""


def swap(staff: Staff, official: Official) -> Menu:
    """Which of his shifts, then which one of a colleague's."""
    own = _spans(staff, official)[:MOST]
    return _own(staff, official, own) if own else told("staff_no_shift")


def _own(staff: Staff, official: Official, spans: Sequence[DutySpan]) -> Menu:
    if not spans:
        return told("staff_no_more")
    first = spans[0]
    offers = _offers(staff, official, first)
    return Menu(
        say=(Sentence(key="staff_swap_own", slots={"when": staff.spoken(first.start)}),),
        keys=keys(k1=lambda: _others(staff, official, first, offers), k2=lambda: _own(staff, official, spans[1:])),
    )


def _others(staff: Staff, official: Official, own: DutySpan, offers: Sequence[tuple[Official, DutySpan]]) -> Menu:
    if not offers:
        return told("staff_no_more")
    other, span = offers[0]

    def ask() -> Menu:
        now = staff.now()
        detail = {
            "official": other.id,
            "with": official.id,
            "give": [own.start.isoformat(), own.end.isoformat()],
            "take": [span.start.isoformat(), span.end.isoformat()],
        }
        mark = f"swap:{official.id}:{other.id}:{now.timestamp():.0f}"
        row = {"kind": SWAP, "mark": mark, "case_number": None, "call_id": "", "due_at": now, "detail": detail}
        with writing(staff.engine) as connection:
            put_due(connection, [row])
        return told("staff_swap_asked", who=other.called)

    slots = {"who": other.called, "when": staff.spoken(span.start)}
    return Menu(
        say=(Sentence(key="staff_swap_other", slots=slots),),
        keys=keys(k1=ask, k2=lambda: _others(staff, official, own, offers[1:])),
    )


def asked(staff: Staff, task: DueTask) -> Menu | None:
    """The call to the colleague. None: one of the two is not there any more, or the shifts are not theirs."""
    one, other = (staff.official(str(task.detail[name])) for name in ("with", "official"))
    give, take = (_span(task.detail[name]) for name in ("give", "take"))

    def stand() -> bool:
        """Whether both shifts are still theirs, and to come."""
        return all(
            official is not None and span in [(own.start, own.end) for own in _spans(staff, official)]
            for official, span in ((one, give), (other, take))
        )

    if one is None or other is None:
        with writing(staff.engine) as connection:
            finish(connection, [task.id], at=staff.now(), outcome="过时了")
        return None
    if not stand():
        _answer(staff, task, one, other, "swap_refused", "过时了")
        return None

    def agreed() -> Menu:
        if not stand():  # the same shift may have been offered to two
            return _answer(staff, task, one, other, "swap_refused", "过时了")
        overrides = [
            Override(off=one.id, on=other.id, start=give[0], end=give[1]),
            Override(off=other.id, on=one.id, start=take[0], end=take[1]),
        ]
        why, now = "换班（电话里双方确认）", staff.now()
        try:
            put_agreed_swap(staff.engine, staff.base(), overrides, between=(one, other), why=why, now=now)
        except ChangeRefused:
            return _answer(staff, task, one, other, "swap_refused", "排不开")
        return _answer(staff, task, one, other, "swap_agreed", "双方同意")

    slots = {"who": one.called, "give": staff.spoken(give[0]), "take": staff.spoken(take[0])}
    return Menu(
        say=(Sentence(key="staff_swap_agree", slots=slots),),
        keys=keys(k1=agreed, k2=lambda: _answer(staff, task, one, other, "swap_declined", "对方不同意")),
    )


def _answer(staff: Staff, task: DueTask, one: Official, other: Official, prompt: str, outcome: str) -> Menu:
    now = staff.now()
    with writing(staff.engine) as connection:
        finish(connection, [task.id], at=now, outcome=outcome)
        tell_official(connection, one.id, prompt, {"who": other.called}, mark=f"told:{task.id}", at=now)
    return told("staff_nobody_left" if prompt == "swap_refused" else "staff_thanks")


def _offers(staff: Staff, official: Official, own: DutySpan) -> list[tuple[Official, DutySpan]]:
    """Shifts of colleagues in the same unit and role that do not meet his own; those nearest in time first."""
    roster = staff.directory().roster
    found = [
        (other, span)
        for other in roster.of_unit(own.unit)
        if other.id != official.id
        for span in _spans(staff, other)
        if span.unit == own.unit and span.role == own.role and (span.end <= own.start or own.end <= span.start)
    ]
    return sorted(found, key=lambda one: abs(one[1].start - own.start))[:MOST]


def _spans(staff: Staff, official: Official) -> list[DutySpan]:
    """His shifts of the coming days that have not begun."""
    now = staff.now()
    spans = duty_spans(staff.directory().roster, official.id, now, now + AHEAD)
    return [span for span in spans if span.start > now and span.end - span.start <= LONGEST and span.end < now + AHEAD]


def _span(told: Sequence[str]) -> tuple[datetime, datetime]:
    start, end = map(datetime.fromisoformat, told)
    return start, end

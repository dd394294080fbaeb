"""“开会到十一点”: for at most three hours the deputy has an official's duty; it ends by itself."""

from datetime import datetime, timedelta

from ivr.menu import Menu, Sentence
from recognizer.spoken_clock import until_when
from routing.calendar import LOCAL
from routing.officials import Official
from zhitong.errors import ChangeRefused
from zhitong.staff.context import Staff, keys, safe, told
from zhitong.usecases.change_roster import end_own_leave, list_changes, put_own_leave

LONGEST = timedelta(hours=3)
REASON, OVER = "开会（电话里设的）", "会开完了（电话里说的）"
SPANS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), LONGEST)
"""What keys 1 to 4 stand for."""


def meeting(staff: Staff, official: Official) -> Menu:
    """Until when? Or, while he is in one: that it is over."""
    running = _running(staff, official)
    if running is not None:
        change, end = running

        def over() -> Menu:
            end_own_leave(staff.engine, change, official, why=OVER, now=staff.now())
            return told("staff_meeting_over")

        return Menu(say=(Sentence(key="staff_meeting_runs", slots={"when": staff.spoken(end)}),), keys=keys(k1=over))
    offered = {
        f"k{n}": lambda span=span: _until(staff, official, staff.now() + span) for n, span in enumerate(SPANS, 1)
    }
    return Menu(
        say=(Sentence(key="staff_meeting_ask"),),
        keys=keys(**offered),
        hears=lambda text: by_words(staff, official, text),
    )


def by_words(staff: Staff, official: Official, text: str) -> Menu | None:
    """开会到十一点, or the time alone once it was asked for; None when no time is named."""
    end = until_when(text, staff.now().astimezone(LOCAL))
    return None if end is None else safe(lambda: _until(staff, official, end))()


def _until(staff: Staff, official: Official, end: datetime) -> Menu:
    now = staff.now()
    if end - now > LONGEST:
        return Menu(
            say=(Sentence(key="staff_meeting_long"), *meeting(staff, official).say), keys=meeting(staff, official).keys
        )
    try:
        put_own_leave(staff.engine, staff.base(), official, end, why=REASON, now=now)
    except ChangeRefused:
        return told("staff_nobody_left")
    return told("staff_meeting_set", when=staff.spoken(end))


def _running(staff: Staff, official: Official) -> tuple[int, datetime] | None:
    """The change that has him in a meeting now, and when that ends."""
    now = staff.now()
    for change in reversed(list_changes(staff.engine)):
        if change.kind == "leave" and change.undone_at is None and change.reason == REASON:
            start, end = (datetime.fromisoformat(change.detail[name]) for name in ("start", "end"))
            if change.detail["official"] == official.id and start <= now < end:
                return change.id, end
    return None

"""The redial (回拨): a caller whom nobody talked to is called back, by the promised time. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from routing.calendar import LOCAL

AT_ONCE = frozenset({"red", "orange"})
"""Urgencies that wait for no morning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RedialRules:
    """day: local time of day in which anyone may be called; the other times: see config/policies/calling.toml.

    alone_within: what the fixed sentence promises, said when no time can be spoken; a setting of the ladder.
    """

    day: tuple[time, time] = (time(8, 30), time(20, 0))
    within: timedelta = timedelta(minutes=30)
    red_within: timedelta = timedelta(minutes=15)
    alone_within: timedelta = timedelta(hours=2)
    first_after: timedelta = timedelta(minutes=2)
    again_after: timedelta = timedelta(minutes=10)
    lead: timedelta = timedelta(minutes=20)
    attempts: int = 6

    def __post_init__(self) -> None:
        if not time(6, 0) <= self.day[0] < self.day[1] <= time(22, 0):
            raise ValueError(f"redial.day 是 {self.day[0]}–{self.day[1]}；请写在 06:00 到 22:00 之间，先早后晚")
        if self.first_after >= self.red_within or self.red_within > self.within:
            raise ValueError("redial: first_after_minutes 要小于 red_within_minutes，后者不大于 within_minutes")
        if not timedelta() < self.lead <= timedelta(hours=2):
            raise ValueError(f"redial.lead_minutes 是 {self.lead}；请写 1 到 120 分钟")
        if self.again_after <= timedelta() or not 1 <= self.attempts <= 20:
            raise ValueError("redial: again_after_minutes 要大于 0，attempts 请写 1 到 20")


@dataclass(frozen=True, kw_only=True, slots=True)
class RedialBrief:
    """What a redial call needs to know: whom it is for and what was understood, for the route and the brief."""

    task_id: int
    case_number: str
    number: str
    called_at: datetime
    intent: str
    matter: str
    matter_name: str
    type: str
    urgency: str
    place: str
    danger: str
    text: str
    clip: str
    no_recording: bool = False
    """The citizen did not want to be recorded."""
    earlier_calls: int = 0
    """How often this number had called before, of late."""
    care: str = ""
    """Which care the citizen needs (重点群众)."""
    accused: str = ""
    """Whom the case complains of (cases.accused), also who was named after the call: they are not rung."""


def promised_time(now: datetime, urgency: str, rules: RedialRules) -> datetime:
    """By when the caller is promised a call: red and orange soon at any hour; by night the others the next morning."""
    if urgency == "red":
        return now + rules.red_within
    if urgency in AT_ONCE or _by_day(now, rules):
        return now + rules.within
    return max(_next_morning(now, rules), now + rules.within)  # never sooner than by day


def redial_due(now: datetime, urgency: str, promised: datetime, rules: RedialRules) -> datetime:
    """When to dial first: soon; at night, unless red or orange, some minutes before the promised morning."""
    soon = now + rules.first_after
    if urgency in AT_ONCE or _by_day(soon, rules):
        return soon
    morning = min(promised, _next_morning(now, rules))
    return max(soon, morning - rules.lead)


def next_redial(
    now: datetime,
    attempts: int,
    urgency: str,
    rules: RedialRules,
    promised: datetime | None = None,
    *,
    unanswered: bool = False,
) -> datetime | None:
    """When to dial again after so many attempts. None: often enough, a person must see to it.

    unanswered: the telephone rang and nobody answered, which allows no other try on this day.
    """
    if attempts >= rules.attempts:
        return None
    if unanswered:
        return next_day(now, rules)
    again = now + rules.again_after
    if promised is not None and again <= promised:
        return again  # at night too: that is what was said
    if urgency in AT_ONCE or _by_day(again, rules) or _by_day(again + rules.lead, rules):
        return again
    return _next_morning(now, rules) - rules.lead


def held_until(now: datetime, urgency: str, promised: datetime | None, rules: RedialRules) -> datetime | None:
    """When to dial what should have been dialled long ago, if not now: nobody waits at night for what was promised for
    the afternoon. None: now; who was promised a call in this night, however little late, still expects it.
    """
    if urgency in AT_ONCE or (promised is not None and now <= promised + rules.within):
        return None
    morning = _next_morning(now, rules) - rules.lead
    return None if _by_day(now, rules) or now >= morning else morning


def next_day(now: datetime, rules: RedialRules) -> datetime:
    """The first moment of the next day at which anyone may be called."""
    return datetime.combine(now.astimezone(LOCAL).date() + timedelta(days=1), rules.day[0], tzinfo=LOCAL)


def _by_day(at: datetime, rules: RedialRules) -> bool:
    return rules.day[0] <= at.astimezone(LOCAL).time() < rules.day[1]


def _next_morning(now: datetime, rules: RedialRules) -> datetime:
    local = now.astimezone(LOCAL)
    morning = datetime.combine(local.date(), rules.day[0], tzinfo=LOCAL)
    return morning if local < morning else morning + timedelta(days=1)

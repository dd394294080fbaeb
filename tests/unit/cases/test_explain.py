"""Why a case is due when it is, across weekends, 调休 and holidays, in sentences."""

from dataclasses import replace
from datetime import date, datetime

from cases.case import Case
from cases.explain import explained
from cases.shift import Extension, Shift, Suspension, shifted
from cases.sla import Exemption, Policy, SlaClock, due_times, load_policies, policy_on
from routing.calendar import LOCAL, Calendar
from tests.fakes.told_calls import CONFIG

POLICIES = load_policies(CONFIG / "policies")
ONE35, HOURS = (policy_on(POLICIES, id, date(2026, 1, 1)) for id in ("135", "2-24-72"))
CALENDAR = Calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def told(
    start: str,
    *shifts: Shift,
    policy: Policy = ONE35,
    type: str = "投诉",
    round: int = 0,
    met_at: datetime | None = None,
    calendar: Calendar = CALENDAR,
    channel: str = "电话",
    urgency: str = "normal",
) -> str:
    case = Case(
        number="1",
        call_id="1",
        caller="",
        dialled="1",
        answered_at=at(start),
        type=type,
        channel=channel,
        urgency=urgency,
    )
    found = due_times(policy, start=at(start), type=type, urgency=urgency, calendar=calendar, round=round)
    clock: SlaClock = replace(next(one for one in found if one.code == "close"), met_at=met_at)
    clock = shifted(clock, shifts, rule=policy.rule("close"), office=policy.office(calendar))
    return explained(case, clock, shifts, policy=policy, calendar=calendar)


def test_over_the_national_holiday_and_the_saturday_that_is_worked_instead() -> None:
    assert told("2025-09-30T10:00") == (
        "办结：从来电接通（2025-09-30 10:00）算起，按“135：一日交办，三日五日办结”（2025-01-01 起的办法）"
        "投诉 5 个工作日，"
        "当天不计，国庆节、中秋 10月1日（周三）至10月8日（周三），周末 10月12日（周日）不算，"
        "10月11日（周六）是周末但上班（调休），算，最后一天到 17:30 下班，定在 2025-10-14 17:30，"
        "所以最迟 2025-10-14 17:30。"
    )


def test_hours_run_and_what_was_done_in_time_or_late_is_told() -> None:
    text = told("2025-09-30T10:00", policy=HOURS, met_at=at("2025-10-03T09:00"))
    assert "72 小时，夜里、周末和节假日都算" in text and text.endswith("2025-10-03 09:00 办到了。")
    assert told("2025-09-30T10:00", policy=HOURS, met_at=at("2025-10-03T10:01")).endswith("办到了，超过了。")


def test_what_was_granted_and_how_long_it_stood_still() -> None:
    shifts = (
        Extension(round=0, at=at("2025-09-12T10:00"), count=5, unit="days"),
        Suspension(round=0, at=at("2025-09-15T15:30"), until=at("2025-09-16T10:15")),
    )
    text = told("2025-09-11T09:20", *shifts)
    assert "定在 2025-09-18 17:30，2025-09-12 10:00 批准延期 5 天，改到 2025-09-23 17:30，" in text
    assert "2025-09-15 15:30 至 2025-09-16 10:15 挂起，停了办公时间 3 小时 45 分钟，改到 2025-09-24 12:15，" in text
    assert text.endswith("所以最迟 2025-09-24 12:15。")
    late = Extension(round=0, at=at("2025-09-19T10:00"), count=5, unit="days")
    assert "延期" not in told("2025-09-11T09:20", late), "what came too late moved nothing"


def test_a_rework_runs_from_when_the_citizen_said_so() -> None:
    text = told("2025-09-11T09:20", round=1)
    assert text.startswith("办结：第 1 次重办，从群众说没解决（2025-09-11 09:20）算起") and " 3 个工作日" in text


def test_days_that_end_in_a_holiday_are_said_to_move_on() -> None:
    days = replace(ONE35, clocks=tuple(replace(rule, unit="days") for rule in ONE35.clocks))
    text = told("2025-09-29T10:00", policy=days)
    assert "5 天" in text
    assert "末日遇国庆节、中秋 10月1日（周三）至10月8日（周三），顺延到上班的日子" in text
    assert "顺延" not in told("2025-09-11T10:00", policy=days)


def test_a_year_that_nobody_announced_and_a_day_that_the_county_entered_are_named() -> None:
    assert "2097 年的放假安排还不知道" in told("2097-03-04T10:00")
    entered = Calendar(entered={date(2025, 9, 15): False, date(2025, 9, 13): True})
    text = told("2025-09-11T09:20", calendar=entered)
    assert "县里写的放假 9月14日（周日）至9月15日（周一）不算" in text
    assert "9月13日（周六）是周末但上班（县里写的上班），算" in text


def test_what_was_not_a_call_runs_from_when_it_came() -> None:
    assert told("2025-09-11T09:20", channel="信件").startswith("办结：从收到来件（2025-09-11 09:20）算起")
    assert told("2025-09-11T09:20", channel="12345").startswith("办结：从打 12345（2025-09-11 09:20）算起")


def test_what_gave_a_case_another_number_of_days_is_named() -> None:
    red = Exemption(within=1, urgency="red")
    policy = replace(ONE35, clocks=tuple(replace(rule, exemptions=(red,)) for rule in ONE35.clocks))
    assert "紧急程度 红、投诉 1 个工作日，" in told("2025-09-11T09:20", policy=policy, urgency="red")
    assert "办法）投诉 5 个工作日，" in told("2025-09-11T09:20", policy=policy)

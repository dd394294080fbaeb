"""The rules of casework, read from config/ once and handed to the use cases."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from cases.call_script import CallScript, load_call_scripts
from cases.callback import CallbackRules, Season
from cases.case import Case
from cases.cluster import ClusterRules, load_cluster_rules
from cases.duplicates import LikenessRules, load_likeness_rules
from cases.lead import LeadRules, load_lead_rules
from cases.mandatory import Mandatory, read_mandatory
from cases.office import Office
from cases.redial import RedialRules
from cases.sample import SampleRules, load_sample_rules
from cases.sla import BadPolicy, ClockRule, Policy, SlaClock, due_times, load_policies, policy_on
from cases.sms import SmsRules, load_sms_rules
from cases.surge import SurgeRules
from cases.survey import load_survey_rules
from cases.tags import TagLists, load_tags
from cases.triage import EmergencyRules, load_emergency
from cases.warning import TimeRules, WarningStep, load_time_rules, next_warning
from recordings.recording import Retention, load_retention
from routing.calendar import LOCAL, Calendar, load_calendar


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffRules:
    """Calls with officials, as zhitong.settings.Staff has them. missed_after zero: who missed a call is not rung again;
    surge_after zero: nobody is called about a surge.

    windows: the window of the hall that a number dialled stands for.
    """

    missed_after: timedelta = timedelta(seconds=30)
    snooze: timedelta = timedelta(minutes=30)
    remind_tries: int = 3
    remind_again: timedelta = timedelta(minutes=30)
    arrival: timedelta = timedelta(minutes=5)
    surge_after: timedelta = timedelta(seconds=20)
    windows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """policy: the id of the policy new cases come under; line_policies: that of cases from other lines, by number.

    area_code: completes land lines that came without one. repeat_within: calls of one number count together so long.
    dead_calls: so many calls in a row in which a number of the ladder could not be reached are told to people.
    surge: when several calls are one (集中来电). calendar: as it stands now: the county may write a file while we run.
    settle_within: so long after the call it may be closed on the spot.
    empty_phrases: what a reply is asked about before it is passed (空话套话). time_rules: warnings and 挂起.
    surge: when several calls are one (集中来电). settle_within: so long after the call it may be closed on the spot.
    empty_phrases: what a reply is asked about before it is passed (空话套话). suspect_within: who calls again about the
    same matter so soon after it was closed as solved makes the closing one that supervision looks at.
    accused: (words, type of the request) → the keys of those complained of (cases.accused); by default nobody.
    mandatory: what a case must tell before it goes a step further (必填项).
    whose: post and name → the id of the one official whom that fits (usecases.same_person); by default of none.
    """

    policies: tuple[Policy, ...]
    policy: str
    calendar: Callable[[], Calendar]
    callback: CallbackRules
    redial: RedialRules
    retention: Retention
    line_policies: Mapping[str, str] = field(default_factory=dict)
    area_code: str = ""
    repeat_within: timedelta = timedelta(days=30)
    dead_calls: int = 3
    staff: StaffRules = field(default_factory=StaffRules)
    surge: SurgeRules = field(default_factory=SurgeRules)
    settle_within: timedelta = timedelta(hours=4)
    empty_phrases: tuple[str, ...] = ()
    time_rules: TimeRules = field(default_factory=lambda: TimeRules(warnings=()))
    suspect_within: timedelta = timedelta(days=15)
    accused: Callable[[str, str], frozenset[str]] = lambda words, type: frozenset()
    whose: Callable[[str], str] = lambda name: ""
    clusters: ClusterRules = field(default_factory=ClusterRules)
    tags: TagLists = field(default_factory=TagLists)
    sms: SmsRules = field(default_factory=SmsRules)
    sample: SampleRules = field(default_factory=SampleRules)
    lead: LeadRules = field(default_factory=LeadRules)
    likeness: LikenessRules = field(default_factory=LikenessRules)
    survey: SampleRules = field(default_factory=SampleRules)
    mandatory: Mandatory = field(default_factory=Mandatory)
    emergency: EmergencyRules = field(default_factory=EmergencyRules)
    scripts: tuple[CallScript, ...] = ()

    @property
    def steps(self) -> tuple[WarningStep, ...]:
        """At which moments of a clock something follows: people are warned, a leader owns the case."""
        return (*self.time_rules.warnings, *self.lead.steps)

    def clocks(self, case: Case, start: datetime) -> tuple[SlaClock, ...]:
        """The clocks of the case's round that start then, under the policy version of the day of its call."""
        policy = policy_on(self.policies, self.line_policies.get(case.dialled, self.policy), _day_of(case))
        found = due_times(
            policy,
            start=start,
            type=case.type,
            matter=case.matter,
            urgency=case.urgency,
            calendar=self.calendar(),
            round=case.rework,
        )
        return tuple(self.warned(case, clock) for clock in found)

    def terms(self, case: Case, clock: SlaClock) -> tuple[Policy, ClockRule, Office]:
        """What holds for a clock of the case: policy version, rule and working time. Raises BadPolicy."""
        policy = policy_on(self.policies, clock.policy, _day_of(case))
        return policy, policy.rule(clock.code), policy.office(self.calendar())

    def warned(self, case: Case, clock: SlaClock, *, after: datetime | None = None) -> SlaClock:
        """The clock, to be warned of from its first step on, or from the next one after a moment. Raises BadPolicy."""
        _, rule, office = self.terms(case, clock)
        warn_at = next_warning(clock, self.steps, after or clock.started_at, rule=rule, office=office)
        return replace(clock, warn_at=warn_at)


def load_rules(
    config: Path,
    *,
    policy: str = "135",
    line_policies: Mapping[str, str] | None = None,
    alone_within: timedelta = timedelta(hours=2),
    area_code: str = "",
    repeat_within: timedelta = timedelta(days=30),
    dead_calls: int = 3,
    staff: StaffRules | None = None,
    surge: SurgeRules | None = None,
    calendar: Callable[[], Calendar] | None = None,
    sms: bool = False,
) -> Rules:
    """Reads config/policies, config/retention.toml and, unless `calendar` tells it, config/calendar as it is now.

    alone_within: how soon the fixed sentence promises a call (settings.fallback_promise). The others:
    as for Rules, from the settings. sms: there is a gateway for texts to citizens.
    Raises BadPolicy (calling.toml, casework.toml, clocks.toml, sms.toml too), BadCalendar or BadRetention; each names
    field, value, mend.
    """
    policies = load_policies(config / "policies")
    for named in (policy, *(line_policies or {}).values()):
        policy_on(policies, named, date.max)  # that the policy exists at all
    calling = config / "policies" / "calling.toml"
    try:
        content = tomllib.loads(calling.read_text(encoding="utf-8"))
    except FileNotFoundError:
        content = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"calling.toml：不是 TOML（{error}）") from error
    try:
        _known(content, "calling.toml", ("callback", "recheck", "redial"))
        callback, redial = _callback(content.get("callback", {})), _redial(content.get("redial", {}))
        callback = replace(callback, **_recheck(content.get("recheck", {})))
    except ValueError as error:
        raise BadPolicy(f"calling.toml：{error}") from error
    settle_within, phrases, mandatory, suspect_within = _casework(config / "policies" / "casework.toml")
    return Rules(
        settle_within=settle_within,
        suspect_within=suspect_within,
        empty_phrases=phrases,
        mandatory=mandatory,
        time_rules=load_time_rules(config / "policies" / "clocks.toml"),
        clusters=load_cluster_rules(config / "policies" / "clusters.toml"),
        tags=load_tags(config / "policies" / "tags.toml"),
        emergency=load_emergency(config / "policies" / "emergency.toml"),
        scripts=load_call_scripts(config / "policies" / "call_script.toml"),
        sample=load_sample_rules(config / "policies" / "sample.toml"),
        lead=load_lead_rules(config / "policies" / "lead.toml"),
        likeness=load_likeness_rules(config / "policies" / "likeness.toml"),
        survey=load_survey_rules(config / "policies" / "survey.toml"),
        policies=policies,
        policy=policy,
        line_policies=line_policies or {},
        calendar=calendar or _fixed(load_calendar(config / "calendar")),
        callback=callback,
        redial=replace(redial, alone_within=alone_within),
        retention=load_retention(config / "retention.toml"),
        area_code=area_code,
        repeat_within=repeat_within,
        dead_calls=dead_calls,
        staff=staff or StaffRules(),
        surge=surge or SurgeRules(),
        sms=load_sms_rules(config / "policies" / "sms.toml", on=sms),
    )


def _fixed(calendar: Calendar) -> Callable[[], Calendar]:
    return lambda: calendar


def _day_of(case: Case) -> date:
    return case.answered_at.astimezone(LOCAL).date()


def _casework(path: Path) -> tuple[timedelta, tuple[str, ...], Mandatory, timedelta]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        content = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = ("settle_hours", "suspect_days", "empty_phrases", "mandatory")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    hours, phrases = content.get("settle_hours", 4), content.get("empty_phrases", [])
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 <= hours <= 72:
        faults.append(f"settle_hours 是 {hours!r}；请写 0 到 72 的整数（小时）")
    if not isinstance(days := content.get("suspect_days", 15), int) or isinstance(days, bool) or not 0 <= days <= 365:
        faults.append(f"suspect_days 是 {days!r}；请写 0 到 365 的整数（天）")
    if not isinstance(phrases, list) or not all(isinstance(one, str) and one.strip() for one in phrases):
        faults.append(f'empty_phrases 是 {phrases!r}；请写成 ["高度重视", …]')
    mandatory, wrong = read_mandatory(content.get("mandatory", {}))
    if faults := [*faults, *wrong]:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return timedelta(hours=hours), tuple(phrases), mandatory, timedelta(days=days)


def _callback(raw: dict[str, Any]) -> CallbackRules:
    spans = {"no_lines_days": timedelta(days=1), "overdue_hours": timedelta(hours=1), "promise_days": timedelta(days=1)}
    _known(raw, "callback", ("windows", "after_minutes", "attempts", "coached_percent", "learn", "season", *spans))
    given: dict[str, Any] = {
        key.rpartition("_")[0]: one * _whole(f"callback.{key}", raw[key]) for key, one in spans.items() if key in raw
    }
    if "coached_percent" in raw:
        given["coached"] = _whole("callback.coached_percent", raw["coached_percent"]) / 100
    if not isinstance(learn := raw.get("learn", False), bool):
        raise BadPolicy(f"callback.learn 是 {learn!r}；请写 true 或 false")
    given["learn"] = learn
    if "windows" in raw:
        given["windows"] = tuple(_span("callback.windows", window) for window in raw["windows"])
    if "after_minutes" in raw:
        given["after"] = _minutes("callback.after_minutes", raw["after_minutes"])
    if "attempts" in raw:
        given["attempts"] = _whole("callback.attempts", raw["attempts"])
    given["seasons"] = tuple(_season(season) for season in raw.get("season", ()))
    return CallbackRules(**given)


def _recheck(raw: dict[str, Any]) -> dict[str, Any]:
    _known(raw, "recheck", ("matters", "after_days"))
    given: dict[str, Any] = {}
    if "matters" in raw:
        matters = raw["matters"]
        if not isinstance(matters, list) or not all(isinstance(one, str) and one for one in matters):
            raise BadPolicy(f'calling.toml：recheck.matters 是 {matters!r}；请写成 ["A1", …]')
        given["recheck_matters"] = frozenset(matters)
    if "after_days" in raw:
        given["recheck_after"] = timedelta(days=_whole("recheck.after_days", raw["after_days"]))
    return given


def _season(raw: dict[str, Any]) -> Season:
    _known(raw, "callback.season", ("name", "from", "until", "windows"))
    name, windows = str(raw.get("name", "")), raw.get("windows", [])
    begin, end = (_day(f"callback.season {name} 的 {field}", raw.get(field)) for field in ("from", "until"))
    return Season(
        name=name, begin=begin, end=end, windows=tuple(_span("callback.season.windows", one) for one in windows)
    )


def _day(field: str, value: Any) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2024-{value}")  # a leap year: 02-29 may be meant
    except ValueError:
        raise BadPolicy(f'calling.toml：{field} 是 {value!r}；请写成 "05-10"（月-日）') from None
    return day.month, day.day


def _redial(raw: dict[str, Any]) -> RedialRules:
    minutes = ("within", "red_within", "first_after", "again_after", "lead")
    _known(raw, "redial", ("day", "attempts", *(f"{name}_minutes" for name in minutes)))
    given: dict[str, Any] = {
        name: _minutes(f"redial.{name}_minutes", raw[f"{name}_minutes"]) for name in minutes if f"{name}_minutes" in raw
    }
    if "day" in raw:
        given["day"] = _span("redial.day", raw["day"])
    if "attempts" in raw:
        given["attempts"] = _whole("redial.attempts", raw["attempts"])
    return RedialRules(**given)


def _known(raw: dict[str, Any], where: str, keys: tuple[str, ...]) -> None:
    unknown = [key for key in raw if key not in keys]
    if unknown:
        raise BadPolicy(f"calling.toml：{where} 里的 {'、'.join(unknown)} 不认识；只有 {'、'.join(keys)}")


def _span(field: str, value: Any) -> tuple[time, time]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(item, time) for item in value):
        raise BadPolicy(f"calling.toml：{field} 里的 {value!r} 不是时间段；请写成 [08:30:00, 11:30:00]，不加引号")
    return value[0], value[1]


def _minutes(field: str, value: Any) -> timedelta:
    return timedelta(minutes=_whole(field, value))


def _whole(field: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadPolicy(f"calling.toml：{field} 是 {value!r}；请写不小于 0 的整数")
    return value

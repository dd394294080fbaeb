"""When a day of duty begins and ends, as notes of a sheet tell it: workdays and holidays may have hours each. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from routing.calendar import Calendar
from routing.roster import Role
from routing.sheets.cells import Cell, plain
from routing.sheets.dates import WHOLE_DAY, Span, say, spans_in, worded_spans
from routing.sheets.people import People
from routing.sheets.reading import Issue, issue
from routing.sheets.words import shift_word

_DAILY = re.compile(r"值班时间\D{0,10}\d")
_DATED = re.compile(r"\D{0,3}(?:20\d\d年)?\d{1,2}[月./-]\d{1,2}(?![\d:])|\d{1,2}[日号]")
_HANDOVER = re.compile(r"交接班时间\D{0,8}(\d{1,2}(?::\d{2}|[时点]))")
_REST = re.compile(r"节假日|周末|双休|休息日|公休|法定|假日|假期|节日|非工作日")
_WORK = re.compile(r"(?<!非)工作日|平日|平时|上班日")
_WEEK = re.compile(r"(?:周|星期)一[至到~—-]+(?:周|星期)?[五日天]")
_WEEKEND = re.compile(r"(?:周|星期)六")
_MD = r"(\d{1,2})月(?:(\d{1,2})[日号])?"
_SEASON = re.compile(rf"(?<!\d){_MD}[至到~—-]+(?:次年|翌年|第二年)?{_MD}")
_SURE_MONTHS = {"夏": (7, 8), "冬": (12, 1, 2)}
"""Where no note tells from when to when: the months that are of the season wherever there is one."""

_LEGEND = re.compile(r"(?:^|[^一-鿿])(?:班|值|值班|√|✓|●|全天?)[:=为是](?:全天)?\(?$")
"""What the usual mark of a grid stands for: √：8:30-次日8:30."""

Kind = Literal["every", "work", "rest", "week", "weekend", "season", "夏", "冬"]
_OPPOSITE: dict[str, Kind] = {"夏": "冬", "冬": "夏"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The hours of one kind of day. season: first and last day as (month, day). word: 白班, when only of that shift."""

    kind: Kind
    span: Span
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    word: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayHours:
    """Everything that notes tell of the hours of days, and the first cell that does; none: 08:00 to 08:00."""

    rules: tuple[Rule, ...] = ()
    cell: Cell | None = None
    calendar: Calendar

    def of(self, day: date, role: Role) -> Span | None:
        """When duty of this day begins and ends; None when a note tells hours, but not these for sure."""
        if not self.rules:
            return WHOLE_DAY
        told = [(rule, _holds(rule, day, self.calendar)) for rule in self.rules if rule.kind != "every"]
        if any(holds is None for _, holds in told):
            return None
        mine = [rule for rule, holds in told if holds] or [rule for rule in self.rules if rule.kind == "every"]
        spans = {rule.span for rule in mine}
        if len(spans) > 1 and role == "lead" and all(rule.word for rule in mine):
            # A leader over 白班 and 夜班 is there all day.
            return _round(spans)
        return spans.pop() if len(spans) == 1 else None

    def doubt(self, sheet: str, day: date) -> Issue:
        """The issue for a day whose hours no note tells for sure."""
        assert self.cell is not None  # without a note there is no doubt
        told = " ".join(self.cell.text.split())[:40]
        what = f"写着“{told}”，看不出{say(day)}等日子是几点到几点，没有读；请在表头或名字后写明，如 (8:30-次日8:30)"
        return issue(sheet, self.cell, "empty", what)


def day_hours(cells: Iterable[Cell], people: People, calendar: Calendar) -> DayHours:
    """What the texts of a sheet tell, but for those of one day or of somebody: the hours there are theirs alone."""
    rules: list[Rule] = []
    first: Cell | None = None
    for cell in cells:
        text = plain(cell.text)
        own = _DATED.match(text) or (people.mentioned(text) and not _DAILY.search(text))
        if not own and (found := _rules(text)):
            rules += found
            first = first or cell
    if not _DAILY.search(plain(first.text if first else "")) and {rule.kind for rule in rules} <= {"rest", "weekend"}:
        # The title of a roster of holidays, with its hours: all its days are of them.
        rules = [replace(rule, kind="every") for rule in rules]
    return DayHours(rules=tuple(rules), cell=first, calendar=calendar)


def _rules(text: str) -> list[Rule]:
    told = worded_spans(text)
    if legend := [span for words, span in told if _LEGEND.search(words)]:
        return [Rule(kind="every", span=span) for span in legend]
    if len(told) > 1:
        found = [_rule(words, span) for words, span in told]
        if any(rule.kind != "every" for rule in found):
            return _complete(found)
        words = [rule.word for rule in found]
        if all(words) and len(set(words)) == len(words):
            # 白班 and 夜班: one after the other they are the whole day.
            return found
        return found if _DAILY.search(text) else []
    for span in spans_in(text):
        of_shift = shift_word(re.sub("[上下]午", "", text))
        rule = replace(_rule(text, span), word="")
        if _DAILY.search(text) and (not of_shift or rule.kind != "every"):
            return [rule]
        if not of_shift and (rule.kind in ("work", "week") or span[0] == span[1]):
            return [rule]
    if handover := _HANDOVER.search(text):
        return [Rule(kind="every", span=span) for span in spans_in(f"{handover[1]}-次日{handover[1]}")]
    return []


def _rule(words: str, span: Span) -> Rule:
    word = shift_word(re.sub("[上下]午", "", words))
    if season := _SEASON.search(words):
        months = [int(season[1]), int(season[3])]
        days = [int(season[2] or 1), int(season[4] or 31)]
        return Rule(kind="season", span=span, season=((months[0], days[0]), (months[1], days[1])), word=word)
    if named := re.search("[夏冬](?=[季令天]|时)", words):
        return Rule(kind="夏" if named[0] == "夏" else "冬", span=span, word=word)
    rest, work = bool(_REST.search(words)), bool(_WORK.search(words))
    week, weekend = _WEEK.search(words), _WEEKEND.search(words)
    kind: Kind = "every"
    if rest != work:
        kind = "rest" if rest else "work"
    elif not rest and bool(week) != bool(weekend) and not (week and week[0][-1] in "日天"):
        kind = "week" if week else "weekend"
    return Rule(kind=kind, span=span, word=word)


def _complete(rules: Sequence[Rule]) -> list[Rule]:
    """工作日夜间17:30-8:30 are the hours of the day, when it has no others; 冬季 without days is what 夏季 leaves."""
    dated = [rule.season for rule in rules if rule.season]
    found = []
    for rule in rules:
        alone = sum(other.kind == rule.kind and other.season == rule.season for other in rules) == 1
        if rule.kind in _OPPOSITE and len(dated) == 1 and len(rules) == 2:
            rule = replace(rule, season=(dated[0][1], dated[0][0]))
        found.append(replace(rule, word="" if alone else rule.word))
    return found


def _holds(rule: Rule, day: date, calendar: Calendar) -> bool | None:
    """Whether a rule is of this day; None when that is not sure."""
    at = (day.month, day.day)
    match rule.kind:
        case "work" | "rest":
            return calendar.is_workday(day) == (rule.kind == "work") if calendar.knows(day.year) else None
        case "week" | "weekend":
            # A holiday in the week, or a Saturday that is worked: the words say the one, and may mean the other.
            sure = not calendar.knows(day.year) or calendar.is_workday(day) == (day.weekday() < 5)
            return (day.weekday() < 5) == (rule.kind == "week") if sure else None
        case "season" if rule.season:
            first, last = rule.season
            return first <= at <= last if first <= last else at >= first or at <= last
        case "夏" | "冬":
            if rule.season:
                # The days between those of the other season, whose last and first these are.
                end, begin = rule.season
                return end < at < begin if end < begin else at > end or at < begin
            if day.month in _SURE_MONTHS[rule.kind]:
                return True
            return False if day.month in _SURE_MONTHS[_OPPOSITE[rule.kind]] else None
    return True


def _round(spans: set[Span]) -> Span | None:
    """Spans that follow one another round the clock, as one from the earliest beginning; else None."""
    ordered = sorted(spans)
    following = [*ordered[1:], ordered[0]]
    if all(one[1] == after[0] for one, after in zip(ordered, following, strict=True)):
        return (ordered[0][0], ordered[0][0])
    return None

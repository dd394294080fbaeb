"""The figures of the hotline (指标): each with its formula, what it counts and what it leaves out. Pure.

Sources: GB/T 33358-2016 政府热线服务规范 (接通率, 15 秒应答), 威信 (处置率, 回访满意率), 长春新区 (受理率, 按时办结率,
满意率 per source), 万源 (办结率, 办理周期), 镇雄 (当场办结). No figure is more than its counts: it has both numbers of
its fraction, and one with nothing to count says so, never 0 % and never 100 %.
"""

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from pathlib import Path
from statistics import fmean, median
from typing import Any, Literal

from cases.sla import BadPolicy
from cases.survey import Survey
from cases.tags import OUTCRY

ANSWER_WITHIN_MS = 15_000
"""In which a call is to be answered (GB/T 33358)."""
Unit = Literal["%", "秒", "天", "件"]
Caller = Literal["系统", "人工", ""]
"""Who called back: the line by itself, or a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure. value: None when there is nothing to count it of. numerator: None for what is no share.

    n: what it is a share of, or how many values it sums up. beside: what the reader must know that it does not show.
    """

    code: str
    name: str
    unit: Unit
    value: float | None
    numerator: int | None
    n: int
    formula: str
    beside: str = ""
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one, or without a value."""
        return None if self.target is None or self.value is None else self.value >= self.target


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """So many closings (办结、不予受理) of one kind. first: not after a 重办. over: nobody tries any more.

    no_contact: there was no number to call, as a second person has seen. by: whose call reached the citizen, who said
    so himself; empty: nobody's. solved, satisfied: yes, no, middle or empty, as answered.
    """

    channel: str
    first: bool
    over: bool
    no_contact: bool
    by: Caller
    solved: str
    satisfied: str
    closings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What happened in a span of time, counted. Calls of officials are in none of it.

    offered: the calls that the carrier counted to the line, if somebody told. rang_ms: from INVITE to answer, of the
    calls where it is known; waits_ms: from INVITE to the talk with a person, of those who had one. cases: begun in the
    span; declined, closed, assigned, returned: of these, as they stand now; none is both declined and closed. due: all
    clocks for the result that ran out in the span; in_time, refused_in_time: those of them met in time, by a result or
    by 不予受理; replied: those that have an answer by now, in time or late. cycles: seconds from the call to each
    closing in the span, but for 不予受理 (refused) and for what was closed with another case (together). repeatable:
    cases with a number of the citizen's and a matter; repeated: those with an earlier one of both. outcries: cases that
    were tagged as 舆情扩散 in the span, and still are. survey: what others were told who asked (抽样调查).
    """

    calls: int = 0
    rang_ms: Sequence[int] = ()
    waits_ms: Sequence[int] = ()
    cases: int = 0
    declined: int = 0
    closed: int = 0
    assigned: int = 0
    returned: int = 0
    due: int = 0
    in_time: int = 0
    refused_in_time: int = 0
    cycles: Sequence[float] = ()
    refused: int = 0
    together: int = 0
    answers: Sequence[Answers] = ()
    repeatable: int = 0
    repeated: int = 0
    outcries: int = 0
    offered: int | None = None
    replied: int = 0
    survey: Survey = field(default_factory=Survey)


def together(every: Iterable[Counts]) -> Counts:
    """The counts of several of whom none has what another has, as of one; offered is not theirs."""
    found = tuple(every)
    told = dict[str, Any]()
    for name in (one.name for one in fields(Counts) if one.name not in ("offered", "survey")):
        values = [getattr(counts, name) for counts in found]
        told[name] = list(chain(*values)) if name in ("rang_ms", "waits_ms", "cycles", "answers") else sum(values)
    asked = {one.name: sum(getattr(counts.survey, one.name) for counts in found) for one in fields(Survey)}
    return Counts(**told, survey=Survey(**asked))


def figures(
    counts: Counts, *, settle_seconds: float, repeat_days: float, targets: Mapping[str, float]
) -> tuple[Figure, ...]:
    """All figures, in the order in which they are read."""
    found = [*_of_calls(counts), *_of_cases(counts, settle_seconds, repeat_days), *_of_callbacks(counts.answers)]
    found += _of_survey(counts.survey, next(one for one in found if one.code == "satisfied"), targets)
    return tuple(replace(one, target=targets.get(one.code)) for one in found)


def stands_in(code: str, one: Answers) -> tuple[bool, bool]:
    """Whether a closing stands in the numerator, and in the denominator, of a figure of callbacks."""
    code, _, channel = code.partition(":") if code.startswith("satisfied:") else (code, "", "")
    if channel and channel != one.channel:
        return False, False
    found = next((figure for figure in _of_callbacks([replace(one, closings=1)]) if figure.code == code), None)
    return (bool(found.numerator), bool(found.n)) if found else (False, False)


def shown(figure: Figure) -> str:
    """The value as it is read, with what it was made of; “没有” for none."""
    if figure.value is None:
        return "没有"
    if figure.unit == "件":
        return f"{figure.value:.0f} 件（来件 {figure.n} 件）"
    if figure.numerator is None:
        return f"{figure.value:.1f} {figure.unit}（n={figure.n}）"
    return f"{_rounded(figure)} %（{figure.numerator}/{figure.n}）"


def _rounded(figure: Figure) -> str:
    """A tenth of a per cent; what is not all is never rounded to 100, what is not nothing never to 0."""
    assert figure.value is not None
    if figure.numerator == figure.n or not figure.numerator:
        return f"{figure.value:.0f}"
    return f"{min(99.9, max(0.1, round(figure.value, 1))):.1f}"


def _of_calls(counts: Counts) -> Iterable[Figure]:
    every = counts.calls if counts.offered is None else max(counts.offered, counts.calls)
    of = "线路接起的来电" if counts.offered is None else "打进来的来电（运营商的数）"
    lost = "没有接起的来电系统不知道，不在分母里；知道运营商的来电总数请写上" if counts.offered is None else ""
    answered = share("answered", "接通率", counts.calls, every, "线路接起的来电 ÷ 打进来的来电")
    if counts.offered is None:
        why = f"接起 {counts.calls} 个；打进来多少要运营商的数，请写上"
        answered = _nothing("answered", "接通率", "%", "线路接起的来电 ÷ 打进来的来电", why)
    yield answered
    talked = f"有人接谈的来电 ÷ {of}"
    yield share("human", "人工接通率", len(counts.waits_ms), every, talked, _joined("回拨才谈上的不算", lost))
    quick = sum(ms <= ANSWER_WITHIN_MS for ms in counts.rang_ms)
    unknown = counts.calls - len(counts.rang_ms)
    from_notes = f"{unknown} 个是事后从 Asterisk 的记录补的，不知道响了多久，算没有" if unknown else ""
    formula = f"15 秒内线路接起的来电 ÷ {of}"
    yield share("within_15", "15秒接通率", quick, every, formula, _joined("线路接起，不是有人接谈", from_notes, lost))
    soon = sum(ms <= ANSWER_WITHIN_MS for ms in counts.waits_ms)
    yield share("human_within_15", "15秒人工接通率", soon, every, f"15 秒内有人接谈的来电 ÷ {of}", lost)
    without = f"没有人接谈的 {counts.calls - len(counts.waits_ms)} 个没有这个数"
    seconds = [ms / 1000 for ms in counts.waits_ms]
    formula = "从来电进线到有人接谈的秒数，录音告知、提问都在内"
    yield _summed("wait_median", "到人工（中位）", "秒", seconds, median, f"{formula}，一半不超过", without)
    yield _summed("wait_p90", "到人工（九成）", "秒", seconds, _p90, f"{formula}，九成不超过", without)


def _of_cases(counts: Counts, settle_seconds: float, repeat_days: float) -> Iterable[Figure]:
    taken = counts.cases - counts.declined
    formula = "这段时间的来件里没有不予受理的 ÷ 全部来件"
    yield share("accepted", "受理率", taken, counts.cases, formula)
    formula = "这段时间的来件里现在已经办结的 ÷ 没有不予受理的来件"
    out = f"不予受理的 {counts.declined} 个不算办结，也不在分母里；重办的没有再办结，不算办结"
    yield share("closed", "办结率", counts.closed, taken, formula, out)
    formula = "这段时间的来件里现在有了结果的（办结、不予受理）÷ 全部来件"
    handled = counts.closed + counts.declined
    yield share("handled", "处置率", handled, counts.cases, formula, f"其中不予受理 {counts.declined} 个")
    formula = "按时办结的时限 ÷ 这段时间到期的办结时限，按时不予受理的除外"
    due = counts.due - counts.refused_in_time
    late = (
        f"没有按时的 {due - counts.in_time} 个，到期没有办结的、到期以后才不予受理的在内；"
        f"按时不予受理的 {counts.refused_in_time} 个不在分母里；重办另有时限，各算各的"
    )
    yield share("in_time", "按时办结率", counts.in_time, due, formula, late)
    formula = "已经有答复的办结时限（按时、超期都算）÷ 这段时间到期的办结时限"
    silent = f"没有答复的 {counts.due - counts.replied} 个；审核、审签没完的、不予受理的算有答复"
    yield share("replied", "反馈回复率", counts.replied, counts.due, formula, silent)
    spot = sum(seconds <= settle_seconds for seconds in counts.cycles)
    formula = f"来电 {settle_seconds / 3600:g} 小时以内的办结 ÷ 这段时间的全部办结，不予受理的、随并单办结的除外"
    without = f"不予受理的 {counts.refused} 个、随别的工单一起办结的 {counts.together} 个不算"
    yield share("on_spot", "当场办结率", spot, len(counts.cycles), formula, without)
    formula = "退过单的工单 ÷ 交办过的工单，都是这段时间的来件"
    unassigned = f"没有交办过的 {counts.cases - counts.assigned} 个不在分母里"
    yield share("returned", "退单率", counts.returned, counts.assigned, formula, unassigned)
    formula = f"同一群众 {repeat_days:g} 天内为同一事项又来的 ÷ 这段时间有号码、有事项的来件"
    unknown = f"没有号码、事项未明的 {counts.cases - counts.repeatable} 个不在分母里"
    known = "来电号码、留下的号码都认；没有显示的、境外的、大厅窗口的来电号码不认"
    yield share("repeated", "重复率", counts.repeated, counts.repeatable, formula, f"{unknown}；{known}")
    days = [seconds / 86400 for seconds in counts.cycles]
    formula = "从来电到办结的天数（自然日），这段时间的每次办结各算一次，不予受理的、随并单办结的除外"
    again = f"重办的从第一次来电算起；{without}"
    yield _summed("cycle_mean", "平均办理周期", "天", days, fmean, formula, again)
    yield _summed("cycle_median", "办理周期（中位）", "天", days, median, f"{formula}，一半不超过", again)
    yield Figure(
        code="outcries",
        name="舆情事件数",
        unit="件",
        value=counts.outcries if counts.outcries or counts.cases else None,
        numerator=None,
        n=counts.cases,
        formula=f"这段时间里标了“{OUTCRY}”的工单，撤掉的不算",
        beside="按标的那天算，来件可以是以前的；标用 zhitong case tag；没有人标的不知道",
    )


def _of_callbacks(answers: Sequence[Answers]) -> Iterable[Figure]:
    every = _sum(answers)
    reached = [one for one in answers if one.by]
    by_people = _sum(one for one in reached if one.by == "人工")
    kept_out = (
        f"没联系上 {_unreached(answers)} 个，没有联系方式 {_no_contact(answers)} 个，还没有问到 {_waiting(answers)} 个"
    )
    formula = "回访到本人的（系统、人工都算）÷ 这段时间办结（含不予受理）应回访的"
    beside = f"系统问到 {_sum(reached) - by_people} 个，人工问到 {by_people} 个；{kept_out}，都在分母里"
    yield share("called_back", "回访率", _sum(reached), every, formula, beside)
    formula = "经人复核没有联系方式的 ÷ 这段时间办结（含不予受理）应回访的"
    yield share("no_contact", "没有联系方式", _no_contact(answers), every, formula, "不算问到，也不算满意")
    told = [one for one in reached if one.solved in ("yes", "no")]
    solved = _sum(one for one in told if one.solved == "yes")
    formula = "回访里说解决了的 ÷ 说了解决没解决的，不予受理的也问"
    yield share(
        "solved", "解决率（回访）", solved, _sum(told), formula, f"没有问到的 {every - _sum(told)} 个不在分母里"
    )
    first = [one for one in told if one.first]
    once = _sum(one for one in first if one.solved == "yes")
    formula = "第一次办结（含不予受理）、回访说解决了的 ÷ 第一次办结（含不予受理）、说了解决没解决的"
    unasked = _sum(one for one in answers if one.first) - _sum(first)
    yield share("once", "一次办结率", once, _sum(first), formula, f"第一次办结还没有问到的 {unasked} 个不在分母里")
    yield _satisfied("satisfied", "满意率（回访）", answers, "系统回访、人工回访")
    for by in ("系统", "人工"):
        own = [one for one in reached if one.by == by]
        yield _satisfied(f"satisfied_by:{by}", f"满意率（{by}回访）", own, f"{by}回访")
    channels = sorted({one.channel for one in answers})
    if len(channels) > 1:
        for channel in channels:
            own = [one for one in answers if one.channel == channel]
            yield _satisfied(f"satisfied:{channel}", f"满意率（回访，{channel}来件）", own, "系统回访、人工回访")


def _satisfied(code: str, name: str, answers: Sequence[Answers], of: str) -> Figure:
    reached = [one for one in answers if one.by]
    rated = [one for one in reached if one.satisfied in ("yes", "middle", "no")]
    happy, middle = (_sum(one for one in rated if one.satisfied == word) for word in ("yes", "middle"))
    unsolved = _sum(one for one in reached if one.solved == "no" and one not in rated)
    unrated = _sum(reached) - _sum(rated) - unsolved
    beside = f"基本满意 {middle} 个不算满意；说没解决、不再问满意的 {unsolved} 个，没有评价的 {unrated} 个"
    if len(reached) < len(answers):
        beside += (
            f"，没联系上的 {_unreached(answers)} 个，没有联系方式的 {_no_contact(answers)} 个，"
            f"还没有问到的 {_waiting(answers)} 个"
        )
    beside += "，都不在分母里，也不算满意"
    return share(code, name, happy, _sum(rated), f"{of}里说满意的 ÷ 作了评价的", beside)


def _of_survey(survey: Survey, called: Figure, targets: Mapping[str, float]) -> Iterable[Figure]:
    """满意率 as others were told who asked a sample, and both together; each source keeps its own n (长春新区)."""
    formula = "督查或者第三方抽样调查里说满意的 ÷ 作了评价的；按调查那天算"
    beside = (
        f"基本满意 {survey.middle} 个不算满意；没联系上 {survey.unreached} 个，不愿评价 {survey.unrated} 个，"
        f"抽到还没有问的 {survey.waiting} 个，都不在分母里，也不算满意；和回访各记各的"
    )
    asked = share("satisfied_survey", "满意率（抽样调查）", survey.satisfied, survey.rated, formula, beside)
    yield asked
    sources = (("callback", called, "回访"), ("survey", asked, "抽样调查"))
    parts = [(one, name, targets.get(WEIGHTS[source], 1)) for source, one, name in sources]
    whole = sum(weight for _, _, weight in parts)
    weights = "，".join(f"{name}占 {weight / whole * 100:g} %" for _, name, weight in parts)
    told = "；".join(f"{name} {shown(one)}" for one, name, _ in parts)
    known = [one.value * weight / whole for one, _, weight in parts if one.value is not None]
    yield Figure(
        code="satisfied_composite",
        name="满意率（综合）",
        unit="%",
        value=sum(known) if len(known) == len(parts) else None,
        numerator=None,
        n=called.n + asked.n,
        formula=f"两种满意率加权平均：{weights}；少了一种就没有",
        beside=told,
    )


def _unreached(answers: Iterable[Answers]) -> int:
    return _sum(one for one in answers if not one.by and one.over and not one.no_contact)


def _no_contact(answers: Iterable[Answers]) -> int:
    return _sum(one for one in answers if not one.by and one.no_contact)


def _waiting(answers: Iterable[Answers]) -> int:
    return _sum(one for one in answers if not one.by and not one.over and not one.no_contact)


def _sum(answers: Iterable[Answers]) -> int:
    return sum(one.closings for one in answers)


def share(code: str, name: str, numerator: int, n: int, formula: str, beside: str = "") -> Figure:
    """The numerator of n in per cent; no value of nothing."""
    value = numerator / n * 100 if n else None
    return Figure(code=code, name=name, unit="%", value=value, numerator=numerator, n=n, formula=formula, beside=beside)


def _summed(
    code: str,
    name: str,
    unit: Unit,
    values: Sequence[float],
    what: Callable[[Sequence[float]], float],
    formula: str,
    beside: str,
) -> Figure:
    value = what(values) if values else None
    return Figure(
        code=code, name=name, unit=unit, value=value, numerator=None, n=len(values), formula=formula, beside=beside
    )


def _nothing(code: str, name: str, unit: Unit, formula: str, beside: str) -> Figure:
    return Figure(code=code, name=name, unit=unit, value=None, numerator=None, n=0, formula=formula, beside=beside)


def _p90(values: Sequence[float]) -> float:
    """The smallest value that nine tenths do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(0.9 * len(values)) - 1)]


def _joined(*parts: str) -> str:
    return "；".join(part for part in parts if part)


CODES = (
    *(
        "answered",
        "human",
        "within_15",
        "human_within_15",
        "accepted",
        "closed",
        "handled",
        "in_time",
        "replied",
        "on_spot",
    ),
    *("returned", "repeated", "called_back", "solved", "once", "satisfied", "satisfied_survey", "satisfied_composite"),
)
"""The figures in per cent, which may have a target."""
WEIGHTS = {"callback": "composite.callback", "survey": "composite.survey"}
"""Source of 满意率 → under what its weight in the composite stands among the targets."""


def load_targets(path: Path) -> dict[str, float]:
    """Reads config/policies/figures.toml: [targets], code → per cent, and [composite] (WEIGHTS); no file, no targets.

    Raises BadPolicy.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    targets = content.get("targets", {})
    faults = [f"{name} 不认识；只有 targets、composite" for name in content if name not in ("targets", "composite")]
    weights = _weights(content.get("composite", {}), faults)
    if not isinstance(targets, dict):
        raise BadPolicy(f"{path.name}：targets 是 {targets!r}；请写成 [targets] 一节")
    for code, value in targets.items():
        if code not in CODES:
            faults.append(f"targets.{code} 不认识；可以写 {'、'.join(CODES)}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
            faults.append(f"targets.{code} 是 {value!r}；请写 0 到 100 的数（%）")
    if faults:
        raise BadPolicy(f"{path.name}：{'；'.join(faults)}")
    return {code: float(value) for code, value in targets.items()} | weights


def _weights(told: object, faults: list[str]) -> dict[str, float]:
    if not isinstance(told, dict):
        faults.append(f"composite 是 {told!r}；请写成 [composite] 一节")
        return {}
    faults += [f"composite.{name} 不认识；可以写 {'、'.join(WEIGHTS)}" for name in told if name not in WEIGHTS]
    for name in WEIGHTS:
        value = told.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
            faults.append(f"composite.{name} 是 {value!r}；请写大于 0、不超过 100 的数")
            return {}
    return {code: float(told[name]) for name, code in WEIGHTS.items() if name in told}

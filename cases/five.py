"""“五要” (威信): 响应迅速、态度诚恳、协调尽力、办完回访、违规处理, each by the figure that stands for it. Pure.

Two of them are figures that there are (cases.figures); three are of records beside the cases (cases.record).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cases.figures import Figure, share
from cases.record import RecordKind

BREACHES = (RecordKind.CONDUCT, RecordKind.YELLOW_CARD, RecordKind.AUDIT)
"""Records of what somebody may have done wrong; each is to have an outcome."""
FIVE = ("响应迅速", "态度诚恳", "协调尽力", "办完回访", "违规处理")
HIDDEN = "作风问题、疑似虚假办结只有督查看得到；别人看不到这一项，写的是没有"
"""Stands beside a figure that is kept from whoever asks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FiveCounts:
    """Counted of a span of time. tasks: 协办 whose date passed in it; done: those that their unit ended in time;
    undated: begun in it without a date. blamed: cases begun in it with a 作风问题 by now; breaches: BREACHES written
    down in it; concluded: those with an outcome by now. None: not for whoever asks.
    """

    blamed: int | None = None
    tasks: int = 0
    done: int = 0
    undated: int = 0
    breaches: int | None = None
    concluded: int = 0


def five(figures: Sequence[Figure], counts: FiveCounts) -> tuple[Figure, ...]:
    """The five, in the order of FIVE. figures: those of the same span."""
    made = {one.code: one for one in figures}
    quick, called_back = made["wait_median"], made["called_back"]
    soon = made["human_within_15"]
    heard = f"15 秒内有人接谈的 {soon.numerator}/{soon.n}；{quick.beside}"
    formula = "没有记作风问题的来件 ÷ 这段时间的来件"
    polite = _of(counts.blamed, "five_polite", made["accepted"].n, formula, "督查记了作风问题的 {} 件")
    formula = "时限以前办完的协办 ÷ 这段时间到期的协办"
    late = f"没有按时的 {counts.tasks - counts.done} 项；没写时限的 {counts.undated} 项、到期以前随工单销号的不在分母里"
    kinds = "、".join(BREACHES)
    concluded = f"有了结论的 ÷ 这段时间记下的{kinds}"
    unfinished = None if counts.breaches is None else counts.breaches - counts.concluded
    breaches = _of(unfinished, "five_breaches", counts.breaches or 0, concluded, "还没有结论的 {} 条")
    found = (
        replace(quick, code="five_quick", formula=f"到人工（中位）：{quick.formula}", beside=heard),
        polite,
        share("five_helping", "", counts.done, counts.tasks, formula, late),
        replace(called_back, code="five_called_back"),
        breaches,
    )
    return tuple(replace(one, name=f"五要·{name}") for one, name in zip(found, FIVE, strict=True))


def _of(against: int | None, code: str, n: int, formula: str, beside: str) -> Figure:
    """The share of n that nothing stands against; none for whom it is hidden from."""
    if against is None:
        return share(code, "", 0, 0, formula, HIDDEN)
    return share(code, "", n - against, n, formula, beside.format(against))

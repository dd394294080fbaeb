"""The register (登记簿): one line a case, “一本登记簿盯到底” (镇雄), with the fields of the 工单. Pure.

A cell can never be a formula, whatever a caller or a clerk has said: a spreadsheet would run it (CSV injection, OWASP).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cases.case import Case
from cases.record import SUPERVISION_ONLY, CaseRecord, RecordKind
from cases.sla import SlaClock, counted
from routing.calendar import LOCAL

HIDDEN = "（保密）"
_LONGEST = 32_000
"""Characters of a cell: a spreadsheet takes 32,767."""
_NO_LETTERS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""What a sheet cannot hold, or nobody sees."""
_URGENCY = {"red": "红", "orange": "橙", "yellow": "黄", "normal": "一般"}
_ANSWER = {"yes": "是", "no": "否"}
_SATISFIED = {"yes": "满意", "middle": "基本满意", "no": "不满意"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """The last time a citizen was called back, by the system or a person, and what was answered; empty: nothing."""

    at: datetime
    outcome: str = ""
    solved: str = ""
    satisfied: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A case with all that its line tells. secret: who called, and what was said, is for supervision alone.

    clocks: the first ones first. history: (when, what) of its timeline. recordings, attachments: how many are kept.
    related: the cases that are answered together with it (并单).
    """

    case: Case
    secret: bool = False
    clocks: tuple[SlaClock, ...] = ()
    history: tuple[tuple[datetime, str], ...] = ()
    called: Called | None = None
    records: tuple[CaseRecord, ...] = ()
    recordings: int = 0
    attachments: int = 0
    related: tuple[str, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """When the last clock for the result is due."""
        return next((clock.due_at for clock in reversed(self.clocks) if clock.code == "close"), None)

    def first(self, what: str) -> datetime | None:
        """When this was first done."""
        return next((at for at, done in self.history if done == what), None)


def _private(of: Callable[[Case], str]) -> Callable[[Registered], str]:
    return lambda one: HIDDEN if one.secret and of(one.case) else of(one.case)


def _satisfied(one: Registered) -> str:
    if one.called is None:
        return ""
    return _SATISFIED.get(one.called.satisfied, "没有评价" if one.called.solved else "没有问到")


COLUMNS: Mapping[str, Callable[[Registered], str]] = {
    "编号": lambda one: one.case.number,
    "来电时间": lambda one: moment(one.case.answered_at),
    "来电号码": _private(lambda case: case.caller),
    "姓名": _private(lambda case: case.name),
    "性别": _private(lambda case: case.sex),
    "地址": _private(lambda case: case.address),
    "地点": _private(lambda case: case.place),
    "渠道": lambda one: one.case.channel,
    "类型": lambda one: one.case.type,
    "分类码": lambda one: one.case.matter,
    "事项": lambda one: one.case.matter_name,
    "紧急度": lambda one: _URGENCY.get(one.case.urgency, one.case.urgency),
    "标题": _private(lambda case: case.title),
    "内容": _private(lambda case: case.transcript),
    "诉求": _private(lambda case: case.demand),
    "保密": lambda one: one.case.secrecy,
    "录音": lambda one: f"{one.recordings} 段" if one.recordings else "无",
    "首接单位": lambda one: one.case.first_unit,
    "责任单位": lambda one: one.case.unit,
    "经办": lambda one: one.case.official,
    "协办单位": lambda one: "；".join(record.owner for record in one.records if record.kind is RecordKind.CO_HANDLE),
    "交办时间": lambda one: moment(one.first("交办")),
    "办理时限": lambda one: moment(one.due_at),
    "延期": lambda one: "；".join(_extended(record) for record in one.records if record.kind is RecordKind.EXTENSION),
    "状态": lambda one: str(one.case.state),
    "办理经过": lambda one: "；".join(f"{at.astimezone(LOCAL):%m-%d %H:%M} {what}" for at, what in one.history),
    "给群众的话": _private(lambda case: case.result),
    "答复": _private(lambda case: case.reply),
    "办理结论": lambda one: one.case.disposition,
    "审核人": lambda one: one.case.reviewed_by,
    "审签人": lambda one: one.case.approved_by,
    "反馈时间": lambda one: moment(one.first("反馈")),
    "办结时间": lambda one: moment(one.case.closed_at),
    "退单次数": lambda one: str(one.case.returns),
    "重办次数": lambda one: str(one.case.rework),
    "回访时间": lambda one: moment(one.called.at) if one.called else "",
    "回访结果": lambda one: one.called.outcome if one.called else "",
    "解决没有": lambda one: _ANSWER.get(one.called.solved, "") if one.called else "",
    "群众评价": _satisfied,
    "不满意原因": lambda one: HIDDEN if one.secret and one.called and one.called.why else _why(one),
    "督办领办等": lambda one: "；".join(_told(record) for record in one.records if _shown(record)),
    "关联单": lambda one: "；".join(one.related),
    "附件": lambda one: f"{one.attachments} 个" if one.attachments else "无",
    "销号时间": lambda one: moment(one.case.struck_off_at),
}
"""Heading → what stands below it. The headings of the exchange with 12345 are the county's own: cases.exchange."""


def row_of(one: Registered, columns: Mapping[str, Callable[[Registered], str]] = COLUMNS) -> list[str]:
    """The line of a case, safe to be opened as a spreadsheet."""
    return [cell(of(one)) for of in columns.values()]


def cell(text: str) -> str:
    """What may stand in a cell: one that would be a formula begins with an apostrophe, one too long is cut."""
    text = _NO_LETTERS.sub(" ", text)
    if text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠"):
        text = f"'{text}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……（太长，请看工单）"


def moment(at: datetime | None) -> str:
    """In the county's time; empty for none."""
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}" if at else ""


def latest(calls: Iterable[Called]) -> Called | None:
    """The last callback in which something was answered, else the last one."""
    every = sorted(calls, key=lambda one: one.at)
    return next((one for one in reversed(every) if one.solved), every[-1] if every else None)


def _why(one: Registered) -> str:
    return one.called.why if one.called else ""


def _shown(record: CaseRecord) -> bool:
    elsewhere = (RecordKind.CO_HANDLE, RecordKind.EXTENSION, RecordKind.MERGE)  # in columns of their own
    return record.kind not in elsewhere and record.kind not in SUPERVISION_ONLY


def _extended(record: CaseRecord) -> str:
    what = f"{record.opened_by}申请 {counted(record.detail['count'], record.detail['unit'])}"
    return f"{what}，{record.outcome or '等答复'}"


def _told(record: CaseRecord) -> str:
    end = f"，{record.outcome}" if record.outcome else "" if record.closed_at else "，没有完"
    return f"{record.kind}：{record.owner}{end}"

"""What belongs to a case beside its state: 督办 领办 移交 协办 承诺 … Pure.

One record with a type, an owner, a date and an outcome, not six subsystems: what differs is who may open one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RecordKind(StrEnum):
    """What such a record is."""

    REGISTER = "首问登记"  # what the case must tell is to be filled in
    MERGE = "并单"  # it is answered together with another case
    HAND_OVER = "移交"  # asked of another unit, which takes it or does not
    LEAD = "领办"  # a leader owns the case
    CO_HANDLE = "协办"  # a task of another unit; the lead unit has the clock
    SUPERVISE = "督办"
    MEETING = "联席会议"
    ON_SITE = "现场办理"
    COMMITMENT = "承诺"
    YELLOW_CARD = "黄牌"
    CONDUCT = "作风问题"
    EXTENSION = "延期"  # due_at: what it was due by when it was asked for
    SUSPENSION = "挂起"  # due_at: when it ends by itself
    AUDIT = "疑似虚假办结"  # closed, but the citizen says otherwise, calls again, or was told empty words
    SAMPLE = "查单"  # drawn by lot from the closed cases of a month, to be looked at again
    SURVEY = "抽样调查"  # satisfaction as others than those who called back are told; outcome: the rating
    FORUM = "板凳会"  # where people sat together; the cases that were gathered there
    EMERGENCY = "应急"  # until it is over: 现场核实、三方沟通 (威信)
    PLAN = "长远帮扶"  # helped over a long time, in steps; stops no clock
    GOVERN = "专项治理"  # of a 共性问题: several cases of one kind (cases.cluster)
    NO_CONTACT = "没有联系方式"  # nobody can be called back: waits for somebody else's review


PASSED_ABOUT = "权责不清，两次退单"
"""Why a leader owns a case that units wanted to be rid of again."""
PARTED = "分开："
"""How the outcome of a 并单 begins that was a mistake."""
TOGETHER = "一起办结"
"""The outcome of a 并单 whose case was closed with the other one."""
LEFT_OPEN = "没有一起办结："
"""How the outcome of a 并单 begins whose case lacked something that it must tell when the other one was closed."""
SUPERVISION_ONLY = frozenset({RecordKind.CONDUCT, RecordKind.AUDIT, RecordKind.SAMPLE, RecordKind.SURVEY})
"""Seen by supervision alone (责任追究, 威信; 虚假办结, 万源)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRecord:
    """One such record. owner: the unit or person who is to see to it; due_at: until when, if there is a date."""

    id: int
    case_number: str
    kind: RecordKind
    owner: str
    text: str
    opened_at: datetime
    opened_by: str
    due_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    outcome: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""

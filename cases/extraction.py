"""提取码: the six digits by which a citizen asks how his case stands, and how many wrong ones are put up with. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cases.case import Case, CaseState

DIGITS = 6
WRONG = 5
WITHIN = timedelta(hours=1)

_SIGNED = (CaseState.CLOSED, CaseState.CALLBACK, CaseState.STRUCK_OFF, CaseState.DECLINED)
IN_WORDS = {
    CaseState.ACCEPTED: "已经收到，正在安排单位办理",
    CaseState.ASSIGNED: "已经交给单位，等单位签收",
    CaseState.SIGNED_FOR: "单位已经签收",
    CaseState.HANDLING: "单位正在办理",
    CaseState.REPLIED: "单位已经写了答复，正在审核",
    CaseState.REVIEWED: "答复审核过了，等领导签发",
    CaseState.APPROVED: "领导已经签发，马上办结",
    CaseState.CLOSED: "已经办结，等着回访您",
    CaseState.CALLBACK: "正在回访",
    CaseState.STRUCK_OFF: "已经办结，回访完了",
    CaseState.DECLINED: "不归这条热线受理，原因见下",
}
"""How a case stands, as a citizen is told."""


def refused_until(wrong: Sequence[datetime], most: int = WRONG) -> datetime | None:
    """Until when nothing more is tried after wrong codes at these moments; None: they were not that many.

    `most` wrong ones within WITHIN shut the door for as long, counted from the last of them.
    """
    latest = sorted(wrong)[-most:]
    if len(latest) < most or latest[-1] - latest[0] > WITHIN:
        return None
    return latest[-1] + WITHIN


def told_result(case: Case) -> str:
    """The sentence for the citizen, once a leader has signed it; empty while the case is worked on, or again is."""
    return case.result if case.state in _SIGNED else ""

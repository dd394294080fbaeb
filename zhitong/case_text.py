"""A case as text for a terminal."""

from datetime import datetime

from cases.calendar import LOCAL
from cases.case import Case
from zhitong.usecases.show_case import CaseView

URGENCY = {"red": "红", "orange": "橙", "yellow": "黄", "normal": "一般"}


def case_line(case: Case) -> str:
    """One case in one line."""
    matter = case.matter_name or "事项未明"
    return (
        f"{case.number}  {case.state}  {_at(case.answered_at)}  {case.caller:14}"
        f"{URGENCY.get(case.urgency, case.urgency)}  {matter}  {case.place}  {case.unit}"
    )


def case_page(view: CaseView) -> str:
    """All of a case: head, clocks, timeline, recordings, callbacks, what is still to be done, and each call's trace."""
    case = view.case
    lines = [
        f"工单 {case.number}  【{case.state}】",
        f"  来电 {_at(case.answered_at)}，{case.caller} 拨 {case.dialled}",
        f"  事项 {case.matter} {case.matter_name}，{case.type}，{URGENCY.get(case.urgency, case.urgency)}，"
        f"地点 {case.place or '未明'}",
        f"  单位 {case.unit or '未定'}，经办 {case.official or '未定'}",
        f"  群众的话：{case.transcript or '（没有文字，请听录音）'}",
    ]
    if case.result:
        lines.append(f"  给群众的话：{case.result}（{case.disposition}，{case.closed_by}）")
    lines += _section("时限", [f"{c.name} {_at(c.due_at)}（从 {_at(c.started_at)} 算）" for c in view.clocks])
    lines += _section(
        "经过", [f"{_at(e.at)}  {e.what}  {e.text}" + (f"（{e.who}）" if e.who else "") for e in view.timeline]
    )
    lines += _section(
        "录音",
        [f"{r.kind}  {r.seconds:.0f} 秒  {r.state}  保存到 {_at(r.expires_at)}  {r.path}" for r in view.recordings],
    )
    lines += _section(
        "回访",
        [
            f"{_at(c.dialled_at)}  {c.outcome}"
            + "".join(
                f"  {name}：{value}"
                for name, value in (("解决", c.solved), ("满意", c.satisfied), ("原因", c.why))
                if value
            )
            for c in view.callbacks
        ],
    )
    lines += _section("待办", [f"{t.kind}  {_at(t.due_at)}" for t in view.tasks if t.done_at is None])
    for call_id, trace in view.traces.items():
        lines += _section(f"通话 {call_id}", trace)
    return "\n".join(lines)


def _section(name: str, rows: list[str]) -> list[str]:
    return [f"{name}：", *(f"  {row}" for row in rows)] if rows else []


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"

"""A case as text for a terminal."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from cases.case import Case, CaseState
from cases.record import CaseRecord
from cases.sla import SlaClock
from cases.warning import COLOURS
from routing.calendar import LOCAL
from zhitong.store.attachments import AttachmentRow
from zhitong.store.recordings import RecordingRow
from zhitong.usecases.case_colours import Sight
from zhitong.usecases.list_incidents import Incident
from zhitong.usecases.show_case import CallbackAnswers, CaseView, TimelineEntry
from zhitong.usecases.tell import tell_answer, tell_mentions

URGENCY = {"red": "红", "orange": "橙", "yellow": "黄", "normal": "一般"}
RECORDING = {"talk": "通话", "message": "留言", "clip": "原话片段", "learning": "群众同意留作学习的原话"}
RECORDING_STATE = {"fresh": "待整理", "archived": "已归档", "missing": "文件不见了", "deleted": "已到期删除"}
TASK = {
    "callback": "回访",
    "person_callback": "人工回访",
    "recheck": "回头看",
    "person_recheck": "人工回头看",
    "confirm": "核实电话",
    "person_confirm": "人工核实",
    "redial": "回拨",
    "official_callback": "领导回电",
    "archive": "整理录音",
    "learn": "留下原话",
    "notice": "通知",
    "staff": "打给工作人员",
    "surge": "集中来电到期",
    "record": "到期提醒",
    "lead": "确定领办领导",
    "tell": "告诉群众",
    "sms": "短信告诉群众",
    "transcribe": "语音转写",
    "resume": "挂起到期",
}
SYSTEM = "系统"


def case_line(case: Case, sight: Sight | None = None) -> str:
    """One case in one line; sight: the colour of its time."""
    told = [
        case.number,
        str(case.state),
        _sight(sight) if sight else "",
        _at(case.answered_at),
        f"{case.caller or '号码不详':12}",
        URGENCY.get(case.urgency, case.urgency),
        case.matter_name or "事项未明",
        case.place,
        case.unit,
    ]
    return "  ".join(part for part in told if part)


def _sight(sight: Sight) -> str:
    clock, colour = sight.light.clock, sight.light.colour
    if clock is None:
        return ""
    until = f"{clock.name} {clock.due_at.astimezone(LOCAL):%m-%d %H:%M}"
    if sight.suspended is not None:
        return f"挂起到 {sight.suspended.astimezone(LOCAL):%m-%d %H:%M}，{until}"
    return f"●{next((name for name, code in COLOURS.items() if code == colour), '绿')} {until}"


def incident_line(incident: Incident) -> str:
    """One thing that people must see to, in one line; in brackets the number by which it is ended."""
    number = f"〔{incident.id}〕" if incident.id else ""
    return f"{_at(incident.at)}  {number}{incident.text}"


def attachment_line(row: AttachmentRow) -> str:
    """One attachment in one line; begins with the number by which it is fetched."""
    state = RECORDING_STATE["deleted"] if row.state == "deleted" else f"保存到 {_at(row.expires_at)}"
    heard = f"转写：{row.transcript}（{row.heard}）" if row.transcript else row.heard
    size = f"{row.size / 1024:.0f} KB" if row.size >= 1024 else f"{row.size} 字节"
    return "  ".join(part for part in (str(row.id), row.medium, row.name, size, _at(row.at), state, heard) if part)


def suspected_line(record: CaseRecord) -> str:
    """A closing that supervision is to look at, in one line; begins with the number by which it is settled."""
    return "  ".join(
        part
        for part in (str(record.id), _at(record.opened_at), record.case_number, record.detail.get("unit"), record.text)
        if part
    )


def coached_line(answers: Mapping[str, int], *, days: int) -> str:
    """What citizens said when they were asked whether somebody told them to say 满意."""
    said = f"{answers.get('yes', 0)} 人说有，{answers.get('no', 0)} 人说没有，{answers.get('unclear', 0)} 人没说清"
    return f"抽查“有没有人叫您说满意”：{days} 天里问到 {sum(answers.values())} 人，{said}。"


def case_page(view: CaseView) -> str:
    """All of a case: head, clocks, timeline, recordings, callbacks, what is still to be done, and each call's trace."""
    case = view.case
    matter = [
        f"{case.matter} {case.matter_name}".strip() or "未明",
        case.type,
        f"紧急程度 {URGENCY.get(case.urgency, case.urgency)}",
        f"地点 {case.place or '未明'}",
    ]
    shown = [attachment_line(row) for row in view.attachments]
    named = tell_mentions(case.transcript, case.answered_at.astimezone(LOCAL).date())
    citizen = "，".join(filter(None, (case.name, case.sex, case.address)))
    lines = [
        f"工单 {case.number}  【{case.state}】" + (f"第 {case.rework} 次重办" if case.rework else ""),
        *([f"  口头编号 {case.short}"] if case.short and case.state is not CaseState.STRUCK_OFF else []),
        f"  {'来电' if case.dialled else '收到'} {_at(case.answered_at)}，"
        + f"{case.caller or '号码不详'}{'（公用的电话）' if case.shared_phone else ''}"
        + (f" 拨 {case.dialled}" if case.dialled else f"，渠道 {case.channel}"),
        f"  事项 {'，'.join(part for part in matter if part)}",
        *([f"  反映人 {citizen}"] if citizen else []),
        *([f"  {case.secrecy}：是谁、说了什么，只给能看的人看"] if case.secrecy else []),
        f"  单位 {case.unit or '未定'}，经办 {case.official or '未定'}"
        + (f"，首接 {case.first_unit}" if case.first_unit not in ("", case.unit) else ""),
        *([f"  通话中的标记 {case.marks}"] if case.marks else []),
        *([f"  被反映：{view.accused}（他们看不到、办不了）"] if view.accused else []),
        *([_emergency(view.emergency)] if view.emergency else []),
        *([f"  标记 {'、'.join(view.tags)}"] if view.tags else []),
        *([f"  重点群众 {'、'.join(view.care)}"] if view.care else []),
        f"  群众的话：{case.transcript or '（没有文字，请听录音）'}",
        *([f"  说到：{named}"] if named else []),
        *([f"  诉求：{case.demand}"] if case.demand not in ("", case.transcript) else []),
    ]
    if case.result:
        lines.append(f"  给群众的话：{case.result}（{'，'.join(filter(None, (case.disposition, case.closed_by)))}）")
    lines += [f"  答复：{case.reply}"] if case.reply else []
    signed = (("反馈", case.replied_by), ("审核", case.reviewed_by), ("审签", case.approved_by))
    lines += [f"  {'，'.join(f'{what} {who}' for what, who in signed if who)}"] if case.replied_by else []
    wished = "，".join(part for part in (case.call_when, f"打 {case.contact}" if case.contact else "") if part)
    if wished:
        lines.append(f"  回访：群众要 {wished}")
    if case.contact_at is not None:
        lines.append(f"  回电号码：{case.contact}，{_at(case.contact_at)} 来电时{case.contact_how}留的，核对过")
    if case.unsure_contact:
        lines.append(f"  回电号码：群众留过 {case.unsure_contact}，没有核对，系统不打；核对了用 case edit 写上")
    if case.concluded:
        lines.append(f"  销号：{case.concluded}{f'（{case.concluded_by}）' if case.concluded_by else ''}")
    lines += _section("现场和附件", shown) if view.emergency else []
    lines += _section("时限", [_clock(clock) for clock in view.clocks])
    lines += _section("经过", [_entry(entry) for entry in view.timeline])
    lines += _section("录音", [_recording(row) for row in view.recordings])
    lines += [] if view.emergency else _section("附件", shown)
    lines += _section("回访", [_callback(row) for row in view.callbacks])
    lines += _section(
        "待办",
        [f"{TASK.get(t.kind.partition(':')[0], t.kind)}  {_at(t.due_at)} 起" for t in view.tasks if t.done_at is None],
    )
    for call_id, trace in view.traces.items():
        lines += _section(f"通话 {call_id}", trace)
    return "\n".join(lines)


def _emergency(record: CaseRecord) -> str:
    since = f"  应急（记录 {record.id}，{_at(record.opened_at)} 起，{record.owner}）：{record.text}"
    return f"{since}；三方通话：领导和群众通话时按 *3"


def _clock(clock: SlaClock) -> str:
    again = f"（第 {clock.round} 次重办）" if clock.round else ""
    first = f"（原定 {_at(clock.set_due_at)}）" if clock.due_at != clock.set_due_at else ""
    return f"{clock.name}{again}  最迟 {_at(clock.due_at)}{first}，从 {_at(clock.started_at)} 算起"


def _entry(entry: TimelineEntry) -> str:
    who = f"（{entry.who}）" if entry.who and entry.who != SYSTEM else ""
    why = f"；原因：{entry.reason}" if entry.reason else ""
    return f"{_at(entry.at)}  {entry.what}  {entry.text}{why}{who}"


def _recording(row: RecordingRow) -> str:
    state = RECORDING_STATE.get(row.state, row.state)
    told = [RECORDING.get(row.kind, row.kind), f"{row.seconds:.0f} 秒" if row.seconds else "", state]
    if row.state != "deleted":
        told.append(f"保存到 {_at(row.expires_at)}")
    return "  ".join(part for part in (*told, PurePath(row.path).name) if part)


def _callback(row: CallbackAnswers) -> str:
    said = [
        f"{name}：{tell_answer(question, answer)}"
        for question, name, answer in (
            ("person", "本人", row.person),
            ("solved", "解决", row.solved),
            ("satisfied", "满意", row.satisfied),
            ("why", "原因", row.why),
        )
        if answer
    ]
    return "  ".join([_at(row.dialled_at), row.outcome or "还没有结果", *said])


def _section(name: str, rows: list[str]) -> list[str]:
    return [f"{name}：", *(f"  {row}" for row in rows)] if rows else []


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"

"""zhitong case new, attach, attachments: what the desk takes in by hand (走访、信件), and the files of a case."""

import argparse
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from cases.intake import CHANNELS, BadDraft, meeting_of
from cases.lead import ABOVE_TAGS
from routing.calendar import LOCAL
from zhitong.alike_text import alike_note
from zhitong.case_desk import CaseDesk, add_by, add_step
from zhitong.case_text import attachment_line
from zhitong.errors import Refused
from zhitong.figure_commands import add_span, span
from zhitong.intake_desk import IntakeDesk
from zhitong.roster_commands import Add
from zhitong.usecases.attachments import Upload, list_attachments
from zhitong.usecases.edit_case import SECRECIES, TYPES
from zhitong.usecases.forums import Forum, list_forums, note_forum
from zhitong.usecases.take_in import TakenIn

_FIELDS = {"caller": "号码", "name": "姓名", "address": "地址", "place": "地点"}
_MEETING = {"meeting_place": "在哪里开的", "meeting_date": "哪天开的，如 2026-12-01", "held_by": "谁主持的"}


def add_intake_commands(add: Add) -> None:
    """The commands under `zhitong case`."""
    adding = add("new", "新建工单：走访、信件等，不是打进来的；时限从收到时算", _new)
    add_by(adding)
    adding.add_argument("--channel", required=True, choices=CHANNELS, metavar="渠道", help="、".join(CHANNELS))
    adding.add_argument("--text", default="", metavar="诉求", help="群众说的、写的，原样写")
    adding.add_argument("--received", default="", metavar="时间", help="几时收到，如 2026-12-01T09:30（不写：现在）")
    for name, word in _FIELDS.items():
        adding.add_argument(f"--{name}", default="", metavar=word, help=f"群众的{word}")
    adding.add_argument("--type", default="", choices=("", *TYPES), metavar="类型", help="不写：按诉求判断")
    adding.add_argument("--secrecy", default="", choices=SECRECIES, metavar="保密", help="保密、匿名")
    adding.add_argument("--above", default="", choices=("", *ABOVE_TAGS), metavar="上级", help="、".join(ABOVE_TAGS))
    adding.add_argument("--file", action="append", type=Path, default=[], metavar="文件", help="附件，可以写几次")
    for name, word in _MEETING.items():
        adding.add_argument(f"--{name.replace('_', '-')}", default="", metavar=word, help=f"板凳会：{word}")
    adding.add_argument("--key", default="", metavar="来件编号", help="信封编号等：同样的编号不会多出一个工单")
    sitting = add("forum", "记一次板凳会；还没有收上来的事也记，收上来的用 case new --channel 板凳会", _forum)
    for name, word in _MEETING.items():
        sitting.add_argument(f"--{name.replace('_', '-')}", required=True, metavar=word, help=word)
    add_by(sitting)
    forums = add("forums", "板凳会：哪天、在哪里、谁主持、收了几件、办结几件", _forums)
    add_span(forums)
    attaching = add_step(add, "attach", "给工单加附件：文字、语音（会转写）、图片、视频", _attach)
    attaching.add_argument("files", nargs="+", type=Path, metavar="文件", help="要加的文件")
    listing = add_step(add, "attachments", "列出工单的附件；--out 取出来（查看会留痕）", _attachments)
    listing.add_argument("--out", type=Path, metavar="文件夹", help="把附件放到这里")


def _new(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    intake = _intake(desk)
    told = {
        name: getattr(arguments, name) for name in ("channel", "text", "type", "secrecy", "above", *_FIELDS, *_MEETING)
    }
    told["received_at"] = _received(arguments.received, desk.now).isoformat()
    if heeded := intake.heed(told, files=len(arguments.file), by=desk.by, now=desk.now):
        print(f"没有立单，短信照群众说的：{heeded}。")
        return 0
    with ExitStack() as stack:
        uploads = _open(arguments.file, stack)
        taken = intake.take(told, key=arguments.key or uuid4().hex, uploads=uploads, by=desk.by, now=desk.now)
    print(_told(taken, show=desk.rules.likeness.show))
    _hear(intake, desk)
    return 0


def _forum(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    try:
        meeting = meeting_of({name: getattr(arguments, name) for name in _MEETING}, now=desk.now)
    except BadDraft as error:
        raise Refused(str(error)) from None
    new = note_forum(desk.engine, meeting, by=desk.by, now=desk.now)
    print(f"{meeting.day:%Y-%m-%d} {meeting.place}的板凳会{'记下了' if new else '已经记了'}，{meeting.held_by}主持。")
    return 0


def _forums(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    found = list_forums(desk.engine, by=desk.by, since=since.date(), until=until.date(), now=desk.now)
    print("\n".join(map(_forum_line, found)) or "没有板凳会。")
    return 0


def _forum_line(one: Forum) -> str:
    numbers, counted = "、".join(one.shown), f"收 {one.gathered} 件，办结 {one.over} 件"
    told = [str(one.record.id or "—"), one.record.text, f"{one.record.owner}主持", counted]
    return "  ".join(filter(None, [*told, numbers]))


def _attach(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    intake = _intake(desk)
    with ExitStack() as stack:
        found = intake.add(desk.number, _open(arguments.files, stack), by=desk.by, now=desk.now)
    print(f"{desk.number} 有 {len(found)} 个附件了。")
    _hear(intake, desk)
    return 0


def _attachments(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = list_attachments(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    print("\n".join(map(attachment_line, found)) or "没有附件。")
    if arguments.out:
        intake = _intake(desk)
        arguments.out.mkdir(parents=True, exist_ok=True)
        for row in found:
            if row.state == "kept":
                opened = intake.open(desk.number, row.id, by=desk.by, now=desk.now)
                target = arguments.out / f"{desk.number}-{row.id}{opened.path.suffix}"
                target.write_bytes(opened.path.read_bytes())
                print(f"放到了 {target}")
    return 0


def _intake(desk: CaseDesk) -> IntakeDesk:
    directory = desk.directory
    return IntakeDesk(desk.settings, desk.engine, lambda: directory)


def _hear(intake: IntakeDesk, desk: CaseDesk) -> None:
    """What was said in the voices just sent, unless the console's process is at it already."""
    heard = 0
    try:
        while intake.transcribe(desk.now):
            heard += 1
    finally:
        intake.stop()
    if heard:
        print(f"转写了 {heard} 段语音，请核对：zhitong case attachments")


def _open(paths: list[Path], stack: ExitStack) -> list[Upload]:
    return [Upload(name=path.name, source=stack.enter_context(path.open("rb"))) for path in paths]


def _received(told: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(told) if told else now
    except ValueError:
        raise Refused(f"收到的时间 {told!r} 看不懂；请写成 2026-12-01T09:30") from None
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def _told(taken: TakenIn, *, show: int) -> str:
    case = taken.case
    lines = [f"{case.number} 【{case.state}】" if taken.new else f"{case.number} 已经有了，没有另建。"]
    lines.append(f"请告诉群众：口头编号 {case.short}，提取码 {taken.code}（凭这两样查办理情况，只在这里显示）")
    matter = f"{case.matter} {case.matter_name}（系统按文字建议，请核对）" if case.matter else "未明"
    lines.append(f"事项 {matter}，{case.type or '类型未明'}，建议交 {case.unit or '（未定）'}")
    lines += [f"{clock.name}  最迟 {clock.due_at.astimezone(LOCAL):%Y-%m-%d %H:%M}" for clock in taken.clocks]
    return "\n".join([*lines, *alike_note(case.number, taken.alike, show=show)])

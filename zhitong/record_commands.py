"""zhitong case record, records, merge …: what belongs to a case beside its state."""

import argparse

from cases.record import CaseRecord, RecordKind
from routing.calendar import LOCAL
from zhitong.alike_text import alike_line
from zhitong.case_desk import CaseDesk, add_by, add_step
from zhitong.roster_commands import Add, moment
from zhitong.usecases.follow_up import KINDS, follow_up
from zhitong.usecases.keep_record import BY_HAND, end_record, list_records, open_record
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.same_person import whose


def add_record_commands(add: Add) -> None:
    """The commands under `zhitong case` that are about records and merging."""
    kinds = [str(kind) for kind in BY_HAND]
    opening = add_step(add, "record", "给工单记一件要办的事：领办、协办、督办、会议、承诺等", _open)
    opening.add_argument("--kind", required=True, choices=kinds, metavar="种类", help="、".join(kinds))
    opening.add_argument("--owner", required=True, metavar="归谁", help="单位或人；作风问题：单位")
    opening.add_argument("--person", default="", metavar="谁", help="作风问题是谁的（职务和姓名；没查明写“待查”）")
    opening.add_argument("--text", required=True, metavar="内容", help="办什么、为什么")
    opening.add_argument("--until", type=moment, metavar="时间", help="几时以前，例如 2026-12-05T18:00；到期没办会提醒")
    opening.add_argument("--with", dest="others", nargs="+", default=[], metavar="工单", help="联席会议还议哪些工单")
    add_step(add, "records", "一个工单的这些事", _list)
    following = add("following", "跟进清单：哪些领办、督办、协办、承诺等还没有了结，先到期的在前", _follow)
    following.add_argument("--kind", nargs="+", choices=[*map(str, KINDS)], metavar="种类", help="、".join(KINDS))
    following.add_argument("--owner", default="", metavar="归谁", help="只看归这个人、这个单位的")
    add_by(following)
    ending = add("record-end", "这件事了结了，写结果", _end)
    ending.add_argument("record", type=int, metavar="编号", help="记录的编号（case records 里有）")
    ending.add_argument("--outcome", required=True, metavar="结果", help="办成了什么")
    add_by(ending)
    add_step(add, "duplicates", "可能是同一件事的工单，和为什么", _propose)
    merging = add_step(add, "merge", "并单：和另一个工单一起答复，各自回访", _merge, reason=True)
    merging.add_argument("--into", required=True, metavar="编号", help="并进哪个工单")
    add_step(add, "split", "分开已经并单的工单", _split, reason=True)


def _open(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    id = open_record(
        desk.engine,
        number=desk.number,
        kind=RecordKind(arguments.kind),
        owner=arguments.owner,
        text=arguments.text,
        by=desk.by,
        now=desk.now,
        due_at=arguments.until,
        others=arguments.others,
        person=arguments.person,
        units=desk.units,
    )
    print(f"记下了，编号 {id}。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = list_records(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    print("\n".join(map(record_line, found)) or "没有记录。")
    return 0


def _follow(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    kinds = [RecordKind(kind) for kind in arguments.kind or KINDS]
    found = follow_up(desk.engine, by=desk.by, now=desk.now, kinds=kinds, owner=arguments.owner)
    lines = []
    for record, case in found:
        late = "已经过期" if record.due_at and record.due_at <= desk.now else ""
        lines.append("  ".join(filter(None, (case.number, f"【{case.state}】", late, record_line(record)))))
    print("\n".join(lines) or "没有要跟进的。")
    return 0


def record_line(record: CaseRecord) -> str:
    """One record in one line."""
    until = f"{record.due_at.astimezone(LOCAL):%Y-%m-%d %H:%M} 以前" if record.due_at else ""
    outcome = f"已了结：{record.outcome}（{record.closed_by}）" if record.closed_at else "还没有了结"
    told = [str(record.id), record.kind, record.owner, until, record.text, outcome]
    steps = (
        f"\n    第 {place} 步  {step['text']}  {step['done'] or '还没有办'}"
        for place, step in enumerate(record.detail.get("steps", ()), 1)
    )
    return "  ".join(part for part in told if part) + "".join(steps)


def _end(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    record = end_record(
        desk.engine,
        arguments.record,
        outcome=arguments.outcome,
        by=desk.by,
        now=desk.now,
        must=desk.rules.mandatory.close,
        whose=whose(desk.directory),
    )
    print(f"工单 {record.case_number} 的{record.kind}了结了。")
    return 0


def _propose(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = propose_merges(desk.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, towns=desk.towns)
    print("\n".join(map(alike_line, found)) or "没有像的工单。")
    return 0


def _merge(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    said = {"into": arguments.into, "reason": arguments.reason}
    merge_cases(desk.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **said)
    print(f"{desk.number} 并入 {arguments.into}，一起答复，各自回访。")
    return 0


def _split(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    split_case(desk.engine, desk.rules, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now)
    print(f"{desk.number} 又单独办理了。")
    return 0

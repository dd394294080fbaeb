"""zhitong cluster …: 共性问题, and what is done about their cause (专项治理)."""

import argparse
from dataclasses import replace

from cases.cluster import Effect
from routing.calendar import LOCAL
from routing.phone import mask
from zhitong.case_desk import CaseDesk, add_by
from zhitong.case_text import case_line
from zhitong.roster_commands import Add, moment
from zhitong.usecases.govern import (
    Cluster,
    ClusterView,
    add_case,
    appoint,
    conclude,
    list_clusters,
    show_cluster,
    take_out,
)
from zhitong.usecases.same_person import whose

YES = ("是", "否")


def add_cluster_commands(add: Add) -> None:
    """The commands under `zhitong cluster`."""
    listing = add("list", "共性问题：哪里、什么事、几起、谁负责、到几时", _list)
    listing.add_argument("--all", action="store_true", help="了结了的也列出")
    showing = add("show", "看一个共性问题：工单、措施、措施前后各多少件", _show)
    appointing = add("appoint", "定责任人、措施、时限（可以再定）", _appoint)
    appointing.add_argument("--owner", required=True, metavar="责任人", help="单位或人")
    appointing.add_argument("--measure", required=True, metavar="措施", help="做什么")
    appointing.add_argument(
        "--until", required=True, type=moment, metavar="时间", help="几时以前，例如 2026-12-05T18:00"
    )
    appointing.add_argument("--from", dest="since", type=moment, metavar="时间", help="措施几时起算（不写：现在）")
    concluding = add("conclude", "了结专项治理，写结果", _conclude)
    concluding.add_argument("--outcome", required=True, metavar="结果", help="办成了什么")
    concluding.add_argument("--lasting", required=True, choices=YES, metavar="是或否", help="固化为制度了没有：是、否")
    adding = add("add", "把一个工单加进来（名称不一样、其实同一个问题的）", _add)
    taking = add("remove", "把一个工单拿出来，以后系统也不再放进来", _remove)
    for parser in (adding, taking):
        parser.add_argument("--reason", required=True, metavar="原因", help="为什么（留痕）")
    for parser in (showing, appointing, concluding, adding, taking):
        parser.add_argument("cluster", type=int, metavar="编号", help="共性问题的编号（list 列出）")
    for parser in (adding, taking):
        parser.add_argument("number", metavar="工单", help="工单编号")
    for parser in (listing, showing, appointing, concluding, adding, taking):
        add_by(parser)


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = list_clusters(desk.engine, desk.rules, by=desk.by, now=desk.now, every=arguments.all)
    print("\n".join(map(cluster_line, found)) or "没有共性问题。")
    return 0


def cluster_line(cluster: Cluster) -> str:
    """One of them in one line."""
    record = cluster.record
    until = f"{record.due_at.astimezone(LOCAL):%Y-%m-%d %H:%M} 以前" if record.due_at and not record.closed_at else ""
    told = [
        str(record.id),
        f"{record.opened_at.astimezone(LOCAL):%Y-%m-%d} 起",
        f"{record.detail.get('town', '')}{record.detail.get('matter', '')}",
        f"{cluster.occurrences} 起，{cluster.count} 件",
        record.owner or "还没有定责任人",
        str(record.detail.get("measure", "")),
        until,
        f"已了结：{record.outcome}（{record.closed_by}）" if record.closed_at else "",
    ]
    return "  ".join(part for part in told if part)


def _show(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    view = show_cluster(desk.engine, desk.rules, arguments.cluster, by=desk.by, now=desk.now)
    print(cluster_page(view))
    return 0


def cluster_page(view: ClusterView) -> str:
    """All of one: head, effect, its cases as far as they may be seen."""
    record = view.cluster.record
    lines = [f"共性问题 {cluster_line(view.cluster)}"]
    if earlier := record.detail.get("earlier"):
        lines.append(f"  上一次专项治理：编号 {earlier}")
    if view.effect is not None:
        lines.append(f"  效果：{effect_line(view.effect)}")
    lines.append("工单（您看不到的不列出）：")
    shown = [case_line(replace(case, caller=mask(case.caller))) for case in view.cases]
    return "\n".join([*lines, *(f"  {line}" for line in shown)])


def effect_line(effect: Effect) -> str:
    """What the measure has done, with both numbers."""
    now = "" if effect.so_far >= effect.days else f"（才过 {effect.so_far} 天）"
    return (
        f"措施前 {effect.days} 天 {effect.before} 起、{effect.cases_before} 件，"
        f"措施后 {effect.days} 天 {effect.after} 起、{effect.cases_after} 件{now}"
    )


def _appoint(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    record = appoint(
        desk.engine,
        arguments.cluster,
        owner=arguments.owner,
        measure=arguments.measure,
        until=arguments.until,
        by=desk.by,
        now=desk.now,
        measured_from=arguments.since,
    )
    print(f"定了：共性问题 {record.id} 由{record.owner}负责；到期没有了结会提醒。")
    return 0


def _conclude(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    record = conclude(
        desk.engine,
        arguments.cluster,
        outcome=arguments.outcome,
        lasting=arguments.lasting == YES[0],
        by=desk.by,
        now=desk.now,
        whose=whose(desk.directory),
    )
    print(f"共性问题 {record.id} 了结了：{record.outcome}。以后再有，另立一个。")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    add_case(desk.engine, arguments.cluster, number=desk.number, reason=arguments.reason, by=desk.by, now=desk.now)
    print(f"{desk.number} 加进共性问题 {arguments.cluster}。")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    take_out(desk.engine, arguments.cluster, number=desk.number, reason=arguments.reason, by=desk.by, now=desk.now)
    print(f"{desk.number} 从共性问题 {arguments.cluster} 拿出来了。")
    return 0

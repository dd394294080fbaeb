"""zhitong case tag, tags: risk, cause and pattern of cases."""

import argparse

from zhitong.case_desk import CaseDesk, add_step
from zhitong.figure_commands import add_span, span
from zhitong.roster_commands import Add
from zhitong.usecases.tag_case import tag_case, tag_figures


def add_tag_commands(add: Add) -> None:
    """The commands under `zhitong case` that are about tags."""
    tagging = add_step(add, "tag", "标风险、原因、规律（config/policies/tags.toml 里的），或者去掉", _tag, reason=True)
    tagging.add_argument("--tag", nargs="+", default=[], metavar="标记", help="例如 情绪累积 窗口离岗 长期性")
    tagging.add_argument("--remove", nargs="+", default=[], metavar="标记", help="去掉这几个")
    add_span(add("tags", "这段时间的来件，各种风险、原因、规律各多少件", _count))


def _tag(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    found = tag_case(
        desk.engine,
        number=desk.number,
        add=arguments.tag,
        remove=arguments.remove,
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        tags=desk.rules.tags,
    )
    print(f"{desk.number} 现在标着：{'、'.join(found) or '没有'}。")
    return 0


def _count(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    since, until = span(arguments, desk.now)
    every, rows = tag_figures(desk.engine, by=desk.by, since=since, until=until, now=desk.now, tags=desk.rules.tags)
    print(f"来件 {every} 件，其中：")
    for what, tag, count in rows:
        print(f"  {what}  {tag}  {count} 件")
    return 0

"""zhitong flow show, check, publish, editions, restore: what a line says and asks before the question."""

import argparse
from pathlib import Path

from dialplans.flow import TERMINALS, parse_flow
from dialplans.flow_checks import check
from dialplans.flow_walk import picture
from routing.calendar import LOCAL
from routing.fields import read_text
from zhitong.clock import SystemClock
from zhitong.flows import flow_line, line_prompts
from zhitong.prompt_book import open_prompt_book
from zhitong.roster_commands import Add
from zhitong.roster_now import store
from zhitong.settings import load_settings
from zhitong.store.flows import FlowEdition
from zhitong.usecases.edit_flow import see_flow
from zhitong.usecases.publish_flow import publish_flow, restore_flow
from zhitong.who_acts import acting, add_by

STATES = {"published": "等 Asterisk 试过", "used": "启用过", "refused": "退回"}


def add_flow_commands(add: Add) -> None:
    """The commands under `zhitong flow`."""
    show = add("show", "看一条线路的话务流程", _show)
    show.add_argument("--text", action="store_true", help="原文，可以存成文件再改")
    checking = add("check", "检查一个话务流程文件：写得对不对，每一步能不能找到人", _check)
    publish = add("publish", "发布一个话务流程文件：电话系统试打通过后生效", _publish)
    for parser in (checking, publish):
        parser.add_argument("file", type=Path, metavar="文件", help="话务流程（TOML）")
    editions = add("editions", "看发布过的版次：谁、什么时候、为什么、启用了没有", _editions)
    restore = add("restore", "恢复：把以前的一版再发布一次（0：不要话务流程）", _restore)
    restore.add_argument("edition", type=int, metavar="版次", help="editions 列出的数字")
    for parser in (publish, restore):
        parser.add_argument("--reason", default="", metavar="原因", help="为什么改")
    for parser in (show, checking, publish, editions, restore):
        parser.add_argument("--line", required=True, metavar="号码", help="哪条线路，如 0870-2128888")
        if parser is not checking:
            add_by(parser)


def _show(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    line, engine = flow_line(settings, arguments.line), store(settings)
    found = see_flow(engine, line=line.number, by=acting(engine, arguments), now=now)
    if found.used is None:
        print(f"{line.name}（{line.number}）没有话务流程，告知后直接提问。")
    elif arguments.text:
        print(found.used.text, end="")
    else:
        print(f"{line.name}（{line.number}）：{_told(found.used)}")
        drawn = picture(parse_flow(found.used.text))
        for node in drawn.nodes:
            if node.name in TERMINALS:
                continue
            print(f"{node.name}（{node.kind}）" + (f" 说 {'、'.join(node.say)}" if node.say else ""))
            for edge in (one for one in drawn.edges if one.source == node.name):
                print(f"    {edge.label or '然后'} → {edge.target}")
    if found.draft is not None:
        print(f"有草稿：{found.draft.author} {found.draft.at.astimezone(LOCAL):%m-%d %H:%M} 保存。")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    line = flow_line(settings, arguments.line)
    flow = parse_flow(read_text(arguments.file), str(arguments.file))
    findings = check(flow, line_prompts(open_prompt_book(settings)), line.number)
    for one in findings:
        print(f"{'要改' if one.error else '提醒'}：{one}")
    errors = sum(one.error for one in findings)
    print(f"{errors} 处要改，改了才能发布。" if errors else "可以发布。")
    return 1 if errors else 0


def _publish(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    line, engine = flow_line(settings, arguments.line), store(settings)
    by = acting(engine, arguments)
    seen = see_flow(engine, line=line.number, by=by, now=now)
    edition = publish_flow(
        engine,
        line=line.number,
        text=read_text(arguments.file),
        on=seen.newest,
        prompts=line_prompts(open_prompt_book(settings)),
        by=by,
        reason=arguments.reason,
        now=now,
    )
    _tell_published(edition)
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    line, engine = flow_line(settings, arguments.line), store(settings)
    by = acting(engine, arguments)
    edition = restore_flow(
        engine,
        line=line.number,
        edition=arguments.edition,
        on=see_flow(engine, line=line.number, by=by, now=now).newest,
        prompts=line_prompts(open_prompt_book(settings)),
        by=by,
        reason=arguments.reason,
        now=now,
    )
    _tell_published(edition)
    return 0


def _editions(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    line, engine = flow_line(settings, arguments.line), store(settings)
    found = see_flow(engine, line=line.number, by=acting(engine, arguments), now=now)
    if not found.editions:
        print(f"{line.name}（{line.number}）没有发布过话务流程。")
    for edition in found.editions:
        used = "（在用）" if found.used is not None and edition.number == found.used.number else ""
        print(f"{edition.number:>4} {_told(edition)}{used}")
    return 0


def _told(edition: FlowEdition) -> str:
    why = f"：{edition.why}" if edition.why else ""
    when = f"{edition.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    return f"{when} {edition.author}：{edition.reason}；{STATES[edition.state]}{why}"


def _tell_published(edition: FlowEdition) -> None:
    print(
        f"第 {edition.number} 版发布了。电话系统装上后先自己试打两次，最多几分钟，打得到人才启用；"
        f"启用了没有：zhitong flow editions --line {edition.line}"
    )

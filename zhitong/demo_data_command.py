"""zhitong demo-data: a data folder with eight weeks of cases of a county that does not exist."""

import argparse
from collections.abc import Callable
from pathlib import Path

from zhitong.arguments import ChineseParser
from zhitong.case_desk import login
from zhitong.clock import SystemClock
from zhitong.roster_commands import moment
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings


def add_demo_data_command(add: Callable[..., ChineseParser]) -> None:
    """`zhitong demo-data`."""
    parser = add("demo-data", "在一个空的数据目录里造一个虚构的县八周的工单，看网页、培训用", _demo_data)
    parser.add_argument("folder", type=Path, metavar="目录", help="空的数据目录；里面已经有工单或账号的不动")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="数", help="同一个数、同一个截止时间，工单一样（不写：1）"
    )
    parser.add_argument(
        "--until", type=moment, metavar="时间", help="到什么时候为止，如 2026-12-05T10:30（不写：现在）"
    )


def _demo_data(arguments: argparse.Namespace) -> int:
    # Here, because no other command needs it, and all would wait for it.
    from zhitong.demo_county.seed import seed_county

    folder = arguments.folder.resolve()
    settings = load_settings(overrides={"folders": {"data": str(folder)}, "store": {"database_url": ""}})
    now = SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    until = arguments.until or now.replace(second=0, microsecond=0)
    print("正在造八周的工单……", flush=True)
    made = seed_county(engine, settings, directory, seed=arguments.seed, until=until, now=now, login=login())
    print(f"{folder}：{made.cases} 个工单，" + "、".join(f"{state} {n}" for state, n in made.states.items()))
    print("账号和先用密码（只显示这一次，三天内登录，换成自己的）：")
    for actor, password in made.passwords:
        print(f"  {actor.name}（{'、'.join(actor.roles)}）  {password}")
    print(f"看网页：ZHITONG_FOLDERS__DATA={folder} bin/zhitong console")
    print("请注意：人和事都是虚构的，号码不是；不要用这个目录开线（zhitong run），系统会照工单打电话。")
    return 0

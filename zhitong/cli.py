"""The command `zhitong`: what an administrator, an official or a clerk may do without a page."""

import argparse
import logging
import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from cases.roles import NotPermitted
from cases.sla import BadPolicy
from dialplans.asterisk import AsteriskFault, AsteriskServer
from dialplans.child_process import ChildProcess
from dialplans.prompts import PromptsMissing
from ivr.agi import is_silent
from recognizer.decoder import try_model
from recognizer.errors import RecognizerError, SoundError
from recognizer.microphone import microphone_frames
from recognizer.model import fetch
from recordings.recording import BadRetention
from routing.calendar import BadCalendar
from routing.faults import BadConfig
from zhitong.account_commands import add_account_commands
from zhitong.accuse_commands import add_accuse_commands
from zhitong.app import serve
from zhitong.arguments import ChineseParser
from zhitong.audit_commands import add_audit_commands
from zhitong.backup_commands import add_backup_commands
from zhitong.caller_commands import add_caller_commands
from zhitong.case_commands import add_case_commands
from zhitong.case_desk import acting, add_by
from zhitong.clock import SystemClock
from zhitong.clock_commands import add_clock_commands
from zhitong.cluster_commands import add_cluster_commands
from zhitong.correction_commands import add_correction_commands
from zhitong.demo import demo
from zhitong.demo_data_command import add_demo_data_command
from zhitong.desk import listen_at_desk
from zhitong.edition_commands import add_edition_commands
from zhitong.errors import ZhitongError
from zhitong.feed_commands import add_feed_commands
from zhitong.figure_commands import add_figures_command
from zhitong.flow_commands import add_flow_commands
from zhitong.going_live import speech_on_trial
from zhitong.intake_commands import add_intake_commands
from zhitong.learning_commands import add_learning_commands
from zhitong.line_trial import call_copy
from zhitong.line_tried import SENTENCE, as_json
from zhitong.mail_commands import add_mail_command
from zhitong.notice_commands import add_notice_commands
from zhitong.person_commands import add_person_commands
from zhitong.preflight import check_before_opening
from zhitong.prompt_book import open_prompt_book
from zhitong.prompt_import import add_prompt_import
from zhitong.prompt_studio import check_prompts, list_prompts, record_prompts
from zhitong.recheck_commands import add_recheck_commands
from zhitong.record_commands import add_record_commands
from zhitong.register_commands import add_register_commands
from zhitong.report_commands import add_red_lines_command, add_report_commands
from zhitong.restart import forget_wish, to_restart
from zhitong.roster_commands import add_roster_commands
from zhitong.roster_now import store
from zhitong.route_command import add_route_command
from zhitong.settings import CHECKOUT, load_settings
from zhitong.sms_commands import add_sms_commands
from zhitong.speech_model import models_folder, official_models, speech_model
from zhitong.staff_commands import add_staff_commands
from zhitong.standby import watch_turn
from zhitong.supervise import Child, keep_all, only_one
from zhitong.surge_commands import add_surge_commands
from zhitong.survey_commands import add_survey_commands
from zhitong.switch import agi_token, asterisk_config, export_prompts
from zhitong.tag_commands import add_tag_commands
from zhitong.teach_commands import add_teach_commands
from zhitong.token_commands import add_token_commands
from zhitong.trace_commands import add_trace_commands
from zhitong.triage_commands import add_triage_commands
from zhitong.turn_commands import add_turn_command
from zhitong.understand_command import add_understand_command
from zhitong.usecases.replay_call import replay_call

EXPECTED = (
    ZhitongError,
    BadConfig,
    NotPermitted,
    BadPolicy,
    BadCalendar,
    BadRetention,
    AsteriskFault,
    PromptsMissing,
    RecognizerError,
    OSError,
)
"""What may go wrong without being a defect: told in a sentence, without a traceback."""

TRIAL = (
    "试用识别：自带的小模型没听过真人说话，只用来提高紧急程度；每个来电都转给真人，并放群众的原话。"
    "正式使用请先运行 bin/zhitong model fetch small（或 big）。"
)

UNPROVEN = (
    "试用识别：语音模型还没有用本地人的话试过；每个来电都转给真人，并放群众的原话。"
    "网页 设置 → 上线检查：20 句听对了，再按听懂的派单。"
)

_STDOUT = 1

Command = Callable[[argparse.Namespace], int]
Group: TypeAlias = "argparse._SubParsersAction[ChineseParser]"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 it could not be done (the reason is on standard error)."""
    arguments = _parser().parse_args(argv)
    os.umask(0o077)  # recordings, cases and secrets are for the user who runs the hotline alone
    logging.basicConfig(
        level=logging.INFO if arguments.run in (_run, _controller, _console) else logging.WARNING,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        status = int(arguments.run(arguments) or 0)
        sys.stdout.flush()  # here: at the exit nobody could answer for a reader who is gone
        return status
    except EXPECTED as error:
        if isinstance(error, BrokenPipeError) and _reader_gone():
            return 128 + signal.SIGPIPE
        print(f"zhitong：{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _reader_gone() -> bool:
    """Whether whoever read what is printed, as `| head` does, has read enough; what is left then goes nowhere."""
    poll = select.poll()
    poll.register(_STDOUT, select.POLLOUT)
    gone = any(event & select.POLLERR for _, event in poll.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    return gone


def _parser() -> ChineseParser:
    parser = ChineseParser(prog="zhitong", description="直通：“办不成事找局长”热线")
    parser.set_defaults(run=lambda _: parser.print_help())
    commands = parser.add_subparsers(title="命令", metavar="<命令>")

    def command(name: str, text: str, run: Command, under: Group = commands) -> ChineseParser:
        added = under.add_parser(name, help=text, description=text)
        added.set_defaults(run=run, command=name)
        return added

    def group(name: str, text: str) -> Group:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=lambda _: added.print_help())
        return added.add_subparsers(title="命令", metavar="<命令>")

    command("run", "开线：启动 Asterisk 和控制程序，并一直守着它们", _run)
    command("controller", "只启动控制程序（Asterisk 另外运行时用）", _controller)
    command("console", "只启动网页（值班日历的订阅、来件接口）", _console)
    command("openapi", "来件接口的说明（OpenAPI，JSON）", _openapi)
    asterisk = command("asterisk", "向运行中的 Asterisk 发一条它自己的命令", _asterisk)
    asterisk.add_argument("words", nargs="+", metavar="命令", help="例如 core show channels count：现在有几路通话")
    shown = command("demo", "用真的部件演示一个电话，从来电到销号", _demo)
    shown.add_argument(
        "--database", default="", metavar="地址", help="一个空的数据库（如 PostgreSQL），不用演示自己的 SQLite"
    )

    add_demo_data_command(command)
    tried = command("test-call", "拨测：软件电话打线路的副本，看接不接、听不听得懂、会打给谁；不打真的电话", _test_call)
    tried.add_argument("text", metavar="一句话", nargs="?", default=SENTENCE, help=f"群众说的话（不写：{SENTENCE}）")
    tried.add_argument("--json", action="store_true", help="给程序看")

    listen = command("listen", "桌面试听：对着麦克风说，看听到什么、会转给谁", _listen)
    listen.add_argument("--wav", type=Path, metavar="文件", help="不用麦克风，用这个声音文件（wav、mp3、amr 等）")
    listen.add_argument("--device", type=_device, metavar="麦克风", help="麦克风的名字或编号（不写：系统默认的）")

    model = group("model", "语音识别模型")
    fetch = command("fetch", "下载官方中文模型，可以断点续传", _model_fetch, model)
    fetch.add_argument("kind", choices=("small", "big"), help="small 约 42 MB；big 约 1.3 GB")
    fetch.add_argument("--sha256", metavar="校验值", help="校验值（config/models.toml 里没有时用）")
    fetch.add_argument("--base-url", metavar="地址", help="从别的地址下载（镜像、内网）")
    command("show", "现在用的是哪个模型", _model_show, model)

    prompts = group("prompts", "热线说的话")
    record = command("record", "对着麦克风录制 20 句常用提示音，逐句引导", _prompts_record, prompts)
    record.add_argument("--only", nargs="+", metavar="名字", help="只录这几句（bin/zhitong prompts list 列出名字）")
    record.add_argument("--device", type=_device, metavar="麦克风", help="麦克风的名字或编号（不写：系统默认的）")
    record.add_argument("--local", action="store_true", help="录本地话的一套（设置里 local_speech = true 的线路用）")
    add_prompt_import(partial(command, under=prompts))
    command("list", "列出每句话和它的来源（录音或合成）", _prompts_list, prompts)
    command("check", "检查每句话能不能说、超不超时", _prompts_check, prompts)

    roster = group("roster", "值班表")
    add_roster_commands(partial(command, under=roster))
    add_edition_commands(partial(command, under=roster))
    add_staff_commands(partial(command, under=roster))
    add_feed_commands(partial(command, under=roster))
    add_flow_commands(partial(command, under=group("flow", "话务流程：告知和提问之间，每条线路说什么、按什么键")))
    add_route_command(command)
    add_understand_command(command)
    add_teach_commands(partial(command, under=group("teach", "教它听懂：改了词表、例句，先试再发布")))
    caller = partial(command, under=group("caller", "来电的人：一人一档、重点群众、老来捣乱的"))
    add_caller_commands(caller)
    add_person_commands(caller)
    add_notice_commands(partial(command, under=group("notice", "通知")))
    add_sms_commands(partial(command, under=group("sms", "给群众的短信")))
    add_surge_commands(partial(command, under=group("surge", "集中来电：同一地方、同一件事")))

    case = partial(command, under=group("case", "工单"))
    add_case_commands(case)
    add_clock_commands(case)
    add_intake_commands(case)
    add_mail_command(case)
    add_record_commands(case)
    add_recheck_commands(case)
    add_tag_commands(case)
    add_triage_commands(case)
    add_register_commands(case)
    add_red_lines_command(case)
    add_trace_commands(case)
    add_accuse_commands(case)
    add_learning_commands(case)
    add_cluster_commands(partial(command, under=group("cluster", "共性问题：同一地方、同一件事反复出现，专项治理")))
    add_figures_command(command)
    add_correction_commands(partial(command, under=group("corrections", "识别改正：人改了的收作例句，每周准确率")))
    add_report_commands(partial(command, under=group("report", "报表：日提醒、周对账、月考评")))
    add_survey_commands(partial(command, under=group("survey", "满意度抽样调查：督查或者第三方问，和回访各记各的")))
    add_account_commands(partial(command, under=group("account", "账号：谁能做什么")))
    add_token_commands(partial(command, under=group("token", "令牌：别的渠道的程序凭它来件、查状态")))
    add_audit_commands(partial(command, under=group("audit", "留痕")))
    add_backup_commands(partial(command, under=group("backup", "备份和恢复")))

    call = group("call", "通话")
    add_turn_command(partial(command, under=call))
    replay = command("replay", "按时间重看一个通话的每一步", _call_replay, call)
    replay.add_argument("call_id", metavar="编号", help="通话编号（在工单里）")
    add_by(replay)
    return parser


def _device(told: str) -> str | int:
    return int(told) if told.isdigit() else told


# ── the hotline ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _run(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    with only_one(settings.folders.data):
        for warning in check_before_opening(settings, SystemClock().now()):
            print(warning, file=sys.stderr)
        book = open_prompt_book(settings)
        print("准备提示音……", file=sys.stderr)
        book.prepare()
        export_prompts(settings, book)
        asterisk = AsteriskServer(asterisk_config(settings), die_with_parent=False)
        controller = ChildProcess([sys.executable, "-m", "zhitong.cli", "controller"], folder=CHECKOUT)
        lines = "、".join(f"{line.number}（{line.name}）" for line in settings.lines)
        print(f"开线：{lines}；中继 {settings.trunk.address}。按 Ctrl-C 停止。", file=sys.stderr)
        model = speech_model(settings)
        if speech_on_trial(settings, model):
            print(TRIAL if model.trial else UNPROVEN, file=sys.stderr)
        console = ChildProcess([sys.executable, "-m", "zhitong.cli", "console"], folder=CHECKOUT)
        web: dict[str, Child] = {"网页": console} if settings.console.listen else {}
        port, token = settings.asterisk.agi_port, agi_token(settings)
        forget_wish(settings.folders.data)
        anew = keep_all(
            {"Asterisk": asterisk, "控制程序": controller, **web},
            lambda stopping: watch_turn(settings.asterisk.folder, stopping, lambda: is_silent(port=port, token=token)),
            restarts=lambda: to_restart(settings.folders.data),
        )
    if anew:
        print("按网页上设的重新开线……", file=sys.stderr)
        os.execv(sys.executable, [sys.executable, "-m", "zhitong.cli", "run"])
    print("已停线。", file=sys.stderr)
    return 0


def _controller(arguments: argparse.Namespace) -> int:
    return serve(load_settings())


def _console(arguments: argparse.Namespace) -> int:
    # Here, because no other command needs what it is made with, and all would wait for it.
    from zhitong.console_process import serve_console

    return serve_console(load_settings())


def _test_call(arguments: argparse.Namespace) -> int:
    logging.getLogger().setLevel(logging.ERROR)
    tried = call_copy(load_settings(), arguments.text, now=SystemClock().now())
    if arguments.json:
        print(as_json(tried))
        return 0
    print("\n".join(f"{'✓' if one.true else '✗'} {one.sentence}（{one.figure}）" for one in tried.found))
    print("\n".join(f"{i}. {who}" for i, who in enumerate(tried.rings, 1)))
    return 0 if tried.well else 1


def _openapi(arguments: argparse.Namespace) -> int:
    from zhitong.console_process import openapi_document

    print(openapi_document())
    return 0


def _asterisk(arguments: argparse.Namespace) -> int:
    print(AsteriskServer(asterisk_config(load_settings())).cli(" ".join(arguments.words)), end="")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    return demo(arguments.database)


# ── sound ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _listen(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    wav = arguments.wav
    try:
        listen_at_desk(settings, speech_model(settings), now=SystemClock().now, wav=wav, device=arguments.device)
    except SoundError as error:
        raise error if wav else SoundError(f"{error}。没有麦克风也能试：bin/zhitong listen --wav 声音文件") from None
    return 0


def _model_fetch(arguments: argparse.Namespace) -> int:
    model = official_models()[arguments.kind]
    if arguments.base_url:
        model = replace(model, url=f"{arguments.base_url.rstrip('/')}/{model.name}.zip")
    if arguments.sha256:
        model = replace(model, sha256=arguments.sha256)

    def progress(done: int, total: int | None) -> None:
        share = f" / {total / 1e6:.0f} MB（{done * 100 // total}%）" if total else " MB"
        print(f"\r下载 {model.name}：{done / 1e6:.1f}{share}", end="", file=sys.stderr, flush=True)

    path = fetch(model, into=models_folder(), progress=progress)
    print(f"\n好了：{path}。下次启动热线就会用它。", file=sys.stderr)
    if arguments.kind == "big":
        print("大模型要很多内存：请把设置 decoder.memory_mb 改到 6000 以上。", file=sys.stderr)
    return 0


def _model_show(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    found = speech_model(settings)
    try_model(found.path, memory=settings.decoder.memory_mb << 20)
    print(f"{found.path}（文件齐全，装得上）")
    if found.trial:
        print(TRIAL)
    return 0


def _prompts_record(arguments: argparse.Namespace) -> int:
    frames = partial(microphone_frames, device=arguments.device)
    record_prompts(load_settings(), arguments.only or (), local=arguments.local, frames=frames)
    return 0


def _prompts_list(arguments: argparse.Namespace) -> int:
    print("\n".join(list_prompts(load_settings())))
    return 0


def _prompts_check(arguments: argparse.Namespace) -> int:
    faults = check_prompts(load_settings())
    print("\n".join(faults) or "每一句都能说，都不超时。")
    return 1 if faults else 0


# ── casework ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _call_replay(arguments: argparse.Namespace) -> int:
    engine, now = store(load_settings()), SystemClock().now()
    print("\n".join(replay_call(engine, call_id=arguments.call_id, by=acting(engine, arguments), now=now)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

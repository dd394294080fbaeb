"""Before the line opens: everything that would otherwise be found wrong again and again, by a process that restarts."""

import errno
import re
import socket
from datetime import datetime

from cases.figures import load_targets
from cases.red_lines import load_red_lines
from recognizer.decoder import try_model
from recognizer.errors import ModelError
from recordings.recording import RecordingKind, Retention, days_told
from routing.calendar import LOCAL
from routing.faults import BadConfig, Fault
from zhitong.errors import DatabaseGone
from zhitong.notices.sms_gateway import load_sms_gateway
from zhitong.prompt_studio import synthetic_core
from zhitong.roster_now import edition_now
from zhitong.settings import Settings, line_policies, sms_gateway_file
from zhitong.speech_model import speech_model
from zhitong.store.engine import open_engine, reading
from zhitong.store.postgresql import check_server
from zhitong.understanding import NOT_WANTED, UnderstandingInForce
from zhitong.usecases.rules import load_rules

LONGEST_FOLDER = 107 - len("/run/asterisk.ctl")
"""Characters of Asterisk's folder: Linux allows 107 bytes for the path of a Unix socket."""


def check_before_opening(settings: Settings, now: datetime) -> list[str]:
    """Look at the roster, the rules, the words, the speech model, the database, the folders and the ports.

    Returns what is wrong and can be mended while the line is open. Raises BadConfig, BadPolicy and its like,
    TaxonomyError, ModelError or DatabaseUnfit: field, value and mend.
    """
    rules = load_rules(settings.files.rules, policy=settings.casework.policy, line_policies=line_policies(settings))
    load_red_lines(settings.files.rules / "policies" / "red_lines.toml")
    load_targets(settings.files.rules / "policies" / "figures.toml")
    warnings = (
        _loads(settings) + _database(settings, now) + _sms(settings) + _understanding(settings) + _voices(settings)
    )
    if faults := [*recording_faults(settings, rules.retention, now), *_folders(settings), *_ports(settings)]:
        raise BadConfig("设置", faults)
    return warnings


def _loads(settings: Settings) -> list[str]:
    """Whether the speech model is not only there, but loads. One that does not keeps no line closed."""
    model = speech_model(settings)
    try:
        try_model(model.path, memory=settings.decoder.memory_mb << 20)
    except ModelError as error:
        return [f"请注意：{error}。照常开线，听不懂话，每个来电都直接找人；换好模型再重启。"]
    return []


def _database(settings: Settings, now: datetime) -> list[str]:
    """The roster that calls will go by; and the server of the database.

    One that is away, or does not let us in, keeps no line closed: the journal waits for it.
    """
    engine = open_engine(settings.store.database_url)
    try:
        edition_now(settings, engine, now)
        if engine.dialect.name == "postgresql":
            with reading(engine) as connection:
                check_server(connection)
    except DatabaseGone as gone:
        journal = settings.folders.journal
        later = f"来电先记在 {journal}，数据库好了自动补进去；在那以前不能办结，也不自动回访"
        return [f"请注意：{gone}。照常开线：{later}。"]
    finally:
        engine.dispose()
    return []


def _sms(settings: Settings) -> list[str]:
    """A gateway that cannot be used keeps no line closed: what it should tell, people do."""
    path = sms_gateway_file(settings)
    try:
        if path is not None:
            load_sms_gateway(path)
    except BadConfig as error:
        return [f"请注意：{error}\n照常开线：改好以前不给群众发短信，改好自动接着发。"]
    return []


def _understanding(settings: Settings) -> list[str]:
    """What cannot be learned keeps no line closed: the words decide. Raises TaxonomyError."""
    why = UnderstandingInForce(settings).now.why
    return [f"请注意：{why}\n照常开线：学好以前只按词理解，学好自动接着用。"] if why not in ("", NOT_WANTED) else []


def _voices(settings: Settings) -> list[str]:
    """Citizens trust a person's voice more: that the sentences they hear most are synthetic is said at each start."""
    made = synthetic_core(settings)
    if not made:
        return []
    named = "、".join(made[:5]) + (f" 等 {len(made)} 句" if len(made) > 5 else "")
    return [
        f"请注意：常用的提示音还是合成音：{named}。照常开线：请录真人的声音，运行 bin/zhitong prompts record，"
        "或者 bin/zhitong prompts import 名字=文件.wav。"
    ]


def recording_faults(settings: Settings, retention: Retention, now: datetime) -> list[Fault]:
    """Callers are told how long the recording is kept: that must be what retention does."""
    told, kept = settings.hotline.recording_kept, retention.days(RecordingKind.TALK, now.astimezone(LOCAL).date())
    days = days_told(told)
    if days is None:
        mend = "看不懂是多少天，请写成 一年、半年、六个月、九十天 这样。"
    elif kept not in days:
        mend = f"告知里说的和留存策略不一致：retention.toml 现在的 keep_days.talk 是 {kept} 天，请改一处。"
    else:
        return []
    return [Fault(field="hotline.recording_kept", value=told, mend=mend)]


def _folders(settings: Settings) -> list[Fault]:
    faults = []
    folder = settings.asterisk.folder
    for field, path in (("asterisk.folder", folder), ("folders.recordings", settings.folders.recordings)):
        if not re.fullmatch(r"[A-Za-z0-9._/-]+", str(path)):
            mend = "Asterisk 的文件夹只能用英文字母、数字和 . _ -，不要空格和汉字；它跟着 folders.data 走。"
            faults.append(Fault(field=field, value=str(path), mend=mend))
    if len(str(folder)) > LONGEST_FOLDER:
        mend = f"太长，最多 {LONGEST_FOLDER} 个字符（里面要放 Unix 套接字）；换一个短的 folders.data。"
        faults.append(Fault(field="asterisk.folder", value=str(folder), mend=mend))
    return faults


def _ports(settings: Settings) -> list[Fault]:
    asterisk = settings.asterisk
    wanted = [
        ("sip_port", asterisk.sip_bind, asterisk.sip_port, socket.SOCK_DGRAM),
        ("ami_port", "127.0.0.1", asterisk.ami_port, socket.SOCK_STREAM),
        ("agi_port", "127.0.0.1", asterisk.agi_port, socket.SOCK_STREAM),
        ("audio_port", "127.0.0.1", asterisk.audio_port, socket.SOCK_STREAM),
    ]
    return [fault for field, host, port, kind in wanted if (fault := _port(f"asterisk.{field}", host, port, kind))]


def _port(field: str, host: str, port: int, kind: socket.SocketKind) -> Fault | None:
    if port == 0:
        return Fault(field=field, value=port, mend="开线要用固定的端口，请写 1 到 65535。")
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as those who will listen there
        try:
            probe.bind((host, port))
        except OSError as error:
            mends = {
                errno.EADDRINUSE: "已经被别的程序占用（ss -lntup 可以看是谁；也可能是上一次没停干净的热线）。"
                "停下它，或者换一个端口。",
                errno.EACCES: "没有权限用这个端口，请换一个 1024 以上的。",
                errno.EADDRNOTAVAIL: f"这台机器没有地址 {host}，请改 asterisk.sip_bind。",
            }
            mend = mends.get(error.errno or 0, f"用不了（{error.strerror or error}），请换一个端口。")
            return Fault(field=field, value=port, mend=mend)
    return None

"""Every setting of the hotline, frozen, checked at the border, all faults at once.

config/zhitong.toml < settings.toml of the data folder, which the pages write < the TOML file named by ZHITONG_CONFIG <
the environment (ZHITONG_TRUNK__ADDRESS=…) < `overrides` (tests, demo). Seconds, milliseconds, megabytes and minutes are
in the names. Relative paths start at the checkout.
"""

import ipaddress
import os
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from routing.faults import BadConfig, Fault, unknown_keys
from routing.phone import BadNumber, normalise
from routing.router import Timing

CHECKOUT = Path(__file__).resolve().parent.parent
SHIPPED = CHECKOUT / "config" / "zhitong.toml"
PROFILES = ("找局长直通", "民声分派", "首问登记", "现场")

OWN = "settings.toml"
"""In the data folder: what was set on the pages. It cannot say where the data folder is."""
BY_MATTER = "民声分派"
REGISTER = "首问登记"
REGISTER_POLICY = "2-24-72"
REMIND_BY = ("call", "message")

_PREFIX = "ZHITONG_"
_TRUE, _FALSE = ("1", "true", "yes", "on", "是"), ("0", "false", "no", "off", "否")


def _within(low: float, high: float, default: Any = MISSING) -> Any:
    """A number between two bounds, both included."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A number that citizens dial. `question=False`: straight to the ladder after the notice.

    `window` marks a window of the hall: the brief begins with it. `policy` is the pack its cases come under; empty:
    that of 首问登记 for this profile, else `casework.policy`. `language`: of the same rank on duty, who speaks
    it is rung first. `ask_number`: whoever calls here is asked for a number, since no telephone that calls this line is
    the caller's own; on a window's line callers are, unless they call from a mobile. `local_speech`: what is
    recorded in the local speech is said so, all else in Mandarin.
    """

    number: str
    name: str
    profile: str = PROFILES[0]
    question: bool = True
    window: str = ""
    policy: str = ""
    language: str = ""
    ask_number: bool = False
    local_speech: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Hotline:
    """Who we are. `number` is the one told to citizens; empty: the first line's.

    `reports_to` reads why a citizen is not content. The night's greeting is used from `night_from` until `night_until`
    o'clock, if that crosses midnight or not.
    """

    name: str
    county: str
    area_code: str = ""
    number: str = ""
    recording_kept: str = "一年"
    reports_to: str = "局长"
    night_from: int = _within(0, 23, 22)
    night_until: int = _within(0, 23, 6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialling:
    """`duty_floor` is rung before AstDB ever held a ladder. `service_numbers` are short numbers that may be rung."""

    duty_floor: str
    service_numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asterisk:
    """Ports of the running hotline (0 = any free one) and the folder of its configuration, AstDB and run files."""

    folder: Path
    sip_bind: str = "0.0.0.0"
    sip_port: int = _within(0, 65535, 5060)
    ami_port: int = _within(0, 65535, 5038)
    agi_port: int = _within(0, 65535, 4573)
    audio_port: int = _within(0, 65535, 4574)
    rtp_first: int = _within(0, 65534, 10000)
    rtp_last: int = _within(0, 65535, 20000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trunk:
    """The carrier: where calls go to (host:port), which source addresses are believed, the number we show."""

    address: str
    match: tuple[str, ...]
    caller_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """Timing of the ladder; every value is a default of the mechanisms. `dead_seconds` 0: never."""

    rung_seconds: float = _within(5, 60, 18)
    next_seconds: float = _within(1, 60, 12)
    offer_seconds: float = _within(5, 300, 45)
    promise_seconds: float = _within(10, 600, 90)
    talk_min_seconds: float = _within(0, 30, 3)
    room_talk_min_seconds: float = _within(0, 60, 10)
    dead_seconds: float = _within(0, 30, 4)
    keyless_seconds: float = _within(4, 30, 8)
    slow_seconds: float = _within(0.02, 60, 0.04)
    deadman_seconds: float = _within(1, 20, 4)
    fallback_promise_minutes: int = _within(5, 1440, 120)
    call_back_minutes: int = _within(5, 120, 15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """Timing of listening. `end_silence_ms` of quiet end an utterance; `reasks` short ones follow silence.

    `learned`: what was learned from the examples decides; False: the words of the taxonomy alone do.
    After a whole request that is surely understood `end_silence_short_ms` do, in mid-thought it takes
    `end_silence_long_ms`. `early_decision`: whom to ring may be decided before, once the same was understood for
    `early_stable_ms` with `early_confidence`, and `early_quiet_ms` without any voice (ADR 0113).
    """

    resume_ms: int = _within(100, 5000, 700)
    end_silence_ms: int = _within(200, 3000, 700)
    end_silence_short_ms: int = _within(200, 3000, 500)
    end_silence_long_ms: int = _within(200, 5000, 1200)
    early_decision: bool = True
    early_confidence: float = _within(0.9, 1, 0.97)
    early_stable_ms: int = _within(100, 2000, 300)
    early_quiet_ms: int = _within(200, 1000, 200)
    no_speech_seconds: float = _within(1, 30, 5)
    max_utterance_seconds: float = _within(3, 120, 30)
    reasks: int = _within(0, 5, 2)
    misunderstandings: int = _within(1, 5, 2)
    sure_confidence: float = _within(0, 1, 0.75)
    learned: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoder:
    """The recognizer's own processes. `model` empty: the small model shipped with the project (试用识别)."""

    model: Path | None = None
    processes: int = _within(1, 16, 1)
    streams: int = _within(1, 200, 50)
    memory_mb: int = _within(100, 65536, 600)
    heartbeat_seconds: float = _within(0.2, 30, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """`database_url` as SQLAlchemy writes it; empty: SQLite in the data folder."""

    database_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Casework:
    """`policy` is the id of a pack in policies/: which clocks a case runs against.

    `repeat_days`: calls of one number within so many days are counted together: “第三次打来”. `short_talk_seconds`: a
    talk below counts as dropped in `zhitong roster stats`. `dead_calls`: a number that cannot be reached in so many
    calls in a row is told to people.
    """

    policy: str = "135"
    repeat_days: int = _within(1, 365, 30)
    short_talk_seconds: float = _within(1, 300, 20)
    dead_calls: int = _within(2, 20, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Staff:
    """Calls with officials. `missed_seconds` after a call nobody took, who missed it is rung; 0: never.

    `remind_at`: the clock of the evening before a shift at which its official is asked to confirm it; empty: never.
    `remind_by`: call, or message (and a call when that brings no answer). `arrival_minutes`: so soon the hall's officer
    is at the window. `surge_seconds` after a surge has opened an official is called about it; 0: never.
    """

    missed_seconds: float = _within(0, 3600, 30)
    snooze_minutes: int = _within(5, 240, 30)
    remind_at: str = "19:00"
    remind_by: str = "call"
    remind_tries: int = _within(1, 6, 3)
    remind_again_minutes: int = _within(5, 180, 30)
    arrival_minutes: int = _within(3, 60, 5)
    surge_seconds: float = _within(0, 3600, 20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Surge:
    """集中来电: so many callers from one town about one matter within so many minutes are one.

    `end_hours`: one that nobody has ended by then spares nobody any more, and is told to people.
    """

    calls: int = _within(2, 100, 3)
    minutes: int = _within(1, 720, 60)
    end_hours: int = _within(1, 168, 24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Console:
    """What is read over HTTP: `listen` is address:port of calendars and intake, empty: no console; `pages` that of the
    pages for the desk, `pocket` that of the pages which links in notices open (办件链接), empty: none. `address` is how
    others reach the calendars (https://…), `pocket_address` how mobiles reach `pocket`; empty: notices bear no links.

    `proxies`: addresses of reverse proxies, which are believed when they say who asks. `monitoring`: whether leaders
    and supervision may listen to live calls (监听).
    """

    listen: str = "127.0.0.1:8800"
    pages: str = ""
    pocket: str = ""
    address: str = ""
    pocket_address: str = ""
    proxies: tuple[str, ...] = ()
    requests_per_minute: int = _within(6, 6000, 120)
    monitoring: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sms:
    """Texts to citizens. `gateway` is a file of the data folder (zhitong.notices.sms_gateway); empty: none are sent."""

    gateway: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """来件: what other channels may send. `attachments` of a case; a request may be `request_mb` in all, with
    `upload_seconds` to come in. `requests_per_minute`: of one token.
    """

    attachments: int = _within(0, 50, 9)
    text_mb: int = _within(1, 20, 1)
    image_mb: int = _within(1, 100, 20)
    voice_mb: int = _within(1, 200, 20)
    video_mb: int = _within(1, 2000, 200)
    request_mb: int = _within(1, 4000, 250)
    upload_seconds: float = _within(10, 3600, 300)
    requests_per_minute: int = _within(6, 6000, 120)


@dataclass(frozen=True, kw_only=True, slots=True)
class Folders:
    """`data` holds what must survive (cases, recordings, journal); `prompts_cache` can be made again at any time."""

    data: Path
    recordings: Path
    journal: Path
    prompts_recorded: Path
    prompts_cache: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The other configuration: `rules` is the folder with policies/, calendar/ and retention.toml.

    `examples` is the folder of labelled texts that the classifier learns from, `regression` of those it is tried on.
    """

    roster: Path
    escalation: Path
    notices: Path
    prompts: Path
    taxonomy: Path
    examples: Path
    regression: Path
    rules: Path

    @property
    def calendar(self) -> Path:
        """Where the county enters its holidays and the days worked instead."""
        return self.rules / "calendar"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All sections. `lines` is a list of tables in TOML, so the environment cannot set it."""

    lines: tuple[Line, ...]
    hotline: Hotline
    dialling: Dialling
    asterisk: Asterisk
    trunk: Trunk
    ladder: Ladder
    speech: Speech
    decoder: Decoder
    store: Store
    casework: Casework
    staff: Staff
    surge: Surge
    console: Console
    sms: Sms
    intake: Intake
    folders: Folders
    files: Files

    def line(self, dialled: str) -> Line:
        """The line that was dialled; the first one for a number nobody configured."""
        return self.line_of(dialled) or self.lines[0]

    def line_of(self, dialled: str) -> Line | None:
        """The line with this number; None when nobody configured it."""
        number = self.number_dialled(dialled)
        return next((line for line in self.lines if line.number == number), None)

    def number_dialled(self, dialled: str) -> str:
        """The canonical number of a line or unit, however the carrier writes it; as it is if it is no number."""
        short = frozenset(line.number for line in self.lines) | self.dialling.service_numbers
        try:
            return normalise(dialled, area_code=self.hotline.area_code, service_numbers=short)
        except BadNumber:
            return dialled


def load_settings(
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    shipped: Path = SHIPPED,
    own: Path | None = None,
) -> Settings:
    """Read, merge and check. own: in place of the data folder's settings.toml. Raises BadConfig naming every fault:
    field, value, mend."""
    environ = os.environ if environ is None else environ
    faults: list[Fault] = []
    table = _read_toml(shipped, faults)
    over: dict[str, Any] = {}
    if environ.get("ZHITONG_CONFIG"):
        over = _read_toml(Path(environ["ZHITONG_CONFIG"]).expanduser(), faults)
    over = merged(merged(over, _from_environment(environ, faults)), overrides or {})
    data = _path(str(_with_folders(merged(table, over), environ)["folders"]["data"]))
    table = merged(table, _of_data_folder(data, own or data / OWN, faults))
    table = _with_folders(merged(table, over), environ)
    hints = get_type_hints(Settings)
    faults += unknown_keys(table, hints, "")
    sections: dict[str, Any] = {}
    for name, kind in hints.items():
        if name != "lines":
            sections[name] = _section(kind, table.get(name, {}), name, faults)
    rows = table.get("lines", [])
    if not isinstance(rows, list) or not rows:
        faults.append(Fault(field="lines", value=rows, mend="至少写一个 [[lines]]，写上群众拨打的号码。"))
        rows = []
    lines = [_section(Line, row, f"lines[{i}]", faults) for i, row in enumerate(rows, 1)]
    if faults:
        raise BadConfig("设置", faults)
    settings = _normalised(Settings(lines=tuple(lines), **sections), faults)
    faults += _contradictions(settings)
    if faults:
        raise BadConfig("设置", faults)
    return settings


def _of_data_folder(data: Path, path: Path, faults: list[Fault]) -> dict[str, Any]:
    """What was set on the pages; the files that it names lie beside it unless they are named in full."""
    if not path.exists():
        return {}
    table = _read_toml(path, faults)
    if "folders" in table:
        mend = f"数据文件夹里的 {OWN} 不能写 [folders]，请写进 config/zhitong.toml。"
        faults.append(Fault(field="folders", value=str(path), mend=mend))
        del table["folders"]
    return beside(data, table)


def beside(data: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the files that it names in the data folder, unless they are named in full."""
    files = table.get("files", {})
    if not isinstance(files, Mapping):
        return dict(table)
    found = {key: str(data / one) if isinstance(one, str) else one for key, one in files.items()}
    return {**table, **({"files": found} if found else {})}


def _read_toml(path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        faults.append(Fault(field="设置文件", value=str(path), mend=f"读不到（{error.strerror}），请改路径。"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(field="设置文件", value=str(path), mend=f"不是合格的 TOML：{error}"))
    return {}


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Section by section, key by key; lists are replaced as a whole."""
    merged = dict(under)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = {**merged[name], **value} if both else value
    return merged


def _from_environment(environ: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    """ZHITONG_SECTION__KEY=value. Names with one underscore only (ZHITONG_CACHE) are not settings."""
    table: dict[str, Any] = {}
    for name, value in sorted(environ.items()):
        if not name.startswith(_PREFIX) or "__" not in name:
            continue
        section, key = name.removeprefix(_PREFIX).lower().split("__", 1)
        if section == "lines":
            faults.append(Fault(field=name, value=value, mend="线路写不进环境变量，请用 ZHITONG_CONFIG 指定的文件。"))
        else:
            table.setdefault(section, {})[key] = value
    return table


def cache_folder(environ: Mapping[str, str]) -> Path:
    """What can be made again at any time: $ZHITONG_CACHE, else by the XDG rules; the same folder as bootstrap/'s."""
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("ZHITONG_CACHE") or Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "zhitong")


def _with_folders(table: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The folders left open: data by the XDG rules, the rest below it; what can be made again in the cache."""
    home = Path(environ.get("HOME") or Path.home())
    folders = dict(table.get("folders", {}))
    share = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    data = _path(folders.setdefault("data", str(share / "zhitong")) or str(share / "zhitong"))
    cache = cache_folder(environ)
    below = {
        "data": data,
        "recordings": data / "recordings",
        "journal": data / "journal",
        "prompts_recorded": data / "prompts",
        "prompts_cache": cache / "prompts",
    }
    table["folders"] = {**folders, **{key: str(path) for key, path in below.items() if not folders.get(key)}}
    table["asterisk"] = dict(table.get("asterisk", {}))
    table["asterisk"]["folder"] = table["asterisk"].get("folder") or str(data / "asterisk")
    table["store"] = dict(table.get("store", {}))
    table["store"]["database_url"] = table["store"].get("database_url") or f"sqlite:///{data / 'zhitong.sqlite3'}"
    return table


def _section(kind: type, row: object, where: str, faults: list[Fault]) -> Any:
    """One dataclass from one table; None when something is wrong, which is then in `faults`."""
    if not isinstance(row, Mapping):
        faults.append(Fault(field=where, value=row, mend=f"应写成 [{where}] 一节。"))
        return None
    before = len(faults)
    hints, values = get_type_hints(kind), {}
    faults += unknown_keys(row, hints, where)
    for f in fields(kind):
        at = f"{where}.{f.name}"
        if f.name not in row:
            if f.default is MISSING:
                faults.append(Fault(field=at, value=None, mend="没有写，这一项必须有。"))
            continue
        try:
            values[f.name] = _convert(row[f.name], hints[f.name])
        except ValueError as error:
            faults.append(Fault(field=at, value=row[f.name], mend=str(error)))
            continue
        low, high = f.metadata.get("low"), f.metadata.get("high")
        if low is not None and not low <= values[f.name] <= high:
            faults.append(Fault(field=at, value=row[f.name], mend=f"请写 {low} 到 {high} 之间的数。"))
    return kind(**values) if len(faults) == before else None


def _convert(value: Any, kind: Any) -> Any:
    """A TOML value or the text of an environment variable as the type of the field. Raises ValueError with the mend."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):  # Path | None
        return None if value in ("", None) else _convert(value, get_args(kind)[0])
    if origin in (tuple, frozenset):
        parts = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError('应写成 ["…", "…"]；在环境变量里用逗号隔开。')
        return origin(part for part in parts if part)
    if kind is bool:
        if isinstance(value, bool):
            return value
        text = str(value).lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise ValueError("应写 true 或 false。")
    if kind in (int, float):
        if isinstance(value, bool):
            raise ValueError("应写数字。")
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError("应写数字。") from None
        if number != number or (kind is int and not number.is_integer()):
            raise ValueError("应写整数。" if kind is int else "应写数字。")
        return kind(number)
    if not isinstance(value, str):
        raise ValueError("应写在引号里的文字。")
    return _path(value) if kind is Path else value.strip()


def _path(value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else CHECKOUT / path


def _normalised(settings: Settings, faults: list[Fault]) -> Settings:
    """The numbers among the settings in their canonical form."""
    services = settings.dialling.service_numbers
    for short in services:
        # A short number is its own permission, emergency numbers excepted.
        _number(short, "dialling.service_numbers", frozenset({short}), "", faults)

    lines = tuple(
        # What citizens dial may be a short number (12345) that the carrier delivers: never dialled by us.
        replace(line, number=_number(line.number, f"lines[{i}].number", services | {line.number}, "", faults))
        for i, line in enumerate(settings.lines, 1)
    )
    told = settings.hotline.number or lines[0].number
    floor = settings.dialling.duty_floor
    floor = _number(floor, "dialling.duty_floor", services, settings.hotline.area_code, faults)
    return replace(
        settings,
        lines=lines,
        hotline=replace(settings.hotline, number=told),
        dialling=replace(settings.dialling, duty_floor=floor),
    )


def _number(raw: str, at: str, services: frozenset[str], area_code: str, faults: list[Fault]) -> str:
    try:
        return normalise(raw, area_code=area_code, service_numbers=services, field=at)
    except BadNumber as error:
        faults.append(Fault(field=error.field, value=error.value, mend=error.mend))
        return raw


def _contradictions(settings: Settings) -> list[Fault]:
    """What each field alone does not show."""
    faults = []
    ladder, asterisk, speech = settings.ladder, settings.asterisk, settings.speech
    if not speech.end_silence_short_ms <= speech.end_silence_ms <= speech.end_silence_long_ms:
        mend = f"要在 end_silence_short_ms({speech.end_silence_short_ms}) 和 end_silence_long_ms"
        mend += f"({speech.end_silence_long_ms}) 之间。"
        faults.append(Fault(field="speech.end_silence_ms", value=speech.end_silence_ms, mend=mend))
    if ladder.offer_seconds >= ladder.promise_seconds:
        mend = f"要小于 promise_seconds({ladder.promise_seconds:g})。"
        faults.append(Fault(field="ladder.offer_seconds", value=ladder.offer_seconds, mend=mend))
    if asterisk.rtp_last - asterisk.rtp_first < 100:
        mend = "至少比 rtp_first 大 100，一路通话要两个端口。"
        faults.append(Fault(field="asterisk.rtp_last", value=asterisk.rtp_last, mend=mend))
    ports = {name: getattr(asterisk, name) for name in ("ami_port", "agi_port", "audio_port")}
    for name, port in ports.items():
        if port and list(ports.values()).count(port) > 1:
            faults.append(Fault(field=f"asterisk.{name}", value=port, mend="几个端口不能相同。"))
    if not re.fullmatch(r"[A-Za-z0-9.\-]+:\d{1,5}", settings.trunk.address):
        mend = "写运营商给的地址和端口，如 192.0.2.10:5060。"
        faults.append(Fault(field="trunk.address", value=settings.trunk.address, mend=mend))
    if not settings.trunk.match:
        faults.append(Fault(field="trunk.match", value=[], mend="写运营商来电的源地址，别处的来电不接。"))
    for source in settings.trunk.match:
        if not re.fullmatch(r"[0-9A-Za-z.:/-]+", source):
            mend = "写地址或网段，如 192.0.2.10 或 192.0.2.0/24。"
            faults.append(Fault(field="trunk.match", value=source, mend=mend))
    if not re.fullmatch(r"\+?\d{3,20}", settings.trunk.caller_id):
        mend = "写打出去显示的号码，只用数字，带区号，如 08702128888。"
        faults.append(Fault(field="trunk.caller_id", value=settings.trunk.caller_id, mend=mend))
    if settings.staff.remind_at and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", settings.staff.remind_at):
        mend = "写成 19:00；空着就是不提醒。"
        faults.append(Fault(field="staff.remind_at", value=settings.staff.remind_at, mend=mend))
    if settings.staff.remind_by not in REMIND_BY:
        mend = f"可以用的有：{'、'.join(REMIND_BY)}。"
        faults.append(Fault(field="staff.remind_by", value=settings.staff.remind_by, mend=mend))
    faults += _faults_of_console(settings.console)
    numbers = [line.number for line in settings.lines]
    for i, line in enumerate(settings.lines, 1):
        if line.profile not in PROFILES:
            mend = f"可以用的有：{'、'.join(PROFILES)}。"
            faults.append(Fault(field=f"lines[{i}].profile", value=line.profile, mend=mend))
        if numbers.count(line.number) > 1:
            faults.append(Fault(field=f"lines[{i}].number", value=line.number, mend="两条线路不能同号。"))
    return faults


def _faults_of_console(console: Console) -> list[Fault]:
    faults = []
    doors = {"listen": console.listen, "pages": console.pages, "pocket": console.pocket}
    for name, place in doors.items():
        found = re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})", place)
        if place and not (found and 0 < int(found[2]) < 65536):
            mend = "请写成 地址:端口，如 127.0.0.1:8800；空着就是不开网页。"
            faults.append(Fault(field=f"console.{name}", value=place, mend=mend))
    if console.pages and console.pages == console.listen:
        mend = "工作人员的网页要用自己的端口，不能和 console.listen 一样。"
        faults.append(Fault(field="console.pages", value=console.pages, mend=mend))
    if console.pocket and console.pocket in (console.listen, console.pages):
        mend = "办件链接的网页要用自己的端口，不能和 console.listen、console.pages 一样。"
        faults.append(Fault(field="console.pocket", value=console.pocket, mend=mend))
    if console.pocket_address and not re.fullmatch(r"https://[A-Za-z0-9.\[\]:-]+", console.pocket_address):
        mend = "写手机打得开的地址，要 https、不带路径，如 https://zhitong.example.gov.cn；空着 = 通知里不放链接。"
        faults.append(Fault(field="console.pocket_address", value=console.pocket_address, mend=mend))
    if console.pocket_address and not console.pocket:
        mend = "通知里要放链接，先写 console.pocket；不放就空着。"
        faults.append(Fault(field="console.pocket_address", value=console.pocket_address, mend=mend))
    if console.address and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:_/-]+", console.address):
        mend = "写别人打得开的地址，如 https://zhitong.example.gov.cn。"
        faults.append(Fault(field="console.address", value=console.address, mend=mend))
    for proxy in console.proxies:
        try:
            ipaddress.ip_address(proxy)
        except ValueError:
            mend = "写反向代理的 IP 地址，如 127.0.0.1。"
            faults.append(Fault(field="console.proxies", value=proxy, mend=mend))
    return faults


def host_and_port(listen: str) -> tuple[str, int]:
    """What `console.listen` says."""
    host, port = listen.rsplit(":", 1)
    return host.strip("[]"), int(port)


def fallback_promise(settings: Settings) -> timedelta:
    """How long after a call without a controller the promised call-back is due: what nobody_static says aloud."""
    return timedelta(minutes=settings.ladder.fallback_promise_minutes)


def line_policies(settings: Settings) -> dict[str, str]:
    """By the number dialled: the policy pack of the lines whose cases do not come under `casework.policy`."""
    default = settings.casework.policy
    found = {
        line.number: line.policy or (REGISTER_POLICY if line.profile == REGISTER else default)
        for line in settings.lines
    }
    return {number: policy for number, policy in found.items() if policy != default}


def announcements_folder(settings: Settings) -> Path:
    """Where the announcements of surges lie, until the surge is ended."""
    return settings.folders.data / "announcements"


def anchors_folder(settings: Settings) -> Path:
    """Where the heads of the cases' timelines are written every day; a copy is to be kept on another machine."""
    return settings.folders.data / "anchors"


def reports_folder(settings: Settings) -> Path:
    """Where 日提醒, 周对账 and 月考评 are put."""
    return settings.folders.data / "reports"


def sms_gateway_file(settings: Settings) -> Path | None:
    """How texts to citizens leave; None: they do not."""
    return settings.folders.data / settings.sms.gateway if settings.sms.gateway else None


def attachments_folder(settings: Settings) -> Path:
    """Where the files lie that citizens send."""
    return settings.folders.data / "attachments"


def hall_windows(settings: Settings) -> dict[str, str]:
    """By the number dialled: the window of the hall that it stands for."""
    return {line.number: line.window for line in settings.lines if line.window}


def spoken_on(settings: Settings) -> tuple[str, ...]:
    """The languages that the lines say they are for, each once."""
    return tuple(dict.fromkeys(line.language for line in settings.lines if line.language))


def ladder_timing(settings: Settings) -> Timing:
    """The seconds that the router plans with."""
    ladder = settings.ladder
    return Timing(rung=ladder.rung_seconds, next=ladder.next_seconds, promise=ladder.promise_seconds)

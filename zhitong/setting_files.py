"""The files that can be changed in the console as text: what each is for, when it counts, whether it can be used."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cases.exchange import load_headings
from cases.figures import load_targets
from cases.red_lines import load_red_lines
from cases.sla import BadPolicy, load_policies
from recordings.recording import BadRetention
from routing.calendar import LOCAL, BadCalendar, load_calendar
from routing.faults import BadConfig
from zhitong.errors import ChangeRefused, Refused
from zhitong.notices.places import load_places
from zhitong.preflight import recording_faults
from zhitong.settings import Settings, line_policies, sms_gateway_file
from zhitong.usecases.rules import load_rules

LONGEST = 200_000
"""Characters of a file."""
NOTICES = "notices.toml"
AT_ONCE, SOON = "保存就生效", "保存后几秒内生效"
FOR_NEW = f"{SOON}；已经在走的时限不变"
_NAMED = {
    "casework": ("办理", "当场办结、疑似虚假办结、空话套话、必填项。"),
    "clocks": ("提醒", "快到时限、过了时限什么时候提醒谁，夜里几点到几点不发，挂起最多几天。"),
    "calling": ("回访和回拨", "系统什么时候可以自己打电话给群众，打几次，抽查几成。"),
    "call_script": ("通话中的三句话", "电话正叫着的领导，通知里写哪三句。"),
    "clusters": ("共性问题", "同一地方、同一件事几起算，几天以内要定责任人。"),
    "likeness": ("像同一件事", "前后几天、几分算像，交办、来件、导入时提示。"),
    "lead": ("领导领办", "什么工单由领导领办，红色的多久登记、开现场会，哪些话算情绪强烈。"),
    "tags": ("标记", "工单能标哪些风险、原因、规律，重点群众有哪几种。"),
    "emergency": ("应急", "什么自己开应急，多久以内要到现场。"),
    "sample": ("查单抽样", "每月抽百分之几已经销号的工单请督查查单。"),
    "survey": ("满意度调查", "每月抽百分之几已经销号的工单，由督查或者第三方调查。"),
    "sms": ("给群众的短信", "写什么，什么时候发，夜里不发，一分钟最多几条。"),
    "red_lines": ("追责红线", "哪些算，过多久算。"),
    "figures": ("指标", "指标的目标，综合满意率里回访、抽样调查各占多少。"),
}
_PACK = re.compile(r"policies/([A-Za-z0-9][A-Za-z0-9_-]{0,39})\.toml")
_YEAR = re.compile(r"calendar/(20\d\d)\.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingFile:
    """name: below config/. counts: when what was saved does. there: whether the file exists."""

    name: str
    title: str
    hint: str
    counts: str
    path: Path
    there: bool = True


def setting_files(settings: Settings, now: datetime) -> list[SettingFile]:
    """Those of the rules: the county's terms, casework, calendars of this year and the next, retention, exchange."""
    rules = settings.files.rules
    packs = {path.stem for path in (rules / "policies").glob("*.toml")} - set(_NAMED)
    year = now.astimezone(LOCAL).year
    names = [
        *(f"policies/{stem}.toml" for stem in sorted(packs)),
        *(f"policies/{stem}.toml" for stem in _NAMED),
        "retention.toml",
        *(f"calendar/{one}.toml" for one in (year, year + 1)),
        "exchange.toml",
    ]
    return [setting_file(settings, name) for name in names]


def setting_file(settings: Settings, name: str) -> SettingFile:
    """The one of this name; a pack of terms, or a calendar, need not be there yet. Raises Refused for any other."""
    path = settings.files.rules / name
    if name == NOTICES:
        title, hint, counts, path = "通知", "谁收到什么通知。", AT_ONCE, settings.files.notices
    elif name == "retention.toml":
        title, hint, counts = "留存", "录音、文字、姓名地址各保存多少天，到期删除。", SOON
    elif name == "exchange.toml":
        title, hint, counts = "12345 交换", "和 12345 交换的表格，哪一列叫什么。", AT_ONCE
    elif found := _YEAR.fullmatch(name):
        title, hint, counts = f"{found[1]} 年放假和调休", "只写程序没有带着的：放假的日子、上班的日子。", AT_ONCE
    elif found := _PACK.fullmatch(name):
        title, hint = _NAMED.get(found[1], (f"时限办法 {found[1]}", "交办、办结几天，能不能延期、挂起。"))
        at_once, terms = found[1] in ("figures", "red_lines"), found[1] not in _NAMED
        counts = AT_ONCE if at_once else FOR_NEW if terms else SOON
    else:
        raise Refused(f"没有叫 {name[:60]!r} 的设置；请从列出的里选")
    return SettingFile(name=name, title=title, hint=hint, counts=counts, path=path, there=path.exists())


def check_text(settings: Settings, name: str, text: str, now: datetime) -> None:
    """Whether the hotline could go by the file if it said this: read by its own reader, beside all the others.

    Raises ChangeRefused with every fault, each with field, value and mend; OSError.
    """
    if len(text) > LONGEST:
        raise ChangeRefused(f"太长：{len(text)} 个字；最多 {LONGEST}")
    file = setting_file(settings, name)
    with tempfile.TemporaryDirectory(prefix="settings-") as folder:
        try:
            _try(settings, Path(folder), file, text, now)
        except BadConfig as error:
            raise ChangeRefused("\n".join(map(str, error.faults))) from None
        except (BadPolicy, BadCalendar, BadRetention) as error:
            raise ChangeRefused(str(error).replace(f"{folder}/", "")) from None


def _try(settings: Settings, folder: Path, file: SettingFile, text: str, now: datetime) -> None:
    if file.name == NOTICES:
        path = folder / NOTICES
        path.write_text(text, encoding="utf-8")
        load_places(path, data=settings.folders.data)
        return
    rules = settings.files.rules
    for name in ("policies", "calendar"):
        if (rules / name).is_dir():
            shutil.copytree(rules / name, folder / name)
    for name in ("retention.toml", "exchange.toml"):
        if (rules / name).exists():
            shutil.copy(rules / name, folder)
    path = folder / file.name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    found = load_rules(
        folder,
        policy=settings.casework.policy,
        line_policies=line_policies(settings),
        sms=sms_gateway_file(settings) is not None,
    )
    load_red_lines(folder / "policies" / "red_lines.toml")
    load_targets(folder / "policies" / "figures.toml")
    load_calendar(folder / "calendar")
    if file.name == "exchange.toml":
        load_headings(path)
    if faults := recording_faults(settings, found.retention, now):
        raise BadConfig(file.name, faults)
    if (stem := _PACK.fullmatch(file.name)) and stem[1] not in _NAMED:
        _refuse_later(rules, folder, stem[1])


def _refuse_later(rules: Path, folder: Path, id: str) -> None:
    """A pack that had terms for a day must have some for it always: cases of that day go by them."""
    was, now = (
        min((one.valid_from for one in load_policies(where / "policies") if one.id == id), default=None)
        for where in (rules, folder)
    )
    if now is None:
        raise BadPolicy("没有 [[version]]；至少写一个，写明从哪天起用")
    if was is not None and now > was:
        told = f"最早的一个 version 是从 {now} 起；原来从 {was} 起就有，那以后的工单要按它算"
        raise BadPolicy(f"{told}。旧的 version 请留着，另加一个")

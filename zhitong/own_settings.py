"""settings.toml of the data folder: what administrators set on the pages, checked as a whole before it is written."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from routing.calendar import LOCAL
from routing.faults import BadConfig
from routing.fields import read_text, toml_of
from zhitong.errors import Refused
from zhitong.settings import OWN, Settings, beside, load_settings, merged
from zhitong.toml_text import as_toml
from zhitong.whole_files import write_whole

HEAD = "# 在网页上（开线）设的。盖过 config/zhitong.toml；手改以前先停线。\n"


def own_path(settings: Settings) -> Path:
    """Where they lie."""
    return settings.folders.data / OWN


def own_table(settings: Settings) -> dict[str, Any]:
    """What has been set on the pages; nothing: an empty table. Raises BadConfig for a file that is damaged."""
    path = own_path(settings)
    return dict(toml_of(read_text(path), str(path))) if path.exists() else {}


def as_set(settings: Settings) -> Settings:
    """The settings as the files of this data folder have them now, for the next start. Raises BadConfig."""
    return load_settings(overrides=_here(settings))


def set_now(settings: Settings) -> Settings:
    """The same for a page. Raises Refused where the files are faulty: who edits them must mend them first."""
    try:
        return as_set(settings)
    except BadConfig as error:
        raise Refused(f"设置文件有错，网页上先不能设；请管服务器的人改好：{error}") from error


def put_own(settings: Settings, changes: Mapping[str, Any], *, now: datetime) -> Settings:
    """Sets these, section by section; the settings that hold at the next start. What was there is kept beside it.

    Raises BadConfig naming every fault, and then nothing is written; Refused for what ZHITONG_CONFIG or the environment
    say otherwise; OSError.
    """
    path = own_path(settings)
    text = HEAD + as_toml(merged(own_table(settings), changes))
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / OWN
        tried.write_text(text, encoding="utf-8")
        found = load_settings(overrides=_here(settings), own=tried)
        meant = load_settings(overrides=merged(beside(settings.folders.data, changes), _here(settings)), own=tried)
    if found != meant:
        raise Refused(
            "这里设的有几项被环境变量 ZHITONG_… 或 ZHITONG_CONFIG 指定的文件盖住了，设了也不起作用；"
            "请管服务器的人去掉那几项，再来设。"
        )
    if path.exists():
        kept = path.with_name(f"{OWN}.before-{now.astimezone(LOCAL):%Y%m%d-%H%M%S}")
        shutil.copy2(path, kept)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, text, mode=0o600)
    return found


def _here(settings: Settings) -> dict[str, Any]:
    return {"folders": {"data": str(settings.folders.data)}}

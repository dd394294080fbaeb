import io
import socket
import wave
from datetime import datetime
from pathlib import Path

import pytest

from cases.sla import BadPolicy
from dialplans.ports import free_ports
from dialplans.prompt_texts import load_texts
from recognizer.errors import ModelError, TaxonomyError
from routing.calendar import LOCAL
from routing.faults import BadConfig
from zhitong.errors import DatabaseUnfit
from zhitong.preflight import check_before_opening
from zhitong.prompt_book import prompt_constants
from zhitong.settings import Settings, load_settings

NOW = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
PORTS = ("sip_port", "ami_port", "agi_port", "audio_port")


@pytest.fixture
def ports() -> dict[str, int]:
    return dict(zip(PORTS, free_ports(udp=1, tcp=3), strict=True))


def settings(tmp_path: Path, ports: dict[str, int], **sections: dict[str, object]) -> Settings:
    asterisk = {"sip_bind": "127.0.0.1", **ports, **sections.pop("asterisk", {})}
    folders = {"data": "/srv/zhitong", "prompts_cache": str(tmp_path), **sections.pop("folders", {})}
    own = {"asterisk": asterisk, "folders": folders, "speech": {"learned": False}}
    return load_settings(environ={}, overrides={**own, **sections})


def refused(settings: Settings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as found:
        check_before_opening(settings, NOW)
    return str(found.value)


def test_the_shipped_configuration_may_open(tmp_path: Path, ports: dict[str, int]) -> None:
    check_before_opening(settings(tmp_path, ports), NOW)


@pytest.mark.parametrize(("told", "word"), [("三年", "365"), ("一辈子", "九十天")])
def test_callers_are_not_told_another_time_than_recordings_are_kept(
    tmp_path: Path, ports: dict[str, int], told: str, word: str
) -> None:
    said = refused(settings(tmp_path, ports, hotline={"recording_kept": told}), BadConfig)
    assert "hotline.recording_kept" in said and told in said and word in said


@pytest.mark.parametrize("name", PORTS)
def test_a_port_that_is_taken_is_named_with_its_setting_and_a_mend(
    tmp_path: Path, ports: dict[str, int], name: str
) -> None:
    kind = socket.SOCK_DGRAM if name == "sip_port" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", ports[name]))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        said = refused(settings(tmp_path, ports), BadConfig)
    assert f"asterisk.{name} = {ports[name]}" in said and "已经被别的程序占用" in said
    assert said.count("asterisk.") == 1, "the free ones are not complained about"


def test_every_taken_port_is_named_at_once(tmp_path: Path, ports: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", ports["agi_port"])), socket.create_server(("127.0.0.1", ports["ami_port"])):
        said = refused(settings(tmp_path, ports), BadConfig)
    assert "asterisk.agi_port" in said and "asterisk.ami_port" in said


def test_a_port_that_would_be_another_one_each_time_is_refused(tmp_path: Path, ports: dict[str, int]) -> None:
    assert "固定的端口" in refused(settings(tmp_path, ports, asterisk={"agi_port": 0}), BadConfig)


def test_an_address_that_is_not_this_machines_is_refused(tmp_path: Path, ports: dict[str, int]) -> None:
    said = refused(settings(tmp_path, ports, asterisk={"sip_bind": "203.0.113.9"}), BadConfig)
    assert "203.0.113.9" in said and "asterisk.sip_bind" in said


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("data", "/srv/my data", "asterisk.folder"),
        ("data", "/数据", "asterisk.folder"),
        ("data", "/srv/" + "x" * 90, "asterisk.folder"),
        ("recordings", "/srv/录音", "folders.recordings"),
    ],
)
def test_a_folder_that_asterisk_could_not_work_with_is_refused(
    tmp_path: Path, ports: dict[str, int], key: str, value: str, field: str
) -> None:
    said = refused(settings(tmp_path, ports, folders={key: value}), BadConfig)
    assert f"{field} = '{value}" in said


@pytest.mark.parametrize(
    ("section", "key", "value", "kind"),
    [
        ("files", "roster", "/nowhere/roster.toml", BadConfig),
        ("files", "rules", "/nowhere", BadPolicy),
        ("files", "taxonomy", "/nowhere.toml", TaxonomyError),
        ("casework", "policy", "777", BadPolicy),
        ("decoder", "model", "/nowhere", ModelError),
        ("store", "database_url", "mysterious", DatabaseUnfit),
    ],
)
def test_what_cannot_be_read_is_told_before_the_line_opens(
    tmp_path: Path, ports: dict[str, int], section: str, key: str, value: str, kind: type[Exception]
) -> None:
    assert value in refused(settings(tmp_path, ports, **{section: {key: value}}), kind)


def test_a_database_that_is_away_does_not_keep_the_line_closed(tmp_path: Path, ports: dict[str, int]) -> None:
    away = {"database_url": "sqlite:////nowhere/at/all.sqlite3"}
    assert all("提示音" in told for told in check_before_opening(settings(tmp_path, ports, store=away), NOW))
    away = {"database_url": "postgresql://zhitong:geheim@127.0.0.1:9/zhitong"}  # where nobody ever listens
    warning, _ = check_before_opening(settings(tmp_path, ports, store=away), NOW)
    assert "服务器连不上" in warning and "照常开线" in warning and "geheim" not in warning


def test_going_live_with_synthetic_core_prompts_is_said_and_keeps_no_line_closed(
    tmp_path: Path, ports: dict[str, int]
) -> None:
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    asked = settings(tmp_path, ports, folders={"prompts_recorded": str(recorded)})
    (told,) = (told for told in check_before_opening(asked, NOW) if "提示音" in told)
    assert "notice、notice_night" in told and "20 句" in told and "prompts record" in told
    for key in load_texts(asked.files.prompts, prompt_constants(asked)).core:
        (recorded / f"{key}.wav").write_bytes(a_second_of_sound())
    assert not [told for told in check_before_opening(asked, NOW) if "提示音" in told]


def a_second_of_sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x00\x40\x00\xc0" * 4000)
    return made.getvalue()

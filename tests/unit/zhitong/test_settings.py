import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.faults import BadConfig
from zhitong.settings import SHIPPED, Line, Settings, host_and_port, load_settings

HOME = {"HOME": "/home/somebody"}


def load(**changes) -> Settings:
    return load_settings(environ=HOME, **changes)


def faults(environ=None, **overrides):
    with pytest.raises(BadConfig) as refused:
        load_settings(environ={**HOME, **(environ or {})}, overrides=overrides)
    return {fault.field: fault for fault in refused.value.faults}


def test_the_shipped_settings_have_the_ports_and_times_of_the_hotline():
    settings = load()
    assert (settings.asterisk.sip_port, settings.asterisk.ami_port, settings.asterisk.agi_port) == (5060, 5038, 4573)
    assert (settings.ladder.rung_seconds, settings.ladder.next_seconds) == (18, 12)
    assert (settings.ladder.offer_seconds, settings.ladder.promise_seconds) == (45, 90)
    assert settings.lines[0].question


def test_the_shipped_file_states_every_setting():
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    for name, kind in get_type_hints(Settings).items():
        section, read = (shipped[name][0], Line) if name == "lines" else (shipped[name], kind)
        assert section.keys() == {field.name for field in fields(read)}, name


def test_data_and_cache_are_different_places():
    folders = load().folders
    assert folders.data == Path("/home/somebody/.local/share/zhitong")
    assert folders.recordings.is_relative_to(folders.data)
    assert folders.prompts_cache == Path("/home/somebody/.cache/zhitong/prompts")


def test_the_folders_follow_the_environment():
    environ = {**HOME, "XDG_DATA_HOME": "/srv/data", "ZHITONG_CACHE": "/srv/cache"}
    settings = load_settings(environ=environ)
    assert settings.folders.data == Path("/srv/data/zhitong")
    assert settings.folders.prompts_cache == Path("/srv/cache/prompts")
    assert settings.store.database_url == "sqlite:////srv/data/zhitong/zhitong.sqlite3"


def test_everything_moves_with_the_data_folder():
    settings = load(overrides={"folders": {"data": "/elsewhere"}})
    assert settings.folders.journal == Path("/elsewhere/journal")
    assert settings.asterisk.folder == Path("/elsewhere/asterisk")


def test_a_file_goes_over_the_shipped_one_the_environment_over_the_file_and_overrides_over_all(tmp_path):
    file = tmp_path / "county.toml"
    file.write_text("[ladder]\nrung_seconds = 20\nnext_seconds = 10\noffer_seconds = 30\n")
    environ = {**HOME, "ZHITONG_CONFIG": str(file), "ZHITONG_LADDER__NEXT_SECONDS": "11"}
    environ["ZHITONG_LADDER__OFFER_SECONDS"] = "31"
    ladder = load_settings(environ=environ, overrides={"ladder": {"offer_seconds": 32}}).ladder
    assert (ladder.rung_seconds, ladder.next_seconds, ladder.offer_seconds) == (20, 11, 32)
    assert ladder.promise_seconds == 90


def test_the_environment_sets_lists_numbers_truths_and_paths():
    environ = {
        **HOME,
        "ZHITONG_TRUNK__MATCH": "192.0.2.1, 192.0.2.2",
        "ZHITONG_DECODER__MODEL": "/models/big",
        "ZHITONG_DIALLING__SERVICE_NUMBERS": "95598",
        "ZHITONG_ASTERISK__SIP_PORT": "0",
    }
    settings = load_settings(environ=environ)
    assert settings.trunk.match == ("192.0.2.1", "192.0.2.2")
    assert settings.decoder.model == Path("/models/big")
    assert settings.dialling.service_numbers == frozenset({"95598"})
    assert settings.asterisk.sip_port == 0


def test_other_variables_of_ours_are_left_alone():
    assert load_settings(environ={**HOME, "ZHITONG_CACHE": "/c", "ZHITONG_TEST": "1", "PATH": "/bin"})


def test_an_unknown_setting_is_refused_with_the_one_that_was_meant():
    found = faults({"ZHITONG_TRUNK__ADRESS": "x"}, ladder={"rung_second": 3}, speach={})
    assert "address" in found["trunk.adress"].mend
    assert "rung_seconds" in found["ladder.rung_second"].mend
    assert "speech" in found["speach"].mend


def test_all_faults_are_told_at_once():
    found = faults(
        {"ZHITONG_LADDER__RUNG_SECONDS": "900", "ZHITONG_LINES__NUMBER": "1"},
        asterisk={"sip_port": "many", "agi_port": 1.5},
        trunk={"match": 7},
        hotline={"name": 1},
    )
    assert {"ladder.rung_seconds", "ZHITONG_LINES__NUMBER", "asterisk.sip_port", "asterisk.agi_port"} <= found.keys()
    assert {"trunk.match", "hotline.name"} <= found.keys()
    assert all(fault.mend for fault in found.values())


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"ladder": {"offer_seconds": 90}}, "ladder.offer_seconds"),
        ({"speech": {"end_silence_short_ms": 800}}, "speech.end_silence_ms"),
        ({"speech": {"end_silence_long_ms": 600}}, "speech.end_silence_ms"),
        ({"asterisk": {"ami_port": 4573}}, "asterisk.ami_port"),
        ({"asterisk": {"rtp_last": 10010}}, "asterisk.rtp_last"),
        ({"trunk": {"address": "carrier"}}, "trunk.address"),
        ({"trunk": {"match": []}}, "trunk.match"),
        ({"dialling": {"duty_floor": "110"}}, "dialling.duty_floor"),
        ({"dialling": {"service_numbers": ["119"]}}, "dialling.service_numbers"),
        ({"lines": []}, "lines"),
        ({"lines": [{"number": "12345", "name": "x", "profile": "别的"}]}, "lines[1].profile"),
        ({"lines": [{"number": "12345", "name": "x"}] * 2}, "lines[1].number"),
        ({"lines": [{"name": "x"}]}, "lines[1].number"),
        ({"ladder": 3}, "ladder"),
        ({"console": {"listen": "8800"}}, "console.listen"),
        ({"console": {"listen": "127.0.0.1:0"}}, "console.listen"),
        ({"console": {"listen": "127.0.0.1:70000"}}, "console.listen"),
        ({"console": {"pocket": "8802"}}, "console.pocket"),
        ({"console": {"pocket": "127.0.0.1:8801", "pages": "127.0.0.1:8801"}}, "console.pocket"),
        ({"console": {"pocket": "127.0.0.1:8800", "listen": "127.0.0.1:8800"}}, "console.pocket"),
        ({"console": {"pocket": "127.0.0.1:8802", "pocket_address": "http://a.cn"}}, "console.pocket_address"),
        ({"console": {"pocket": "127.0.0.1:8802", "pocket_address": "https://a.cn/b"}}, "console.pocket_address"),
        ({"console": {"pocket_address": "https://a.cn"}}, "console.pocket_address"),
        ({"console": {"address": "zhitong.example.gov.cn"}}, "console.address"),
        ({"console": {"proxies": ["the proxy"]}}, "console.proxies"),
        ({"console": {"requests_per_minute": 0}}, "console.requests_per_minute"),
        ({"surge": {"calls": 1}}, "surge.calls"),
        ({"surge": {"minutes": "soon"}}, "surge.minutes"),
        ({"surge": {"end_hours": 0}}, "surge.end_hours"),
        ({"lines": [{"number": "12345", "name": "x", "question": "maybe"}]}, "lines[1].question"),
    ],
)
def test_what_contradicts_itself_is_refused(overrides, field):
    assert field in faults(**overrides)


def test_a_missing_or_broken_file_is_named(tmp_path):
    assert "设置文件" in faults({"ZHITONG_CONFIG": str(tmp_path / "none.toml")})
    broken = tmp_path / "broken.toml"
    broken.write_text("[ladder")
    assert "设置文件" in faults({"ZHITONG_CONFIG": str(broken)})


@pytest.mark.parametrize("dialled", ["0870-2128888", "2128888", "+868702128888", "08702128888"])
def test_a_line_is_found_however_the_carrier_writes_the_number(dialled):
    lines = [{"number": "12345", "name": "市民"}, {"number": "0870-2128888", "name": "找局长", "question": False}]
    settings = load(overrides={"lines": lines})
    assert settings.line(dialled).name == "找局长"
    assert settings.line("12345").name == "市民"
    assert settings.line("anonymous").name == "市民"


def test_the_number_of_a_unit_is_known_however_the_carrier_writes_it():
    settings = load_settings(environ=HOME)
    for dialled in ("0870-2128801", "+868702128801", "2128801"):
        assert settings.number_dialled(dialled) == "08702128801", dialled
        assert settings.line_of(dialled) is None
    assert settings.number_dialled("anonymous") == "anonymous"


def test_the_shipped_file_states_every_setting_so_that_an_admin_finds_it():
    written = SHIPPED.read_text(encoding="utf-8")
    for section in (
        "hotline",
        "dialling",
        "trunk",
        "ladder",
        "speech",
        "decoder",
        "store",
        "casework",
        "console",
        "files",
    ):
        for name in getattr(load(), section).__slots__:
            assert f"\n{name} = " in written or name == "number", f"{section}.{name}"


@pytest.mark.parametrize(
    ("listen", "found"),
    [("127.0.0.1:8800", ("127.0.0.1", 8800)), ("[::1]:443", ("::1", 443)), ("console.local:80", ("console.local", 80))],
)
def test_the_console_listens_on_an_address_and_port_or_not_at_all(listen, found):
    assert host_and_port(load(overrides={"console": {"listen": listen}}).console.listen) == found
    assert load(overrides={"console": {"listen": ""}}).console.listen == ""


@given(
    st.dictionaries(
        st.sampled_from(["ladder", "trunk", "x"]), st.integers() | st.text("a1. ", max_size=5) | st.just({}), max_size=3
    )
)
def test_whatever_is_written_is_either_taken_or_refused_with_faults(overrides):
    try:
        load(overrides=overrides)
    except BadConfig as refused:
        assert refused.faults


@pytest.mark.parametrize(
    ("section", "key", "value", "field"),
    [
        ("trunk", "caller_id", "hotline", "trunk.caller_id"),
        ("trunk", "match", ["10.0.0.0/8", "the carrier"], "trunk.match"),
    ],
)
def test_what_asterisk_could_not_work_with_is_refused_in_time(section, key, value, field):
    assert field in faults(**{section: {key: value}})

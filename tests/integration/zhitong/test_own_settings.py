"""What is set on the pages holds at the next start, is checked as a whole, and what was there before is kept."""

import os
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from routing.faults import BadConfig
from tests.fakes.told_calls import MORNING
from zhitong.errors import Refused
from zhitong.own_settings import as_set, own_path, own_table, put_own
from zhitong.restart import forget_wish, is_kept, to_restart, wish_restart
from zhitong.settings import Settings, load_settings
from zhitong.supervise import only_one


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={}, overrides={"folders": {"data": str(tmp_path / "data")}})


def test_what_is_set_holds_at_the_next_start_and_the_old_file_is_kept(settings: Settings) -> None:
    line = {"number": "0870-3128888", "name": "县长热线"}
    put_own(settings, {"hotline": {"county": "青山县"}, "lines": [line]}, now=MORNING)
    found = put_own(settings, {"trunk": {"address": "10.0.0.5:5060"}}, now=MORNING + timedelta(minutes=1))
    assert as_set(settings) == found
    assert (found.hotline.county, found.lines[0].name, found.trunk.address) == ("青山县", "县长热线", "10.0.0.5:5060")
    assert found.hotline.name == settings.hotline.name, "what is not set is as in config/zhitong.toml"
    (kept,) = own_path(settings).parent.glob("settings.toml.before-*")
    assert "trunk" not in tomllib.loads(kept.read_text(encoding="utf-8"))
    assert own_path(settings).stat().st_mode & 0o777 == 0o600


def test_what_is_wrong_is_told_field_by_field_and_nothing_is_written(settings: Settings) -> None:
    put_own(settings, {"hotline": {"county": "青山县"}}, now=MORNING)
    before = own_path(settings).read_bytes()
    with pytest.raises(BadConfig) as told:
        put_own(settings, {"trunk": {"address": "somewhere", "caller_id": "x"}}, now=MORNING)
    assert {fault.field for fault in told.value.faults} == {"trunk.address", "trunk.caller_id"}
    assert own_path(settings).read_bytes() == before and own_table(settings) == {"hotline": {"county": "青山县"}}


def test_a_file_that_it_names_lies_beside_it(settings: Settings) -> None:
    found = put_own(settings, {"files": {"roster": "county/roster.toml"}}, now=MORNING)
    assert found.files.roster == settings.folders.data / "county" / "roster.toml"


def test_what_the_environment_says_otherwise_is_told(tmp_path: Path, settings: Settings) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[hotline]\ncounty = "青山县"\n[folders]\ndata = "/elsewhere"\n', encoding="utf-8")
    with pytest.raises(BadConfig, match="不能写"):
        load_settings(environ={}, own=own)
    os.environ["ZHITONG_HOTLINE__COUNTY"] = "白水县"
    try:
        with pytest.raises(Refused, match="盖住了"):
            put_own(settings, {"hotline": {"county": "青山县"}}, now=MORNING)
    finally:
        del os.environ["ZHITONG_HOTLINE__COUNTY"]
    assert not own_path(settings).exists()


def test_a_wish_to_start_anew_is_heard_once_and_not_with_faulty_settings(settings: Settings) -> None:
    data = settings.folders.data
    assert not to_restart(data)
    wish_restart(data)
    assert to_restart(data) and not to_restart(data)
    wish_restart(data)
    forget_wish(data)
    assert not to_restart(data)
    assert not is_kept(data)
    with only_one(data):
        assert is_kept(data)
    assert not is_kept(data)

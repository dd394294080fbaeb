"""Who is told what, and by which addresses."""

from pathlib import Path

import pytest

from routing.faults import BadConfig
from zhitong.notices.places import Places, load_places
from zhitong.settings import CHECKOUT

KEY = "wecombot://a-key-that-nobody-may-see"


def load(tmp_path: Path, text: str = "", addresses: str | None = None, mode: int = 0o600, **environ: str) -> Places:
    file = tmp_path / "notices.toml"
    file.write_text(text, encoding="utf-8")
    if addresses is not None:
        held = tmp_path / "notice-addresses.toml"
        held.write_text(addresses, encoding="utf-8")
        held.chmod(mode)
    return load_places(file, data=tmp_path, environ=environ)


def faults(tmp_path: Path, *told: str, **how: int) -> dict[str, str]:
    with pytest.raises(BadConfig) as refused:
        load(tmp_path, *told, **how)  # type: ignore[arg-type]
    assert "a-key-that-nobody-may-see" not in str(refused.value)
    return {fault.field: fault.mend for fault in refused.value.faults}


def test_as_shipped_the_officials_of_the_route_are_told_and_nobody_has_an_address(tmp_path: Path) -> None:
    places = load_places(CHECKOUT / "config" / "notices.toml", data=tmp_path, environ={})
    routed = dict.fromkeys(("call", "missed", "surge", "rework", "shift", "warning", "daily", "lead"), ("route",))
    others = {"roster": (), "emergency": ("route", "supervision"), "monitor": ("supervision",)}
    assert places.to == routed | others
    assert places.told("missed", ["zhang"]) == ()


def test_those_of_the_route_and_others_are_told_once_each_if_they_have_an_address(tmp_path: Path) -> None:
    text = '[to]\nmissed = ["office", "route"]\nroster = ["office", "li"]'
    places = load(tmp_path, text, f'zhang = "{KEY}"\noffice = ["{KEY}1", "{KEY}2"]')
    assert places.told("missed", ["li", "zhang", "office"]) == ("office", "zhang")
    assert places.told("roster", ["zhang"]) == ("office",)
    assert (places.of("zhang"), places.of("office")) == ((KEY,), (f"{KEY}1", f"{KEY}2"))


def test_the_environment_goes_before_the_file_whatever_the_case_of_the_id(tmp_path: Path) -> None:
    environ = {"ZHITONG_NOTICE_ZHANG": f"{KEY}1 {KEY}2", "ZHITONG_NOTICES": "x", "PATH": "/"}
    places = load(tmp_path, "", f'Zhang = "{KEY}"', **environ)
    assert places.of("Zhang") == places.of("zhang") == (f"{KEY}1", f"{KEY}2")


def test_the_file_of_addresses_may_lie_elsewhere_but_must_be_there_then(tmp_path: Path) -> None:
    elsewhere = tmp_path / "keys" / "addresses.toml"
    assert "读不到" in faults(tmp_path, f'addresses = "{elsewhere}"')["addresses"]
    elsewhere.parent.mkdir()
    elsewhere.write_text(f'zhang = "{KEY}"', encoding="utf-8")
    elsewhere.chmod(0o600)
    assert load(tmp_path, f'addresses = "{elsewhere}"').of("zhang") == (KEY,)


def test_who_is_told_never_shows_an_address(tmp_path: Path) -> None:
    assert KEY not in repr(load(tmp_path, "", f'zhang = "{KEY}"'))


@pytest.mark.parametrize(
    ("text", "addresses", "field"),
    [
        ("to = 3", "", "to"),
        ('[to]\nmised = ["route"]', "", "to.mised"),
        ('[to]\nmissed = "route"', "", "to.missed"),
        (f'[to]\nmissed = ["{KEY}"]', "", "to.missed"),
        (f'zhang = "{KEY}"', "", "zhang"),
        ("addresses = 3", "", "addresses"),
        ("", f'zhang = "{KEY}', "addresses"),
        ("", f'zhang = ["{KEY}", 3]', "addresses.zhang"),
        ("", 'zhang = "a-key-that-nobody-may-see"', "addresses.zhang"),
    ],
)
def test_what_is_wrong_is_told_without_any_address(tmp_path: Path, text: str, addresses: str, field: str) -> None:
    assert faults(tmp_path, text, addresses)[field]


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    assert "chmod 600" in faults(tmp_path, "", f'zhang = "{KEY}"', mode=0o640)["addresses"]

"""The configuration files, as text."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dialplans import names
from dialplans.asterisk import (
    TEMPLATES,
    AsteriskConfig,
    AsteriskFault,
    AsteriskProgram,
    meant_dialplan,
    render,
    shown_dialplan,
)
from tests.fakes.tone_prompts import make_prompts

_MAKERS = (TEMPLATES.parent / "asterisk.py", TEMPLATES.parent / "flow_compile.py")
PROGRAM = AsteriskProgram(argv=("asterisk",), modules_dir=Path("/modules"), data_dir=Path("/data"), version="22")


def _config(folder: Path) -> AsteriskConfig:
    return AsteriskConfig(
        folder=folder / "run",
        recordings=folder / "recordings",
        prompts=make_prompts(folder / "prompts"),
        hotline_number="08701234567",
        duty_floor="13800000001&13800000002",
        trunk_address="10.1.2.3:5060",
    )


def _written(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.conf")))


def test_every_name_in_the_dialplan_has_one_spelling() -> None:
    # A HL_ name or a context, event or database family that Python shares is written <<NAME>> in a template.
    shared = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    for template in TEMPLATES.glob("*.j2"):
        text = re.sub(r"<<.*?>>|<%.*?%>|^;.*$", "", template.read_text(), flags=re.MULTILINE)
        for spelled in re.findall(r"HL_\w+|SHARED\((\w+)", text):
            assert spelled not in shared, f"{template.name}: {spelled} is spelled a second time"


def test_no_shared_name_is_left_over() -> None:
    code = "\n".join(path.read_text() for path in (*TEMPLATES.glob("*.j2"), *_MAKERS))
    unused = {name for name in vars(names) if name.isupper() and not re.search(rf"\b{name}\b", code)}
    # Where sounds in a channel's language lie Asterisk knows by itself: no template names it.
    assert unused == {"LANGUAGE", "LOCAL_SPEECH"}


def test_every_setting_reaches_a_file(tmp_path: Path) -> None:
    config = replace(_config(tmp_path), ami_secret="secret", extra_dialplan="[extra]\nexten => s,1,NoOp()")
    render(config, PROGRAM)
    before = _written(config.folder / "etc")
    for field in fields(AsteriskConfig):
        value = getattr(config, field.name)
        if isinstance(value, int | float):
            render(replace(config, **{field.name: value + 1}), PROGRAM)
            assert _written(config.folder / "etc") != before, f"{field.name} changes nothing"
            render(config, PROGRAM)


def test_a_secret_is_made_when_none_is_given_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    config = _config(tmp_path)
    secrets = []
    for _ in range(2):
        render(config, PROGRAM)
        manager = config.folder / "etc" / "manager.conf"
        assert manager.stat().st_mode & 0o077 == 0
        secrets.append(re.search(r"secret = (\w{32})\n", manager.read_text()))
    assert secrets[0] and secrets[1] and secrets[0][1] != secrets[1][1]


def test_a_missing_prompt_is_named_before_any_call_misses_it(tmp_path: Path) -> None:
    config = _config(tmp_path)
    (config.prompts / "message.alaw").unlink()
    with pytest.raises(AsteriskFault, match="message"):
        render(config, PROGRAM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("folder", Path("relative")),
        ("recordings", Path("/a,b")),
        ("prompts", Path("/a b")),
        ("folder", Path("/" + "a" * 120)),
        ("hotline_number", "12345\nexten"),
        ("duty_floor", ""),
        ("duty_floor", "138&"),
        ("trunk_address", "carrier,r"),
        ("trunk_match", ()),
        ("trunk_match", ("0.0.0.0/0\n",)),
        ("ami_secret", "a b"),
        ("sip_port", 0),
        ("rtp_last", 10_001),
    ],
)
def test_a_value_that_cannot_stand_in_a_file_is_refused_by_name(tmp_path: Path, field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(_config(tmp_path), **{field: value})  # type: ignore[arg-type]


def test_all_faults_of_a_configuration_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"hotline_number(.|\n)*duty_floor"):
        replace(_config(tmp_path), hotline_number="x", duty_floor="y")


def test_the_rendered_dialplan_is_understood_as_asterisk_shows_it(tmp_path: Path) -> None:
    etc = tmp_path
    (etc / "extensions.conf").write_text(
        "[globals]\nX = 1\n#include more.conf\n[b]\nexten => _[0-9+]!,1,Set(A=1)\n same => n(here),Goto(c,s,1)\n"
    )
    (etc / "more.conf").write_text("[c]\nexten => s,1,Set(B=2)\nexten => T,1,Set(B=3)\n; exten => s,n,Hangup()\n")
    shown = """[ Context 'b' created by 'pbx_config' ]
  '_[0-9+]!' =>     1. Set(A=1)                                   [extensions.conf:5]
     [here]         2. Goto(c,s,1)                                [extensions.conf:6]

[ Context 'c' created by 'pbx_config' ]
  's' =>            1. Set(B=2)                                   [more.conf:2]
  'T' =>            1. Set(B=3)                                   [more.conf:3]
"""
    assert meant_dialplan(etc) == shown_dialplan(shown)
    assert meant_dialplan(etc) != shown_dialplan(shown.replace("'T' =>            1. Set(B=3)", ""))


def test_no_asterisk_described_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(AsteriskFault, match="make setup"):
        AsteriskProgram.described(tmp_path / "asterisk.json")

"""The command line itself: what there is, said in Chinese."""

import pytest

from zhitong.cli import main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys)
    for command in ("run", "controller", "demo", "listen", "model", "prompts", "case", "call"):
        assert f"\n    {command}" in told


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("model", ("fetch", "show")),
        ("prompts", ("record", "list", "check")),
        ("case", ("list", "show", "close")),
        ("call", ("replay",)),
    ],
)
def test_every_group_without_a_command_tells_what_it_has(
    capsys: pytest.CaptureFixture[str], group: str, commands: tuple[str, ...]
) -> None:
    assert main([group]) == 0
    told = capsys.readouterr().out
    assert all(f"\n    {command} " in told for command in commands)
    assert all(said(capsys, group, command) for command in commands)


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "找局长" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["case", "show"], ["case", "close", "1"], ["model", "fetch", "huge"], ["nonsense"]])
def test_what_is_not_said_in_full_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and "zhitong" in capsys.readouterr().err

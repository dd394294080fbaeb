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
    calls, rosters = ("case", "call"), ("roster", "route", "notice")
    for command in ("run", "controller", "console", "asterisk", "demo", "listen", "model", "prompts", *rosters, *calls):
        assert f"\n    {command}" in told


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("model", ("fetch", "show")),
        ("prompts", ("record", "list", "check")),
        ("case", ("list", "show", "close")),
        ("call", ("replay",)),
        (
            "roster",
            (
                "who",
                "gaps",
                "stats",
                "ical",
                "feed",
                "override",
                "swap",
                "leave",
                "first",
                "changes",
                "undo",
                "import",
                "export",
            ),
        ),
        ("notice", ("test",)),
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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("case show", "case show：还要写上：编号。"),
        ("case close 1 --by 李强", "case close：还要写上：--result。"),
        ("case record-end 一 --outcome 好", "case record-end：编号：一 不是数字。"),
        ("case triage 1 --reason 急 --way 难", "case triage：--way：没有 难，只能是 即访即解、突发应急"),
        ("case close 1 --by", "case close：--by：后面要写一个值。"),
        ("prompts record --only", "prompts record：--only：后面至少要写一个值。"),
        ("case list --state 没有的", "case list：--state：没有 没有的，只能是 受理、交办"),
        ("nonsense", "zhitong：<命令>：没有 nonsense，只能是 run、controller"),
        ("run --fast", "zhitong：不认识：--fast。"),
    ],
)
def test_what_is_mistyped_is_refused_in_chinese(capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.startswith("用法：zhitong") and told in said


def test_help_has_no_english_heading(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "case", "close")
    assert "用法：" in told and not any(word in told for word in ("usage", "options", "arguments", "show this"))

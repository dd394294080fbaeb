"""docs/mechanisms.md names commands that there are, with options that they take."""

import argparse
import re
from pathlib import Path

import pytest

from zhitong.cli import _parser

TOLD = (Path(__file__).parents[3] / "docs" / "mechanisms.md").read_text(encoding="utf-8")


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> dict[str, argparse.ArgumentParser]:
    under = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not under:
        return {" ".join(words): parser}
    found = dict[str, argparse.ArgumentParser]()
    for group in under:
        for word, part in group.choices.items():
            found |= leaves(part, (*words, word))
    return found


COMMANDS = leaves(_parser())
WRITTEN = [one for one in re.findall(r"`([a-z][^`]*)`", TOLD) if one.split()[0] in {c.split()[0] for c in COMMANDS}]


@pytest.mark.parametrize("written", WRITTEN)
def test_each_command_is_there_with_its_options(written: str) -> None:
    name = next((c for c in (" ".join(written.split()[:2]), written.split()[0]) if c in COMMANDS), "")
    assert name, f"{written}: no such command"
    options = {option for action in COMMANDS[name]._actions for option in action.option_strings}
    assert set(re.findall(r"--[a-z-]+", written)) <= options
    kinds = re.search(r"--kind (\S+)", written)
    choices = next((a.choices for a in COMMANDS[name]._actions if "--kind" in a.option_strings), None)
    assert not (kinds and choices) or kinds[1] in choices


def test_there_are_many() -> None:
    assert len(WRITTEN) > 50 and len(TOLD.splitlines()) <= 80

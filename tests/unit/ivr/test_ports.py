"""Whose telephone a call came from, and how a line speaks."""

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.ports import Line
from tests.fakes.call_ports import Facts, fake_ports, prompt

MOBILE, LAND = "13870001234", "08702120030"


@pytest.mark.parametrize(
    ("line", "number", "shared"),
    [
        (Line(number="1", name="热线"), MOBILE, False),
        (Line(number="1", name="热线"), LAND, False),
        (Line(number="1", name="窗口", window="大厅3号窗口"), MOBILE, False),
        (Line(number="1", name="窗口", window="大厅3号窗口"), LAND, True),
        (Line(number="1", name="公用电话", ask_number=True), MOBILE, True),
    ],
)
def test_on_a_window_s_line_only_a_mobile_is_the_caller_s_own(line: Line, number: str, shared: bool) -> None:
    assert line.shared(number) is shared


def test_a_line_with_local_speech_says_what_was_recorded_in_it_and_all_else_in_mandarin(tmp_path: Path) -> None:
    local = {"question": replace(prompt("question"), path="/prompts/local/question")}
    ports = fake_ports(Facts(), folder=tmp_path, local=local.get)
    here = ports.speaking(Line(number="1", name="热线", local_speech=True))
    assert here.prompt("question").path == "/prompts/local/question"
    assert here.ready("nobody", when="明早八点半") == prompt("nobody", when="明早八点半")
    assert ports.speaking(Line(number="2", name="热线")).prompt("question") == prompt("question")

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.asterisk import AsteriskConfig, AsteriskProgram, render, write_flows
from dialplans.flow import parse_flow
from dialplans.flow_compile import compile_flow, flows_text, meant, sentences_of
from routing.calendar import LOCAL, Calendar
from tests.fakes.flows import DAY_AND_NIGHT, LINE_PROMPTS
from tests.fakes.tone_prompts import make_prompts

FLOW = parse_flow(DAY_AND_NIGHT)
PATHS = {name: f"/p/own_{i}" for i, name in enumerate(("菜单", "夜间", "thanks"))}


def test_a_flow_says_what_it_needs_a_file_of():
    assert set(sentences_of(FLOW, {*FLOW.prompts, *LINE_PROMPTS})) == {"菜单", "夜间", "thanks"}


def test_every_place_that_is_led_to_is_there():
    contexts = meant([compile_flow(FLOW, PATHS, 3)])
    extens = {(name, line.exten) for name, lines in contexts.items() for line in lines}
    told = " ".join(line.data for lines in contexts.values() for line in lines)
    led = re.findall(r"(flow-[\w-]+),(\w+)[,:]", told)
    assert led
    assert set(led) <= extens


def test_every_context_of_a_flow_goes_on_with_the_question_when_time_is_up():
    compiled = compile_flow(FLOW, PATHS)
    for lines in compiled.contexts.values():
        assert [line.data for line in lines if line.exten == "T"][-1] == "flow-end,late,1"


def test_another_edition_has_other_names_and_the_same_one_the_same():
    assert compile_flow(FLOW, PATHS, 3) == compile_flow(FLOW, PATHS, 3)
    changed = parse_flow(DAY_AND_NIGHT.replace("seconds = 5", "seconds = 6"))
    assert not compile_flow(FLOW, PATHS, 3).contexts.keys() & compile_flow(changed, PATHS, 3).contexts.keys()
    assert not compile_flow(FLOW, PATHS, 3).contexts.keys() & compile_flow(FLOW, PATHS, 4).contexts.keys()


def test_an_edition_that_is_being_left_stays_where_calls_may_be_in_it():
    old, new = compile_flow(FLOW, PATHS, 3), compile_flow(FLOW, PATHS, 4)
    text = flows_text([new], [old])
    assert f"exten => 08702128888,1,Goto({new.first},s,1)" in text
    assert f"[{old.first}]" in text
    assert flows_text([]) == ""


def test_a_sentence_without_a_path_is_no_flow():
    with pytest.raises(KeyError):
        compile_flow(FLOW, {})


BY_TIME = parse_flow(
    DAY_AND_NIGHT.replace('hours = "22:00-06:00"', 'hours = ["22:00-06:00", "12:00-13:30"]\ndays = "一五日"')
)
CONTEXTS = compile_flow(BY_TIME, PATHS).contexts
ASKED = [line.data for lines in CONTEXTS.values() for line in lines if "${HL_CLOCK}>=" in line.data]


@given(st.integers(946_684_800, 4_102_444_800))
def test_the_clock_in_asterisk_is_that_of_the_walk(epoch):
    moment = datetime.fromtimestamp(epoch, LOCAL)
    clock = (epoch + 28800) % 86400
    today = ((epoch + 28800 - clock) // 86400 + 3) % 7 + 1
    values = {"EPOCH": epoch, "HL_CLOCK": clock, "HL_TODAY": today, "HL_DAY_BEFORE": (today + 5) % 7 + 1}
    held = False
    assert len(ASKED) == 2
    for data in ASKED:
        written = data.partition("]?")[0].removeprefix("$[")
        for name, value in values.items():
            written = written.replace(f"${{{name}}}", str(value))
        # Of Asterisk's operators `=` binds as Python's `==` does, `&` and `|` as `and` and `or`.
        written = re.sub(r"(?<![<>])=", "==", written).replace("&", " and ").replace("|", " or ")
        held = held or eval(written)
    assert held == any(one.covers(moment, Calendar()) for one in BY_TIME.steps["分时"].hours)


def test_without_a_flow_the_dialplan_has_no_trace_of_one(tmp_path):
    config = AsteriskConfig(
        folder=tmp_path / "run",
        recordings=tmp_path / "recordings",
        prompts=make_prompts(tmp_path / "prompts"),
        hotline_number="08701234567",
        duty_floor="13800000001",
        trunk_address="10.1.2.3:5060",
    )
    render(config, AsteriskProgram(argv=(), modules_dir=tmp_path, data_dir=tmp_path, version="22"))
    line = config.folder / "etc" / "line.conf"
    before = line.read_text()
    assert "HL_FLOW" not in before
    write_flows(config, flows_text([compile_flow(FLOW, PATHS)]))
    assert "${IF($[" in line.read_text()
    assert "flow,${HL_FLOW}" in line.read_text()
    write_flows(config, "")
    assert line.read_text() == before

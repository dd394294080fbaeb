import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.flow import TERMINALS, edges_of, parse_flow, written_hours
from routing.faults import BadConfig
from tests.fakes.flows import DAY_AND_NIGHT


def faults(text):
    with pytest.raises(BadConfig) as refused:
        parse_flow(text)
    return {fault.field: fault for fault in refused.value.faults}


def test_a_flow_is_read():
    flow = parse_flow(DAY_AND_NIGHT)
    assert (flow.digits, flow.start) == ("08702128888", "分时")
    assert written_hours(flow.steps["分时"].hours) == "22:00-06:00"
    assert (flow.steps["菜单"].keys["2"], flow.steps["菜单"].none, flow.steps["菜单"].repeat) == ("公告", "找局长", 1)
    assert flow.prompts["夜间"].most_seconds == 5


def test_every_fault_is_told_at_once_with_its_field_its_value_and_how_to_mend_it():
    found = faults("""
line = "局长"
start = "菜但"
[[step]]
name = "菜单"
kind = "按键"
say = ["菜单"]
seconds = 99
keys = { 1 = "无", 12 = "找人" }
[[step]]
name = "找人"
kind = "播放"
say = ["a"]
then = "菜单"
[[step]]
name = "晚"
kind = "时间"
hours = "25:00-06:00"
days = "工作日"
then = "菜单"
else = "菜单"
[[prompt]]
name = "菜单"
text = "{x}"
""")
    assert {"line", "start", "step[1].seconds", "step[1].keys.1", "step[1].keys.12", "step"} <= found.keys()
    assert {"step[3].hours", "step[3].days", "prompt[1].text"} <= found.keys()
    assert "是不是 菜单" in found["start"].mend
    assert found["step[1].seconds"].value == 99


def test_a_field_that_its_kind_does_not_have_is_refused():
    assert "step[1].hours" in faults(
        'line = "123"\nstart = "a"\n[[step]]\nname = "a"\nkind = "播放"\nsay = ["x"]\nthen = "找人"\nhours = "1"'
    )


def test_a_name_is_given_once():
    step = '[[step]]\nname = "a"\nkind = "播放"\nsay = ["x"]\nthen = "找人"\n'
    assert faults(f'line = "123"\nstart = "a"\n{step}{step}')["step"].value == "a"


def test_too_much_is_refused():
    assert "文字" in faults("#" * 70_000)
    assert "文字" in faults("a = " + "[" * 30_000)
    step = '[[step]]\nname = "a"\nkind = "找人"\n'
    assert "step" in faults(f'line = "123"\nstart = "找人"\n{step * 61}')


def test_a_terminal_leads_nowhere_and_every_other_step_somewhere():
    flow = parse_flow(DAY_AND_NIGHT)
    assert all(not list(edges_of(flow.step(end))) for end in TERMINALS)
    assert all(any(edge.waits for edge in edges_of(step)) for step in flow.steps.values())


def test_key_0_is_a_way_of_every_menu():
    flow = parse_flow(DAY_AND_NIGHT)
    assert [(edge.label, edge.target) for edge in edges_of(flow.steps["菜单"])][-2:] == [
        ("按 0", "找人"),
        ("没按", "找局长"),
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        parse_flow(text)
    except BadConfig as bad:
        assert bad.faults


@given(st.integers(0, len(DAY_AND_NIGHT)), st.integers(0, 40), st.text(alphabet='[]{}="\n\\$(),0一step', max_size=6))
def test_a_flow_with_a_piece_changed_is_read_or_refused_in_words(place, length, piece):
    try:
        parse_flow(DAY_AND_NIGHT[:place] + piece + DAY_AND_NIGHT[place + length :])
    except BadConfig as bad:
        assert bad.faults

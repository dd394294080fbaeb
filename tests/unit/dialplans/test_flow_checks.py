import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.flow import HELP, KEYS, PEOPLE, PERSON, TERMINALS, parse_flow
from dialplans.flow_checks import WAIT_SECONDS, check, refuse_errors
from dialplans.flow_walk import walk
from routing.calendar import LOCAL
from routing.faults import BadConfig
from tests.fakes.flows import DAY_AND_NIGHT, LINE_PROMPTS


def flow(steps, start="a", prompts=("x",)):
    text = f'line = "0870-2128888"\nstart = "{start}"\n'
    text += "".join(f'[[step]]\nname = "{name}"\n{row}\n' for name, row in steps.items())
    return parse_flow(
        text + "".join(f'[[prompt]]\nname = "{name}"\ntext = "找局长按1，找人按0。"\n' for name in prompts)
    )


def found(given_flow, *, error=True, line=""):
    return [(one.step, one.mend) for one in check(given_flow, LINE_PROMPTS, line) if one.error is error]


def menu(keys='{ 1 = "找局长" }', more=""):
    return f'kind = "按键"\nsay = ["x"]\nkeys = {keys}\n{more}'


def play(then):
    return f'kind = "播放"\nsay = ["x"]\nthen = "{then}"'


def test_nothing_speaks_against_a_good_flow():
    assert check(parse_flow(DAY_AND_NIGHT), LINE_PROMPTS, "08702128888") == ()


def test_a_flow_of_another_line_is_refused():
    assert found(parse_flow(DAY_AND_NIGHT), line="0870-2120000")


def test_a_ring_without_a_key_is_refused_once():
    [(step, mend)] = found(flow({"a": play("b"), "b": play("c"), "c": play("b")}))
    assert step == "b"
    assert "b → c → b" in mend


def test_a_menu_that_may_be_heard_again_by_a_key_is_no_ring():
    assert found(flow({"a": menu('{ 1 = "找局长", 9 = "b" }'), "b": play("a")})) == []


@pytest.mark.parametrize("end", ["留言", "再见"])
def test_who_does_nothing_comes_to_a_person(end):
    assert found(flow({"a": menu(more=f'none = "{end}"')}))
    assert found(flow({"a": play(end)}))
    assert found(flow({}, start=end))
    assert found(flow({"a": menu(), "b": play(end)}, start="b"))


def test_key_0_comes_to_a_person_also_later():
    assert found(flow({"a": menu('{ 0 = "留言" }')}))
    assert found(flow({"a": menu('{ 0 = "b" }'), "b": play("再见")}))
    assert found(flow({"a": menu('{ 0 = "b" }'), "b": play("找人")})) == []


def test_after_another_key_there_may_be_a_goodbye():
    assert found(flow({"a": menu('{ 1 = "b" }'), "b": play("再见")})) == []


def test_a_person_comes_within_a_minute():
    long = {f"s{i}": play(f"s{i + 1}") for i in range(20)} | {"s20": play("找人")}
    [(step, mend)] = found(flow(long, start="s0"))
    assert step == "s0"
    assert str(WAIT_SECONDS) in mend


def test_a_sentence_that_is_not_there_is_named():
    assert "没有“y”这句话" in found(flow({"a": menu().replace("x", "y")}, prompts=()))[0][1]
    assert found(flow({"a": menu().replace('"x"', '"waiting"')}, prompts=())) == []


def test_what_a_fragment_may_not_is_an_error():
    bad = DAY_AND_NIGHT.replace("Wait(1)", "System(ls)")
    [(step, mend)] = found(parse_flow(bad))
    assert step == "公告"
    assert "System" in mend


def test_what_is_left_over_or_unsaid_is_a_warning_only():
    idle = flow({"a": menu('{ 1 = "找局长", 2 = "留言" }'), "b": play("找人")}, prompts=("x", "y"))
    told = " ".join(f"{step}{mend}" for step, mend in found(idle, error=False))
    assert "b没有一步走到" in told
    assert "“y”这句话没有用到" in told
    assert "能按 2" in told
    assert found(idle) == []


def test_errors_are_refused_all_at_once_and_warnings_are_not():
    with pytest.raises(BadConfig) as refused:
        refuse_errors(check(flow({"a": menu('{ 0 = "留言" }', 'none = "再见"')}), LINE_PROMPTS))
    assert len(refused.value.faults) == 2
    refuse_errors(check(flow({"a": menu(), "b": play("找人")}), LINE_PROMPTS))


NAMES = [f"s{i}" for i in range(6)]
TARGETS = st.sampled_from([*NAMES, *TERMINALS])
STEPS = st.one_of(
    TARGETS.map(play),
    st.tuples(TARGETS, TARGETS).map(
        lambda two: f'kind = "时间"\nhours = "08:00-18:00"\nthen = "{two[0]}"\nelse = "{two[1]}"'
    ),
    st.tuples(TARGETS, TARGETS, TARGETS).map(
        lambda three: menu(f'{{ 0 = "{three[0]}", 1 = "{three[1]}" }}', f'none = "{three[2]}"')
    ),
)


@given(
    st.lists(STEPS, min_size=6, max_size=6),
    st.datetimes(timezones=st.just(LOCAL)),
    st.lists(st.sampled_from(["", "1", "5"]), max_size=5),
)
def test_in_a_flow_without_errors_silence_and_0_lead_to_a_person_from_every_menu(steps, now, keys):
    given_flow = flow(dict(zip(NAMES, steps, strict=True)), start="s0")
    if found(given_flow):
        return
    assert walk(given_flow, now).end in PEOPLE
    met = [one for one in walk(given_flow, now, keys).met if one.kind == KEYS]
    for one in met:
        after = flow(dict(zip(NAMES, steps, strict=True)), start=one.step)
        assert walk(after, now).end in PEOPLE
        assert walk(after, now, [HELP]).end in PEOPLE
        assert after.step(one.step).keys.get(HELP, PERSON) in [*PEOPLE, *NAMES]

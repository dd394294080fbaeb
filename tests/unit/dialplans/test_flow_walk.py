from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dialplans.flow import PEOPLE, TERMINALS, parse_flow
from dialplans.flow_walk import picture, reached, walk
from routing.calendar import LOCAL
from tests.fakes.flows import DAY_AND_NIGHT

FLOW = parse_flow(DAY_AND_NIGHT)
NOON = datetime(2026, 11, 24, 12, tzinfo=LOCAL)
NIGHT = datetime(2026, 11, 24, 22, tzinfo=LOCAL)


def steps(walked):
    return [met.step for met in walked.met]


def test_who_does_nothing_by_day_is_asked():
    walked = walk(FLOW, NOON)
    assert (walked.end, steps(walked)) == ("找局长", ["分时", "菜单", "找局长"])
    assert walked.said == ("菜单", "菜单")


def test_at_night_a_person_is_called():
    walked = walk(FLOW, NIGHT)
    assert (walked.end, walked.said) == ("找人", ("夜间",))
    assert "在 22:00-06:00" in walked.met[0].why


def test_the_time_is_that_of_the_county_whatever_the_zone_of_the_moment():
    assert walk(FLOW, datetime(2026, 11, 24, 14, tzinfo=UTC)).end == "找人"


def test_keys_are_taken_one_after_the_other():
    assert walk(FLOW, NOON, ["3"]).end == "留言"
    assert walk(FLOW, NOON, ["2", "4"]).end == "再见"
    assert walk(FLOW, NOON, ["8", "0"]).end == "找人"


def test_a_key_that_is_none_is_asked_again_once():
    walked = walk(FLOW, NOON, ["8", "9", "3"])
    assert (walked.end, walked.met[1].keys, walked.said) == ("找局长", ("8", "9"), ("菜单", "菜单"))


def test_while_something_is_said_0_alone_is_listened_to():
    assert [walk(FLOW, NIGHT, [key]).met[1].keys for key in ("0", "3")] == [("0",), ()]
    assert walk(FLOW, NIGHT, ["0"]).end == "找人"


def test_a_fragment_goes_the_way_it_is_told():
    flow = parse_flow(DAY_AND_NIGHT.replace('fragment = "公告"\n', 'fragment = "公告"\nelse = "留言"\n'))
    assert walk(flow, NOON, ["2"], {"公告"}).end == "留言"
    assert walk(flow, NOON, ["2"]).end == "找局长"


def test_a_walk_that_goes_round_ends_in_the_question():
    flow = parse_flow('line = "123"\nstart = "a"\n[[step]]\nname = "a"\nkind = "播放"\nsay = ["x"]\nthen = "a"')
    walked = walk(flow, NOON)
    assert (walked.end, walked.lost) == ("找局长", True)


@given(st.datetimes(timezones=st.just(LOCAL)), st.lists(st.sampled_from(["", *"0123456789*"]), max_size=8))
def test_every_walk_ends_and_without_a_key_at_a_person(now, keys):
    walked = walk(FLOW, now, keys)
    assert walked.end in TERMINALS
    assert set(steps(walked)) <= set(reached(FLOW))
    assert keys or walked.end in PEOPLE


def test_the_picture_has_every_step_once_and_only_edges_between_them():
    drawn = picture(FLOW)
    names = [node.name for node in drawn.nodes]
    assert names[0] == drawn.start == "分时"
    assert len(names) == len(set(names))
    assert {edge.source for edge in drawn.edges} | {edge.target for edge in drawn.edges} <= set(names)
    assert FLOW.steps.keys() <= set(names)
    assert ("菜单", "公告", "按 2") in [(edge.source, edge.target, edge.label) for edge in drawn.edges]


def test_a_step_that_nobody_comes_to_stands_last_in_the_picture():
    flow = parse_flow(DAY_AND_NIGHT + '\n[[step]]\nname = "闲"\nkind = "播放"\nsay = ["夜间"]\nthen = "留言"')
    assert [(node.name, node.met) for node in picture(flow).nodes if not node.met] == [("闲", False)]

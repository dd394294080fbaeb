"""Boxes and arrows, whatever the flow."""

from hypothesis import given
from hypothesis import strategies as st

from zhitong.console.flow_drawing import WIDTH, Box, Way, drawn, short

IDS = "甲乙丙丁戊己庚"
WAYS = st.lists(
    st.builds(
        Way, source=st.sampled_from(IDS), target=st.sampled_from(IDS), label=st.sampled_from(["", "按 1", "没按"])
    ),
    max_size=20,
)


@given(ways=WAYS)
def test_no_box_lies_on_another_and_every_way_is_drawn_once(ways: list[Way]) -> None:
    drawing = drawn([Box(id=id, title=id, lines=("说的话",)) for id in IDS], ways)
    assert len(drawing.boxes) == len(IDS)
    for one in drawing.boxes:
        assert 0 <= one.x <= drawing.width - WIDTH and 0 <= one.y <= drawing.height - one.height
        for other in drawing.boxes:
            apart = abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= one.height
            assert one is other or apart
    assert len(drawing.arrows) == len({(way.source, way.target) for way in ways})
    said = {label for arrow in drawing.arrows for label in arrow.label.split("、")}
    assert said >= {way.label for way in ways} - {""}


def test_what_follows_stands_below_and_what_goes_back_is_told_apart() -> None:
    boxes = [Box(id=id, title=id) for id in "甲乙丙"]
    drawing = drawn(boxes, [Way(source=source, target=target) for source, target in ("甲乙", "乙丙", "丙乙")])
    heights = [box.y for box in drawing.boxes]
    assert heights == sorted(heights) and [arrow.back for arrow in drawing.arrows] == [False, False, True]


def test_long_texts_are_cut_to_the_box() -> None:
    assert short("找局长") == "找局长"
    assert short("您好，这里是找局长热线，请稍等") == "您好，这里是找局长热…"
    assert short("a" * 40) == "a" * 21 + "…"

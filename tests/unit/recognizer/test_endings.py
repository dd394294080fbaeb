import pytest

from recognizer.endings import learned, stops


@pytest.mark.parametrize("text", ["扎西镇停水三天了没人管", "社保卡丢了去哪里补办", "低保没有发怎么办", "身份证到期了"])
def test_requests_stop_where_a_sentence_does(text: str) -> None:
    assert stops(text)


@pytest.mark.parametrize("text", ["扎西镇的自来", "孩子户", "小区门", "我们院子好几", "公交车司", ""])
def test_they_do_not_stop_in_the_middle_of_one(text: str) -> None:
    assert not stops(text)


def test_an_ending_is_what_stands_at_the_end_often_enough() -> None:
    assert learned(["停了水"] * 8 + ["灯坏了"] * 20) == ["!停了", "了", "了水", "坏了"]

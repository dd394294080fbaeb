"""Which town is named."""

import pytest

from recognizer.gazetteer import gazetteer

TOWNS = ("扎西镇", "旧城镇", "罗布镇", "林凤镇", "麟凤镇", "长安镇", "庙沟镇", "水田镇", "双河乡", "高田乡", "三桃乡")
COUNTY = gazetteer(TOWNS)


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("我是庙沟镇的路灯黑起的", "庙沟镇"),
        ("水田镇到旧城镇那截路烂了", "水田镇"),
        ("庙沟那边停水了", "庙沟镇"),
        ("水田那边停水了", "水田镇"),
        ("秒沟那边停水了", "庙沟镇"),
        ("水田的猕猴桃烂了", "水田镇"),
        ("我在长安开民宿", "长安镇"),
        ("水田到双河乡那条路", "水田镇"),
        ("我家在秒够镇", "庙沟镇"),
        ("妙沟真停水了", "庙沟镇"),
        ("庙口镇停水了", "庙沟镇"),
        ("沟镇停水了", "庙沟镇"),
        ("我在凌奉镇上", "林凤镇"),
        ("麟凤镇停电", "麟凤镇"),
        ("我在牛场镇开店", "牛场镇"),
    ],
)
def test_a_town_is_found_as_it_is_said_and_as_it_is_misheard(text: str, town: str) -> None:
    assert COUNTY.find(text) == town


@pytest.mark.parametrize(
    "text",
    [
        "水田里栽秧", "我家两亩水田淹了", "后天镇上要过节", "找村上找乡上跑",
        "我们镇上停水了", "在乡下住", "我是城镇户口", "在老家乡里", "找乡镇领导",
        "建议乡中学配校车", "电线掉到水田里头", "", "停水了",
    ],
)  # fmt: skip
def test_other_words_are_no_town(text: str) -> None:
    assert COUNTY.find(text) == ""

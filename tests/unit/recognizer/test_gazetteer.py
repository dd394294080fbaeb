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


VILLAGES = {"扎西镇": ["石坎村", "河口社区", "新华村", "石龙村"], "高田乡": ["新华村", "龙塘村"]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我是扎西镇石坎村三组的没水了", "扎西镇石坎村三组"),
        ("扎西镇的石坎村停水了", "扎西镇石坎村"),
        ("石坎村五社停电了", "扎西镇石坎村五社"),
        ("十坎春没水了", "扎西镇石坎村"),
        ("高田乡笼塘村的路烂了", "高田乡龙塘村"),
        ("龙塘那边停水了", "高田乡龙塘村"),
        ("新华村没电", "新华村"),
        ("高田乡新华村没电", "高田乡新华村"),
        ("扎西河口社区第二小组路灯坏了", "扎西镇河口社区第二小组"),
        ("旧城镇天池村二社停电三天", "旧城镇天池村二社"),
        ("长安镇上瓦石村岩脚组的桥断了", "长安镇瓦石村岩脚组"),
        ("长安镇二组停水了", "长安镇二组"),
        ("庙沟那边停水了", "庙沟镇"),
        ("扎西镇河口村三组停水了", "扎西镇河口社区三组"),
        ("何口村三组停水了", "扎西镇河口社区三组"),
    ],
)
def test_village_and_group_are_part_of_the_place(text: str, place: str) -> None:
    assert gazetteer(TOWNS, VILLAGES).place(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "龙塘里的鱼死了",
        "我们村没电",
        "扎西镇村委会不开门",
        "扎西镇社保卡办不了",
        "旧城镇的村支书骂人",
        "扎西镇两个村打架",
        "我家是农村的",
        "扎西镇的驻村干部",
    ],
)
def test_other_words_are_no_village_and_no_group(text: str) -> None:
    place = gazetteer(TOWNS, VILLAGES).place(text)
    assert place in ("", "扎西镇", "旧城镇")

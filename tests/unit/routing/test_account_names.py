"""Which accounts words name: one too many is barred rather than one let through, but no unit and no post is anybody."""

import pytest

from routing.account_names import accounts_named, called, perhaps_same

UNITS = frozenset({"水务局", "能源局", "政务服务管理局", "扎西镇人民政府", "白水镇人民政府"})


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("赵敏", "赵敏不给办"),
        ("经办赵敏", "我要投诉赵敏"),
        ("水务局赵敏", "赵敏收了红包"),
        ("水务局供水股赵敏", "就是赵敏推诿"),
        ("能源局长吴刚", "举报吴刚"),
        ("副局长李春燕", "李春燕骂人"),
        ("李春燕副局长", "李春燕骂人"),
        ("赵敏（水务局）", "赵敏不管"),
        ("水务局张三丰", "张三丰推来推去"),
        ("值班小王", "小王态度差"),
        ("小周", "小周态度差"),
        ("受理台欧阳锋", "欧阳锋不办"),
        ("王县长", "告王县长"),
        ("主任王五", "王五不管"),
    ],
)
def test_whoever_has_the_account_is_named_as_people_call_him(account: str, words: str) -> None:
    assert accounts_named(words, [account, "经办钱多"], UNITS) == {account}


@pytest.mark.parametrize("account", ["受理台", "水务局", "水务局经办", "白水镇", "管理员", "水务局局长", "督查"])
def test_a_unit_a_post_or_a_desk_that_many_share_is_nobody(account: str) -> None:
    words = "我要投诉受理台、水务局经办、白水镇、管理员、水务局局长和督查都不管，局长也不管"
    assert not accounts_named(words, [account], UNITS)


def test_a_name_of_three_characters_is_not_two_of_them() -> None:
    assert called("王文明", UNITS) == {"王文明"}
    assert not accounts_named("太不文明了，我要投诉", ["王文明"], UNITS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("赵敏", "赵敏", True),
        ("经办赵敏", "赵敏", True),
        ("经办赵敏", "副局长赵敏", True),
        ("赵敏（水务局）", "林业局赵敏", True),
        ("经办赵敏", "经办钱多", False),
        ("", "经办钱多", False),
    ],
)
def test_where_only_texts_are_known_what_may_be_one_person_is_taken_for_one(one: str, other: str, same: bool) -> None:
    assert perhaps_same(one, other) is perhaps_same(other, one) is same

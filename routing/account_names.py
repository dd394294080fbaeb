"""Which accounts (账号) a citizen's words name: 经办赵敏 is called 赵敏, whether or not he stands in a roster. Pure.

As with officials (routing.accused) it is better to bar one too many: of an account's name every end counts that may be
a person's name, that is, begins with a surname.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from routing.accused import POST_AT_END, unit_names
from routing.sheets.people import surname_of

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛阎闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳管柴蒙鲍华"
    "喻祁蒲房滕屈饶解牟艾尤穆卜古司卓池谈闵臧米邬仇戚费卞晏车全应褚苟卿晋缪桂简冷宗沙商邝蔺"
)
_WORK = re.compile(
    "受理台|经办|单位负责人|负责人|领导|督查|审计|管理员|渠道|值班|大厅|窗口|接线员?|话务员?|工作人员|值守|热线|信访"
)
"""What an account is called after, besides units and posts."""


def accounts_named(words: str, accounts: Iterable[str], units: frozenset[str]) -> frozenset[str]:
    """Those of the accounts whose name, or whose person's name, is in the words. units: the names of all units."""
    return frozenset(one for one in accounts if any(name in words for name in called(one, units)))


@lru_cache(maxsize=4096)
def called(account: str, units: frozenset[str]) -> frozenset[str]:
    """What people may call whoever has this account: 副局长李春燕, 李春燕. A post or a unit alone is nobody."""
    found = set[str]()
    for piece in re.findall(r"[\u4e00-\u9fff·]+", account):
        found.update(_names_in(piece, units))
    if len(account) > 1 and not _is_place(account, units):
        found.add(account)
    return frozenset(found)


def perhaps_same(one: str, other: str, units: frozenset[str] = frozenset()) -> bool:
    """Whether two texts may be one person's: the same, one beginning or ending with the other, or of one name."""
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    if long == short or (len(short) > 1 and (long.startswith(short) or long.endswith(short))):
        return True
    return share_a_name(one, other, units)


def share_a_name(one: str, other: str, units: frozenset[str] = frozenset()) -> bool:
    """Whether two accounts are called after one name of a person: 李强, 副局长李强; not 管理员, 管理员王芳."""
    return bool(called(one, units) & called(other, units))


def _names_in(piece: str, units: frozenset[str]) -> Iterator[str]:
    if _is_place(piece, units):
        return
    if is_name(piece) and len(piece) <= 3:
        yield piece
        return
    rest = _WORK.sub("|", piece)
    for part in rest.split("|"):
        if is_name(part):
            yield part
        # 李春燕副局长: what stands before the post; 水务局副局长李春燕: what stands behind all
        before = POST_AT_END.sub("", part)
        if before != part and is_name(before):
            yield before
        for size in (2, 3, 4):
            end = part[-size:]
            if len(part) > size and is_name(end) and not _is_place(end, units):
                yield end


def is_name(text: str) -> bool:
    """Whether it may be what a person is called: 李春燕, 老王; a surname, and one or two characters."""
    family = surname_of(text)
    if text[:1] in ("小", "老") and len(text) == 2:
        return text[1] in _SURNAMES
    most = 4 if len(family) == 2 else 3
    return 2 <= len(text) <= most and (len(family) == 2 or family in _SURNAMES) and not POST_AT_END.search(text)


@lru_cache(maxsize=4)
def _places(units: frozenset[str]) -> frozenset[str]:
    return frozenset(short for name in units for short in unit_names(name))


def _is_place(text: str, units: frozenset[str]) -> bool:
    """Whether it is a unit, or a post, and no person: 水务局, 受理台, 能源."""
    bare = POST_AT_END.sub("", _WORK.sub("", text))
    return not bare or (len(bare) > 1 and any(bare in name for name in _places(units)))

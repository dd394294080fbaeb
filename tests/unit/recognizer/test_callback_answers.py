"""What citizens answer in a callback: only what says one thing and nothing else is taken, the rest is asked for by key.

The tables are the promise: no answer below that is not plainly “solved” or “satisfied” may ever come out as such.
"""

from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.answers import coached, more_to_say, satisfaction, solved, yes_or_no

BY_KEY = None
T = TypeVar("T")

# 这个事解决了没有？
SOLVED: dict[bool | None, str] = {
    True: "解决了 已经解决了，谢谢 嗯，解决了 修好了 都弄好了，谢谢你们 来水了 办好了 搞归一了 "
    "解决了没有问题 全部解决了，很满意 昨天就修好了 证拿到了 事情办成了 对，解决了 解决咯",
    False: "没有 没解决 没有解决 还没有 没得 没人来过 还是老样子 修好了又坏了 根本没解决 到现在都没有 "
    "没有哪个来 没有人管 莫得人来 不解决 没有动静 一点都没解决 白跑了一趟",
    BY_KEY: "还可以 将就 解决了嘛，但是…… 没有问题 莫得问题 没啥问题 解决了一半 说是解决了 差不多 行吧 算了 "
    "嗯 解决了吧 解决了吗 解决了没有 解决没得 应该解决了 可能解决了 好像好了 基本解决了 算是解决了嘛 "
    "解决是解决了 解决了一部分 解决了，不过水还小 他们说解决了 听说修好了 我没去看 还没来得及看 "
    "不晓得解决没得 不清楚 不知道 你说呢 好 好的 好了 可以 对 是的 行 要得 嗯嗯 好像没解决 "
    "是不是没解决 不是没解决 没有没解决的 没解决好像又好了 我不在家 我儿子打的 你大声点 喂 谢谢 "
    "再说吧 快解决了 要解决了 处理了 来过人 有人来看过 暂时解决了 勉强解决了 电通了水没通 "
    "路修好了灯没修好 解决个鬼 解决了个铲铲 如果解决了就好 没说解决了 哪个说解决了 满意 还行 "
    "马马虎虎 过得去 一般 随便 不是 都得 等哈儿 通了 说不清楚 解决了才怪 本来解决了 莫说了 "
    "以前解决了 就那样 你们说解决了就解决了 要说解决了也解决了 莫提解决了",
}

# 您满意吗？
SATISFIED: dict[str | None, str] = {
    "satisfied": "满意 非常满意 很满意，谢谢 满意得很 我很满意 百分之百满意 嗯，满意 对你们满意 好得很 非常好 都满意",
    "fair": "一般 一般般 就一般 嗯，一般 一般化",
    "dissatisfied": "不满意 不太满意 不怎么满意 态度不好 很差 差得很 太差了 失望得很 不安逸 要不得 没有满意 恼火得很",
    BY_KEY: "还可以 将就 还行 马马虎虎 过得去 差不多 行吧 算了 嗯 没意见 没有意见 没有问题 没有 可以 好 好的 "
    "对 是 不错 谢谢 满意吧 还算满意 比较满意 基本满意 勉强满意 应该满意 满意是满意 "
    "满意嘛，但是太慢了 满意，就是慢 不能说不满意 没有不满意 不是不满意 有点不满意又有点满意 "
    "说不上满意 谈不上满意 要说满意也满意 满意吗 满意个鬼 满意才怪 你喊我说满意嘛 他们叫我说满意 "
    "他们喊我按满意 办事的满意，结果不满意 安逸 巴适 随便 不晓得 不好说 不好意思 哪个敢不满意 "
    "我不敢说不满意 敢不满意吗 就那样 喂 要得 解决了 凑合 看嘛 再说 态度好 人还好",
}

# 是您打的热线吗？
PERSON: dict[bool | None, str] = {
    True: "是 是的 对 是我打的 我打的 就是我 没错 对，我打过 是我",
    False: "不是 不是我 没打过 打错了 没有 不认识 我没打过电话",
    BY_KEY: "嗯 好 可以 行 你哪个 你是哪个 喂 不晓得 不记得了 好像打过 可能是 是我儿子打的 我帮他打的 "
    "我老公打的 是不是骗子 是吗 有事吗 要得 你说嘛 是哪个 怎么了 说不清",
}

# As people of these hills say it: none of these is a plain answer to either question.
DIALECT = (
    "阔以 阔以嘛 得行 得咯 要得嘛 冇得问题 莫得事 凑合过 解决咯嘛 还不是那样 弄是弄了 搞是搞了 搞了哈 将将就就 "
    "过得去嘛 马马虎虎解决 解决了八成 大半解决了 解决喽一些 说整好了 讲是整好了 给整好了没有嘛 整好没得 整归一没有 "
    "巴适 板扎 安逸得很 要得要得 没啥子 没得啥子意见 没啥意见 你们说了算 算解决了嘛 就算解决了 当是解决了 勉强算 "
    "解决了哈 解决了噻 就是嘛 对头 该是解决了 怕是解决了 怕解决了 约莫解决了 像是解决了 听他们讲解决了 "
    "我媳妇说好了 我不晓得问我老公 整好了莫 解决了没 弄好了没得 修好了不 得不得行 解决了个球 解决啥子嘛 解决个毛线 "
    "解决了一哈哈 解决了两天 解决了没完 差点解决 解决不解决都一样 懒得说 莫问了 烦得很 晓得了 收到 行行行 好好好 "
    "可以可以 咋个说呢 难说 讲不清 讲不好 满意嘛 满意噻 满意啥子 满意得起来吗 满意个毛 还满意 还算安逸 蛮好 蛮可以 "
    "不错不错 凑合满意 满意一半 一半满意 前头满意后头不满意 人满意事不满意 你们满意就行 领导满意就行 没得不满意 "
    "说满意就满意 打满意嘛 帮我按满意 算满意 就满意 该满意 怕是满意 像满意 想满意 希望满意 希望解决了 盼解决 "
    "等解决了 等解决了才满意 解决了我就满意 解决了就满意 解决了我满意"
)

# 有没有人叫您说满意？
COACHED: dict[bool | None, str] = {
    True: "有 有人 嗯，有 有，他们叫我说满意 水务局的人叫我说满意 村主任喊我说的 有人喊我按满意 他们让我说满意 "
    "有人教我这样说 有人给我打过招呼 单位上的跟我打了招呼 有人求我说好话 是的，有 他们要求我说满意的 局长叫我说满意",
    False: "没有 没得 没有人 没有哪个 莫得人叫我 没有，谢谢 没人叫我说 没有人喊我说满意 没得哪个喊我说 没有没有 "
    "没有的 没人 没有人打招呼 没人给我打招呼",
    BY_KEY: "你们喊我说满意嘛 哪个叫我说 有没有嘛 有的 不晓得 好像有 可能有吧 不是没有 有事 有点事 满意 是的 嗯 "
    "对 好 喂 你说啥子 有啥子有 是我自己满意 没有人叫我但是有人打电话 说不清 敢说没有吗 我叫他说满意 叫我说啥子 "
    "有人来过 有，没有 不好说 你叫我说满意我就说 没叫我说不满意 不是 我不想说 有人叫我说不满意 他没有叫我说 "
    "人家叫我莫说 是不是有人叫我 哪有 有个屁 有个鬼 没有才怪",
}


def rows(table: dict[T, str]) -> list[tuple[str, T]]:
    return [(said, answer) for answer, words in table.items() for said in words.split()]


def test_there_are_more_than_a_hundred_that_are_no_plain_answer() -> None:
    assert sum(len(table[BY_KEY].split()) for table in (SOLVED, SATISFIED, PERSON)) > 100


@pytest.mark.parametrize(("said", "answer"), rows(SOLVED))
def test_solved_or_not_or_by_key(said: str, answer: bool | None) -> None:
    assert solved(said) is answer


@pytest.mark.parametrize(("said", "answer"), rows(SATISFIED))
def test_satisfied_or_not_or_by_key(said: str, answer: str | None) -> None:
    assert satisfaction(said) == answer


@pytest.mark.parametrize(("said", "answer"), rows(PERSON))
def test_the_person_or_not_or_by_key(said: str, answer: bool | None) -> None:
    assert yes_or_no(said) is answer


@pytest.mark.parametrize("said", DIALECT.split())
def test_what_is_said_in_dialect_and_is_not_plain_is_asked_by_key(said: str) -> None:
    assert satisfaction(said) is None or (satisfaction(said) == "dissatisfied" and "不满意" in said)
    assert solved(said) is None and yes_or_no(said) is None


@pytest.mark.parametrize(("said", "answer"), rows(COACHED))
def test_told_to_say_so_or_not_or_by_key(said: str, answer: bool | None) -> None:
    assert coached(said) is answer


@pytest.mark.parametrize(
    ("said", "more"),
    [
        *((said, True) for said in ["有", "有的", "还有", "我要补充", "要补充一点", "想说几句", "嗯，有"]),
        *((said, False) for said in ["没有", "没有了", "没得", "没有了，谢谢", "不用", "好的", "没得了", "不补充"]),
        *((said, None) for said in ["水表也坏了", "有一根水管也漏", "没有人来修", "还有就是路灯不亮", "不晓得哪天来"]),
    ],
)
def test_whether_there_is_something_to_add_or_these_words_are_it(said: str, more: bool | None) -> None:
    assert more_to_say(said) is more


HEDGES = ["吧", "吗", "，但是太慢", "，不过又坏了", "一半", "，可能", "个鬼", "才怪", "，他们说的", "，好像"]
BEFORE = ["没", "不", "好像", "说是", "应该", "如果", "没说", "哪个说", "不是说", "快要", "听说"]


@given(st.sampled_from(SOLVED[True].split()), st.sampled_from([*HEDGES, "没得", "没有"]))
def test_nothing_that_is_taken_back_or_doubted_is_solved(said: str, hedge: str) -> None:
    assert solved(said + hedge) is not True


@given(st.sampled_from(["解决了", "修好了", "满意", "非常满意", "是我打的"]), st.sampled_from(BEFORE))
def test_nor_what_is_doubted_before_it_is_said(said: str, before: str) -> None:
    said = before + said
    assert solved(said) is not True and satisfaction(said) != "satisfied" and yes_or_no(said) is not True


@given(st.sampled_from(SATISFIED["satisfied"].split()), st.sampled_from(HEDGES))
def test_nor_satisfied(said: str, hedge: str) -> None:
    assert satisfaction(said + hedge) != "satisfied"

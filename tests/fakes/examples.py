"""A few labelled texts, enough for a classifier that is learned within a second."""

from pathlib import Path

from recognizer.classifier import Classifier
from recognizer.examples import COLUMNS, Example
from recognizer.training import learn

_SAID = {
    "A1": "我家停水三天了 水龙头没得水 自来水浑得很 水管爆了没人修 水压太低洗不成澡 水费多收了",
    "A4": "路灯坏了黑起的 井盖没了 垃圾没人拉 下水道堵了 公厕脏得很 路灯一直不亮",
    "C2": "窗口没人上班 工作人员态度差 来回跑了几趟 材料退回来三次 窗口的人骂人 办事推来推去",
    "director": "我要找局长 转人工 喊你们领导来 局长在不在 帮我接领导 找负责人",
    "emergency": "着火了快来 有人落水了 打起来了快报警 有人晕倒了 出车祸了 救命啊",
    "unclear": "你好 打错了 今天天气咋样 我有个事 喂听得到不 再见",
}


def few_examples() -> list[Example]:
    """Six texts for each of three matters and of each kind that is no request."""
    return [
        Example(
            text=text,
            intent="request" if len(label) == 2 else label,
            code=label if len(label) == 2 else "",
            alt_code="",
            type="投诉" if label == "C2" else "咨询" if number == 5 else "求助",
            urgency="orange" if label == "A1" and number in (0, 2, 4) else "red" if label == "emergency" else "normal",
            place="",
        )
        for number in range(6)
        for label, said in _SAID.items()
        for text in [said.split()[number]]
    ] * 3


def few_learned() -> Classifier:
    """What is learned from them and two words."""
    return learn(few_examples(), [("龙头", "A1"), ("阴沟", "A4")], version="few")


def write_examples(folder: Path, *more: str, name: str = "few.tsv") -> Path:
    """The few texts, and these rows, as a folder of examples."""
    rows = {e.text: "\t".join(getattr(e, column) for column in COLUMNS) for e in few_examples()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(["\t".join(COLUMNS), *rows.values(), *more]) + "\n", encoding="utf-8")
    return folder

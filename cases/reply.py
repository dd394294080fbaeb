"""The reply to a citizen: what it must tell, and what is only talk (禁空话套话、答非所问). Pure."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from cases.case import Case

LONGEST_RESULT = 40
"""Characters of the sentence that is spoken to the citizen (一句话结果，说给群众听)."""
LONGEST_REPLY = 2000


class Disposition(StrEnum):
    """What became of the request (客观无法解决→解释, 长春新区)."""

    SOLVED = "已解决"
    NOT_YET = "暂不能解决"
    AGAINST_POLICY = "不符合政策"


ASKS_FOR: dict[Disposition, str] = {
    Disposition.SOLVED: "",
    Disposition.NOT_YET: "打算怎么办、什么时候",
    Disposition.AGAINST_POLICY: "依据哪条政策",
}
"""What the reply must tell beside the sentence."""


def faults_of(result: str, *, disposition: str, reply: str = "") -> list[str]:
    """Why this cannot be an answer, in Chinese, all at once; empty when it can."""
    faults = []
    text = unicodedata.normalize("NFC", result).strip()
    if disposition not in list(Disposition):
        faults.append(f"办理结论 {disposition!r} 不认识；请用 {'、'.join(Disposition)}")
    elif (asked := ASKS_FOR[Disposition(disposition)]) and not reply.strip():
        faults.append(f"“{disposition}”要在答复里写明{asked}")
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        faults.append("没有写给群众的话；请用一句话说清办成了什么，或者为什么办不了")
    if len(text) > LONGEST_RESULT:
        faults.append(f"给群众的话有 {len(text)} 个字，最多 {LONGEST_RESULT} 个；电话里要念给群众听，请写短些")
    if any(unicodedata.category(letter)[0] == "C" for letter in text):
        faults.append("给群众的话里有换行或看不见的字符；请写成一句话")
    if len(reply) > LONGEST_REPLY:
        faults.append(f"答复有 {len(reply)} 个字，最多 {LONGEST_REPLY} 个")
    if any(unicodedata.category(letter)[0] == "C" and letter not in "\n\r\t" for letter in reply):
        faults.append("答复里有看不见或认不出的字符；请重新输入")
    return faults


def doubts_about(reply: str, result: str, *, case: Case, phrases: Iterable[str]) -> list[str]:
    """What a reviewer should look at twice: empty phrases, and a reply that does not answer. In Chinese.

    phrases: the empty phrases of the county. A reply answers when it has a place, a day, a number, or two characters
    running of what was asked about that no phrase has.
    """
    said = f"{result}\n{reply}"
    found = [phrase for phrase in phrases if phrase in said]
    doubts = [f"像空话套话：{'、'.join(found)}"] if found else []
    rest = said
    for phrase in found:
        rest = rest.replace(phrase, " ")
    asked = " ".join((case.demand or case.transcript, case.matter_name, case.place))
    pairs = {asked[at : at + 2] for at in range(len(asked) - 1)} - _COMMON
    answers = any(pair in rest for pair in pairs if all(unicodedata.category(c) == "Lo" for c in pair))
    if not answers:
        doubts.append("像答非所问：没有提到群众反映的事、地方")
    return doubts


_COMMON = frozenset(
    "我们 你们 他们 没有 一个 这个 那个 什么 怎么 已经 现在 今天 可以 不能 问题 反映 办理 处理 解决".split()  # noqa: SIM905
)
"""Pairs that any reply may have."""

"""Short spoken answers: 接, yes or no, solved, satisfied, “不要录音”, “还有别的”, “知道了”. Pure.

An answer is taken only when nothing contradicts it; None means: ask for the key instead.
"""

import re
from typing import Literal

from recognizer.transcript import Utterance

_ACCEPT = re.compile(
    r"(?:嗯|好的?|行|喂)?(?:我|我来|马上|可以|帮我|给我|现在)?接(?:吧|了|通|通吧|嘛|啊|进来|过来|接)?"
    r"|嗯?(?:好|行|可以|要得)(?:的|吧|嘛|啊|好|好好|了)?"
)
_ACCEPT_SECONDS = 3.0
_PAUSES = re.compile(r"[，。！？、\s]")
_FILLERS = re.compile(r"[，。！？、\s啊嗯呃哦哎诶嘛呢吧哈]")
_NO_RECORDING = re.compile(
    r"(?:不要|不想|不准|不许|不能|不同意|不愿意|不让|不用|别|莫|莫要|不需要|拒绝|停止|停下|取消|关掉|关了|关闭|删掉|不给你们?)"
    r"(?:你们?|我|再|给我|给|对我|把|被)*录(?:音|下|我|$)"
    r"|录音(?:关|停|删|取消|不要|不同意|不行)|不录音|不要录|别录"
)
_ASKS_ABOUT_RECORDING = re.compile(r"(?:是不是|为什么|有没有|怎么)不录音|不录音(?:吗|么|啊|的吗)")
_NO = re.compile(r"不是|不对|没有|不行|不可以|不要|不用|不好|不同意|否|错了|打错|不认识|不晓得|不知道|没打|没得|不|没")
_YES = re.compile(r"是|对|好|可以|行|嗯|有|要|同意|没错|打过|打了|要得|得行|能")
_SOUNDS_LIKE_YES = frozenset("十事市试")
"""What a recognizer without tones makes of a lone 是."""
_NO_THAT_MEANS_YES = re.compile(r"没错|不错|没问题|没有问题|没意见|没有意见|不是吗")
_UNSOLVED = re.compile(
    r"没有?(?:给我|帮我|完全|真正|彻底|还)?(?:解决|办|处理|弄|修|搞|人来|人管|动静|变化|下文)"
    r"|没有?$|还没|不解决|未解决|没得|没人|解决不了|没解|还是(?:老样子|那样|不行|没|停|坏|堵)|只解决了一(?:半|点)|一半|又(?:坏|停|堵|来)了|白跑|哪有|没好"
)
_SOLVED = re.compile(
    r"解决|办好了|办成了|办完了|处理好|处理了|弄好了|修好了|搞好了|搞定|好了|通了|来水了|来电了|到账了"
)
_DISSATISFIED = re.compile(
    r"不(?:太|很|怎么|大|是很|算)?满意|不好|很差|太差|差得很|差劲|不行|失望|没有?满意|生气|恼火|不安逸|糟"
)
_FAIR = re.compile(r"一般|还行|还可以|凑合|马马虎虎|过得去|将就|差不多|说不上|还好")
_SATISFIED = re.compile(r"满意|很好|非常好|挺好|可以|好得很|安逸|不错|没意见|没有意见|谢谢|感谢|好")
_MORE = re.compile(
    r"别的|其他|其它|另外|另一(?:件|个)|(?:还|再)有|有(?:个|一个|点)?(?:事情|问题)|还(?:要|想)(?:说|问|反映|讲|补充)|(?:再|补充)说"
)
_NO_MORE = re.compile(r"没有?(?:了|别的|其他|其它|另外|事情|问题)|不是|没得")
_AGREED = "好|行|可以|要得|对|是|晓得|知道|明白|清楚|听到|懂|没有|没得|没事|没有?别的|谢谢|多谢|感谢|麻烦|辛苦|再见"
_ENOUGH = re.compile(rf"(?:我|那|就|这样)*(?:{_AGREED})(?:{_AGREED}|我|那|就|这样|你|您|们|了|的)*")

Satisfaction = Literal["satisfied", "fair", "dissatisfied"]


def accepts(utterance: Utterance) -> bool:
    """Whether an official took the call by saying so: 接, 好, 可以 as the whole, short utterance and nothing else.

    A voicemail greeting never does: it is long, holds more words, or words the model does not know.
    """
    return (
        utterance.unknown_share == 0.0
        and utterance.ended_at - utterance.started_at <= _ACCEPT_SECONDS
        and _ACCEPT.fullmatch(_PAUSES.sub("", utterance.text)) is not None
    )


def wishes_no_recording(text: str) -> bool:
    """Whether the speaker wants no recording: 不要录音, 别录我, 把录音关了. A question about it is no wish."""
    plain = _FILLERS.sub("", text)
    return bool(_NO_RECORDING.search(plain)) and not _ASKS_ABOUT_RECORDING.search(_PAUSES.sub("", text))


def has_more(text: str) -> bool:
    """Answer to “还有别的事，就说还有别的”: whether the speaker has something else to say."""
    plain = _FILLERS.sub("", text)
    return bool(_MORE.search(plain)) and not _NO_MORE.search(plain)


def has_enough(text: str) -> bool:
    """The other answer to it: nothing but “好的”, “知道了”, “没有了，谢谢”. Anything beside these words is none."""
    return _ENOUGH.fullmatch(_FILLERS.sub("", text)) is not None


def yes_or_no(text: str) -> bool | None:
    """True for yes, False for no, None when neither is clear."""
    plain = _FILLERS.sub("", text)
    if _NO_THAT_MEANS_YES.search(plain):
        return True
    if _NO.search(plain):
        return False
    return True if _YES.search(plain) or "嗯" in text or plain in _SOUNDS_LIKE_YES else None


def solved(text: str) -> bool | None:
    """Answer to “这个事解决了没有?”: True solved, False not (also half solved, or back again), None unclear."""
    plain = _FILLERS.sub("", text)
    if _UNSOLVED.search(plain):
        return False
    if _SOLVED.search(plain):
        return True
    return yes_or_no(text)


def satisfaction(text: str) -> Satisfaction | None:
    """Answer to “您满意吗?”; None when unclear."""
    plain = _FILLERS.sub("", text)
    if _DISSATISFIED.search(plain):
        return "dissatisfied"
    if _FAIR.search(plain):
        return "fair"
    return "satisfied" if _SATISFIED.search(plain) else None

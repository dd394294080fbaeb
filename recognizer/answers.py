"""Short spoken answers: 接, yes or no, solved, satisfied, told to say so, “不要录音”, “还有别的”, “知道了”. Pure.

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
_SOUNDS_LIKE_YES = frozenset("十事市试")
"""What a recognizer without tones makes of a lone 是."""

# What is asked in a callback. An answer counts only when all of it says one thing: what is hedged, mixed, a question or
# about something else is none of the answers, and is asked for by key.
_HEDGED = re.compile(
    r"不晓得|不知道|不清楚|不了解|不确定|不记得|记不|说不|讲不|搞不清|约莫|好像|可能|应该|大概|估计|听说|说是|算是|算了|差不多|基本|勉强|暂时"
    r"|还没(?:去|来得及)?(?:看|问|试)|没去看|是不是|有没有|没有吗|(?<!不)怎么|如果|要是|(\w\w)[是不]\1|吗|吧|么$|也许|或许|再看|看嘛|试试"
    r"|但|不过|可是|只是|就是[^我]|除了|一半|一部分|一点(?!都|也)|有些|有的|部分|两头|以前|本来|原来|敢|才怪|个鬼|个铲铲|个锤子"
)
"""Unsure, hearsay, half, mixed, asked back or mocked."""
_NOT_NOT = re.compile(r"(?:没有?|莫|莫得|没得|不是|不能说|并非)(?:什么|啥|啥子|哪|哪里|哪点|说)?(?:没|不|莫)")
_LEAD = r"(?:嗯|啊|哦|喂|诶|哎|呃|唉|你好|您好|是的|对的|对|晓得)*"
_THANKS = r"(?:谢谢|多谢|感谢|辛苦|麻烦)(?:你|您|了|你们|您们|领导|政府|局长|同志|哈|啊)*"
_TAIL = rf"(?:{_THANKS}|再见|好的|好|没有问题|没问题|莫得问题|啊|嘞|喽|哦)*"
_YES = re.compile(
    rf"{_LEAD}(?:是的|对的|是|对|没错|是的?我(?:本人)?(?:打)?的?|我是|就是我(?:打的)?|我(?:就是)?本人|本人"
    rf"|(?:是)?我(?:自己)?打(?:过|了|的)(?:的|电话)?|打过(?:的)?){_TAIL}"
)
_NO = re.compile(
    rf"{_LEAD}(?:不是|不对|不|没有?打(?:过)?|没有|没得|莫得|打错(?:了)?|错了|我?不认识|不是我(?:打)?(?:的)?|没打过"
    rf"|我?没有?打过?(?:电话|热线|这个电话)?)(?:了|的|你们?|啊|嘛|我|打错|打|过|电话)*{_TAIL}"
)
_IT = r"(?:我?(?:说|问|讲|反映)的)?(?:就?是)?(?:(?:这|那)(?:个|件|回)?事情?|这个|这件)?(?:的|嘞|哩|咯|啊|嘛|噻|呀|哦)*"
_IS_IT = re.compile(
    rf"(?:嗯|啊|哦|呃|诶|哎|唉)*(?:是|对|就是|正是|没错|要得|对头|嗯)(?:是|对|就是|嗯|的|嘞|哩|咯|啊|嘛)*{_IT}{_TAIL}"
)
_IS_NOT_IT = re.compile(rf"{_LEAD}(?:不是|不对|不|错|没说)+(?:了|的|嘞|哩|咯|啊|嘛|我说的)*{_IT}{_TAIL}")
_SUBJECT = (
    r"(?:我们|我|家里|我家|屋头|这个|这件|这|那个|那件|事情|事|问题|证|水|电|路灯|路|网|钱|工资|低保|社保|都|已经|早就|早|全部|全|完全"
    r"|彻底|真的|确实|就|给我|帮我|昨天|今天|前天|上午|下午|刚刚|刚才|后来|现在)*"
)
_SOLVED = re.compile(
    rf"{_LEAD}{_SUBJECT}"
    r"(?:(?:得到)?解决(?:好|完)?|处理好|办好|办成|办完|办妥|办下来|弄好|修好|搞好|整好|搞定|搞归一|弄归一|办归一|整归一|(?<=水)通|(?<=电)通"
    r"|来水|来电|通水|通电|到账|拿到|领到|发下来|发到手)"
    rf"(?:了|咯|喽|啦|嘞|的){{1,2}}(?:问题|啊|呀|哦)?(?:{_SUBJECT}|(?:很|非常)?满意){_TAIL}"
)
_SAYS_SOLVED = re.compile(r"解决了|好了|办成|办完|办妥|搞定|归一|来水了|来电了|通了|到账|拿到|领到|满意")
_AGAIN = re.compile(r"又(?:坏|停|堵|来|断|漏|没|不)|还是(?:老样子|那样|那个样子|不行|没|停|坏|堵|不)|白跑|跟没[办修]")
_NOTHING = re.compile(
    rf"{_LEAD}(?:根本|从来|一直|都|还|到现在|现在)*(?:没有?|没得|莫得|莫|未)(?:没有?|啊|呢|嘛|哦|的)*{_TAIL}"
)
_UNSOLVED = re.compile(
    r"(?:没有?|莫得?|未|没得)(?:给我们?|帮我们?|给|帮|完全|真正|彻底|得到|哪个|哪|一个|任何|人|个)*"
    r"(?:解决|办|处理|弄|修|搞|整|来|管|动静|变化|下文|好|通|人|理)"
    r"|还没|不(?:得)?(?:给)?(?:解决|办|管|理)|解决不|办不[了成下好]|哪有"
)
_DISSATISFIED = re.compile(
    r"不(?:太|很|怎么|咋个|咋|大|是很|够)?满意|(?<!不)不好(?!说|意思|讲|评|办|过)|很差|太差|差得很|差劲|失望|没有?满意|生气|恼火"
    r"|不安逸|不巴适|要不得|糟糕|糟得很"
)
_FAIR = re.compile(rf"{_LEAD}(?:我觉得|我|就|只能说|很|也)*一般(?:般|化|满意|的|了|啊|嘛|哦)*{_TAIL}")
_SATISFIED = re.compile(
    rf"{_LEAD}(?:我们|我|都|是|挺|很|好|非常|特别|蛮|相当|十分|百分之百|太|对你们|这回|这次|全家|真的|确实)*满意"
    rf"(?:了|的|得很|极了|惨了|啊|呀|哦|满意|非常|很)*{_TAIL}"
    rf"|{_LEAD}(?:很|非常|特别|挺|相当)好(?:的|了)?(?:很|非常)?(?:满意)?(?:的|了)?{_TAIL}|{_LEAD}好得很(?:满意)?{_TAIL}"
)
_MORE = re.compile(
    r"别的|其他|其它|另外|另一(?:件|个)|(?:还|再)有|有(?:个|一个|点)?(?:事情|问题)|还(?:要|想)(?:说|问|反映|讲|补充)|(?:再|补充)说"
)
_WANTS_TO_ADD = re.compile(
    r"(?:嗯|啊|对|是的?|好的?)*(?:我)?(?:还)?(?:有(?:的|一点|一些|点|些)?(?:要|需要|想)?|要|想)(?:补充|说|讲|反映)?(?:的|一点|一下|点|几句)*"
)
_NO_MORE = re.compile(r"没有?(?:了|别的|其他|其它|另外|事情|问题)|不是|没得")
_AGREED = "好|行|可以|要得|对|是|晓得|知道|明白|清楚|听到|懂|没有|没得|没事|没有?别的|谢谢|多谢|感谢|麻烦|辛苦|再见"
_ENOUGH = re.compile(rf"(?:我|那|就|这样)*(?:{_AGREED})(?:{_AGREED}|我|那|就|这样|你|您|们|了|的)*")

# 有没有人叫您说满意？ Who is said to have asked may be anybody but those who ask now, and nothing in it may be a no.
_CALLED_ON = (
    r"[^没莫不未哪谁啥无你您]{0,12}(?:叫|喊|让|要求?|教|求|逼|劝|嘱咐|交代)(?:着|过|了)?(?:我们?|屋头人|家里人)"
    r"(?:[^没莫不未哪谁啥无你您]{0,6}(?:说|讲|回?答|按|选|打|评|给)(?:是|个|很|非常|都|点|了|成)*"
    r"(?:满意|好评|好话|好|一|解决了?|五星)*)?(?:的|了|嘛|过)*"
)
_COACHED = re.compile(
    rf"{_LEAD}(?:有(?:的|人|过|啊|嘛|嘞|哦)*(?:{_CALLED_ON})?|{_CALLED_ON}"
    rf"|有?[^没莫不未哪谁啥无你您]{{0,12}}(?:给|跟|和|对)我们?(?:说|讲|打)(?:过|了)?(?:这个)?(?:招呼)(?:的|了)*){_TAIL}"
)
_NOT_COACHED = re.compile(
    rf"{_LEAD}(?:(?:没有|没得|莫得|没|莫)(?:的|啊|嘛|哦|过|呢)*)+{_TAIL}"
    rf"|{_LEAD}(?:没有|没得|莫得|没|莫|不得)(?:人|哪个|哪一个|谁|任何人|得人)*(?:来)?(?:给|跟|和|对)?(?:我们?)?"
    r"(?:(?:叫|喊|让|要求?|教|求|逼|劝|打)(?:过|了)?(?:我们?|招呼|电话)?(?:这样|这么|那样)?(?:说|讲|按|答)?(?:过|是|很)*"
    r"(?:满意|好话|这个)*)?"
    rf"(?:的|过|啊|嘛|哦)*{_TAIL}"
)

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


_CONSENT = re.compile(
    rf"{_LEAD}我?(?:同意|愿意|可以|要得|行|好|能|留得|没得事|莫得事)(?:的|了|嘛|哈|啊|得|留|你们?|同意|可以)*{_TAIL}"
)
_DISSENT = re.compile(rf"{_LEAD}我?(?:不|莫|别|算了)(?:同意|愿意|可以|得行|行|要|留|了|你们?|的|哈|啊|嘛)*{_TAIL}")


def consents(text: str) -> bool | None:
    """Whether the caller agrees to what was asked; None: neither plainly, and then it is no consent."""
    plain = _PAUSES.sub("", text)
    return True if _CONSENT.fullmatch(plain) else False if _DISSENT.fullmatch(plain) else None


def yes_or_no(text: str) -> bool | None:
    """Whether that is the speaker: True or False only for what says nothing else, None for everything else."""
    plain = _PAUSES.sub("", text)
    if _HEDGED.search(plain):
        return None
    if _NO.fullmatch(plain):
        return False
    return True if _YES.fullmatch(plain) or plain in _SOUNDS_LIKE_YES else None


def is_it(text: str) -> bool | None:
    """Answer to “您是说停水的事吗？”: True or False only for what says nothing else, None for everything else."""
    plain = _PAUSES.sub("", text)
    if _HEDGED.search(plain.replace("就是", "")):
        return None
    if _IS_NOT_IT.fullmatch(plain):
        return False
    return True if _IS_IT.fullmatch(plain) or plain in _SOUNDS_LIKE_YES else None


def solved(text: str) -> bool | None:
    """Answer to “这个事解决了没有?”: True or False only when nothing in it says otherwise or is unsure, else None."""
    plain = _PAUSES.sub("", text)
    if _HEDGED.search(plain) or _NOT_NOT.search(plain):
        return None
    if _SOLVED.fullmatch(plain):
        return True
    if _AGAIN.search(plain) or _NOTHING.fullmatch(plain):
        return False
    said_no = _UNSOLVED.search(plain)
    return False if said_no and not _SAYS_SOLVED.search(_UNSOLVED.sub("", plain)) else None


def satisfaction(text: str) -> Satisfaction | None:
    """Answer to “您满意吗?”; None for what is hedged, mixed or about something else."""
    plain = _PAUSES.sub("", text)
    if _HEDGED.search(plain) or _NOT_NOT.search(plain):
        return None
    if _SATISFIED.fullmatch(plain):
        return "satisfied"
    if _FAIR.fullmatch(plain):
        return "fair"
    said_no = _DISSATISFIED.search(plain)
    return "dissatisfied" if said_no and "满意" not in _DISSATISFIED.sub("", plain) else None


def coached(text: str) -> bool | None:
    """Answer to “有没有人叫您说满意?”: True or False only for what says nothing else, None for everything else."""
    plain = _PAUSES.sub("", text)
    if _NOT_COACHED.fullmatch(plain):
        return False
    if _HEDGED.search(plain) or _NOT_NOT.search(plain):
        return None
    return True if _COACHED.fullmatch(plain) else None


def more_to_say(text: str) -> bool | None:
    """Answer to “还有要补充的吗?”: True for nothing but “有”, False for “没有了”; None: the words are the addition."""
    plain = _FILLERS.sub("", text)
    if _ENOUGH.fullmatch(plain) or re.fullmatch(r"(?:没有?|没得|莫得|不)(?:了|的|要|用|需要|补充|什么|啥子?)*", plain):
        return False
    return True if _WANTS_TO_ADD.fullmatch(plain) else None

"""A fact as a sentence: for the timeline of a case, for the replay of a call, and for whoever watches it live."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import PurePath
from typing import Any

from cases.marks import MARKS
from ivr.facts import Fact
from recognizer.mentions import mentions
from recognizer.request import Request
from routing.phone import mask

Number = Callable[[str], str]

# The facts that belong on the timeline of a case, and the word that heads them there. The trace has all of them.
ON_TIMELINE: Mapping[str, str] = {
    "opened": "来电",
    "understood": "诉求",
    "accepted": "接听",
    "talk": "通话",
    "talk_over": "通话结束",
    "nobody": "无人接听",
    "promise": "承诺",
    "call_back": "领导回电",
    "contact": "留号码",
    "joins": "领导回电",
    "official": "来电",
    "rings_back": "来电",
    "marked": "标记",
    "third": "三方通话",
    "message": "留言",
    "no_recording": "不录音",
    "fallback": "应急转接",
    "gone": "挂断",
    "answered": "回访答复",
    "surge": "集中来电",
}

_PLACED = {"callback": "回访", "confirm": "核实", "redial": "回拨"}
_URGENCY = {"red": "红色（特急）", "orange": "橙色（紧急）", "yellow": "黄色", "normal": "一般"}
_INTENT = {"request": "诉求", "director": "要找局长", "emergency": "危急", "greeting": "打招呼"}
_QUESTION = {"person": "是本人吗", "solved": "解决了吗", "satisfied": "满意吗", "why": "哪里没办好"}
_QUESTION |= {"learn": "来电时的原话能不能留作学习"}
_QUESTION |= {"writer": "反映过事情吗", "yours": "是您反映的吗", "addition": "还有要补充的吗"}
_CONFIRMS = ("writer", "yours", "addition")
_ANSWER = {
    "person": {"yes": "是", "no": "不是", "unclear": "没有明确回答"},
    "solved": {"yes": "解决了", "no": "没解决", "unclear": "没有明确回答"},
    "satisfied": {"yes": "满意", "middle": "一般", "no": "不满意", "unclear": "没有明确回答"},
    "learn": {"yes": "同意", "no": "不同意"},
    "writer": {"yes": "反映过", "no": "没有", "unclear": "没有明确回答"},
    "yours": {"yes": "是", "no": "不是", "unclear": "没有明确回答"},
    "addition": {"no": "没有", "unclear": "有，没有转成文字"},
}
# What the dialplan calls the phases of a call and the ends of a leg (dialplans.names PHASE_*, LEG_*).
_PHASE = {
    "answered": "刚接通",
    "listen": "对话中",
    "ring": "正在找人",
    "talk": "通话中",
    "dropped": "刚接上就断了",
    "over": "通话以后",
    "promise": "承诺回电时",
    "record": "留言中",
    "message": "留言以后",
}
_LEG = {
    "rang": "没有接",
    "refused": "不接",
    "deputy": "交给副职",
    "later": "稍后自己回电",
    "hopeless": "打不通",
    "talked": "挂断",
    "noscreen": "接起了没有回应",
    "late": "晚了一步",
}
_THIRD = {"rung": "开始振铃", "joined": "加入通话", "nobody": "没有人可以接入"}
_SURGE = {
    "counted": "记一次，够数就是集中来电",
    "opened": "近来同一地方、同一件事的来电够数，从这个来电起是集中来电",
    "joined": "属于集中来电，照常找人",
    "spared": "属于集中来电，值班领导已经知道，给群众播通知，不再找人",
}
_OUTCOME = {
    "talk": "接谈了",
    "surge": "听了集中来电的通知",
    "message": "留了言",
    "nobody": "没有人接谈",
    "callback": "回访完了",
    "gone": "没有谈成",
    "staff": "办完了",
}
_CLEARED = 16  # Q.850: a call ended as calls do
_BY = {"key": "按键", "voice": "口头", "dialplan": "按键", "room": "不用按键", "heard": "说了话，没收到按键"}


def is_on_timeline(fact: Fact) -> bool:
    """Whether the fact belongs on the timeline of its case; a call that was only counted has nothing to tell there."""
    return fact.kind in ON_TIMELINE and (fact.kind != "surge" or bool(fact.detail.get("surge")))


def heading(fact: Fact) -> str:
    """The word that heads this fact on a timeline; only for kinds in ON_TIMELINE."""
    if fact.kind == "answered" and fact.detail["question"] in _CONFIRMS:
        return "核实答复"
    placed = fact.detail["kind"] if fact.kind == "opened" else ""
    return _PLACED.get(placed, ON_TIMELINE[fact.kind])


def tell(fact: Fact, *, number: Number = mask, words: bool = True) -> str:
    """The fact in a short Chinese sentence.

    number: how telephone numbers are shown; masked unless told otherwise. words: whether what the caller said is in it;
    on a timeline it is not, since words are kept for a shorter time.
    """
    d = fact.detail
    match fact.kind:
        case "opened":
            recovered = "（事后从交换机的记录补上）" if d.get("recovered") else ""
            if d["kind"] == "staff":
                return f"{number(d['caller'])} 的责任领导与热线通话{recovered}"
            if d["kind"] in _PLACED:
                return f"系统{_PLACED[d['kind']]} {number(d['caller'])}，已接通{recovered}"
            caller = number(d["caller"]) if d["caller"] else "号码不详"
            return f"群众来电，{caller} 拨 {d['dialled']}，已应答{recovered}"
        case "asked":
            return f"播：{d.get('text') or d['prompt']}"
        case "speech":
            return "群众开口了，提示音停下" if d.get("barged_in") else "群众开口了"
        case "partial":
            return f"正在听：{d['text']}"
        case "heard":
            early = f"（说完 {d['quiet_ms']} 毫秒就定了，没有等静够）" if d.get("early") else ""
            return f"听到：{d['text'] or '（没有词）'}{early}"
        case "understood":
            return _understood(d, words)
        case "pressed":
            return f"按键 {d['key']}" + (f"（第 {d['leg']} 路）" if "leg" in d else "")
        case "flow":
            return _flow(d)
        case "decided":
            # The step is 问:, 找人: or 结束: and the prompt that is said then, which is told by itself.
            what = {"问": "提问", "结束": "说完挂机"}.get(str(d["step"]).partition(":")[0], d["step"])
            return f"决定：{what}，因为{str(d['why']).replace(',', '，')}"
        case "surge":
            return f"{d['town']}，{d.get('matter_name') or d['matter']}：{_SURGE.get(d['step'], d['step'])}"
        case "planned":
            names = " → ".join(
                f"{r.get('post', '')}{r.get('name', '')}" or number(str(r.get("number", ""))) for r in d["rungs"]
            )
            without = "；".join(f"不打{who}（{why}）" for who, why in d.get("left_out", ()))
            return f"转接路线（{d['unit']}）：{names}；{d['why']}" + (f"；{without}" if without else "")
        case "rung":
            return f"第 {d['i']} 路开始振铃 {number(d['number'])}"
        case "leg":
            cause = f"（原因码 {d['cause']}）" if d.get("cause") not in (None, "", 0, _CLEARED) else ""
            return f"第 {d['i']} 路结束：{_LEG.get(d['why'], d['why'])}{cause}"
        case "screening":
            return f"第 {d['i']} 路接起，播报简报"
        case "accepted":
            return f"第 {d['i']} 路 {number(d['number'])} 愿意接（{_BY.get(d['by'], d['by'])}）"
        case "talk":
            waited = f"，应答后 {fact.ms / 1000:.0f} 秒" if fact.ms else ""  # nobody knows of a talk recovered later
            return f"第 {d['i']} 路 {number(d['number'])} 与群众通话{waited}"
        case "talk_over":
            return f"通话结束，{d['seconds']:.0f} 秒"
        case "nobody":
            return "群众没有接" if str(d.get("why", "")).isupper() else "没有人接听"  # Dial()'s word, or the ladder's
        case "promise":
            return f"答应 {fact.due:%m月%d日 %H:%M} 以前打回去"
        case "call_back":
            return f"{number(d['number'])} 说 {fact.due:%H:%M} 以前自己给群众回电"
        case "contact":
            how = "按键" if d["how"] == "key" else "口头"
            sure = "念了一遍，群众说对" if d["confirmed"] else "没有核对，系统不打这个号码"
            return f"群众{how}留了回电号码 {number(d['number'])}，{sure}"
        case "joins":
            return f"{d['who']} {number(d['number'])} 通过热线给群众回电"
        case "rings_back":
            what = "核实" if d.get("confirm") else "回头看" if d.get("recheck") else "回访"
            return f"回电：接着做工单 {d['case']} 的{what}" if d["case"] else "不是为回电来的，照群众来电办"
        case "official":
            return "来电的是工作人员，凭工作密码" if d["official"] else "工作人员说的是自己的事，照群众来电办"
        case "marked":
            mark = MARKS.get(d["key"], "请别的单位一起听" if d["key"] == "3" else "没有这个键")
            who = number(d["number"]) if d.get("i") == 0 and d.get("number") else ""  # the third
            return f"{who}通话中按 *{d['key']}：{mark}" if d["on"] else f"{who}通话中再按 *{d['key']}：撤销“{mark}”"
        case "third":
            who = number(d["number"]) if d.get("number") else "别的单位"
            return f"三方通话 {who}：{_THIRD.get(d['step']) or _LEG.get(d['step'], d['step'])}"
        case "message":
            return "群众留言" + (f"，{d['seconds']:.0f} 秒" if "seconds" in d else "")
        case "recording":
            return f"录音：{PurePath(d['path']).name}"
        case "no_recording":
            return "群众要求不录音，录音停止"
        case "fallback":
            return f"控制程序不在，交换机自己处理：{d['step']}"
        case "gone":
            return f"电话挂断（{_PHASE.get(d['phase'], d['phase'])}）"
        case "ended":
            return f"电话结束：{_OUTCOME.get(d['outcome'], d['outcome'])}"
        case "answered":
            if d["question"] == "why" and not words:
                return "回访问“哪里没办好”，群众说了原因"
            if d["question"] == "addition" and d["answer"] not in _ANSWER["addition"] and not words:
                return "核实问“还有要补充的吗”，群众补充了情况"
            answer, asked = tell_answer(d["question"], d["answer"]), "核实" if d["question"] in _CONFIRMS else "回访"
            return (
                f"{asked}问“{_QUESTION.get(d['question'], d['question'])}”，答：{answer}（{_BY.get(d['by'], d['by'])}）"
            )
        case "aside":
            return "（只给督查看）"  # never in a trace: see zhitong.usecases.coached
    raise ValueError(f"no sentence for a fact of kind {fact.kind!r}; add it to tell")


def _flow(d: Mapping[str, Any]) -> str:
    if "edition" in d:
        return f"话务流程开始（第 {d['edition']} 版）"
    if "why" in d:
        return "话务流程走不下去，直接提问" + ("（时间到了）" if d["why"] == "late" else "（缺提示音）")
    return f"话务流程：{d.get('step', '')}" + (f"，按键 {d['key']}" if "key" in d else "")


def tell_answer(question: str, answer: str) -> str:
    """An answer of a callback, in Chinese; the words themselves for a why."""
    return _ANSWER.get(question, {}).get(answer, answer)


def tell_request(request: Request) -> str:
    """What was understood, in a short Chinese sentence, with the words that led to it."""
    return _understood(asdict(request), words=True)


def tell_mentions(text: str, today: date, *, number: Number = mask) -> str:
    """Telephone numbers, dates and amounts that the words name, in digits; empty where they name none.

    today: when they were said, in the zone of whoever said them; that day itself is not worth telling.
    """
    told = {
        "telephone": lambda one: f"电话 {number(one.value)}",
        "date": lambda one: f"{one.value}（{one.said}）",
        "amount": lambda one: one.value,
    }
    worth = (one for one in mentions(text, today) if one.value != today.isoformat())
    return "，".join(dict.fromkeys(told[one.kind](one) for one in worth))


_ASKED = {"yes": "群众说是", "no": "群众说不是", "other": "群众说的是别的", "none": "没有明确回答"}


def _understood(d: Mapping[str, Any], words: bool) -> str:
    evidence = "、".join(str(word) for word in d.get("evidence", ())) if words else ""
    intent = str(d["intent"])
    parts = [
        "没听明白" if intent == "unclear" else f"听明白：{_INTENT.get(intent, intent)}",
        f"事项 {d['matter']} {d.get('matter_name') or ''}".strip() if d.get("matter") else "",
        str(d.get("type") or "") if intent == "request" else "",
        _URGENCY.get(str(d.get("urgency")), "") if d.get("urgency") != "normal" else "",
        f"地点 {d['place']}" if d.get("place") else "",
        f"说到 {d['named']}" if d.get("named") else "",
        f"依据：{evidence}" if evidence else "",
        f"把握 {d['confidence']:.0%}" if words and d.get("matter") and d.get("confidence") else "",
        f"问过是不是{d['asked']}的事，{_ASKED.get(str(d.get('answer')), '没有明确回答')}" if d.get("asked") else "",
    ]
    return "，".join(part for part in parts if part)

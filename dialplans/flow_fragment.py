"""片段: an admin's own Asterisk, let through only as far as every piece of it is understood here.

One application a line, `(label),` before it where a GotoIf leads to it. What may stand there is a small grammar of its
own (APPLICATIONS, FUNCTIONS), read from left to right; whatever it does not know is a fault. So it needs no list of
what is forbidden: SHELL, CURL, FILE, DB, System, Originate, Dial, AGI, Exec and all that Asterisk will ever have.

Values. `$[…]` calls any function whose name stands before a parenthesis, also when both come out of a variable. So no
value can hold a parenthesis or a quotation mark: neither a text here nor what a function makes of it; of the caller's
number there is OWN_FROM, digits only. Sentences are named, never paths: recordings of other calls cannot be played.
Jumps go forward only, so a fragment ends, and its step has a longest time besides.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from dialplans.flow import Fragment
from routing.faults import BadConfig, Fault

APPLICATIONS: Final = ("Playback", "Wait", "NoOp", "Set", "GotoIf", "Goto", "Read", "Return")
FUNCTIONS: Final = ("LEN", "FILTER", "CUT", "IF", "STRFTIME")
FROM: Final = "OWN_FROM"
"""The caller's number, digits and + only, set before a fragment begins."""
ELSE: Final = "OWN_ELSE"
"""Not empty when a fragment ends: its step goes on with `else`."""

_MOST_LINES = 60
_LONGEST_LINE = 300
_LONGEST_WAIT = 20.0  # seconds
_DEEPEST = 8  # expressions and functions in one another
_LINE = re.compile(r"(?:same\s*=>\s*)?(?:n\s*,?\s*)?(?:\(([a-z][a-z0-9_]{0,19})\)\s*,\s*)?([A-Za-z]+)\((.*)\)")
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,19}")
_OWN = re.compile(r"OWN_[A-Z0-9_]{1,20}")
_READABLE = re.compile(r"OWN_[A-Z0-9_]{1,20}|EPOCH")
_PART = re.compile(r":-?\d{1,3}(:-?\d{1,3})?")
_LITERAL = re.compile(r"[\w .+*-]")
_OPERATOR = re.compile(r"!=|<=|>=|[=<>&|+*/%-]")
_FORMAT = re.compile(r"(%[YmdHMSuj]|-)+")


@dataclass(frozen=True, kw_only=True, slots=True)
class FragmentLine:
    """One line that was understood. `sounds`: the names of prompts among its arguments, joined by & there."""

    label: str
    application: str
    arguments: tuple[str, ...]
    sounds: tuple[str, ...] = ()


class _Odd(ValueError):
    """Something that is not understood: the message says what, and what may stand there."""


def fragment_faults(fragment: Fragment, prompts: Set[str]) -> tuple[Fault, ...]:
    """All that speaks against a fragment. prompts: the names of sentences that it may play."""
    try:
        read_fragment(fragment, prompts)
    except BadConfig as bad:
        return bad.faults
    return ()


def read_fragment(fragment: Fragment, prompts: Set[str]) -> tuple[FragmentLine, ...]:
    """The lines of a fragment, comments and empty ones left out. Raises BadConfig with every fault at once."""
    faults: list[Fault] = []
    lines: list[FragmentLine] = []
    jumps: list[tuple[str, str, int]] = []  # the field, the label it leads to, the line it stands on
    written = [(i, line.strip()) for i, line in enumerate(fragment.lines.split("\n"), 1)]
    for i, text in ((i, text) for i, text in written if text and not text.startswith(";")):
        at = f"第 {i} 行"
        try:
            line, labels = _line(text, prompts)
        except _Odd as odd:
            faults.append(Fault(field=at, value=text, mend=str(odd)))
            continue
        jumps += [(at, label, len(lines)) for label in labels]
        lines.append(line)
    places = {line.label: i for i, line in enumerate(lines) if line.label}
    if len(lines) > _MOST_LINES or not lines:
        faults.append(Fault(field="lines", value=f"{len(lines)} 行", mend=f"写 1 到 {_MOST_LINES} 行。"))
    if len(places) < sum(bool(line.label) for line in lines):
        faults.append(Fault(field="lines", value="(…)", mend="有两行的标签一样，每个标签只能用一次。"))
    for at, label, before in jumps:
        if label not in places:
            faults.append(Fault(field=at, value=label, mend="没有这个标签，请在要跳到的那一行前面写 (标签),"))
        elif places[label] <= before:
            faults.append(Fault(field=at, value=label, mend="只能往后跳；要再来一遍，请用流程里的 按键 和 repeat。"))
    if faults:
        raise BadConfig(f"片段 {fragment.name}", faults)
    return tuple(lines)


def _line(text: str, prompts: Set[str]) -> tuple[FragmentLine, tuple[str, ...]]:
    """The line, and the labels to which it jumps."""
    if len(text) > _LONGEST_LINE:
        raise _Odd(f"太长，最多 {_LONGEST_LINE} 个字。")
    if not text.isprintable() or "\\" in text or ";" in text:
        raise _Odd("不能有 \\、; 和看不见的字符。")
    matched = _LINE.fullmatch(text)
    if matched is None:
        raise _Odd("写成 应用(参数)，要跳到的行前面加 (标签),，如 (end),Return()。")
    label, application, inside = matched[1] or "", matched[2], matched[3]
    if application not in APPLICATIONS:
        raise _Odd(f"不能用 {application}，可以用的有：{'、'.join(APPLICATIONS)}。")
    if application in ("Playback", "Read"):
        return _sounding(label, application, inside, prompts), ()
    if application in ("Goto", "GotoIf"):
        labels = _jump(application, inside)
        return FragmentLine(label=label, application=application, arguments=(inside,)), labels
    if application == "Set":
        name, _, value = inside.partition("=")
        if not _OWN.fullmatch(name):
            raise _Odd("只能设 OWN_ 开头的变量（大写字母、数字、下划线），如 Set(OWN_X=1)。")
        _whole_text(value)
    elif application == "Wait":
        if not re.fullmatch(r"\d{1,2}(\.\d)?", inside) or not 0 < float(inside) <= _LONGEST_WAIT:
            raise _Odd(f"写秒数，大于 0，最多 {_LONGEST_WAIT:g}，如 Wait(1)。")
    elif application == "Return" and inside:
        raise _Odd("写成 Return()。")
    else:
        _whole_text(inside)
    return FragmentLine(label=label, application=application, arguments=(inside,)), ()


def _sounding(label: str, application: str, inside: str, prompts: Set[str]) -> FragmentLine:
    """Playback(a&b), Read(OWN_X,a&b,4,,1,5)."""
    arguments = inside.split(",")
    named = arguments[0] if application == "Playback" else arguments[1] if len(arguments) > 1 else ""
    sounds = tuple(named.split("&")) if named else ()
    if application == "Playback":
        good = len(arguments) == 1 and bool(sounds)
    else:
        good = (
            len(arguments) == 6
            and bool(_OWN.fullmatch(arguments[0]))
            and bool(re.fullmatch(r"1?[0-9]|20", arguments[2]))
            and arguments[2] != "0"
            and not arguments[3]
            and bool(re.fullmatch(r"[123]", arguments[4]))
            and bool(re.fullmatch(r"10|[1-9]", arguments[5]))
        )
    if not good:
        raise _Odd(
            "写成 Playback(话的名字&话的名字)。"
            if application == "Playback"
            else "写成 Read(OWN_X,话的名字,最多几位,,问几次,等几秒)：1 到 20 位，1 到 3 次，1 到 10 秒。"
        )
    for name in sounds:
        if name not in prompts:
            raise _Odd(f"没有“{name}”这句话；这里写话的名字，不写文件。")
    return FragmentLine(label=label, application=application, arguments=tuple(arguments), sounds=sounds)


def _jump(application: str, inside: str) -> tuple[str, ...]:
    if application == "Goto":
        labels = [inside]
    else:
        end = _expression(inside, _at(inside, 0, "$["), 0)
        if inside[end : end + 1] != "?":
            raise _Odd("写成 GotoIf($[条件]?标签) 或 GotoIf($[条件]?标签:标签)。")
        labels = inside[end + 1 :].split(":")
    if len(labels) > 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _Odd("跳到的地方写标签：小写字母开头，字母、数字、下划线。")
    return tuple(labels)


def _at(text: str, i: int, mark: str) -> int:
    if not text.startswith(mark, i):
        raise _Odd(f"这里要有 {mark}：{text[i : i + 20]}")
    return i + len(mark)


def _whole_text(text: str) -> None:
    end = _text(text, 0, 0)
    if end < len(text):
        raise _Odd(f"不能有 {text[end]}；文字只用汉字、字母、数字、空格和 _ . + * -。")


def _text(text: str, i: int, deep: int) -> int:
    """Reads a text with variables in it, up to the first character that cannot belong to it; where that is."""
    while i < len(text):
        if text.startswith("${", i):
            i = _variable(text, i + 2, deep + 1)
        elif text.startswith("$[", i):
            i = _expression(text, i + 2, deep + 1)
        elif _LITERAL.match(text, i):
            i += 1
        else:
            break
    return i


def _variable(text: str, i: int, deep: int) -> int:
    """Reads what stands after `${`; returns the place after its `}`."""
    if deep > _DEEPEST:
        raise _Odd("套得太深，请分成几行。")
    name = re.compile(r"\w+").match(text, i)
    if name is None:
        raise _Odd("${ 后面要写变量或函数的名字，不能再套变量。")
    i = name.end()
    if text[i : i + 1] == "(":
        i = _function(name[0], text, i + 1, deep)
    elif not _READABLE.fullmatch(name[0]):
        raise _Odd(f"不能读 {name[0]}，只能读 OWN_ 开头的和 EPOCH；来电号码是 {FROM}。")
    if part := _PART.match(text, i):
        i = part.end()
    return _at(text, i, "}")


def _function(name: str, text: str, i: int, deep: int) -> int:
    """Reads the arguments of a function; returns the place after its `)`."""
    if name not in FUNCTIONS:
        raise _Odd(f"不能用函数 {name}，可以用的有：{'、'.join(FUNCTIONS)}。")
    if name == "LEN":
        return _at(text, _text(text, i, deep), ")")
    if name == "IF":
        i = _at(text, _expression(text, _at(text, i, "$["), deep), "?")
        return _at(text, _text(text, _at(text, _text(text, i, deep), ":"), deep), ")")
    fixed = {
        "FILTER": (r"[0-9A-Za-z+*-]{1,20},", "FILTER(0-9,${OWN_X})"),
        "CUT": (r"OWN_[A-Z0-9_]{1,20},[-_.+* ],\d{1,2}(-\d{0,2})?", "CUT(OWN_X,-,1)"),
        "STRFTIME": (r"\$\{EPOCH\},Asia/Shanghai,", "STRFTIME(${EPOCH},Asia/Shanghai,%H%M)"),
    }
    pattern, example = fixed[name]
    matched = re.compile(pattern).match(text, i)
    if matched is None:
        raise _Odd(f"{name} 写成 ${{{example}}}。")
    i = matched.end()
    if name == "FILTER":
        i = _text(text, i, deep)
    elif name == "STRFTIME":
        written = _FORMAT.match(text, i)
        if written is None:
            raise _Odd("STRFTIME 的格式用 %Y %m %d %H %M %S %u %j，中间可以加 -。")
        i = written.end()
    return _at(text, i, ")")


def _expression(text: str, i: int, deep: int) -> int:
    """Reads what stands after `$[`; returns the place after its `]`.

    Operands and operators take turns: so a parenthesis never follows an operand, which would be a function's call.
    """
    if deep > _DEEPEST:
        raise _Odd("套得太深，请分成几行。")
    open_, operand = 0, False  # parentheses that are open; whether the last thing read is an operand
    while True:
        while text[i : i + 1] == " ":
            i += 1
        here = text[i : i + 1]
        if not operand:
            if here == "(":
                open_, i = open_ + 1, i + 1
            elif here == "!":
                i += 1
            else:
                i, operand = _operand(text, i, deep), True
        elif here == ")" and open_:
            open_, i = open_ - 1, i + 1
        elif here == "]" and not open_:
            return i + 1
        elif operator := _OPERATOR.match(text, i):
            i, operand = operator.end(), False
        else:
            raise _Odd(
                f'条件写得不对，看不懂这里：{text[i : i + 20] or "（到头了）"}；文字要加双引号，如 "${{OWN_X}}"="1"。'
            )


def _operand(text: str, i: int, deep: int) -> int:
    """A number, a variable, an expression, or a text in double quotes."""
    if number := re.compile(r"-?\d{1,15}").match(text, i):
        return number.end()
    if text.startswith("${", i):
        return _variable(text, i + 2, deep + 1)
    if text.startswith("$[", i):
        return _expression(text, i + 2, deep + 1)
    return _at(text, _text(text, _at(text, i, '"'), deep), '"')

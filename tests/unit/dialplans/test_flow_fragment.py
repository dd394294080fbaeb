import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialplans.flow import Fragment
from dialplans.flow_fragment import APPLICATIONS, FUNCTIONS, fragment_faults, read_fragment
from routing.faults import BadConfig

PROMPTS = {"菜单", "waiting"}
GOOD = """
; by the hour
same => n,Set(OWN_HOUR=${STRFTIME(${EPOCH},Asia/Shanghai,%H)})
Set(OWN_HERE=${IF($["${OWN_FROM:0:4}"="0870"]?yes:no)})
Set(OWN_PART=${CUT(OWN_FROM,-,2)}${FILTER(0-9,${OWN_FROM})})
GotoIf($[${OWN_HOUR}>=8 & (${LEN(${OWN_PART})}>3 | !(${OWN_HOUR}=12))]?open:shut)
(shut),Playback(waiting&菜单)
Read(OWN_KEY,菜单,1,,2,5)
NoOp(按了 ${OWN_KEY})
GotoIf($["${OWN_KEY}"="1"]?open)
Set(OWN_ELSE=yes)
n(open),Wait(0.5)
Return()
"""


def fragment(*lines):
    return Fragment(name="片", lines="\n".join(lines))


def refused(*lines):
    return fragment_faults(fragment(*lines), PROMPTS)


def test_what_may_be_written_is_understood():
    lines = read_fragment(fragment(GOOD), PROMPTS)
    assert [line.application for line in lines][:5] == ["Set", "Set", "Set", "GotoIf", "Playback"]
    assert lines[4].sounds == ("waiting", "菜单")
    assert [line.label for line in lines if line.label] == ["shut", "open"]


@pytest.mark.parametrize(
    "line",
    [
        "System(rm -rf x)",
        "Exec(System,ls)",
        "ExecIf($[1]?System(ls))",
        "Dial(PJSIP/110@trunk)",
        "Originate(Local/x,app,System,ls)",
        "AGI(x)",
        "Gosub(line,s,1)",
        "MSet(OWN_X=1,HL_STATE=done)",
        "Set(HL_STATE=done)",
        "Set(OWN_X=1,HL_STATE=done)",
        "Set(SHELL(ls)=1)",
        "Set(GLOBAL(OWN_X)=1)",
        "Set(_OWN_X=1)",
        "Set(OWN_X=${SHELL(ls)})",
        "Set(OWN_X=${CURL(x)})",
        "Set(OWN_X=${FILE(x)})",
        "Set(OWN_X=${DB(call/1)})",
        "Set(OWN_X=${ENV(PATH)})",
        "Set(OWN_X=${HL_FROM})",
        "Set(OWN_X=${${OWN_Y}})",
        "Set(OWN_X=${OWN_${OWN_Y}})",
        "Set(OWN_X=${EVAL(${OWN_Y})})",
        "Set(OWN_X=SHELL(ls))",
        'Set(OWN_X="a")',
        "Set(OWN_X=$[SHELL(ls)])",
        "Set(OWN_X=$[${OWN_Y}(ls)])",
        "Set(OWN_X=$[${OWN_Y} (1)])",
        'Set(OWN_X=$["SHELL" (1)])',
        "Set(OWN_X=$[1(2)])",
        "Set(OWN_X=$[(1)(2)])",
        "Set(OWN_X=${LEN(${SHELL(ls)})})",
        "Set(OWN_X=${IF($[SHELL(ls)]?1:0)})",
        "Set(OWN_X=${STRFTIME(${EPOCH},Asia/Shanghai,SHELL(x))})",
        "Set(OWN_X=${STRFTIME(,,%H)})",
        "Set(OWN_X=$)",
        "Set(OWN_X={1})",
        "NoOp(a\\)",
        "NoOp(a;b)",
        "NoOp(a)\r[other]",
        "[other]",
        "#include x.conf",
        "exten => s,1,NoOp()",
        "same => hint,NoOp()",
        "include => line",
        "Playback(/etc/x)",
        "Playback(../recordings/1)",
        "Playback(${OWN_X})",
        "Playback(waiting,noanswer)",
        "Read(HL_KEY,waiting,1,,1,5)",
        "Read(OWN_X,waiting,1,i,1,5)",
        "Read(OWN_X,waiting,1,,1,99)",
        "Wait(999)",
        "Wait(${OWN_X})",
        "Goto(${OWN_X})",
        "Goto(line,s,1)",
        "GotoIf(1?line,s,1)",
        "GotoIf($[1]?${OWN_X})",
        "Hangup()",
        "Return(x)",
        "NoOp(" + "${LEN(" * 20 + "1" + ")}" * 20 + ")",
        "NoOp(" + "x" * 400 + ")",
    ],
)
def test_whatever_is_not_known_is_refused_with_the_line(line):
    [fault] = refused("NoOp(1)", line)
    assert fault.field == "第 2 行"
    assert fault.mend


def test_jumps_go_forward_to_a_label_that_is_there():
    assert refused("(a),NoOp(1)", "Goto(a)")
    assert refused("(a),Goto(a)")
    assert refused("Goto(b)")
    assert refused("(a),NoOp(1)", "(a),NoOp(2)")
    assert not refused("Goto(a)", "NoOp(1)", "(a),Return()")


def test_an_empty_fragment_and_one_without_end_are_refused():
    assert refused("; nothing")
    assert refused(*["NoOp(1)"] * 61)


def test_every_fault_is_told_at_once():
    assert [fault.field for fault in refused("System(ls)", "NoOp(1)", "Dial(x)")] == ["第 1 行", "第 3 行"]


SIGNS = tuple('()";,&\n\r$=?:/1 |`\\')
PIECES = ("${", "}", "$[", "]", "..", "SHELL(ls)", "${SHELL(ls)}", "System", "[other]", "#include", "HL_STATE", "DB(")
NASTY = st.sampled_from((*SIGNS, *PIECES, "CURL", "OWN_X", "same => ", "(a),"))


@example([(60, 0, "$["), (62, 0, "SHELL(ls)")])
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), NASTY), min_size=1, max_size=4))
def test_whatever_passes_holds_nothing_but_what_is_allowed(changes):
    text = GOOD
    for place, length, piece in changes:
        text = text[:place] + piece + text[place + length :]
    try:
        lines = read_fragment(fragment(text), PROMPTS)
    except BadConfig:
        return
    for line in lines:
        inside = ",".join(line.arguments)
        assert line.application in APPLICATIONS
        assert not set(inside) & set("\\;\n\r`{}$") - set("{}$")
        assert set(re.findall(r"(\w+)\s*\(", inside)) <= set(FUNCTIONS)  # whatever stands before a parenthesis
        assert not re.search(r'[\]"})]\s*\(', inside)
        assert all(
            re.match(r"OWN_|EPOCH\b|(LEN|FILTER|CUT|IF|STRFTIME)\(", name) for name in re.findall(r"\$\{(.*)", inside)
        )
        assert inside.count("${") == inside.count("}")
        assert inside.count("$") == inside.count("${") + inside.count("$[")
        assert set(line.sounds) <= PROMPTS
        if line.application in ("Set", "Read"):
            assert inside.startswith("OWN_")

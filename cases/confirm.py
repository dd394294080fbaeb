"""核实电话: whose case came by web or letter is asked first whether it is his, and what he would add. Pure.

The same kind of conversation as a callback: nothing about the matter is said before the person is confirmed, and only
what is plain counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cases.callback import HUMAN, LATER, WRONG_PERSON, Next, Question, Reply, Script

_Q, _R = Question, Reply
NOT_YOURS, THANKS, NOTED, BY_PEOPLE = "confirm_not_yours", "confirm_thanks", "confirm_noted", "confirm_by_people"
_STAY = None
_TO_HUMAN, _GONE = Next(_Q.OVER, (HUMAN,), keep=False), Next(_Q.OVER, (), keep=False)
_PLAIN: Mapping[Reply, Next | None] = {
    **dict.fromkeys((_R.MIDDLE, _R.TEXT, _R.UNCLEAR, _R.SILENT), _STAY),
    _R.HUMAN: _TO_HUMAN,
    _R.HANGUP: _GONE,
}
_ADDED = Next(_Q.OVER, (NOTED,))
_ROWS: Mapping[Question, Mapping[Reply, Next | None]] = {
    _Q.WRITER: {
        **_PLAIN,
        _R.YES: Next(_Q.YOURS, ("confirm_matter", "confirm_yours")),
        _R.NO: Next(_Q.OVER, (WRONG_PERSON,)),
    },
    _Q.YOURS: {
        **_PLAIN,
        _R.YES: Next(_Q.MORE, ("confirm_more",)),
        _R.NO: Next(_Q.OVER, (NOT_YOURS,)),
    },
    # Who says at once what there is to add need not be asked for it. Silence and noise are no addition.
    _Q.MORE: {
        _R.YES: Next(_Q.ADDITION, ("confirm_say",), keep=False),
        _R.NO: Next(_Q.OVER, (THANKS,)),
        _R.MIDDLE: _ADDED,
        _R.TEXT: _ADDED,
        _R.UNCLEAR: _STAY,
        _R.SILENT: _STAY,
        _R.HUMAN: _TO_HUMAN,
        _R.HANGUP: _GONE,
    },
    _Q.ADDITION: {
        **dict.fromkeys((_R.YES, _R.NO, _R.MIDDLE, _R.TEXT, _R.UNCLEAR), _ADDED),
        _R.SILENT: Next(_Q.OVER, (THANKS,), keep=False),
        _R.HUMAN: _TO_HUMAN,
        _R.HANGUP: _GONE,
    },
}
_LEFT = {_Q.WRITER: (LATER,), _Q.YOURS: (LATER,), _Q.MORE: (THANKS,)}
CONFIRM = Script(
    first=_Q.WRITER,
    opening="confirm_open",
    table={(question, reply): line for question, row in _ROWS.items() for reply, line in row.items()},
    again={question: f"confirm_{question}_again" for question in (_Q.WRITER, _Q.YOURS, _Q.MORE)},
    left=_LEFT,
    doubted=_LEFT | {_Q.YOURS: (BY_PEOPLE,)},
    concluding=((NOT_YOURS,), (THANKS,), (NOTED,)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """What a confirm call came to. yours: None when that was not told; doubtful: not plainly. addition: in words.

    writer: whether somebody said to be who had written.
    """

    writer: bool = False
    yours: bool | None = None
    doubtful: bool = False
    added: bool = False
    addition: str = ""


def confirmed(answers: Mapping[str, str]) -> Confirmed:
    """What the answers of a confirm call mean. What was answered before a hang-up counts."""
    yours, told = answers.get("yours", ""), answers.get("addition", _R.NO.value)
    added = told != _R.NO
    return Confirmed(
        writer=answers.get("writer") == _R.YES,
        yours={_R.YES.value: True, _R.NO.value: False}.get(yours),
        doubtful=yours == _R.UNCLEAR,
        added=added,
        addition=told if added and told not in list(_R) else "",
    )

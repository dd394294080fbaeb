"""What is shown of a call while it lasts: no word of a 举报, of what is to be kept secret, or against somebody.

Whatever shows calls as they go on (Hotline.watch, zhitong listen) asks here. From the first word by which a call turns
out to be one of these, nothing that is said in it is shown; what came before is no such call yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ivr.facts import Fact
from ivr.script import is_secret

HIDDEN = "（举报、保密或者反映人的，不显示）"
_EMPTY: Mapping[str, object] = {
    "place": "",
    "danger": "",
    "complained_of": "",
    "named": "",
    "evidence": [],
    "left_out": [],
    "clip": None,
    "answer": "",
}
"""Details beside the text that tell what was said, or about whom, and what stands in their place."""


class LiveWords:
    """Of several calls at once; not thread-safe. names: whether words of a request of this type complain of anybody."""

    def __init__(self, names: Callable[[str, str], object]) -> None:
        self._names = names
        self._said: dict[str, str] = {}
        self._barred: set[str] = set()

    def bars(self, call: str, text: str, type: str = "", *, final: bool = True) -> bool:
        """Whether what is said in this call is not to be shown, with these words; from the first such words on.

        final: the words stay as they are; a partial text is replaced by the next one.
        """
        said = "。".join(filter(None, (self._said.get(call, ""), text)))
        if final:
            self._said[call] = said
        if call not in self._barred and (is_secret(type, said) or self._reports(said) or self._names(said, type)):
            self._barred.add(call)
        return call in self._barred

    def over(self, call: str) -> None:
        """The call has ended: nothing more comes of it."""
        self._said.pop(call, None)
        self._barred.discard(call)

    def shown(self, fact: Fact) -> Fact:
        """The fact as it may be shown now."""
        if fact.kind in ("partial", "heard", "understood"):
            heard = fact.kind == "heard"
            self.bars(fact.call_id, fact.detail["text"], str(fact.detail.get("type") or ""), final=heard)
        barred = fact.call_id in self._barred
        if fact.kind == "ended":
            self.over(fact.call_id)
        return replace(fact, detail=_without_words(fact)) if barred else fact

    @staticmethod
    def _reports(said: str) -> bool:
        return "举报" in said


def _without_words(fact: Fact) -> dict[str, object]:
    empty = {name: value for name, value in _EMPTY.items() if name in fact.detail}
    return {**fact.detail, **empty, **({"text": HIDDEN} if fact.detail.get("text") else {})}

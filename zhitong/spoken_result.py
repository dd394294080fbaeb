"""The sentence for the citizen as the telephone says it: who signs a reply hears it first."""

from cases.case import Case
from cases.reply import Disposition
from dialplans.prompts import Prompt, PromptBook
from zhitong.errors import MoveRefused


def spoken_result(book: PromptBook, case: Case) -> Prompt:
    """As the callback says it (ivr.callback). Raises MoveRefused when it cannot be spoken now."""
    key, words = "callback_cannot", {"reason": case.result, "plan": ""}
    if case.disposition == Disposition.SOLVED:
        key, words = "callback_result", {"matter": case.matter_name or "事", "unit": case.unit, "result": case.result}
    spoken = book.prompt(key, **words)
    if spoken.key != key:
        raise MoveRefused(f"这句话现在念不出来，只能说“{spoken.text}”；请过一会儿再听，还不行就退回改写")
    return spoken

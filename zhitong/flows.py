"""话务流程 of these settings: the line that is meant, what it may say, and the contexts that a text becomes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from dialplans.flow import Flow, OwnPrompt
from dialplans.flow_compile import Compiled, compile_flow, sentences_of
from dialplans.prompts import OWN, PromptBook
from ivr.script import asked_of_router
from recognizer.request import Request
from routing.directory import Directory
from routing.phone import mask
from routing.router import Wish, route
from zhitong.errors import Refused
from zhitong.people_heard import accused
from zhitong.settings import Line, Settings, ladder_timing
from zhitong.switch import prompts_folder


def flow_line(settings: Settings, written: str) -> Line:
    """The line of this number, however it is written. Raises Refused for one that puts no question, or is none."""
    line = settings.line_of(written)
    if line is None:
        known = "、".join(f"{one.number}（{one.name}）" for one in settings.lines)
        raise Refused(f"没有线路 {written}；有的是：{known}")
    if not line.question:
        raise Refused(f"线路 {line.number} 不提问（question = false），接通就找人，用不上话务流程")
    return line


def line_prompts(book: PromptBook) -> dict[str, float]:
    """The line's own sentences that a flow may say, with their seconds as they are read without haste.

    The book need not be prepared.
    """
    return {
        key: float(OwnPrompt(name=key, text=book.sentence(key)).most_seconds)
        if book.text(key).tone is None
        else book.text(key).max_seconds
        for key in _sayable(book)
    }


def compiled(settings: Settings, book: PromptBook, flow: Flow, number: int) -> Compiled:
    """The contexts of a flow without errors; its sentences are made, and put where Asterisk finds them.

    book: prepared. Raises BadConfig, SynthesisFailed, OSError, Unescapable.
    """
    said = sentences_of(flow, flow.prompts.keys() | set(_sayable(book)))
    keys = {name: _key(book, flow.prompts, name) for name in said}
    folder = prompts_folder(settings)
    book.export_static(folder, sorted(set(keys.values())))
    return compile_flow(flow, {name: str(folder / key) for name, key in keys.items()}, number)


def ladder_on(
    settings: Settings, directory: Directory, line: Line
) -> Callable[[Request | None, Wish, datetime], tuple[str, ...]]:
    """Whose telephones would ring on this line, by post and name, by the roster of today (usecases.replay_flow)."""
    timing = ladder_timing(settings)

    def ladder(request: Request | None, wish: Wish, at: datetime) -> tuple[str, ...]:
        asked = asked_of_router(request, wish, profile=line.profile, dialled=line.number, language=line.language)
        asked = replace(asked, complained_of=accused(asked.text, directory, complains=asked.complains))
        planned = route(request=asked, now=at, directory=directory, timing=timing)
        return tuple(f"{rung.post}{rung.name}" or mask(rung.number) for rung in planned.rungs)

    return ladder


def _sayable(book: PromptBook) -> list[str]:
    """The line's own sentences, not those of some flow."""
    return [key for key in book.static_keys() if not key.startswith(OWN)]


def _key(book: PromptBook, own: Mapping[str, OwnPrompt], name: str) -> str:
    return book.say_own(own[name].text, own[name].most_seconds) if name in own else name

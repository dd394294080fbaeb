"""The prompt book of these settings: the words that no call changes, the recorded folder, the cache."""

from dialplans.prompt_texts import Texts, load_texts, spoken_minutes
from dialplans.prompts import PromptBook
from dialplans.spoken_text import spoken_phone
from routing.faults import BadConfig, Fault
from zhitong.prompt_changes import changes_of, with_changes
from zhitong.settings import Settings


def prompt_constants(settings: Settings) -> dict[str, str]:
    """What {hotline}, {county}, {kept}, {number}, {fallback_promise}, {call_back} and {snooze} stand for."""
    return {
        "hotline": settings.hotline.name,
        "county": settings.hotline.county,
        "kept": settings.hotline.recording_kept,
        "number": spoken_phone(settings.hotline.number),
        "fallback_promise": spoken_minutes(settings.ladder.fallback_promise_minutes),
        "call_back": spoken_minutes(settings.ladder.call_back_minutes),
        "snooze": spoken_minutes(settings.staff.snooze_minutes),
    }


def prompt_texts(settings: Settings) -> Texts:
    """What the line says: config/prompts.toml, and as the office has worded it since. Raises BadConfig."""
    constants = prompt_constants(settings)
    shipped, folder = load_texts(settings.files.prompts, constants), settings.folders.prompts_recorded
    try:
        changes = changes_of(folder)
    except OSError as error:
        mend = f"读不到（{error.strerror}）。"
        raise BadConfig("提示音", [Fault(field="文件夹", value=str(folder), mend=mend)]) from None
    return with_changes(shipped, changes, constants)


def open_prompt_book(settings: Settings) -> PromptBook:
    """The book, not yet prepared. Raises BadConfig for a faulty config/prompts.toml."""
    return PromptBook(
        prompt_texts(settings),
        constants=prompt_constants(settings),
        recorded=settings.folders.prompts_recorded,
        cache=settings.folders.prompts_cache,
    )

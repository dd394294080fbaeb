"""The prompt book of these settings: the words that no call changes, the recorded folder, the cache."""

from dialplans.prompt_texts import load_texts, spoken_minutes
from dialplans.prompts import PromptBook
from dialplans.spoken_text import spoken_phone
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


def open_prompt_book(settings: Settings) -> PromptBook:
    """The book, not yet prepared. Raises BadConfig for a faulty config/prompts.toml."""
    constants = prompt_constants(settings)
    return PromptBook(
        load_texts(settings.files.prompts, constants),
        constants=constants,
        recorded=settings.folders.prompts_recorded,
        cache=settings.folders.prompts_cache,
    )

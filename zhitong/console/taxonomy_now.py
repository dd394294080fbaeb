"""The words that count, read again only when they have changed: reading them takes longer than a page may."""

from functools import lru_cache

from recognizer.taxonomy import Taxonomy
from zhitong.settings import Settings
from zhitong.understanding import taxonomy_in_force
from zhitong.understanding_editions import newest_id


def taxonomy_now(settings: Settings) -> Taxonomy:
    """Names of matters, towns and the rest as they are in force. Raises TaxonomyError."""
    try:
        changed = settings.files.taxonomy.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _read(settings, newest_id(settings), changed)


@lru_cache(maxsize=2)
def _read(settings: Settings, edition: int, changed: int) -> Taxonomy:
    return taxonomy_in_force(settings)

"""The files that the processes of the hotline log into; retention deletes them."""

import logging
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

from zhitong.settings import Settings


def logs_folder(settings: Settings) -> Path:
    """Where the logs lie, a file a day for each process."""
    return settings.folders.data / "logs"


def log_into(settings: Settings, name: str) -> None:
    """Have this process log into `name`.log from now on, too."""
    folder = logs_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    handler = TimedRotatingFileHandler(folder / f"{name}.log", when="midnight", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)

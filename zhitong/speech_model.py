"""Which speech model the hotline listens with: the configured one, else the best fetched one, else the shipped one."""

import os
from pathlib import Path

from recognizer.model import ModelInfo, Official, find_model, load_catalogue
from zhitong.settings import CHECKOUT, Settings, cache_folder

CATALOGUE = CHECKOUT / "config" / "models.toml"


def models_folder() -> Path:
    """Where `zhitong model fetch` puts the official models."""
    return cache_folder(os.environ) / "models"


def official_models() -> dict[str, Official]:
    """The official models by kind. Raises ModelError."""
    return load_catalogue(CATALOGUE)


def speech_model(settings: Settings) -> ModelInfo:
    """The model to listen with, checked. Raises ModelError."""
    return find_model(settings.decoder.model, cache=models_folder(), catalogue=official_models())

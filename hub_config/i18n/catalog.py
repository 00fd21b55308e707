"""Translations: one file for each room and language, ``de/form.po``, read when first needed.

They are kept as translators edit them; there is no compiled form to forget.
"""

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hub_config.model.words import LANGUAGES

__all__ = ["FOLDER", "LANGUAGES", "SCRIPTS", "PoCatalog", "catalog", "read_catalog"]
__all__ += ["words_for_scripts"]

SCRIPTS = "scripts"
"""The room of texts that the pages' JavaScript says."""

FOLDER = Path(__file__).parent


class PoCatalog:
    """The translations of one language; what is missing stays English."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def gettext(self, message: str) -> str:
        """Return the translation."""
        # The empty message is the header of a catalog.
        return self._translations.gettext(message) if message else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the translation for *n*."""
        return self._translations.ngettext(singular, plural, n)


@cache
def catalog(language: str) -> PoCatalog:
    """Return the translations into *language*."""
    translations = NullTranslations()
    for path in sorted((FOLDER / language).glob("*.po")):
        found = _read(path)
        found.add_fallback(translations)
        translations = found
    return PoCatalog(language, translations)


@cache
def words_for_scripts(language: str) -> Mapping[str, str]:
    """Return what the pages' JavaScript says, by its English."""
    path = FOLDER / language / f"{SCRIPTS}.po"
    if not path.exists():
        return {}
    return {str(m.id): str(m.string) for m in read_catalog(path) if m.id and m.string}


def read_catalog(path: Path) -> Catalog:
    """Return the messages of a file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.name, abort_invalid=True)


def _read(path: Path) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, read_catalog(path))
    compiled.seek(0)
    return GNUTranslations(compiled)

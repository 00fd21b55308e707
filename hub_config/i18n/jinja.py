"""How templates speak: ``{% trans %}``, and every ``Text`` in the language of the page.

``{{ text }}`` needs nothing; where a text is put together or leaves as JSON, ``{{ text | say }}``.
"""

from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension, InternationalizationExtension

from hub_config import i18n


class Languages(Extension):
    """Installs the languages into an environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
            i18n.gettext, i18n.ngettext, newstyle=True
        )
        environment.filters["say"] = i18n.say
        environment.globals.update(
            language=i18n.current,
            languages=i18n.LANGUAGES,
            words_for_scripts=lambda: dict(i18n.words_for_scripts(i18n.current())),
        )

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Let JupyterHub's pages tell the language they are in (templates/page.html)."""
        return source.replace('<html lang="en">', '<html lang="{{ language() }}">')


OPTIONS: dict[str, Any] = {
    "extensions": [InternationalizationExtension, Languages],
    "finalize": i18n.say,
}
"""What an environment of templates is made with besides."""

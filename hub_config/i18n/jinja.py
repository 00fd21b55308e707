"""How templates speak: ``{% trans %}``, and every ``Text`` in the language of the page.

``{{ text }}`` needs nothing; where a text is put together or leaves as JSON, ``{{ text | say }}``.
``{{ text | markdown }}`` is what its author wrote in Markdown.
"""

from datetime import date
from typing import Any

from babel.dates import format_date
from jinja2 import Environment
from jinja2.ext import Extension, InternationalizationExtension
from markupsafe import Markup

from hub_config import i18n, markdown
from hub_config.i18n import upstream
from hub_config.said import Text


class Languages(Extension):
    """Installs the languages into an environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
            i18n.gettext, i18n.ngettext, newstyle=True
        )
        environment.filters.update(say=i18n.say, upstream=_upstream, day=_day, markdown=_markdown)
        environment.globals.update(
            language=i18n.current,
            languages=i18n.LANGUAGES,
            words_for_scripts=lambda: dict(i18n.words_for_scripts(i18n.current())),
        )

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Let JupyterHub's pages speak all languages, and tell which one (templates/page.html)."""
        if not upstream.is_upstream(filename):
            return source
        told = source.replace('<html lang="en">', '<html lang="{{ language() }}">')
        return upstream.translated(told)


def _upstream(value: Any) -> Any:
    """Say a text that JupyterHub's Python made, or one of ours that passed through it."""
    if isinstance(value, str) and not isinstance(value, Text):
        return upstream.value(value, i18n.gettext)
    return i18n.say(value)


def _markdown(value: str) -> Markup:
    return markdown.html(i18n.say(value))


def _day(value: date) -> str:
    return format_date(value, locale=i18n.current())


OPTIONS: dict[str, Any] = {
    "extensions": [InternationalizationExtension, Languages],
    "finalize": i18n.say,
}
"""What an environment of templates is made with besides."""

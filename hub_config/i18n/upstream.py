"""JupyterHub's own texts in other languages, put into the source of its templates as it is loaded.

What stands between two tags is a message, ``{{ … }}`` and all; so is what an attribute for people
says. They are looked up in ``upstream.po``. Data never are: they come later. For English the page
is what JupyterHub would have made of it, byte for byte. The few texts that JupyterHub's Python
passes to its templates go through the filter ``upstream``.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from hub_config.i18n.catalog import LANGUAGES, catalog
from hub_config.paths import templates

_PARTS = re.compile(
    r"""(?P<code>{\#.*?\#}|{%.*?%}|<!--.*?-->)
    |(?P<script><(?:script|style)\b.*?</(?:script|style)>)
    |(?P<tag></?[a-zA-Z!](?:"[^"]*"|'[^']*'|{{.*?}}|{%.*?%}|[^>"'{])*>)
    |(?P<text>(?:{{.*?}}|(?!{%|{\#)[^<])+)""",
    re.VERBOSE | re.DOTALL,
)
_SAID_BY_TAG = re.compile(
    r"""(?<=\s)(?:title|alt|placeholder|aria-label)=(["'])(.*?)\1""", re.DOTALL
)
_SUBMIT = re.compile(r"""(?<=\s)value=(["'])([^"'{]+)\1""")
_SAID_BY_SCRIPT = re.compile(r"""(")([A-Z][a-z]+(?: [a-z]+)+)\1""")
_VALUE = re.compile(
    r"{{ (?P<name>title|login_error|message|scope_info\['description'\]"
    r"|token_expires_in_options_html)(?P<safe> \| safe)? }}"
)
_OPTION = re.compile(r"(?<=>)[^<]+(?=</option>)")
_EXPRESSION = re.compile(r"{{.*?}}", re.DOTALL)


def is_upstream(filename: str | None) -> bool:
    """Return whether a template is JupyterHub's and not ours."""
    return filename is not None and not Path(filename).is_relative_to(templates())


def translated(source: str) -> str:
    """Return the source of a template with a choice of language at each text of it."""
    done = 0
    made = []
    for start, end, message in _messages(source):
        made += [source[done:start], _choice(source[start:end], message)]
        done = end
    made.append(source[done:])
    return _VALUE.sub(r"{{ \g<name> | upstream\g<safe> }}", "".join(made))


def value(text: str, gettext: Callable[[str], str]) -> str:
    """Return a text, or the options of a list as HTML, that JupyterHub's Python made."""
    if "</option>" in text:
        return _OPTION.sub(lambda found: gettext(found[0]), text)
    return gettext(text)


def messages(source: str) -> list[str]:
    """Return the texts of a template that people read."""
    return [message for _, _, message in _messages(source)]


def _messages(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each text begins and ends, and the text with its whitespace folded."""
    for part in _PARTS.finditer(source):
        for start, end in _spans(part):
            message = " ".join(source[start:end].split())
            if re.search(r"[a-zA-Z]", _EXPRESSION.sub("", message)):
                yield start, end, message


def _spans(part: re.Match[str]) -> Iterator[tuple[int, int]]:
    text, offset = part[0], part.start()
    if part["text"]:
        before, after = len(text) - len(text.lstrip()), len(text.rstrip())
        yield offset + before, offset + after
        return
    patterns = {"tag": [_SAID_BY_TAG], "script": [_SAID_BY_SCRIPT]}.get(part.lastgroup or "", [])
    if part["tag"] and 'type="submit"' in text:
        patterns = [*patterns, _SUBMIT]
    found = sorted(match.span(2) for pattern in patterns for match in pattern.finditer(text))
    yield from ((offset + start, offset + end) for start, end in found)


def _choice(text: str, message: str) -> str:
    choices = ""
    for language in LANGUAGES[1:]:
        said = catalog(language).gettext(message)
        if said != message:
            test = "elif" if choices else "if"
            choices += f"{{% {test} language() == '{language}' %}}{_html(said)}"
    return f"{choices}{{% else %}}{text}{{% endif %}}" if choices else text


def _html(said: str) -> str:
    """Return a translation as HTML; what Jinja fills in stays as it is."""
    expressions = _EXPRESSION.findall(said)
    texts = [escape(text) for text in _EXPRESSION.split(said)]
    filled = [text + code for text, code in zip(texts, [*expressions, ""], strict=True)]
    return "".join(filled)

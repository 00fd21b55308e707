"""Texts that no catalog knows of: found in templates, in Python and in the pages' JavaScript."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

from hub_config.i18n.jinja import OPTIONS

_SPOKEN = {"alt", "aria-label", "aria-description", "placeholder", "title"}
"""Attributes that people read or hear; also ``data-…`` that hold more than a word."""

_SENTENCE = re.compile(r"(?<![\w-])[A-Za-z]['’a-z]+ [a-z]['’a-z]+(?![\w-])")
_CAPITALIZED = re.compile(r"[A-Z][a-z]+(?![\w/-])")
_LETTERS = re.compile(r"(?!(?:CSV|JSON|QOS|UTC)\b)(?<![\w?&])[^\W\d_]{2}")
_MARKUP = re.compile(r"[<{]|[\w-]+=")
_NAMES = {"Deutsch", "English", "Slurm", "Notification"}
"""Names of languages are said in their own, those of schedulers and of programs in all."""

_CODE = {"script", "style", "code"}
_SAYS = {"_", "gettext", "ngettext"}
_HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"


class _Words(HTMLParser):
    """Collects what people would read, but for code and what is marked as another language."""

    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=True)
        self._own = {_HOLE, "", language}
        self.found: list[str] = []
        self._aside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _CODE or dict(attrs).get("lang") not in {None, *self._own}:
            self._aside.append(tag)
        for name, value in attrs:
            self._attribute(name, value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._aside[-1:]:
            self._aside.pop()

    def handle_data(self, data: str) -> None:
        if not self._aside and _LETTERS.search(data) and not _MARKUP.search(data):
            self.found.append(data.strip())

    def _attribute(self, name: str, value: str) -> None:
        spoken = name in _SPOKEN and _LETTERS.search(value)
        if spoken or (name.startswith("data-") and _SENTENCE.search(value)):
            self.found.append(value)


def in_template(source: str) -> list[str]:
    """Return the texts of a template that are in no ``{% trans %}`` and no ``_()``."""
    extensions = [e for e in OPTIONS["extensions"] if "Internationalization" in e.__name__]
    tree = Environment(extensions=extensions, autoescape=True).parse(source)  # parsed only
    found = on_page("".join(_plain(tree)))
    return found + [text for text in _constants(tree) if text not in _NAMES]


def on_page(html: str, language: str = "") -> list[str]:
    """Return all that people read on a page in *language*, piece by piece."""
    words = _Words(language)
    words.feed(html)
    words.close()
    return words.found


def _plain(tree: nodes.Template) -> Iterator[str]:
    """Yield the template's own text, a mark for each value in it."""
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else _HOLE


def _constants(node: nodes.Node) -> Iterator[str]:
    """Yield the texts within expressions, but for what is said."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in _SAYS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and _for_people(node.value):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _constants(child)


def _for_people(text: str) -> bool:
    return bool(_CAPITALIZED.match(text) or _SENTENCE.search(text))


def in_python(source: str) -> list[tuple[int, str]]:
    """Return the sentences of a module that are not ``said``, with their lines.

    What goes to a log or explains the code is none of them.
    """
    finder = _Sentences()
    finder.visit(ast.parse(source))
    return finder.found


class _Sentences(ast.NodeVisitor):
    """Collects sentences, and walks around what is not for users."""

    _ASIDE = re.compile(r"said|said_n|(\w+\.)*log\.\w+|re\.compile|Unicode|Float|Field|getLogger")

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if self._ASIDE.fullmatch(called):
            for argument in (*node.args[1:], *(k.value for k in node.keywords)):
                if called.startswith("said"):
                    self.visit(argument)
            return
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:  # the keys are looked up, not read
            self.visit(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Walk around it: what is compared with is what others say."""

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if isinstance(text, str) and _SENTENCE.search(text) and not _MARKUP.match(text):
            self.found.append((node.lineno, text))


def not_literal(source: str) -> list[int]:
    """Return the lines where ``said`` or ``said_n`` is called with what translators cannot see."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if _hidden(call)]


def _hidden(call: ast.Call) -> bool:
    texts = {"said": 1, "said_n": 2}.get(getattr(call.func, "id", ""), 0)
    return not all(isinstance(argument, ast.Constant) for argument in call.args[:texts])


def in_script(source: str) -> list[str]:
    """Return the sentences in strings of JavaScript that ``t`` does not say, and what it cannot."""
    code = re.sub(r"(?m)(^|\s)//.*$|/\*[\s\S]*?\*/", " ", source)
    hidden = re.findall(r"(?<![\w.$])t\((?!message\b)[^\"']\S*", code)
    rest = re.sub(r"(?<![\w.$])t\(\s*(\"[^\"\n]*\"|'[^'\n]*')", "t(", code)
    strings = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", rest)
    texts = (text for parts in strings for text in parts if text not in _NAMES)
    return hidden + [text for text in texts if _for_people(text)]

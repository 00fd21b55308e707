"""JupyterHub's own texts in German: none is forgotten, none is invented, no data is touched."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import jupyterhub
import pytest

from hub_config.i18n.catalog import FOLDER, catalog, read_catalog
from hub_config.i18n.upstream import is_upstream, messages, translated, value
from tests.pages.drawing import SHARE, TEMPLATES, Server, User, render, speaking
from tests.pages.markup import parse
from tests.pages.scenes import stopping
from tests.pages.scenes_frame import FULL, error, login, oauth, share, token

STOCK = SHARE / "templates"
OURS = {"home.html", "not_running.html", "spawn.html", "spawn_pending.html"}
"""Of whose texts Berth's pages say only some."""

WHOLE = sorted(path.name for path in STOCK.glob("*.html") if path.name not in OURS)
GERMAN = catalog("de")
NAMES = {"JupyterHub", "Token", "JupyterHub {{ server_version }}"}
"""What is the same in German."""


def upstream() -> dict[str, str]:
    found = read_catalog(FOLDER / "de" / "upstream.po")
    return {str(entry.id): str(entry.string) for entry in found if entry.id}


# --- the catalog


@pytest.mark.parametrize("name", WHOLE)
def test_every_text_of_a_template_is_translated(name: str) -> None:
    texts = set(messages((STOCK / name).read_text())) - NAMES
    assert {text for text in texts if GERMAN.gettext(text) == text} == set()


def test_every_translation_is_of_something_that_jupyterhub_says() -> None:
    said = {text for path in STOCK.glob("*.html") for text in messages(path.read_text())}
    package = Path(jupyterhub.__file__).parent
    programs = [path for path in package.rglob("*.py") if "tests" not in path.parts]
    source = "\n".join(path.read_text() for path in programs)
    assert [text for text in upstream() if text not in said and text not in source] == []


def test_translations_fill_in_the_same_values() -> None:
    for text, german in upstream().items():
        values = [re.sub(r" \| upstream", "", v) for v in re.findall(r"{{.*?}}", german)]
        assert set(values) <= set(re.findall(r"{{.*?}}", text)), text


# --- what is taken for a text


def test_texts_stand_between_tags_and_in_attributes_for_people() -> None:
    source = """
      {# a comment #}<!-- another -->
      <p class="lead" title="A title">One
         text with {{ a["value"] }}.{% if x > 1 %} More.{% endif %}</p>
      <input type="submit" value='Sign in' name="x"/><input value="not this">
      <img alt="A picture" src="{{ url("a/b") }}" {% block attrs %}data-x="no"{% endblock %} />
      <script>f(a < b ? "Hide it" : "Show it", "button", "fa fa-eye");</script>{{ only }} · 12
    """
    assert messages(source) == [
        "A title", 'One text with {{ a["value"] }}.', "More.", "Sign in", "A picture",
        "Hide it", "Show it",
    ]  # fmt: skip


def test_english_is_as_it_was_byte_for_byte() -> None:
    for path in STOCK.glob("*.html"):
        source = path.read_text()
        choice = r"{% if language\(\) == 'de' %}.*?{% else %}(.*?){% endif %}"
        english = re.sub(choice, r"\1", translated(source), flags=re.DOTALL)
        assert english.replace(" | upstream", "") == source, path.name


def test_a_translation_is_html_and_its_values_stay_code() -> None:
    made = translated("<h1>Accept sharing invitation</h1>")
    assert made == (
        "<h1>{% if language() == 'de' %}Einladung annehmen"
        "{% else %}Accept sharing invitation{% endif %}</h1>"
    )
    text = "You ({{ user.name }}) have been invited to access {{ owner.name }}'s server"
    assert "{{ owner.name }}" in translated(text).partition("{% else %}")[0]


def test_only_jupyterhubs_templates_are_upstreams() -> None:
    assert is_upstream(str(STOCK / "page.html"))
    assert not is_upstream(str(TEMPLATES / "page.html"))
    assert not is_upstream(None)


# --- what JupyterHub's Python says


def test_options_are_translated_and_their_values_kept() -> None:
    html = '<option value="3600">1 Hour</option>\n<option selected value="">Max (2 hours)</option>'
    said = value(html, GERMAN.gettext)
    assert said == html.replace("1 Hour", "1 Stunde")


# --- whole pages


PAGES: dict[str, Callable[[], str]] = {
    "login": login,
    "login refused": lambda: login(login_error="Login form invalid or expired. Try again."),
    "login elsewhere": lambda: login(login_service="GitLab"),
    "logout": lambda: render("logout.html", user=None),
    "tokens": token,
    "an application asks": oauth,
    "a share": share,
    "not found": lambda: error(404),
    "forbidden": lambda: error(403, "No access to resources or resources not found"),
    "unavailable": lambda: error(503, branding=FULL),
    "stopping": lambda: stopping(Server("advanced", pending="stop")),
}
SAME = {
    "JupyterHub", "Token", "OK", "English", "Deutsch", "Beta", "Documentation", "Privacy policy",
    "Slurm", "Privacy", "Jupyter @ Example", "Jupyter on the supercomputer.", "alice", "bob",
    "backup", "server", "read:users!user=alice", "/user/bob/advanced/", "advanced", "(advanced)",
    "2026-03-01T08:00:00Z",  # which a script says (test_frame_script.py)
}  # fmt: skip
"""What is the same in both languages: names and data."""


class Texts(HTMLParser):
    """What people read and hear of a page, each text by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._inside = ""
        self.feed(html)
        self.found = {" ".join(text.split()) for text in self.found}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        given = dict(attrs)
        names = ["title", "alt", "placeholder", "aria-label"]
        names += ["value"] if given.get("type") == "submit" else []
        self.found |= {given.get(name) or "" for name in names}

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.found.add(data)


@pytest.mark.parametrize("name", PAGES)
def test_no_text_of_a_page_is_left_in_english(name: str) -> None:
    with speaking("de"):
        german = Texts(PAGES[name]()).found
    left = {text for text in german & Texts(PAGES[name]()).found if re.search("[A-Za-z]", text)}
    assert left <= SAME


def test_data_that_reads_like_a_text_stays_as_it_is() -> None:
    client = SimpleNamespace(description="Authorize", redirect_uri="https://v.example.org/")
    with speaking("de"):
        page = parse(oauth(user=User("Home"), oauth_client=client))
    assert "Authorize (OAuth-URL: https://v.example.org/) möchte" in page.text


def test_a_title_of_a_dialog_is_translated_and_its_id_is_not() -> None:
    with speaking("de"):
        page = parse(error(404))
    assert page.one(id="error-dialog")
    assert page.one("h2", id="error-label").text == "Fehler"


def test_a_button_that_shows_the_password_says_so_in_german() -> None:
    with speaking("de"):
        html = login()
    assert '"Passwort verbergen" : "Passwort anzeigen"' in html

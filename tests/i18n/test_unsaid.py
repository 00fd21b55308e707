"""No text for people is outside of the catalogs; and what looks for such texts finds them."""

from pathlib import Path

import pytest

from tests.i18n.sources import ROOT, python_files, scripts, templates
from tests.i18n.unsaid import in_python, in_script, in_template, not_literal

FOR_USERS = [
    *sorted((ROOT / "hub_config/form").glob("*.py")),
    *(
        file
        for file in sorted((ROOT / "hub_config/pages").glob("*.py"))
        if file.name not in ("accounts.py", "events.py", "server.py")
    ),
    *(
        ROOT / "hub_config" / f"{name}.py"
        for name in (
            "arrival", "auth/page", "auth/pam", "cluster/autopsy", "cluster/reasons",
            "cluster/waiting", "cluster/words", "job", "model/offer", "model/reader",
            "model/resolve", "model/units", "refusal", "remembered", "runtime", "spawner",
        )
    ),
]  # fmt: skip
"""Modules whose sentences users read. What others say is for operators and programs: English."""


@pytest.mark.parametrize("file", templates(), ids=lambda file: str(file.relative_to(ROOT)))
def test_templates_say_all_of_their_text(file: Path) -> None:
    assert not in_template(file.read_text())


@pytest.mark.parametrize("file", FOR_USERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_sentences_for_users_are_said(file: Path) -> None:
    assert not in_python(file.read_text())


# JupyterHub's own admin page, for which admin.js is, is there in English only.
@pytest.mark.parametrize(
    "file", [f for f in scripts() if f.name != "admin.js"], ids=lambda file: file.name
)
def test_scripts_say_all_of_their_text(file: Path) -> None:
    assert not in_script(file.read_text())


def test_translators_see_every_message() -> None:
    hidden = {str(f): lines for f in python_files() if (lines := not_literal(f.read_text()))}
    assert not hidden


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{% trans %}Stop{% endtrans %}</p>", []),
        ("<p>Stop</p>", ["Stop"]),
        ("{% if x %}<p>Your server{% endif %}</p>", ["Your server"]),
        ('<a title="More"></a>', ["More"]),
        ('<a aria-label="{{ _("More") }}"></a>', []),
        ('<a data-busy="Stopping it"></a>', ["Stopping it"]),
        ('<a data-busy="name" class="btn big"></a>', []),
        ("<p>{{ 'Running' if x else 'idle' }}</p>", ["Running"]),
        ("{{ card('preset', 'Preset profiles') }}", ["Preset profiles"]),
        ("<p>{{ _('Running') }} – {{ x }} …</p>", []),
        ("{% trans name=user %}Hello {{ name }}{% endtrans %}", []),
        ("{% macro a() %}<p>Inside</p>{% endmacro %}", ["Inside"]),
        ('<main lang="en"><h1>Admin</h1></main><p>More</p>', ["More"]),
        ('<a href="{{ url }}?opt-x={{ y }}"></a>{{ url }}?opt-{{ x }}={{ y }}', []),
        ("<script>const someText = 1;</script><code>berth check</code>", []),
    ],
)
def test_text_outside_of_trans_is_found(source: str, found: list[str]) -> None:
    assert in_template(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = said("Your server ended.")', []),
        ('x = "Your server ended."', ["Your server ended."]),
        ('x = f"Your server {name} ended"', ["Your server "]),
        ('x = said("Your server {s}.", s="of the day")', ["of the day"]),
        ('self.log.info("Your server ended")', []),
        ('def f():\n    """Return this or that."""', []),
        ('x = "key-word"', []),
        ('x = {"Your server": said("Yours")}', []),
        ('x = y == "Your server"', []),
    ],
)
def test_sentences_that_are_not_said_are_found(source: str, found: list[str]) -> None:
    assert [text for _, text in in_python(source)] == found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("said('One {n}', n=x)", []),
        ("said(message)", [1]),
        ("said('One ' + name)", [1]),
        ("said(f'One {name}')", [1]),
        ("\nsaid_n('One', many, 2)", [2]),
        ("said_n('One', 'Two', count)", []),
    ],
)
def test_messages_that_translators_cannot_see_are_found(source: str, lines: list[int]) -> None:
    assert not_literal(source) == lines


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('title = t("Your server is ready");', []),
        ('title = "Your server is ready";', ["Your server is ready"]),
        ("t(`Ready ${name}`)", ["`Ready", "Ready ${name}"]),
        ("// It says nothing\nbyId('pane');", []),
        ("t(words)", ["t(words)"]),
    ],
)
def test_text_of_scripts_is_found(source: str, found: list[str]) -> None:
    result = in_script(source)
    assert len(result) == len(found)

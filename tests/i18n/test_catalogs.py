"""Every message is translated, once, where it belongs; and what finds that out sees each fault."""

import shutil
from pathlib import Path

import pytest

from hub_config.i18n.catalog import LANGUAGES, read_catalog
from tests.i18n import catalogs
from tests.i18n.catalogs import FOLDERS, outdated, problems, update
from tests.i18n.sources import Id, messages, room_of

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.mark.parametrize("folder", FOLDERS, ids=LANGUAGES[1:])
def test_every_message_is_translated(folder: Path) -> None:
    assert not list(outdated(folder))


def test_messages_of_all_kinds_are_found() -> None:
    kinds = {Path(message.file).suffix for message in messages()}
    assert kinds == {".py", ".html", ".js"}


@pytest.mark.parametrize(
    ("file", "room"),
    [
        ("templates/static/form.js", "scripts"),
        ("templates/options/preset.html", "form"),
        ("templates/options/tools.html", "memory"),
        ("hub_config/form/words.py", "model"),
        ("hub_config/form/cards.py", "form"),
        ("hub_config/cluster/reasons.py", "jobs"),
        ("templates/page.html", "frame"),
    ],
)
def test_a_file_has_a_room(file: str, room: str) -> None:
    assert room_of(file) == room


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ('msgid "Stop"\nmsgstr "Beenden"', ""),
        ('msgid "Stop"\nmsgstr ""', "no translation"),
        ('#, fuzzy\nmsgid "Stop"\nmsgstr "Beenden"', "fuzzy"),
        ('msgid "Job {job} waits."\nmsgstr "Der Job wartet."', "placeholders"),
        ('msgid "Job %(job)s waits."\nmsgstr "Job %(jbo)s wartet."', "placeholders"),
        ('msgid "Since {since:%H:%M}"\nmsgstr "Seit {since:%H.%M}"', ""),
        ('msgid "It waits."\nmsgstr "Er wartet"', "ends with '.'"),
        (
            'msgid "{n} job"\nmsgid_plural "{n} jobs"\nmsgstr[0] "{n} Job"\nmsgstr[1] "Jobs"',
            "other",
        ),
        ('msgid "One"\nmsgid_plural "{n} jobs"\nmsgstr[0] "Einer"\nmsgstr[1] "{n} Jobs"', ""),
        ('msgid "{n} job"\nmsgid_plural "{n} jobs"\nmsgstr[0] "{n} Job"\nmsgstr[1] ""', "no trans"),
    ],
)
def test_a_wrong_translation_is_found(tmp_path: Path, entry: str, wrong: str) -> None:
    file = tmp_path / "de" / "room.po"
    file.parent.mkdir()
    file.write_text(HEADER + entry + "\n")
    found = [p for e in read_catalog(file) if e.id for p in problems(e)]
    assert [wrong in problem for problem in found] == ([True] if wrong else [])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for German, while the sources say three messages in two rooms."""
    said: dict[Id, str] = {"Stop": "home", "Cancel": "jobs", ("{n} job", "{n} jobs"): "jobs"}
    monkeypatch.setattr(catalogs, "rooms", lambda: said)
    folder = tmp_path / "de"
    folder.mkdir()
    return folder


def test_new_messages_come_into_the_catalog_of_their_room(folder: Path) -> None:
    update(folder)
    assert {message.id for message in read_catalog(folder / "home.po") if message.id} == {"Stop"}
    assert len(list(outdated(folder))) == 3, "each lacks its translation"


def test_a_message_that_moved_takes_its_translation_along(folder: Path) -> None:
    (folder / "jobs.po").write_text(HEADER + 'msgid "Stop"\nmsgstr "Beenden"\n')
    assert any("jobs" in problem for problem in outdated(folder))
    update(folder)
    found = read_catalog(folder / "home.po").get("Stop")
    assert found is not None
    assert found.string == "Beenden"
    assert "Stop" not in read_catalog(folder / "jobs.po")


def test_what_nobody_says_goes_away(folder: Path) -> None:
    (folder / "home.po").write_text(HEADER + 'msgid "Gone"\nmsgstr "Fort"\n')
    assert any("nobody says 'Gone'" in problem for problem in outdated(folder))
    update(folder)
    assert "Gone" not in (folder / "home.po").read_text()


def test_a_message_in_two_catalogs_is_found_and_kept_once(folder: Path) -> None:
    for room in ("home", "jobs"):
        (folder / f"{room}.po").write_text(HEADER + 'msgid "Stop"\nmsgstr "Beenden"\n')
    assert any("is in home and jobs" in problem for problem in outdated(folder))
    update(folder)
    assert not any("Stop" in problem for problem in outdated(folder))


def test_catalogs_that_are_right_stay_as_they_are(folder: Path) -> None:
    (folder / "home.po").write_text(HEADER + '# a note\nmsgid "Stop"\nmsgstr   "Beenden"\n')
    update(folder)
    before = {path: path.read_text() for path in folder.iterdir()}
    assert 'msgstr   "Beenden"' in before[folder / "home.po"]
    update(folder)
    assert {path: path.read_text() for path in folder.iterdir()} == before


def test_jupyterhubs_own_texts_are_left_alone(folder: Path) -> None:
    text = HEADER + 'msgid "Sign in"\nmsgstr "Anmelden"\n'
    (folder / "upstream.po").write_text(text)
    update(folder)
    assert (folder / "upstream.po").read_text() == text
    assert not any("Sign in" in problem for problem in outdated(folder))


def test_no_message_is_lost_when_the_catalogs_are_written_anew(tmp_path: Path) -> None:
    for source in FOLDERS:
        folder = Path(shutil.copytree(source, tmp_path / source.name))
        update(folder)
        assert not list(outdated(folder))

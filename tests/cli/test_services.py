"""`berth services`: what our services are told, and that no secret is in it."""

import json
from pathlib import Path

import pytest

from hub_config.cli import main
from hub_config.model.told import Told
from tests.load.folders import PRESETS, SITE, write

SECRET = "postgresql://berth:hunter2@db.example.org/notes"
MORE = f"""\
services: {{notes: {{app: announcements}}, usage: {{app: usage}}}}
announcements: {{database: "{SECRET}", editors: {{users: [eve]}}}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a site whose announcements have a database elsewhere."""
    write(tmp_path, site=SITE + MORE, presets=PRESETS)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["services", *words]) == 0
    return capsys.readouterr().out


def test_it_is_what_the_services_read(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Told.model_validate_json(printed(capsys, str(site)))
    assert told.folder == str(site)
    assert [entry.name for entry in told.menu] == ["notes", "usage"]
    assert told.announcements.editors.users == ("eve",)
    assert printed(capsys, str(site / "site.yml")) == printed(capsys, str(site))


def test_it_holds_no_secret(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, str(site))
    assert "hunter2" not in text
    assert json.loads(text)["announcements"]["database"] == ""


@pytest.mark.parametrize(("name", "url"), [("notes", SECRET), ("usage", ""), ("other", "")])
def test_a_database_is_told_to_its_service_alone(
    name: str, url: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, str(site), "--database", name) == f"{url}\n"


def test_a_broken_site_is_told_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, site=f"{SITE}colour: red\n", presets=PRESETS)
    assert main(["services", str(tmp_path)]) == 1
    assert 'unknown key "colour"' in capsys.readouterr().out

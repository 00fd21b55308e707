import json
from pathlib import Path
from typing import Any

import pytest

from hub_config.auth.passwords import hash_of_nothing
from hub_config.cli import main
from tests.load.folders import ADVANCED, PRESETS, SITE, write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, site=SITE, presets=PRESETS, advanced=ADVANCED)
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    assert main(["show", "."]) == 0
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    return {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}


def settings(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["show", ".", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_every_setting_has_its_origin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = lines(capsys)
    assert rows["auth.method"] == ["pam", "site.yml:2"]
    assert rows["hub.listen"] == ["http://127.0.0.1:8081", "default"]
    assert rows["scheduler.timeout"] == ["00:00:30", "default"]
    assert rows["presets[shared-1].memory"] == ["2560M", "profiles.d/presets.yml:6"]
    assert rows["presets[shared-1].gpus"] == ["0", "default"]
    assert rows["advanced.partitions.shared.cores.max"] == ["48", "profiles.d/advanced.yml:4"]
    assert rows["advanced.fields"] == ["partition, cores, memory, walltime", "default"]


def test_what_is_not_set_is_in_the_json_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "presets[shared-1].account" not in lines(capsys)
    assert settings(capsys)["presets[shared-1].account"] == {"value": None, "origin": "default"}


def test_a_default_that_is_written_has_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, site=SITE + "hub:\n  named_servers: 4\nbranding:\n  links: []\n")
    assert lines(capsys)["hub.named_servers"] == ["4", "site.yml:6"]
    assert lines(capsys)["branding.links"] == ["[]", "site.yml:8"]


def test_the_whole_site_survives_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = settings(capsys)
    assert found["advanced.partitions.shared.walltime.max"]["value"] == "12:00:00"
    assert found["applications.lab.title"] == {"value": "JupyterLab", "origin": "default"}


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize(
    ("database", "shown"),
    [
        ("postgresql://berth:hunter2@db/berth", "postgresql://berth:********@db/berth"),
        ("postgresql://berth:hunter2/@:x@db/b", "postgresql://berth:********@db/b"),
        ("postgresql://berth@db/berth", "postgresql://berth@db/berth"),
        ("sqlite:////var/lib/x.sqlite", "sqlite:////var/lib/x.sqlite"),
        ("mysql://db/b?user=a&password=hunter2&x=1", "mysql://db/b?user=a&password=********&x=1"),
        ("mysql://db/b?ssl_key_password=hunter2", "mysql://db/b?ssl_key_password=********"),
    ],
)
def test_passwords_in_a_database_url_are_masked(
    database: str, shown: str, option: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, site=SITE + f"hub: {{database: '{database}'}}\n")
    assert main(["show", ".", *option]) == 0
    printed = capsys.readouterr().out
    assert shown in printed
    assert "hunter2" not in printed


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["table", "json"])
def test_password_hashes_are_masked(
    option: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = hash_of_nothing()
    write(folder, site=SITE.replace("pam", f"dictionary\n  passwords: {{alice: {stored}}}"))
    assert main(["show", "site.yml", *option]) == 0
    printed = capsys.readouterr().out
    assert "auth.passwords.alice" in printed
    assert "scrypt" not in printed


def test_a_broken_site_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, presets="presets: [a")
    assert main(["show", "."]) == 1
    assert capsys.readouterr().out == (
        "profiles.d/presets.yml:1:10  has a bracket that is never closed — close it\n"
    )

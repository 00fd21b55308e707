"""What the documentation shows of services works: settings, files, commands."""

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hub_config.bulletin import read
from hub_config.cli import parser
from hub_config.load import load_site
from tests.support.hubs import deep_merge

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("services", "announcements", "accounts", "usage")
SITE = {"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^[#$] (berth .*)$", re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    return [body for kind, body in _BLOCK.findall(text) if kind == language]


SETTINGS = [(page, text) for page in PAGES for text in blocks(page, "yaml")]
FILES = blocks("announcements", "markdown")
COMMANDS = [line for page in ("announcements", "operations") for block in blocks(page, "")
            for line in _COMMAND.findall(block)]  # fmt: skip


@pytest.mark.parametrize(("page", "text"), SETTINGS, ids=[page for page, _ in SETTINGS])
def test_settings_are_taken(page: str, text: str, tmp_path: Path) -> None:
    yaml = YAML()
    whole = deep_merge(SITE, yaml.load(text))
    with (tmp_path / "site.yml").open("w") as file:
        yaml.dump(whole, file)
    assert load_site(tmp_path / "site.yml").model_fields_set > {"auth", "scheduler"}, page


@pytest.mark.parametrize("text", FILES, ids=range(len(FILES)))
def test_files_are_taken(text: str, tmp_path: Path) -> None:
    (tmp_path / "shown.md").write_text(text)
    assert read(tmp_path / "shown.md").text


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    assert parser().parse_args(shlex.split(line)[1:]).module


def test_nothing_is_overlooked() -> None:
    assert len(SETTINGS) >= 8
    assert len(FILES) == 3
    assert len(COMMANDS) >= 6

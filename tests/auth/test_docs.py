"""docs/auth.md says what is so: its examples load, its figures are those of the code."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hub_config.auth import door, ldap, ldapservers, limits, page, turnstile
from hub_config.auth.ldappassword import CREDENTIAL
from hub_config.auth.names import USERNAME
from hub_config.auth.passwords import parse
from hub_config.auth.protocol import Why
from hub_config.load import load_site
from hub_config.model.login import LdapAuth

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "auth.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(
    ("number", "method"), [(0, "dictionary"), (1, "pam"), (2, "ldap"), (3, "ldap")]
)
def test_the_examples_are_valid_sites(number: int, method: str, tmp_path: Path) -> None:
    yaml = YAML()
    site = yaml.load(ROOT / "examples" / "dkrz" / "site.yml")
    yaml.dump(site | yaml.load(EXAMPLES[number]), tmp_path / "site.yml")
    assert load_site(tmp_path / "site.yml", parse).auth.method == method


@pytest.mark.parametrize("why", [*page._MESSAGES])
def test_the_pages_are_listed_with_their_status(why: Why) -> None:
    status, message = page._MESSAGES[why]
    row = re.search(rf"^\| {re.escape(message.split('. ')[0])}\. \| (\d+) \|", TEXT, re.MULTILINE)
    assert row
    assert int(row[1]) == status


def test_the_figures_are_those_of_the_code() -> None:
    rates = (limits.PER_USER_AND_SOURCE, limits.PER_USER, limits.PER_SOURCE)
    told = [f"({rate.burst}, then one per {rate.seconds:g} s" for rate in rates]
    told += [f"{turnstile.MAX_WAITING} waiting", f"`{USERNAME.pattern}`", page.INVALID]
    assert not [words for words in told if words not in re.sub(r"\s+", " ", TEXT)]
    assert (door.THREADS, door.FAILURE_SECONDS) == (8, 2)  # in words there


def test_the_figures_of_the_directory_are_those_of_the_code() -> None:
    text = re.sub(r"\s+", " ", TEXT)
    fields = LdapAuth.model_fields
    assert f"every `recheck` ({fields['recheck'].default // 60} min)" in text
    assert f"`keep_sessions` ({fields['keep_sessions'].default // 3600} h)" in text
    assert f"`timeout` ({fields['timeout'].default} s)" in text
    assert f"after all others for {ldapservers.REST_SECONDS:g} s" in text
    assert f"`{CREDENTIAL}`" in text
    assert ldap.FAILURE_SECONDS == 2  # in words there


def test_every_option_of_the_program_is_explained() -> None:
    options = {text for action in door._parser()._actions for text in action.option_strings}
    for option in options - {"-h", "--help"}:
        assert f"`{option}`" in TEXT or f"berth-auth {option} " in TEXT

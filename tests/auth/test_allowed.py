"""Who may log in is what site.yml says now, for every method."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.layers import auth
from hub_config.load import load_site


def authenticator(folder: Path, allowed: str) -> DictionaryAuthenticator:
    """Return the authenticator of a site, after JupyterHub has shown it whom it knows."""
    file, config = folder / "site.yml", Config()
    file.write_text(
        f"auth: {{method: dictionary, passwords: {{ann: x, eve: x}}{allowed}}}\n"
        "scheduler: {type: local}\n"
    )
    auth.apply(config, load_site(file))
    config.DictionaryAuthenticator.passwords = {}
    made = DictionaryAuthenticator(config=config)
    made.add_user(SimpleNamespace(name="eve"))
    return made


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [("", True), (", allowed_users: [ann, eve]", True), (", allowed_users: [ann]", False),
     (", allowed_users: []", False)],
)  # fmt: skip
def test_who_is_not_named_any_more_is_out(tmp_path: Path, allowed: str, expected: bool) -> None:
    assert authenticator(tmp_path, allowed).check_allowed("eve") is expected

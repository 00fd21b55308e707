"""Going back to a release that refuses the settings of today: it gets those it worked with."""

import hashlib
import stat
from collections.abc import Iterator

import pytest

from hub_config.ops import archive, settings
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB
from hub_config.ops.release import pointed
from tests.ops.machine import ONE, Machine

pytestmark = pytest.mark.hub

TWO = "two-22222222"
DIES = "raise SystemExit('this hub cannot start')\n"
NEW_KEY = "\nservices: {}\n"
OLDER = """
from pydantic import model_validator as _model_validator
class Site(Site):
    @_model_validator(mode="before")
    @classmethod
    def _older(cls, value):
        if "services" in value:
            raise ValueError('unknown key "services"')
        return value
"""


@pytest.fixture
def older(machine: Machine) -> Iterator[Machine]:
    """Release one, which runs, does not know the key ``services``; its settings are kept."""
    [model] = (machine.layout.releases / ONE).glob(
        "hub/lib/python*/site-packages/hub_config/model/site.py"
    )
    text = model.read_text()
    model.write_text(text + OLDER)
    yield machine
    model.write_text(text)


def edit(machine: Machine) -> str:
    """Bring a site.yml with a key that only the newer release knows, as the playbook does."""
    site = machine.layout.site
    before = site.read_text()
    site.write_text(before + NEW_KEY)
    machine.layout.deployed.parent.mkdir(parents=True, exist_ok=True)
    machine.layout.deployed.write_text(
        f"{hashlib.sha256(site.read_bytes()).hexdigest()}  site.yml\n"
    )
    return before


def refused(machine: Machine) -> list[str]:
    return [p.joinpath("site.yml").read_text() for p in machine.layout.settings.glob("refused-*")]


def test_a_bad_upgrade_gives_the_old_release_its_settings_again(older: Machine) -> None:
    before = edit(older)
    older.release(TWO, break_hub=DIES)
    with pytest.raises(Failed, match=f"{ONE} runs again"):
        older.switch(patience=8).activate(TWO)
    assert older.units.main_pid(HUB)
    assert older.layout.site.read_text() == before
    assert refused(older) == [before + NEW_KEY]
    assert any(f"cp -a {older.layout.settings}/refused-" in line for line in older.said)
    digest = hashlib.sha256(before.encode()).hexdigest()
    assert f"{digest}  site.yml\n" in older.layout.deployed.read_text(), "no edit by hand"


def test_a_rollback_changes_settings_only_if_it_must(older: Machine) -> None:
    before = edit(older)
    older.release(TWO)
    older.switch().activate(TWO)
    assert older.layout.site.read_text() == before + NEW_KEY
    kept = older.layout.settings / f"{ONE}.tar.gz"
    text = kept.read_bytes()
    kept.unlink()
    pid = older.units.main_pid(HUB)
    with pytest.raises(Failed, match=r'unknown key "services"(.|\n)*none that it took are kept'):
        older.switch().rollback()
    assert older.units.main_pid(HUB) == pid, "nothing was stopped"
    kept.write_bytes(text)
    older.switch().rollback()
    assert (pointed(older.layout.current), older.layout.site.read_text()) == (ONE, before)
    older.switch().activate(TWO)
    assert older.layout.site.read_text() == before, "understood, so left alone"
    assert len(refused(older)) == 1


def test_a_rollback_that_fails_brings_the_settings_of_now_again(older: Machine) -> None:
    before = edit(older)
    older.release(TWO)
    older.switch().activate(TWO)
    [app] = (older.layout.releases / ONE).glob("hub/lib/python*/site-packages/hub_config/app.py")
    text = app.read_text()
    app.write_text(DIES + text)
    try:
        with pytest.raises(Failed, match=f"{TWO} runs again"):
            older.switch(patience=8).rollback()
    finally:
        app.write_text(text)
    assert older.layout.site.read_text() == before + NEW_KEY


def test_what_is_kept_is_for_root_and_holds_no_secret(bare: Machine) -> None:
    bare.layout.etc.joinpath("agent.toml").write_text("scheduler = 'local'\n")
    settings.keep(bare.layout, ONE)
    file = bare.layout.settings / f"{ONE}.tar.gz"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(bare.layout.settings.stat().st_mode) == 0o700
    names = set(archive.unpack(file).files)
    assert {"site.yml", "agent.toml"} <= names
    assert not [name for name in names if name.startswith("secrets")]
    made = file.stat().st_ino
    settings.keep(bare.layout, ONE)
    assert file.stat().st_ino == made, "unchanged, so not written"

"""Real files, edited as editors and tools edit them."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.store import ProfileStore
from hub_config.yaml12 import BadConfig
from tests.load.folders import ADVANCED, PRESETS, write
from tests.load.nobody import as_nobody

SITE = Site.model_validate({"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}})


@pytest.fixture
def folder(readable_folder: Path) -> Path:
    write(readable_folder, presets=PRESETS, advanced=ADVANCED)
    return readable_folder / "profiles.d"


@pytest.fixture
def store(folder: Path) -> ProfileStore:
    """A store that has already read good profiles."""
    found = ProfileStore(folder, SITE)
    assert ids(found.current()) == ["shared-1"]
    return found


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, "berth.profiles"):
        yield caplog


def ids(profiles: Profiles) -> list[str]:
    return [preset.id for preset in profiles.presets]


def replace(file: Path, text: str) -> None:
    """Write a new file in the old one's place, as editors and ansible do."""
    new = file.with_name(file.name + ".new")
    new.write_text(text, "utf-8")
    new.replace(file)


def test_what_did_not_change_is_not_read_again(
    store: ProfileStore, log: pytest.LogCaptureFixture
) -> None:
    first = store.current()
    assert store.current() is first
    assert log.records == []


def test_an_edit_in_place_is_live(store: ProfileStore, folder: Path) -> None:
    (folder / "presets.yml").write_text(PRESETS.replace("shared-1", "shared-22"))
    assert ids(store.current()) == ["shared-22"]


def test_a_replaced_file_is_live(store: ProfileStore, folder: Path) -> None:
    before = (folder / "presets.yml").stat()
    replace(folder / "presets.yml", PRESETS.replace("shared-1", "shared-2"))
    # As large and as old as before, as `cp --preserve` and `mv` would leave it.
    os.utime(folder / "presets.yml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ids(store.current()) == ["shared-2"]


def test_an_added_file_is_live(store: ProfileStore, folder: Path) -> None:
    write(folder.parent, more=PRESETS.replace("shared-1", "shared-2"))
    assert ids(store.current()) == ["shared-2", "shared-1"]


def test_a_removed_file_is_gone(store: ProfileStore, folder: Path) -> None:
    (folder / "presets.yml").unlink()
    assert ids(store.current()) == []
    assert store.problems == []


def test_a_renamed_file_changes_the_order(store: ProfileStore, folder: Path) -> None:
    write(folder.parent, more=PRESETS.replace("shared-1", "shared-2"))
    assert ids(store.current()) == ["shared-2", "shared-1"]
    (folder / "more.yml").rename(folder / "zone.yml")
    assert ids(store.current()) == ["shared-1", "shared-2"]


def test_left_overs_of_editors_change_nothing(store: ProfileStore, folder: Path) -> None:
    first = store.current()
    (folder / ".presets.yml.swp").write_text("x")
    assert store.current() is first


def test_a_link_that_is_turned_is_an_edit(store: ProfileStore, folder: Path) -> None:
    for name in ("a", "b"):
        (folder.parent / name).write_text(PRESETS.replace("shared-1", name))
    (folder / "presets.yml").unlink()
    (folder / "presets.yml").symlink_to(folder.parent / "a")
    assert ids(store.current()) == ["a"]
    (folder / "new").symlink_to(folder.parent / "b")
    (folder / "new").replace(folder / "presets.yml")
    assert ids(store.current()) == ["b"]


BROKEN = {
    "syntax": PRESETS + "x",
    "value": PRESETS.replace("2560M", "2560"),
    "empty": "",
    "partition": PRESETS.replace("partition: shared", "partition: gone"),
    "id-twice": PRESETS + PRESETS.partition("\n")[2],
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_edit_is_never_live(
    mistake: str, store: ProfileStore, folder: Path, log: pytest.LogCaptureFixture
) -> None:
    first = store.current()
    (folder / "presets.yml").write_text(BROKEN[mistake])
    for _ in range(3):
        assert store.current() is first
    assert {problem.file for problem in store.problems} == {str(folder / "presets.yml")}
    [record] = log.records  # once, however often it was asked
    assert record.levelname == "ERROR"
    assert "keeping the last good ones" in record.message
    assert str(store.problems[0]) in record.message


def test_another_mistake_is_logged_again(
    store: ProfileStore, folder: Path, log: pytest.LogCaptureFixture
) -> None:
    for text in (PRESETS.replace("2560M", "2560"), PRESETS.replace("12h", "12:00 o'clock")):
        (folder / "presets.yml").write_text(text)
        store.current()
    assert len(log.records) == 2


def test_a_repaired_file_is_live_and_clears_the_problems(
    store: ProfileStore, folder: Path, log: pytest.LogCaptureFixture
) -> None:
    (folder / "presets.yml").write_text("presets: [")
    store.current()
    replace(folder / "presets.yml", PRESETS.replace("shared-1", "shared-2"))
    assert ids(store.current()) == ["shared-2"]
    assert store.problems == []
    assert [record.levelname for record in log.records] == ["ERROR", "INFO"]


def test_the_old_text_put_back_clears_the_problems(store: ProfileStore, folder: Path) -> None:
    (folder / "presets.yml").write_text("presets: [")
    store.current()
    (folder / "presets.yml").write_text(PRESETS)
    assert ids(store.current()) == ["shared-1"]
    assert store.problems == []


def test_a_file_that_cannot_be_read_is_a_broken_edit(store: ProfileStore, folder: Path) -> None:
    first = store.current()
    (folder / "presets.yml").chmod(0)
    with as_nobody():
        assert store.current() is first
        assert "cannot be read (Permission denied)" in store.problems[0].message
    (folder / "presets.yml").chmod(0o644)
    with as_nobody():
        assert ids(store.current()) == ["shared-1"]
        assert store.problems == []


def test_a_folder_that_goes_away_is_a_broken_edit(store: ProfileStore, folder: Path) -> None:
    first = store.current()
    folder.rename(folder.with_name("elsewhere"))
    assert store.current() is first
    assert "cannot be listed (No such file or directory)" in store.problems[0].message
    folder.with_name("elsewhere").rename(folder)
    store.current()
    assert store.problems == []


def test_without_any_good_profiles_there_is_nothing_to_return(
    folder: Path, log: pytest.LogCaptureFixture
) -> None:
    (folder / "presets.yml").write_text("presets: [")
    found = ProfileStore(folder, SITE)
    for _ in range(2):
        with pytest.raises(BadConfig, match="has a bracket that is never closed"):
            found.current()
    assert [record.message.count("there are no others") for record in log.records] == [1]
    replace(folder / "presets.yml", PRESETS)
    assert ids(found.current()) == ["shared-1"]


def test_an_application_of_the_site_is_asked_for(store: ProfileStore, folder: Path) -> None:
    (folder / "presets.yml").write_text(PRESETS + "    application: rstudio\n")
    store.current()
    assert '"rstudio" is not among the applications' in store.problems[0].message

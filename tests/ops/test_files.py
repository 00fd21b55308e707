"""Files that are there whole or not at all, and links that are turned in one step."""

import os
import stat
from pathlib import Path

import pytest

from hub_config.files import write
from hub_config.ops.files import private_folder, turn


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o644)
    write(path, b"new", mode=0o640)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)  # a disk that is full cannot be had otherwise
    with pytest.raises(OSError, match="No space left"):
        write(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("old")
    (tmp_path / "x").symlink_to("victim")
    write(tmp_path / "x", b"new")
    assert (tmp_path / "victim").read_text() == "old"
    assert not (tmp_path / "x").is_symlink()


def test_a_link_is_turned_and_taken_away(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "releases" / name).mkdir(parents=True)
    link = tmp_path / "current"
    for name in ("a", "b"):
        turn(link, tmp_path / "releases" / name)
        assert str(link.readlink()) == f"releases/{name}"
    turn(link, None)
    turn(link, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["releases"]


def test_a_private_folder_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "x" / "y"
    folder.mkdir(parents=True, mode=0o755)
    assert stat.S_IMODE(private_folder(folder).stat().st_mode) == 0o700

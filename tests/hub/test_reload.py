"""Edits of profiles.d under a running hub, good and bad, and who is told what of them."""

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from hub_config.cli import main
from tests.hub.room import Room, running
from tests.support.hubs import ROOT, Visitor, until

BROKEN = ROOT / "tests" / "fixtures" / "broken_yaml"
CORPUS = sorted(path for path in BROKEN.glob("*.yml") if "-site-" not in path.name)
SECONDS = 60.0
"""A guard against a hang: the hub looks once a second, on a machine that may be busy."""


@pytest.fixture(scope="module")
def edited() -> Iterator[Room]:
    """One hub for all edits; its process must outlive them."""
    with running({}) as room:
        yield room


@pytest.fixture(scope="module")
def people(edited: Room) -> Iterator[dict[str, Visitor]]:
    """Ann, an admin, and ben."""
    people = {name: edited.visitor(name) for name in ("ann", "ben")}
    yield people
    for visitor in people.values():
        visitor.close()


def folder(room: Room) -> Path:
    return room.folder / "profiles.d"


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


def offered(visitor: Visitor) -> set[str]:
    page = text(visitor, f"/hub/spawn/{visitor.name}/form")
    return set(re.findall(r'name="profile"\s+value="([^"]+)"', page))


def check(room: Room, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Return what `berth check` says of the folder on the disk."""
    code = main(["check", str(room.folder)])
    return code, capsys.readouterr().out.splitlines()


@pytest.fixture
def kept(edited: Room) -> Iterator[Room]:
    """The hub, its profiles put back and live again at the end."""
    saved = {path.name: path.read_bytes() for path in folder(edited).iterdir()}
    yield edited
    for path in folder(edited).iterdir():
        path.unlink()
    for name, data in saved.items():
        (folder(edited) / name).write_bytes(data)
    assert main(["reload", str(edited.folder)]) == 0


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60


def test_no_broken_edit_is_ever_live(
    kept: Room, people: dict[str, Visitor], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file of the corpus, one after the other, on one hub."""
    before, process = offered(people["ben"]), kept.hub.process
    assert process is not None
    victim = folder(kept) / "zz-edit.yml"
    for broken in CORPUS:
        seen = len(kept.hub.log())
        shutil.copy(broken, victim)
        code, said = check(kept, capsys)
        assert code == 1, broken.name
        places = [line.split("  ")[0] for line in said]
        until(lambda: places[0] in kept.hub.log()[seen:], f"{broken.name} in the log", SECONDS)  # noqa: B023
        admin = text(people["ann"], "/hub/admin")
        for place in places[:20]:
            assert place in admin, broken.name
        assert offered(people["ben"]) == before, broken.name
    assert process.poll() is None
    assert kept.hub.process is process
    victim.unlink()
    until(lambda: "cannot be used" not in text(people["ann"], "/hub/admin"), "all well", SECONDS)


def test_a_good_edit_is_live_without_anybody_looking(kept: Room) -> None:
    seen = len(kept.hub.log())
    file = folder(kept) / "tests.yml"
    file.write_text(file.read_text().replace("title: Small,", "title: Quite small,"))
    until(lambda: "Profiles read from" in kept.hub.log()[seen:], "the edit read", SECONDS)


@pytest.mark.parametrize("page", ["/hub/admin", "/hub/home"])
def test_admins_see_place_and_cure_and_others_nothing(
    kept: Room, people: dict[str, Visitor], page: str
) -> None:
    (folder(kept) / "zz-edit.yml").write_text("presets:\n  - {id: x, titel: X}\n")
    place = f"{folder(kept) / 'zz-edit.yml'}:2:13"
    until(lambda: place in text(people["ann"], page), "the banner", SECONDS)
    shown = text(people["ann"], page)
    assert 'did you mean "title"?' in shown
    assert re.search(r"last good ones, read\s+<time datetime=\"20\d\d-", shown)
    assert "zz-edit.yml" not in people["ben"].get("/hub/home").text
    assert people["ben"].get("/hub/admin").status_code == 403


def test_what_a_file_holds_is_text_on_the_page(kept: Room, people: dict[str, Visitor]) -> None:
    (folder(kept) / "zz-edit.yml").write_text("'<script>alert(1)</script>': 1\n")
    raw = until(lambda: _with(people["ann"], "zz-edit.yml"), "the banner", SECONDS)
    assert "<script>alert(1)" not in raw
    assert "&lt;script&gt;alert(1)" in raw


def _with(visitor: Visitor, words: str) -> str:
    page = visitor.get("/hub/admin").text
    return page if words in page else ""


def test_many_mistakes_are_not_all_on_the_page(kept: Room, people: dict[str, Visitor]) -> None:
    lines = "".join(f"  - {{id: x{n}, titel: X}}\n" for n in range(40))
    (folder(kept) / "zz-edit.yml").write_text(f"presets:\n{lines}")
    page = until(lambda: _with(people["ann"], "zz-edit.yml:6:"), "the banner", SECONDS)
    assert page.count("<code>") == 21
    assert re.search(r" and \d+ more\.", page)


# --- berth reload


def test_reload_waits_until_the_edit_is_live(
    kept: Room, people: dict[str, Visitor], capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder(kept) / "zz-edit.yml"
    file.write_text(
        "presets:\n  - {id: new, title: New, partition: local, memory: 1G, walltime: 1h}\n"
    )
    assert main(["reload", str(kept.folder)]) == 0
    assert "live: 8 presets" in capsys.readouterr().out
    assert "new" in offered(people["ben"])


def test_reload_of_a_broken_edit_is_check(kept: Room, capsys: pytest.CaptureFixture[str]) -> None:
    (folder(kept) / "zz-edit.yml").write_text("presets: [")
    _, said = check(kept, capsys)
    assert main(["reload", str(kept.folder)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed == [*said, "the hub goes on with the last good profiles"]


def test_reload_says_that_site_yml_needs_a_restart(
    kept: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    site = kept.folder / "site.yml"
    before = site.read_text()
    site.write_text(f"{before}\n# edited\n")
    assert main(["reload", str(kept.folder)]) == 0
    assert "systemctl restart berth-hub" in capsys.readouterr().out
    site.write_text(before)


def test_reload_of_another_folder_than_the_hubs(
    kept: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folder(kept), tmp_path / "profiles.d")
    shutil.copy(kept.folder / "site.yml", tmp_path)
    (tmp_path / "profiles.d" / "more.yml").write_text("presets: []\n")
    assert main(["reload", str(tmp_path)]) == 1
    assert "does it read another folder?" in capsys.readouterr().out


def test_reload_of_a_file_that_only_root_can_read(
    kept: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    if kept.account.prefix:  # else the hub is who edits, and reads what it likes
        file = folder(kept) / "zz-edit.yml"
        file.touch(0o600)
        file.write_text("presets: []\n")
        assert main(["reload", str(kept.folder)]) == 1
        assert "can the hub's user read each file?" in capsys.readouterr().out
    else:
        (folder(kept) / "zz-edit.yml").touch(0)
        assert main(["reload", str(kept.folder)]) == 1
        assert "cannot be read" in capsys.readouterr().out

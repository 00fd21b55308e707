"""Which releases there are, and which may go. No hub is needed for that."""

import json
import os
import time
from pathlib import Path

import pytest

from hub_config.cli import main
from hub_config.model.profiles import Profiles
from hub_config.ops import release
from hub_config.ops.failure import Failed
from hub_config.ops.files import locked, turn
from hub_config.ops.layout import Layout
from hub_config.ops.release import DAY, LONGEST, SHORTEST

OLD = 100 * DAY
PRESET = {"id": "a", "title": "A", "partition": "p", "memory": "1G", "walltime": "12h"}
HOURS = Profiles.model_validate({"presets": (PRESET,)})
WEEKS = Profiles.model_validate({"advanced": {"partitions": {"p": {"walltime": {"max": "14d"}}}}})
OPEN = Profiles.model_validate({"advanced": {"partitions": {"p": {}}}})


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Releases r1 (the oldest) to r6, r6 current and r5 previous, none used for long."""
    layout = Layout(tmp_path)
    for number in range(1, 7):
        install(layout, f"r{number}", OLD + 10 - number)
    turn(layout.current, layout.releases / "r6")
    turn(layout.previous, layout.releases / "r5")
    return layout


def install(layout: Layout, name: str, age: float) -> None:
    folder = layout.releases / name
    user = layout.root / "srv" / "berth" / "releases" / name
    for path in (folder / "hub", user):
        path.mkdir(parents=True)
    file = folder / "release.json"
    said = {"release": name, "version": "1", "user": f"/srv/berth/releases/{name}"}
    file.write_text(json.dumps(said))
    then = time.time() - age
    os.utime(file, (then, then))


def left(layout: Layout) -> tuple[set[str], set[str]]:
    users = (layout.root / "srv" / "berth" / "releases").iterdir()
    return {p.name for p in layout.releases.iterdir()}, {p.name for p in users}


def used(layout: Layout, name: str, age: float) -> None:
    line = json.dumps({"time": time.time() - age, "from": name, "to": "r6"})
    with layout.history.open("a") as history:
        history.write(f"{line}\n")


def test_the_newest_the_current_and_the_previous_stay(layout: Layout) -> None:
    layout.settings.mkdir(parents=True)
    for number in range(1, 7):
        layout.kept(f"r{number}").touch()
    said = list(release.prune(layout, 1, HOURS))
    assert {path.name[:2] for path in layout.settings.iterdir()} == {"r4", "r5", "r6"}
    assert said == ["removed r3", "removed r2", "removed r1"]
    assert left(layout) == ({"r4", "r5", "r6"}, {"r4", "r5", "r6"})


def test_the_previous_stays_though_it_is_the_oldest(layout: Layout) -> None:
    turn(layout.previous, layout.releases / "r1")
    list(release.prune(layout, 0, HOURS))
    assert left(layout)[0] == {"r1", "r6"}


def test_what_jobs_may_still_run_from_stays(layout: Layout) -> None:
    used(layout, "r2", SHORTEST - DAY)
    used(layout, "r3", SHORTEST + DAY)
    said = list(release.prune(layout, 0, HOURS))
    assert left(layout)[0] == {"r2", "r5", "r6"}
    assert "kept r2: servers may still run from it, for 1.0 days at most" in said


def test_a_switch_under_way_holds_both(layout: Layout) -> None:
    layout.attempt.write_text(json.dumps({"from": "r1", "to": "r2"}))
    list(release.prune(layout, 0, HOURS))
    assert left(layout)[0] == {"r1", "r2", "r5", "r6"}


@pytest.mark.parametrize(
    ("profiles", "seconds"),
    [(HOURS, SHORTEST), (WEEKS, 15 * DAY), (OPEN, LONGEST + DAY), (None, LONGEST)],
    ids=["hours", "weeks", "open", "unreadable"],
)
def test_how_long_a_job_may_run(profiles: Profiles | None, seconds: float) -> None:
    assert release.longest(profiles) == seconds


def test_an_unfinished_release_is_none(layout: Layout) -> None:
    (layout.releases / "half").mkdir()
    assert "half" not in [found.name for found in release.installed(layout)]
    with pytest.raises(Failed, match="the installed releases are: r6, r5"):
        release.read(layout, "half")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"release": "r9", "version": "1", "user": "/srv/releases/r9"}',
        '{"release": "r1", "version": "1", "user": "/home"}',
        '{"release": "r1", "version": "1", "user": "relative"}',
    ],
)  # fmt: skip
def test_a_note_that_cannot_be_trusted(layout: Layout, text: str) -> None:
    (layout.releases / "r1" / "release.json").write_text(text)
    with pytest.raises(Failed, match="again"):
        release.read(layout, "r1")


def test_the_list(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "list", "--root", str(layout.root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["r6", "r5", "r4", "r3", "r2", "r1"]
    assert lines[0].endswith("  current")
    assert lines[1].endswith("  previous")


def test_two_at_once_are_refused(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(layout.lock):
        assert main(["release", "prune", "--root", str(layout.root)]) == 1
    assert "another switch or restore is under way" in capsys.readouterr().out
    assert main(["release", "prune", "--root", str(layout.root)]) == 0


def test_activate_wants_a_name(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "activate", "--root", str(layout.root)]) == 2
    assert "name a release" in capsys.readouterr().out


def test_links_are_relative_within_a_folder(layout: Layout) -> None:
    assert str(layout.current.readlink()) == "releases/r6"
    assert main(["release", "list", "--root", str(layout.root)]) == 0

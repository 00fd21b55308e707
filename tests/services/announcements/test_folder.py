"""An edit of announcements.d is there at the next look; a broken file never takes anything down."""

import os
from pathlib import Path

import pytest

from hub_config.bulletin import read
from services.announcements.entry import Body
from services.announcements.folder import LOOK, Folder

GOOD = "---\nseverity: {severity}\n---\n{text}\n"


class Room:
    """A folder beside a site.yml, and a clock that a test moves."""

    def __init__(self, beside: Path) -> None:
        self.path = beside / "announcements.d"
        self.path.mkdir()
        self.now = 0.0
        self.folder = Folder(beside, lambda: self.now)

    def write(self, name: str, text: str = "Text", severity: str = "info") -> None:
        self.path.joinpath(name).write_text(GOOD.format(severity=severity, text=text))

    def look(self) -> dict[str, str | None]:
        """Return the texts by file, as of a look that is new."""
        self.now += LOOK
        return {entry.id: entry.body.text for entry in self.folder.entries()}

    @property
    def problems(self) -> list[str]:
        return [str(problem) for problem in self.folder.problems]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_files_are_there_and_gone_at_the_next_look(room: Room) -> None:
    assert room.look() == {}
    room.write("b.md", "two")
    room.write("a.md", "one")
    assert room.look() == {"a.md": "one", "b.md": "two"}, "in the order of their names"
    room.write("a.md", "one more")
    assert room.look() == {"a.md": "one more", "b.md": "two"}
    room.path.joinpath("a.md").rename(room.path / "c.md")
    assert room.look() == {"b.md": "two", "c.md": "one more"}
    room.path.joinpath("b.md").unlink()
    assert room.look() == {"c.md": "one more"}
    assert room.problems == []


def test_a_look_is_good_for_a_second(room: Room) -> None:
    assert room.look() == {}
    room.write("a.md")
    assert room.folder.entries() == []
    room.now += LOOK
    assert len(room.folder.entries()) == 1


def test_what_is_no_announcement_is_left_alone(room: Room) -> None:
    for name in (".hidden.md", "a.md~", "#a.md#", "README.txt", ".a.md.swp"):
        room.write(name, "no", "nonsense")
    assert (room.look(), room.problems) == ({}, [])


def test_a_broken_file_leaves_what_it_said_before(room: Room) -> None:
    room.write("a.md", "good")
    room.write("b.md", "other")
    assert room.look() == {"a.md": "good", "b.md": "other"}
    room.write("a.md", "bad", "hot")
    room.write("b.md", "other two")
    assert room.look() == {"a.md": "good", "b.md": "other two"}, "the others go on"
    (problem,) = room.problems
    assert problem.startswith('announcements.d/a.md:2:11  severity: "hot" is not known here — ')
    room.write("a.md", "better")
    assert room.look() == {"a.md": "better", "b.md": "other two"}
    assert room.problems == []


def test_a_broken_file_that_goes_takes_its_problem_and_its_text(room: Room) -> None:
    room.write("a.md", "good")
    room.look()
    room.write("a.md", "bad", "hot")
    room.look()
    room.path.joinpath("a.md").unlink()
    assert (room.look(), room.problems) == ({}, [])


BROKEN = (
    (
        "",
        "1:1  has no front matter — begin with a line ---, then one `key: value` a line, "
        "then another line ---",
    ),
    (
        "no front matter",
        "1:1  has no front matter — begin with a line ---, then one `key: value` a line, "
        "then another line ---",
    ),
    (
        "---\nseverity: info\n",
        "1:1  the front matter has no end — add a line --- below it",
    ),
    (
        "---\nseverity: info\n---\n",
        "4:1  text: is empty — write the text below the second line ---",
    ),
    (
        "---\nseverity: hot\n---\nx",
        '2:11  severity: "hot" is not known here — known here: critical, maintenance, war'
        "ning, info",
    ),
    (
        "---\nseverty: info\n---\nx",
        '2:1  unknown key "severty" — did you mean "severity"?',
    ),
    (
        "---\nseverity: info\nseverity: info\n---\nx",
        "3:1  severity: stands twice, first in line 2 — keep one of them",
    ),
    (
        "---\nstart: tomorrow\n---\nx",
        '2:8  start: "tomorrow" is no moment with its time zone — write for example 2026-'
        "03-01T08:00+01:00",
    ),
    (
        "---\nstart: 2026-03-01T08:00\n---\nx",
        '2:8  start: "2026-03-01T08:00" is no moment with its time zone — write for examp'
        "le 2026-03-01T08:00+01:00",
    ),
    (
        "---\nstart: 2026-03-02T08:00Z\nend: 2026-03-01T08:00Z\n---\nx",
        "2:1  ends before it starts — write an end after its start",
    ),
    (
        "---\nwhere: [hom]\n---\nx",
        '2:9  where[0]: "hom" is not known here — did you mean "home"?',
    ),
    (
        "---\nwhere: [home, home]\n---\nx",
        '2:8  where: "home" stands twice — keep one of them',
    ),
    (
        "---\nwhere: home\n---\nx",
        '2:8  where: is "home" — write a list',
    ),
    (
        "---\ngroups: climate\n---\nx",
        '2:9  groups: is "climate" — write a list',
    ),
    (
        "---\ntitle: 4\n---\nx",
        "2:8  title: is no text — write a text in quotes, or one for en or de",
    ),
    (
        "---\ntitle: {fr: x}\n---\nx",
        '2:8  title: "fr" is no language of the pages — write en or de',
    ),
    (
        "---\nurl: javascript:alert(1)\n---\nx",
        '2:6  url: "javascript:alert(1)" is not a URL — write for example https://docs.ex'
        "ample.org/",
    ),
    (
        "---\nclosing: never\n---\nx",
        '2:10  closing: "never" is not known here — known here: dismiss, acknowledge, stay',
    ),
    (
        "---\nkind: rumour\n---\nx",
        '2:7  kind: "rumour" — write announcement or news',
    ),
    (
        "---\nkind: news\n---\nx",
        '2:1  key "date" is missing — add it | 2:1  key "title" is missing — add it',
    ),
    (
        "---\nkind: news\ndate: today\ntitle: x\n---\nx",
        '3:7  date: "today" is no day — write for example 2026-03-01',
    ),
    (
        "---\ntext: x\n---\nx",
        "2:1  text: is no field — write the text below the second line ---",
    ),
    (
        "---\n\tseverity: info\n---\nx",
        "2:1  has a tab — indent with spaces, not tabs",
    ),
    (
        "---\nseverity: [info\n---\nx",
        "2:11  has a bracket that is never closed — close it",
    ),
    (
        "---\nmaintenance: {begins: 2026-03-01T08:00Z, lasts: 30}\n---\nx",
        '2:49  maintenance.lasts: "30" has no unit — write 30h or 30m',
    ),
    (
        "---\nmaintenance: {begins: 2026-03-01T08:00Z, lasts: 1h, repeat: daily}\n---\nx",
        '2:61  maintenance.repeat: "daily" is no rule of repetition — write FREQ=DAILY, W'
        "EEKLY, MONTHLY or YEARLY, then INTERVAL, BYDAY, BYMONTH, BYMONTHDAY or BYSETPOS,"
        " for example FREQ=MONTHLY;BYDAY=2TU; the end is written as end",
    ),
    (
        "---\nseverity: info\n---\n[fr]\nx",
        "4:1  text: [fr] is no language of the pages — write [en] or [de]",
    ),
    (
        "---\nseverity: info\n---\n[en]\nx\n[en]\ny",
        "6:1  text: [en] stands twice — keep one of them",
    ),
    (
        "---\nseverity: info\n---\nabove\n[en]\nx",
        "4:1  text: stands above the first language — write [en] or [de] above it",
    ),
    (
        "---\nseverity: info\n---\n" + "x" * 4001,
        "4:1  text: has 4001 characters — write at most 4000 characters",
    ),
    (
        "---\n- severity\n---\nx",
        "2:1  the front matter is no list of keys — write `key: value`",
    ),
)
"""What stands in a file, and what is said of it; several complaints stand beside each other."""


def test_there_are_many_broken_files() -> None:
    assert len(BROKEN) >= 25


def test_each_broken_file_is_told_of_at_its_place_with_a_cure(room: Room) -> None:
    room.write("good.md", "good")
    for number, (text, _) in enumerate(BROKEN):
        room.path.joinpath(f"{number:02}.md").write_text(text)
    assert room.look() == {"good.md": "good"}
    for number, (_, expected) in enumerate(BROKEN):
        name = f"announcements.d/{number:02}.md:"
        mine = [one.removeprefix(name) for one in room.problems if one.startswith(name)]
        assert " | ".join(mine) == expected


def test_files_that_are_none_are_told_of(room: Room) -> None:
    room.path.joinpath("folder.md").mkdir()
    room.path.joinpath("nowhere.md").symlink_to("nothing")
    os.mkfifo(room.path / "pipe.md")
    room.path.joinpath("latin.md").write_bytes(b"---\nseverity: info\n---\n\xfcber\n")
    room.write("good.md", "good")
    assert room.look() == {"good.md": "good"}
    told = {problem.partition(":")[0]: problem for problem in room.problems}
    assert sorted(told) == [
        f"announcements.d/{name}.md" for name in ("folder", "latin", "nowhere", "pipe")
    ]
    assert "is not UTF-8 text" in told["announcements.d/latin.md"]


def test_a_folder_that_is_none_leaves_what_it_held(room: Room, tmp_path: Path) -> None:
    room.write("a.md", "good")
    room.look()
    room.path.rename(tmp_path / "aside")
    room.path.write_text("not a folder")
    assert room.look() == {"a.md": "good"}
    (problem,) = room.problems
    assert "announcements.d:1:1  cannot be listed (Not a directory)" in problem
    room.path.unlink()
    assert room.look() == {}, "somebody has taken the folder away"
    assert room.problems == []


def test_problems_are_logged_once(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.write("a.md", "bad", "hot")
    for _ in range(3):
        room.look()
    assert len([one for one in caplog.records if "a.md:2:11" in one.getMessage()]) == 1


def test_a_file_that_vanishes_while_it_is_read_is_a_problem_of_its_own(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanishing(path: Path, shown: str) -> Body:
        body = read(path, shown)
        if path.name == "b.md":
            path.unlink()
        return body

    monkeypatch.setattr("services.announcements.folder.read", vanishing)
    room.write("a.md", "one")
    room.write("b.md", "two")
    assert room.look() == {"a.md": "one"}
    (problem,) = room.problems
    assert problem.startswith("announcements.d/b.md:1:1  cannot be used ([Errno 2]")
    assert (room.look(), room.problems) == ({"a.md": "one"}, [])


def test_what_nobody_foresaw_is_tried_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(path: Path, shown: str) -> Body:
        raise OverflowError("too far")

    room.write("a.md", "one")
    with monkeypatch.context() as patch:
        patch.setattr("services.announcements.folder.read", failing)
        assert room.look() == {}
        assert "cannot be used (too far) — write it anew, or remove it" in room.problems[0]
    assert (room.look(), room.problems) == ({"a.md": "one"}, [])


def test_a_name_that_is_no_text_can_be_shown(room: Room) -> None:
    strange = os.fsdecode(b"\xff.md")
    room.write(strange, "one")
    assert room.look() == {"?.md": "one"}
    room.write(strange, "one", "hot")
    room.look()
    (problem,) = room.problems
    assert problem.encode().startswith(b"announcements.d/?.md:2:11")


def test_one_thread_at_a_time_looks(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def watched(path: Path, shown: str) -> Body:
        held.append(room.folder._lock.locked())
        return read(path, shown)

    monkeypatch.setattr("services.announcements.folder.read", watched)
    room.write("a.md", "one")
    assert room.look() == {"a.md": "one"}
    assert (held, room.folder._lock.locked()) == ([True], False)

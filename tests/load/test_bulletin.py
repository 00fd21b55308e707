"""Files of announcements.d: what a good one says, and what is said of a broken one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub_config.bulletin import files, read, read_all
from hub_config.model.announcement import Announcement, News
from hub_config.said import Given
from hub_config.yaml12 import BadConfig

GOOD = """\
---
severity: warning
title: {en: Long queue, de: Lange Wartezeit}
where: [form, waiting]
end: 2026-04-01T00:00+02:00
---
[en]
Queueing takes **16 hours**.

See [the list](https://status.example.org).
[de]
Man wartet **16 Stunden**.
"""


def announced(folder: Path, text: str) -> Announcement | News:
    file = folder / "one.md"
    file.write_text(text)
    return read(file, "one.md")


def test_a_file_in_two_languages(tmp_path: Path) -> None:
    found = announced(tmp_path, GOOD)
    assert isinstance(found, Announcement)
    assert (found.severity, found.where) == ("warning", ("form", "waiting"))
    assert found.end == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert isinstance(found.text, Given)
    english = "Queueing takes **16 hours**.\n\nSee [the list](https://status.example.org)."
    assert found.text.languages == {"en": english, "de": "Man wartet **16 Stunden**."}


def test_a_file_for_everybody(tmp_path: Path) -> None:
    found = announced(tmp_path, "---\n---\n\nTwo\nlines, and [en] within one.\n\n")
    assert found == Announcement(text="Two\nlines, and [en] within one.")


def test_news_need_no_text(tmp_path: Path) -> None:
    found = announced(tmp_path, "---\nkind: news\ndate: 2026-03-01\ntitle: Here\n---\n")
    assert isinstance(found, News)
    assert (found.date.isoformat(), found.title, found.text) == ("2026-03-01", "Here", None)


def test_what_comes_again_and_again(tmp_path: Path) -> None:
    rule = "{begins: 2026-12-08T03:26Z, lasts: 15m, repeat: FREQ=MONTHLY;BYDAY=2TU}"
    found = announced(tmp_path, f"---\nmaintenance: {rule}\n---\nReboot")
    assert isinstance(found, Announcement)
    assert found.maintenance is not None
    assert (found.maintenance.repeat, found.maintenance.lasts) == ("FREQ=MONTHLY;BYDAY=2TU", 900)


def test_lines_end_as_on_windows(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert read(tmp_path / "one.md") == announced(tmp_path, GOOD)


BROKEN = {
    "": "one.md:1:1  has no front matter — begin with a line ---, then one `key: value` a line, "
    "then another line ---",
    "Hello\n": "one.md:1:1  has no front matter — begin with a line ---, then one `key: value` a "
    "line, then another line ---",
    "---\nseverity: info\n": "one.md:1:1  the front matter has no end — add a line --- below it",
    "---\n- a\n---\nx": "one.md:2:1  the front matter is no list of keys — write `key: value`",
    "---\na: [\n---\nx": "one.md:3:1  has a bracket that is never closed — close it",
    "---\n---\n": "one.md:3:1  text: is empty — write the text below the second line ---",
    "---\ntext: a\n---\nb": "one.md:2:1  text: is no field — write the text below the second line "
    "---",
    "---\nkind: alarm\n---\nx": 'one.md:2:7  kind: "alarm" — write announcement or news',
    "---\nsevrity: info\n---\nx": 'one.md:2:1  unknown key "sevrity" — did you mean "severity"?',
    "---\nend: tomorrow\n---\nx": 'one.md:2:6  end: "tomorrow" is no moment with its time zone — '
    "write for example 2026-03-01T08:00+01:00",
    "---\n---\n[fr]\nx": "one.md:3:1  text: [fr] is no language of the pages — write [en] or [de]",
    "---\n---\n[en]\nx\n[en]\ny": "one.md:5:1  text: [en] stands twice — keep one of them",
    "---\n---\n[en]\nx\n[de]\n": "one.md:5:1  text: [de] has no text — write it",
    "---\n---\nx\n[en]\ny": "one.md:3:1  text: stands above the first language — write [en] or "
    "[de] above it",
    "---\n% x\n---\ny": "one.md:2:1  has a % directive — remove this line: files are read as "
    "YAML 1.2",
    "---\n---\na\0b": "one.md:3:2  has the character U+0000, which is no text — save the file as "
    "UTF-8",
    "---\nkind: news\ntitle: x\n---\n": 'one.md:2:1  key "date" is missing — add it',
    f"---\n---\n{'x' * 4001}": "one.md:3:1  text: has 4001 characters — write at most 4000 "
    "characters",
}


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_says_where_what_and_the_cure(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as error:
        announced(tmp_path, text)
    assert [str(problem) for problem in error.value.problems] == [BROKEN[text]]


def test_the_second_language_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as error:
        announced(tmp_path, f"---\n---\n[en]\nx\n[de]\n{'y' * 4001}")
    (problem,) = error.value.problems
    assert "at most 4000 characters" in problem.text


def test_all_problems_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("no")
    (tmp_path / "a.md").write_text("---\n---\n")
    (tmp_path / "c.md").write_text(GOOD)
    (tmp_path / ".d.md").write_text("hidden")
    (tmp_path / "e.md~").write_text("left over")
    with pytest.raises(BadConfig) as error:
        read_all([tmp_path])
    assert [Path(problem.file).name for problem in error.value.problems] == ["a.md", "b.md"]
    assert [path.name for path in files(tmp_path)] == ["a.md", "b.md", "c.md"]


def test_without_the_folder_there_are_none(tmp_path: Path) -> None:
    assert files(tmp_path / "announcements.d") == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "announcements.d").write_text("x")
    with pytest.raises(BadConfig, match="must be a folder that may be read"):
        files(tmp_path / "announcements.d")

"""YAML 1.2 as its core schema has it; what is refused is in tests/fixtures/broken_yaml."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from hub_config.yaml12 import MAX_BYTES, BadConfig, Document, Problem, read, show


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "one.yml"


def value(file: Path, text: str | bytes) -> Any:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    document = read(file)
    assert document.problems == []
    return document.value


def complaint(file: Path, text: str | bytes = b"") -> Problem:
    """Return the only problem, whether reading went on after it or not."""
    if text:
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    try:
        problems = read(file).problems
    except BadConfig as error:
        problems = error.problems
    [problem] = problems
    return problem


SCALARS: dict[str, Any] = {
    "no": "no", "yes": "yes", "on": "on", "off": "off", "y": "y", "NO": "NO", "tRUE": "tRUE",
    "true": True, "True": True, "TRUE": True, "false": False, "null": None, "~": None, "": None,
    "1:00:00": "1:00:00", "8:00": "8:00", "190:20:30": "190:20:30", "12:30:45.5": "12:30:45.5",
    "2026-01-01": "2026-01-01", "2026-01-01T00:00:00Z": "2026-01-01T00:00:00Z",
    "0": 0, "7": 7, "+7": 7, "-7": -7, "-0": 0, "0x1F": 31, "0o17": 15, "0b11": "0b11",
    "1_000": "1_000", "1.5": 1.5, ".5": 0.5, "1.": 1.0, "1e3": 1000.0, "-1.5E-2": -0.015,
    ".inf": ".inf", ".nan": ".nan", "=": "=", "1.2.3": "1.2.3", "12h": "12h", "2560M": "2560M",
    "'7'": "7", '"true"': "true", '"a\\tb"': "a\tb", "'it''s'": "it's", "a # b": "a", "a#b": "a#b",
    "~/x": "~/x", "http://a:1": "http://a:1", "999999999999999999": 999999999999999999,
}  # fmt: skip


@pytest.mark.parametrize("text", SCALARS)
def test_only_what_is_plainly_a_number_is_one(file: Path, text: str) -> None:
    found = value(file, f"a: {text}\n")["a"]
    assert found == SCALARS[text]
    assert type(found) is type(SCALARS[text])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("# nothing\n", None),
        ("---\na: 1\n...\n", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("a: 1\rb: 2\r", {"a": 1, "b": 2}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: >-\n  x\n  y\n", {"a": "x y"}),
        ("a: [1, [2], {b: 3}]", {"a": (1, (2,), {"b": 3})}),
        ("a: &x [1]\nb: *x\n", {"a": (1,), "b": (1,)}),
        ("1: a\ntrue: b\n", {"1": "a", "true": "b"}),
        ("'<<': a\n", {"<<": "a"}),
        ("a: Für alle, 数据, \U0001f600\n", {"a": "Für alle, 数据, \U0001f600"}),
    ],
)
def test_documents_are_dictionaries_and_tuples(file: Path, text: str, found: Any) -> None:
    assert value(file, text) == found


def test_everything_has_its_place(file: Path) -> None:
    file.write_text("# comment\na:\n  - b: 1\n    c: {d: 2}\n  - x\ne:\nf: 3\n")
    document = read(file)
    assert document.place(()) == (2, 1)
    assert document.place(("a",)) == (3, 3)
    assert document.place(("a", 0, "b")) == (3, 8)
    assert document.place(("a", 0, "c", "d"), key=True) == (4, 9)
    assert document.place(("a", 1)) == (5, 5)
    assert document.place(("e",)) == (6, 1)  # left empty: where its key is
    assert document.place(("a", 0, "zzz")) == (3, 5)  # not there: the nearest above it
    assert document.place(("zzz",)) == (2, 1)


def test_what_an_alias_holds_stands_where_the_alias_is(file: Path) -> None:
    file.write_text("a: &x {b: 1}\nc: *x\n")
    assert read(file).place(("c", "b")) == (2, 4)


def test_an_alias_that_grows_is_left_early(file: Path) -> None:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 50)]
    problem = complaint(file, "a0: &a0 [x]\n" + "\n".join(lines))
    assert "too many values" in problem.message
    assert problem.line < 8


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 30_000, "- " * 100_000, "? " * 100_000])
def test_nesting_without_end_is_left_early(file: Path, text: str) -> None:
    problem = complaint(file, text)
    assert "nested too deeply" in problem.message
    assert problem.line == 1


def test_five_megabytes_are_not_even_read(file: Path) -> None:
    problem = complaint(file, b"a: 1\n" * 1024 * 1024)
    assert problem.message == "is larger than 256 kB — split it into several files"


def test_a_file_of_the_greatest_size_is_read(file: Path) -> None:
    assert value(file, b"a: " + b"x" * (MAX_BYTES - 4) + b"\n")["a"].startswith("xxx")


def test_places_count_characters_and_not_bytes(file: Path) -> None:
    assert complaint(file, "a: äöü\x00").column == 7
    assert complaint(file, "a: äöü".encode() + b"\xff").column == 7
    assert complaint(file, "ä: 1\r\nb: \x07\r\n").line == 2


@pytest.mark.parametrize("path", ["", "missing.yml", "missing/one.yml", "one.yml/two.yml"])
def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path, path: str) -> None:
    (tmp_path / "one.yml").write_text("a: 1")
    problem = complaint(tmp_path / path)
    assert problem.message.startswith(("cannot be read (", "is not a regular file"))


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    assert "is not a regular file" in complaint(tmp_path / "pipe.yml").message


def test_a_socket_is_a_problem(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.yml"))
        assert "cannot be read" in complaint(tmp_path / "s.yml").message


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    (tmp_path / "real.yml").write_text("a: 1")
    (tmp_path / "link.yml").symlink_to("real.yml")
    assert read(tmp_path / "link.yml").value == {"a": 1}
    (tmp_path / "round.yml").symlink_to("round.yml")
    assert "Too many levels of symbolic links" in complaint(tmp_path / "round.yml").message
    (tmp_path / "nowhere.yml").symlink_to("gone.yml")
    assert "No such file or directory" in complaint(tmp_path / "nowhere.yml").message


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ((), ""),
        (("a",), "a"),
        (("presets", 0, "memory"), "presets[shared-1].memory"),
        (("presets", 1, "memory"), "presets[1].memory"),
        (("presets", 7), "presets[7]"),
        (("other", 0), "other[0]"),
        (("x" * 100,), "x" * 64),
    ],
)
def test_a_path_reads_as_people_say_it(path: tuple[str | int, ...], shown: str) -> None:
    assert show(path, {"presets": ({"id": "shared-1"}, {"id": 4}), "other": ("a",)}) == shown


def test_a_problem_is_one_line_that_no_terminal_obeys() -> None:
    problem = Problem("a\nb\x1b[2J.yml", 3, 4, "presets[\x1b[31m]", "is \u202ebad\udcff — fix it")
    assert str(problem) == (
        "a\\nb\\x1b[2J.yml:3:4  presets[\\x1b[31m]: is \\u202ebad\\udcff — fix it"
    )


def test_a_document_without_a_value_is_placed_at_its_beginning() -> None:
    assert Document("x").place(("a", 1)) == (1, 1)

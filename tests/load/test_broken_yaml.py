"""Every file of tests/fixtures/broken_yaml: what `berth check` prints of it, to the letter."""

import re
from pathlib import Path

import pytest

from hub_config.cli import main

FOLDER = Path(__file__).parents[1] / "fixtures" / "broken_yaml"
FILES = sorted(path.name for path in FOLDER.glob("*.yml"))
LINE = re.compile(r"(?P<file>\S+):(?P<line>[1-9]\d*):(?P<column>[1-9]\d*) {2,}\S.* — \S.*")
JARGON = re.compile(
    r"pydantic|model_|validat|(?<!gpu)_type|ctx|input|NoneType|dict\b|tuple|scalar|scanner|token|parser"
    r"|mapping|sequence|flow|<block|while |context|Traceback|Error",
    re.IGNORECASE,
)


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (FOLDER / "expected.txt").read_text("utf-8").splitlines():
        found.setdefault(line.partition(":")[0], []).append(line)
    return found


EXPECTED = expected()


def test_there_are_enough_files_and_all_are_expected_to_fail() -> None:
    assert len(FILES) >= 60
    assert list(EXPECTED) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_explained(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    assert main(["check", name]) == 1
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines() == EXPECTED[name]


@pytest.mark.parametrize("name", FILES)
def test_what_is_expected_has_place_and_cure_and_no_jargon(name: str) -> None:
    text = (FOLDER / name).read_bytes().decode("utf-8", "replace").splitlines() or [""]
    for printed in EXPECTED[name]:
        match = LINE.fullmatch(printed)
        assert match
        assert match["file"] == name
        assert int(match["line"]) <= len(text)
        assert int(match["column"]) <= len(text[int(match["line"]) - 1]) + 1
        message = printed.partition("  ")[2]
        assert not JARGON.search(message), message
        assert len(printed) < 400

"""`berth announce` without a service: usage, files, what is refused before anything is sent.

What the service makes of it is tested beside the service (tests/services/test_command.py).
"""

from pathlib import Path

import pytest

from hub_config.cli import main
from tests.load.folders import SITE, write

GOOD = "---\nseverity: warning\n---\nLong queue.\n"


def announce(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["announce", *words])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out.splitlines()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["withdraw"], "name one: berth announce withdraw ID (see berth announce list)"),
        (["check"], "name what to look at: berth announce check FILE"),
        (["list", "7"], "berth announce list takes no '7'"),
        (["new"], 'say what to announce: berth announce new --text "…", or --file FILE'),
        (["new", "--file", "a.md", "--severity", "info"],
         "--file holds everything — leave out the other fields, or the file"),
        (["list", "--url", "https://hub.example.org"],
         "--url needs --token-file: a file with the token of somebody who may announce"),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(words: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert announce(capsys, *words) == (2, [line])


def test_a_time_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["announce", "new", "--text", "x", "--end", "soon"])
    assert stop.value.code == 2
    assert '"soon" is no time' in capsys.readouterr().err


def test_files_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    assert announce(capsys, "check", str(tmp_path / "a.md")) == (
        0, [f"{tmp_path}/a.md: ok — 1 to announce"],
    )  # fmt: skip
    (tmp_path / "b.md").write_text(GOOD.replace("warning", "bad"))
    code, lines = announce(capsys, "check", str(tmp_path), str(tmp_path / "c.md"))
    assert code == 1
    assert [line.split()[0] for line in lines] == [f"{tmp_path}/b.md:2:11", f"{tmp_path}/c.md:1:1"]


def token(folder: Path, text: str = "x" * 64) -> list[str]:
    (folder / "token").write_text(text)
    return ["--token-file", str(folder / "token")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--text", "x", "--start", "2026-12-02", "--end", "2026-12-01"],
         "ends before it starts — write an end after its start"),
        (["--text", "x", "--link", "htp://x"],
         'url: "htp://x" is not a URL — write for example https://docs.example.org/'),
        (["--news"], "title: Field required"),
        (["--text", "x", "--lasts", "8h"], "maintenance.begins: Field required"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_not_sent(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--url", "http://127.0.0.1:1", *token(tmp_path)]
    assert announce(capsys, "new", *words, *where) == (1, [line])


@pytest.mark.parametrize(
    ("url", "text", "line"),
    [
        ("http://hub.example.org", "t",
         "http://hub.example.org would show the token to others on the way — write https://"),
        ("hub.example.org", "t",
         "hub.example.org is no address — write for example https://hub.example.org"),
        ("https://hub.example.org", "", "the token is empty — nothing was tried"),
        ("http://127.0.0.1:1", "t", "no announcements service answers at "
         "http://127.0.0.1:1/services/announcements/: [Errno 111] Connection refused"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_asked(
    url: str, text: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = announce(capsys, "list", "--url", url, *token(tmp_path, text))
    assert (code, lines[0]) == (1, line)


def test_without_a_token_file_it_says_where_one_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "services: {notes: {app: announcements}}\n"
    write(tmp_path, site=SITE + more)
    code, lines = announce(capsys, "list", "--site", str(tmp_path))
    assert code == 1
    assert f"{tmp_path}/secrets/service-notes" in lines[0]
    assert lines[1].startswith("run this as root on the hub's machine, or say --url")


def test_a_site_without_the_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, site=SITE)
    code, lines = announce(capsys, "list", "--site", str(tmp_path))
    assert code == 1
    assert "has no announcements service — add services:" in lines[0]

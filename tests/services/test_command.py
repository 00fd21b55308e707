"""`berth announce` speaks to the real service: what it makes is announced."""

from pathlib import Path

import pytest
import requests

from hub_config.cli import main
from tests.support.hubs import until
from tests.support.services import Served


class Terminal:
    """Where somebody types `berth announce …` with a token of theirs."""

    def __init__(self, served: Served, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.there = ["--url", served.hub.url, "--token-file", str(file)]

    def announce(self, *words: str) -> tuple[int, list[str]]:
        code = main(["announce", *words, *self.there])
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return code, printed.out.splitlines()

    def made(self, *words: str) -> str:
        """Announce something and return its id."""
        code, (line,) = self.announce("new", *words)
        assert code == 0, line
        return line.split()[1]

    def row(self, number: str) -> str:
        """Return the line of ``list`` about one of them."""
        (found,) = [x for x in self.announce("list")[1] if x.split()[0] == number]
        return " ".join(found.split())


@pytest.fixture
def terminal(served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Root at the hub's machine: the service's own token."""
    (tmp_path / "token").write_text(f"{served.tokens['announcements']}\n")
    return Terminal(served, tmp_path / "token", capsys)


def login_page(served: Served) -> str:
    return requests.get(f"{served.hub.url}/hub/login", timeout=60).text


def test_what_is_announced_is_shown_until_it_is_withdrawn(
    served: Served, terminal: Terminal
) -> None:
    words = ["--text", "Typed at a *terminal*.", "--severity", "warning", "--where", "login"]
    number = terminal.made(*words, "--end", "tomorrow 08:00")
    assert terminal.row(number) == f"{number} shown announcement warning Typed at a *terminal*."
    until(lambda: "Typed at a <em>terminal</em>." in login_page(served), "it was shown")
    assert terminal.announce("withdraw", number)[0] == 0
    until(lambda: "Typed at a" not in login_page(served), "it was gone")
    assert " withdrawn " in terminal.row(number)


def test_every_field_arrives(terminal: Terminal) -> None:
    number = terminal.made(
        "--title", "Maintenance", "--title-de", "Wartung", "--text", "Nothing runs.",
        "--text-de", "Nichts läuft.", "--link", "https://status.example.org/", "--severity",
        "maintenance", "--group", "climate", "--closing", "acknowledge", "--where", "form",
        "--begins", "2036-12-09 03:26", "--lasts", "15m", "--notice", "1d", "--repeat",
        "FREQ=MONTHLY;BYDAY=2TU", "--partition", "shared",
    )  # fmt: skip
    assert terminal.row(number) == f"{number} coming announcement maintenance Maintenance"
    assert terminal.announce("withdraw", number)[0] == 0


def test_a_file_and_news(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "news.md"
    file.write_text("---\nkind: news\ndate: 2026-03-01\ntitle: From a file\n---\n")
    number = terminal.made("--file", str(file))
    assert terminal.row(number) == f"{number} shown news From a file"
    other = terminal.made("--news", "--title", "From today")
    assert terminal.row(other) == f"{other} shown news From today"
    for made in (number, other):
        assert terminal.announce("withdraw", made)[0] == 0


def test_who_may_not_is_told_what_is_missing(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(served.visitor("cat").token())
    terminal = Terminal(served, tmp_path / "token", capsys)
    code, lines = terminal.announce("new", "--text", "x")
    assert (code, lines[0].startswith("refused: ")) == (1, True)
    assert lines[1].startswith("the token must be that of somebody who may announce")


def test_what_is_not_there_cannot_be_withdrawn(terminal: Terminal) -> None:
    code, lines = terminal.announce("withdraw", "../published")
    assert code == 1
    assert lines[0].startswith("not done: ")

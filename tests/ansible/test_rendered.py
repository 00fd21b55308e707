"""``rendered``: what is right stays, what somebody edited by hand stops the play."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.ansible.plays import plugin
from tests.ansible.situations import Outcome, Situation, play

rendered = plugin("action_plugins/rendered.py")
RED = {"colour": "red"}
EDITS = {
    "a-line-more": lambda text: text + "size = 9\n",
    "a-value": lambda text: text.replace("blue", "green"),
    "a-line-less": lambda text: text.replace("colour = blue\n", ""),
    "line-ends": lambda text: text.replace("\n", "\r\n"),
    "no-last-newline": lambda text: text[:-1],
    "pushed-down": lambda text: "\n" + text,
}


def edit(name: str, file: Path) -> None:
    file.write_bytes(EDITS[name](file.read_text()).encode())


def replace(text: str, file: Path) -> None:
    file.write_text(text)


SITUATIONS = {
    "new": Situation(made_before=False),
    "again": Situation(),
    "another-value": Situation(variables=RED),
    "another-mode": Situation(lambda file: file.chmod(0o666)),
    "another-owner": Situation(
        lambda file: os.chown(file, 65534, 65534), arguments={"owner": "root", "group": "root"}
    ),
    **{name: Situation(partial(edit, name), variables=RED) for name in EDITS},
    "somebody-elses": Situation(
        lambda file: replace("colour = black\n", file), made_before=False
    ),
    "overwrite": Situation(
        lambda file: replace("colour = green\n", file), variables={"berth_overwrite": True}
    ),
    "moved-to-the-inventory": Situation(
        lambda file: replace(rendered.with_header("colour = green\n"), file),
        variables={"colour": "green"},
    ),
    "not-valid": Situation(variables=RED, arguments={"validate": "grep -q blue %s"}),
    "script": Situation(
        template="#!/bin/sh\necho {{ colour }}\n", arguments={"mode": "0755"}
    ),
    "look": Situation(made_before=False, look=True),
    "look-at-overwriting": Situation(
        lambda file: replace("colour = green\n", file),
        variables={"berth_overwrite": True}, made_before=False, look=True,
    ),
    "unknown-argument": Situation(arguments={"backup": True}, made_before=False),
    "link": Situation(
        lambda file: file.symlink_to(file.parent / "elsewhere.conf"), made_before=False
    ),
    "no-template": Situation(lambda file: file.parent.joinpath("made.conf.j2").unlink()),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    assert os.geteuid() == 0, "these tests give files away: run them as root"
    return play(tmp_path_factory.mktemp("rendered"), SITUATIONS)


def test_a_new_file_has_its_header_and_its_mode(outcomes: Mapping[str, Outcome]) -> None:
    new = outcomes["new"]
    first, second = new.file.read_text().splitlines()
    assert new.changed
    assert first.startswith("# Made by Berth's playbook; change the inventory")
    assert second == "colour = blue"
    assert new.file.stat().st_mode & 0o777 == 0o640


def test_a_second_run_changes_nothing(outcomes: Mapping[str, Outcome]) -> None:
    again = outcomes["again"]
    assert not again.refusal
    assert not again.changed
    assert again.file.read_bytes() == again.before


def test_another_value_replaces_our_own_file(outcomes: Mapping[str, Outcome]) -> None:
    other = outcomes["another-value"]
    assert other.changed
    assert "colour = red" in other.file.read_text()
    assert other.copies() == []


def test_a_mode_that_somebody_changed_is_put_right(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["another-mode"].changed
    assert outcomes["another-mode"].file.stat().st_mode & 0o777 == 0o640


def test_an_owner_that_somebody_changed_is_put_right(outcomes: Mapping[str, Outcome]) -> None:
    status = outcomes["another-owner"].file.stat()
    assert outcomes["another-owner"].changed
    assert (status.st_uid, status.st_gid) == (0, 0)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_hand_stops_the_play(outcomes: Mapping[str, Outcome], name: str) -> None:
    edited = outcomes[name]
    assert "made.conf was edited by hand" in edited.refusal or name == "pushed-down"
    assert "move the change to the inventory" in edited.refusal
    assert "berth_overwrite=true" in edited.refusal
    assert edited.file.read_bytes() == edited.before


def test_the_complaint_shows_the_edit(outcomes: Mapping[str, Outcome]) -> None:
    assert "-colour = red" in outcomes["a-value"].refusal
    assert "+colour = green" in outcomes["a-value"].refusal


def test_a_file_of_somebody_else_stops_the_play(outcomes: Mapping[str, Outcome]) -> None:
    found = outcomes["somebody-elses"]
    assert "made.conf was not made by this playbook" in found.refusal
    assert found.file.read_text() == "colour = black\n"


def test_overwriting_keeps_the_edited_copy(outcomes: Mapping[str, Outcome]) -> None:
    overwritten = outcomes["overwrite"]
    (copy,) = overwritten.copies()
    assert not overwritten.refusal
    assert copy.read_text() == "colour = green\n"
    assert "colour = blue" in overwritten.file.read_text()


def test_an_edit_that_went_into_the_inventory_is_none_any_more(
    outcomes: Mapping[str, Outcome],
) -> None:
    moved = outcomes["moved-to-the-inventory"]
    assert not moved.refusal
    assert moved.file.read_bytes() == moved.before


def test_a_file_that_is_not_valid_never_gets_there(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["not-valid"].refusal
    assert outcomes["not-valid"].file.read_bytes() == outcomes["not-valid"].before


def test_a_script_keeps_its_first_line(outcomes: Mapping[str, Outcome]) -> None:
    lines = outcomes["script"].file.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "sha256:" in lines[1]
    assert not outcomes["script"].changed


def test_a_look_changes_nothing(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["look"].changed
    assert not outcomes["look"].file.exists()


def test_a_look_at_overwriting_keeps_no_copy(outcomes: Mapping[str, Outcome]) -> None:
    looked = outcomes["look-at-overwriting"]
    assert looked.changed
    assert looked.file.read_text() == "colour = green\n"
    assert looked.copies() == []


def test_an_argument_that_it_does_not_know_is_refused(outcomes: Mapping[str, Outcome]) -> None:
    assert "backup" in outcomes["unknown-argument"].refusal
    assert not outcomes["unknown-argument"].file.exists()


def test_a_link_is_not_followed(outcomes: Mapping[str, Outcome]) -> None:
    assert "is a link to" in outcomes["link"].refusal
    assert outcomes["link"].file.is_symlink()
    assert not (outcomes["link"].folder / "elsewhere.conf").exists()


def test_without_its_template_it_fails_and_touches_nothing(
    outcomes: Mapping[str, Outcome],
) -> None:
    assert "made.conf.j2" in outcomes["no-template"].refusal
    assert outcomes["no-template"].file.read_bytes() == outcomes["no-template"].before


@pytest.mark.parametrize("text", ["", "a", "a\n", "#!/bin/sh\n", "#!/bin/sh\nx\n", "\n\n", "ä €\n"])
def test_what_was_made_is_ours(text: str) -> None:
    made = rendered.with_header(text, comment=";")
    assert rendered.is_ours(made)
    assert not rendered.is_ours(made + "more\n")


@pytest.mark.parametrize(
    "text", ["", "\n", "#!/bin/sh\n", '{"sha256": "0"}', "# sha256:" + "0" * 64]
)
def test_what_was_not_made_is_not_ours(text: str) -> None:
    assert not rendered.is_ours(text)


def test_a_long_difference_is_cut() -> None:
    there = "".join(f"line {number}\n" for number in range(500))
    told = rendered.complaint("/etc/x", there, rendered.with_header("other\n"))
    assert len(told.splitlines()) < 30
    assert "more lines" in told

"""Names of jobs: made by one hub for one server, and known by nobody else."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.marks import Marks

USERS = st.from_regex(r"[a-z_][a-z0-9_-]{0,31}", fullmatch=True)
SERVERS = st.from_regex(r"[a-z0-9-]{0,30}", fullmatch=True)


@pytest.fixture
def marks() -> Marks:
    """The marks of a hub."""
    return Marks(b"a cookie secret of thirty-two by")


@pytest.fixture
def others() -> Marks:
    """The marks of another hub on the same cluster."""
    return Marks(os.urandom(32))


@given(user=USERS, server=SERVERS)
def test_a_name_is_known_for_its_own_server_only(user: str, server: str) -> None:
    marks = Marks(b"secret")
    uuid = marks.mint(user, server)
    assert re.fullmatch("[0-9a-f]{32}", uuid)
    assert marks.ours(uuid, user, server)
    assert not marks.ours(uuid, user, f"{server}x")
    assert not marks.ours(uuid, f"{user}x", server)


def test_a_hub_knows_its_names_again_after_a_restart(marks: Marks) -> None:
    uuid = marks.mint("ann", "gpu")
    again = Marks(b"a cookie secret of thirty-two by")
    assert again.ours(uuid, "ann", "gpu")
    assert again.token(uuid) == marks.token(uuid)


def test_names_of_another_hub_are_not_ours(marks: Marks, others: Marks) -> None:
    assert not marks.ours(others.mint("ann", ""), "ann", "")


def test_user_and_server_are_kept_apart(marks: Marks) -> None:
    assert not marks.ours(marks.mint("ann", "b"), "an", "nb")


@pytest.mark.parametrize("change", range(32))
def test_every_digit_counts(marks: Marks, change: int) -> None:
    uuid = marks.mint("ann", "")
    digit = "0" if uuid[change] != "0" else "1"
    assert not marks.ours(uuid[:change] + digit + uuid[change + 1 :], "ann", "")


@pytest.mark.parametrize("uuid", ["", "0" * 31, "0" * 33, "G" * 32, "é" * 32, "0" * 31 + "\n"])
def test_what_is_no_name_is_not_ours(marks: Marks, uuid: str) -> None:
    assert not marks.ours(uuid, "ann", "")


def test_every_job_has_a_name_and_a_token_of_its_own(marks: Marks, others: Marks) -> None:
    names = {marks.mint("ann", "") for _ in range(1000)}
    assert len(names) == len({marks.token(name) for name in names}) == 1000
    name = names.pop()
    assert re.fullmatch("[0-9a-f]{64}", marks.token(name))
    assert marks.token(name) != others.token(name)

"""Who may be acted for: decided on the name service of this machine."""

import dataclasses
import os
import pwd

import pytest

from hub_config.agent import Failure, Refusal
from hub_config.agent.identity import NOBODY, Identity, calling, target
from hub_config.agent.policy import Policy

FOR_USERS = Policy(scheduler="slurm", launcher="/x", run_as="user")
SYSTEM = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid < 1000]


@pytest.mark.parametrize("name", SYSTEM)
def test_no_system_account_is_acted_for(name: str, myself: Identity) -> None:
    with pytest.raises(Refusal, match=f"^jobs are not run as {name}$"):
        target(name, dataclasses.replace(myself, uid=4242), FOR_USERS)


def test_root_is_not_acted_for_even_if_the_policy_says_so(myself: Identity) -> None:
    careless = dataclasses.replace(FOR_USERS, min_uid=-1)
    with pytest.raises(Refusal):
        target("root", dataclasses.replace(myself, uid=4242), careless)


def test_nobody_is_not_acted_for(myself: Identity) -> None:
    with pytest.raises(Refusal):
        target(pwd.getpwuid(NOBODY).pw_name, myself, FOR_USERS)


def test_an_unknown_account_is_told(myself: Identity) -> None:
    with pytest.raises(Refusal, match="no-such-user has no account on this machine"):
        target("no-such-user", myself, FOR_USERS)


def test_the_callers_own_account_is_not_acted_for(myself: Identity) -> None:
    own = pwd.getpwuid(1)
    low = dataclasses.replace(FOR_USERS, min_uid=1)
    caller = dataclasses.replace(myself, uid=own.pw_uid)
    with pytest.raises(Refusal):
        target(own.pw_name, caller, low)
    assert target(own.pw_name, dataclasses.replace(myself, uid=4242), low).uid == own.pw_uid


def test_a_denied_account_is_not_acted_for(myself: Identity) -> None:
    own = pwd.getpwuid(1).pw_name
    caller = dataclasses.replace(myself, uid=4242)
    policy = dataclasses.replace(FOR_USERS, min_uid=1, deny_users=(own,))
    with pytest.raises(Refusal):
        target(own, caller, policy)


def test_in_the_demo_every_job_is_the_callers_under_another_name(myself: Identity) -> None:
    found = target("alice", myself, dataclasses.replace(FOR_USERS, run_as="self"))
    assert found == dataclasses.replace(myself, name="alice")


def test_an_identity_has_all_its_groups() -> None:
    entry = pwd.getpwuid(os.geteuid())
    found = Identity.of(entry)
    assert entry.pw_gid in found.groups
    assert found.groups == tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))


@pytest.mark.parametrize("home", ["", "relative", "/home/a\nb", "/home/a\\b", "/home/é"])
def test_a_home_that_no_command_line_can_carry_is_refused(home: str) -> None:
    entry = pwd.struct_passwd(("x", "x", 1001, 1001, "", home, "/bin/sh"))
    with pytest.raises(Refusal, match="home directory of x is not a usable path"):
        Identity.of(entry)


@pytest.mark.parametrize("uid", ["", "0", "x", "-1", "99999999"])
def test_who_calls_is_never_root_or_unknown(uid: str) -> None:
    if os.geteuid() == 0:
        with pytest.raises(Failure):
            calling({"SUDO_UID": uid})
    else:
        assert calling({"SUDO_UID": uid}).uid == os.geteuid()

from typing import Any

import pytest

from hub_config.auth.limits import PER_SOURCE, PER_USER, PER_USER_AND_SOURCE, LoginLimits

HERE, THERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def limits(clock: Any) -> LoginLimits:
    return LoginLimits(clock)


def failures_until_refused(limits: LoginLimits, user: str, source: str) -> int:
    for count in range(1000):
        if not limits.begin(user, source):
            return count
    raise AssertionError("1000 failures and no limit")


def test_a_user_at_one_address_has_a_burst_then_one_try_per_interval(
    limits: LoginLimits, clock: Any
) -> None:
    assert failures_until_refused(limits, "alice", HERE) == PER_USER_AND_SOURCE.burst
    clock.now += PER_USER_AND_SOURCE.seconds - 0.1
    assert not limits.begin("alice", HERE)
    clock.now += 0.2
    assert failures_until_refused(limits, "alice", HERE) == 1


def test_a_refused_try_costs_nothing(limits: LoginLimits, clock: Any) -> None:
    failures_until_refused(limits, "alice", HERE)
    for _ in range(500):
        assert not limits.begin("alice", HERE)
    clock.now += PER_USER_AND_SOURCE.seconds + 0.1
    assert limits.begin("alice", HERE)


def test_everything_is_forgotten_in_time(limits: LoginLimits, clock: Any) -> None:
    failures_until_refused(limits, "alice", HERE)
    clock.now += PER_USER_AND_SOURCE.burst * PER_USER_AND_SOURCE.seconds
    assert failures_until_refused(limits, "alice", HERE) == PER_USER_AND_SOURCE.burst


def test_a_success_takes_back_its_own_try_and_no_other(limits: LoginLimits) -> None:
    for _ in range(1000):
        assert limits.begin("alice", HERE)
        limits.take_back("alice", HERE)
    assert failures_until_refused(limits, "bob", HERE) == PER_USER_AND_SOURCE.burst
    assert limits.begin("alice", HERE)
    limits.take_back("alice", HERE)
    assert not limits.begin("bob", HERE), "alice's success let bob's be guessed on"


def test_one_address_cannot_try_name_after_name(limits: LoginLimits) -> None:
    tried = sum(limits.begin(f"user{number}", HERE) for number in range(500))
    assert tried == PER_SOURCE.burst
    assert limits.begin("alice", THERE)


def test_one_user_cannot_be_guessed_from_many_addresses(limits: LoginLimits) -> None:
    tried = sum(limits.begin("alice", f"192.0.2.{number}") for number in range(250))
    assert tried == PER_USER.burst
    assert limits.begin("bob", "192.0.2.7")


def test_one_address_cannot_lock_a_user_out_elsewhere(limits: LoginLimits, clock: Any) -> None:
    for _ in range(24 * 360):
        limits.begin("alice", HERE)
        clock.now += 10
    assert not limits.begin("alice", HERE)
    assert limits.begin("alice", THERE)


def test_memory_is_bounded_and_whoever_goes_on_trying_is_not_forgotten(clock: Any) -> None:
    limits = LoginLimits(clock, max_keys=100)
    failures_until_refused(limits, "alice", HERE)
    for number in range(2000):
        assert not limits.begin("alice", HERE)
        limits.begin(f"user{number}", f"10.0.{number // 250}.{number % 250}")
    held = [len(buckets._levels) for buckets, _ in limits._places("", "")]
    assert held == [100, 100, 100]


def test_who_has_stopped_trying_is_the_first_to_be_forgotten(clock: Any) -> None:
    limits = LoginLimits(clock, max_keys=100)
    failures_until_refused(limits, "alice", HERE)
    for number in range(100):
        limits.begin(f"user{number}", f"10.0.0.{number}")
    assert limits.begin("alice", HERE)

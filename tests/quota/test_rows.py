"""What Open OnDemand reads is read the same; what nobody can read is complained of, row by row."""

import json
from typing import Any

import pytest

from hub_config.quota.rows import (
    FAULTS,
    Amount,
    Balance,
    Quota,
    Unreadable,
    read_balances,
    read_quotas,
)
from tests.quota.told import BALANCES, HOME, QUOTAS, SHARED, WRITTEN, changed


def quotas(whole: Any) -> dict[str, tuple[Quota, ...]]:
    told = read_quotas(json.dumps(whole).encode(), WRITTEN)
    assert told.faults == ()
    return dict(told.rows)


def test_quotas_of_a_user_and_of_a_fileset() -> None:
    home, shared = quotas(QUOTAS)["alice"]
    assert home == Quota("/home/alice", False, Amount(1000, 1000, 2000), Amount(5, 5, 10),
                         1525361263)  # fmt: skip
    assert shared == Quota("/fs/project", True, Amount(1000, 500, 2000), Amount(5, 1, 10),
                           1525361263)  # fmt: skip


def test_balances_of_a_user_and_of_projects() -> None:
    told = read_balances(json.dumps(BALANCES).encode(), WRITTEN)
    assert told.rows["alice"] == (
        Balance("", "project", "RU", 10, 1525361263),
        Balance("bm0146", "project", "RU", -3.5, 1525361263),
    )
    assert set(told.rows) == {"alice", "bob"}
    assert told.faults == ()


@pytest.mark.parametrize("limit", [0, None, "unlimited", "Unlimited", -1, "0"])
def test_no_limit_is_never_full(limit: Any) -> None:
    (row,) = quotas(changed(HOME, block_limit=limit, file_limit=limit))["alice"]
    assert (row.space.limit, row.files.limit, row.space.full, row.space.share) == (0, 0, False, 0)


@pytest.mark.parametrize(
    ("used", "full"), [(1999, False), (2000, True), (2001, True), ("2000", True), (2e3, True)]
)
def test_what_has_reached_its_limit_is_full(used: Any, full: bool) -> None:
    (row,) = quotas(changed(HOME, total_block_usage=used))["alice"]
    assert row.space.full is full
    assert not row.files.full


def test_a_shared_volume_is_as_full_as_all_its_users_make_it() -> None:
    (row,) = quotas(changed(SHARED, total_block_usage=2000, block_usage=1))["alice"]
    assert row.space.full


def test_each_row_may_have_a_time_of_its_own() -> None:
    assert quotas(changed(HOME, timestamp=1525999999))["alice"][0].as_of == 1525999999


@pytest.mark.parametrize("time", [None, "yesterday", True, -1, 1e300, [], {"a": 1}])
def test_without_a_time_that_of_the_file_counts(time: Any) -> None:
    assert quotas({**QUOTAS, "timestamp": time})["alice"][0].as_of == WRITTEN


def test_users_that_are_numbers() -> None:
    assert set(quotas(changed(HOME, user=1000))) == {"1000"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", None), ("user", ""), ("user", ["alice"]), ("user", True), ("path", None),
        ("path", 1.5), ("path", "/" * 2000), ("total_block_usage", None),
        ("total_block_usage", "much"), ("total_block_usage", True), ("total_file_usage", "nan"),
        ("total_file_usage", "inf"), ("block_usage", {}), ("block_limit", "a lot"),
        ("file_limit", 10**400), ("file_limit", [1]), ("type", 7.5),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_left_out_and_named(field: str, value: Any) -> None:
    broken = changed(HOME, **{field: value})["quotas"][0]
    told = read_quotas(json.dumps({"quotas": [broken, SHARED]}).encode(), WRITTEN)
    assert [row.path for row in told.rows["alice"]] == ["/fs/project"]
    (fault,) = told.faults
    assert fault.startswith(f"entry 0: {field} is ")


def test_one_mistake_in_all_rows_is_not_told_for_each() -> None:
    told = read_quotas(json.dumps({"quotas": [7] * 1000}).encode(), WRITTEN)
    assert len(told.faults) == FAULTS + 1
    assert told.faults[-1] == f"{1000 - FAULTS} entries more"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no JSON"),
        (b"quota exceeded", "is no JSON"),
        (b'{"quotas": [', "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b'{"quotas": [' + b"9" * 5000 + b"]}", "is no JSON"),
        (b"[]", 'has no list "quotas"'),
        (b"null", 'has no list "quotas"'),
        (b'{"quotas": {"alice": 1}}', 'has no list "quotas"'),
        (b'{"balances": []}', 'has no list "quotas"'),
        (b'{"version": 2, "quotas": []}', "has version 2"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_cure(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read_quotas(data, WRITTEN)
    assert " — " in str(caught.value)


def test_balances_without_a_config() -> None:
    told = read_balances(b'{"version": "1", "balances": [{"user": "a", "value": "12"}]}', WRITTEN)
    assert told.rows["a"] == (Balance("", "", "", 12, WRITTEN),)

import pytest
from jupyterhub.auth import Authenticator

from hub_config.auth.names import USERNAME, USERNAME_PATTERN
from hub_config.model.request import USER_NAME

NAMES = ["alice", "_svc", "k204213", "a-b_c", "a" * 32]
NOT_NAMES = [
    "", "Alice", "1alice", "-alice", "al ice", "alice\n", "alice\0", "al.ice", "../alice",
    "a" * 33, "alicé", "ali\u0441e", "\u212aate", "alice$", "al%69ce", "root;id", "alice@site",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name(name: str) -> None:
    assert USERNAME.fullmatch(name)
    assert Authenticator(username_pattern=USERNAME_PATTERN).validate_username(name)


@pytest.mark.parametrize("name", NOT_NAMES)
def test_not_a_name_for_us_nor_for_jupyterhub(name: str) -> None:
    assert not USERNAME.fullmatch(name)
    assert not Authenticator(username_pattern=USERNAME_PATTERN).validate_username(name)


def test_the_login_door_and_the_rest_of_berth_know_the_same_names() -> None:
    """The door imports nothing of Berth's but its own modules, so it has its own copy."""
    assert USERNAME.pattern == USER_NAME.pattern

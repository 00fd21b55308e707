"""Fixtures of the directory tests: ``directory`` (a real slapd), ``login`` (one authenticator)."""

from collections.abc import Iterator

import pytest

from hub_config.auth.ldap import DirectoryAuthenticator
from tests.ldap.authority import Authority
from tests.ldap.directory import Directory
from tests.ldap.logins import authenticator
from tests.testbed import packages


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs for the directory."""
    return Authority(tmp_path_factory.mktemp("authority"), "centre")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Directory]:
    packages.ensure("ldap")
    directory = Directory(tmp_path_factory.mktemp("slapd"), authority)
    directory.start()
    yield directory
    directory.stop()


@pytest.fixture
def directory(running: Directory) -> Iterator[Directory]:
    """A directory with ann, ben, cat, dan, eve and fay; it answers again after the test."""
    yield running
    running.go_on()


@pytest.fixture
def login(directory: Directory) -> DirectoryAuthenticator:
    """Who asks the directory as a centre would."""
    return authenticator(directory)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed logins are answered without the pause that each has."""
    monkeypatch.setattr("hub_config.auth.ldap.FAILURE_SECONDS", 0.0)

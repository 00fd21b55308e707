"""One question to one server of the directory: the connections it takes, closed at its end."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import ldap3
from ldap3.core.exceptions import LDAPNoSuchObjectResult, LDAPOperationResult

from hub_config.auth.ldapservers import REFUSALS, Connection, close

Connect = Callable[[str, str], Connection]
"""DN and password to a bound connection."""


class Visit:
    """*proves*: a person's bind must succeed; else it is enough that the entry is there."""

    def __init__(self, connect: Connect, filter: str, *, proves: bool) -> None:
        self._connect, self._filter, self._proves = connect, filter, proves
        self._open: list[Connection] = []
        self.reader: Connection | None = None
        """Who reads entries and groups: the lookup account, else the person."""
        self.dn = ""
        """Of the person, once found."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for connection in self._open:
            close(connection)

    def read_as(self, dn: str, password: str) -> None:
        """Read entries as *dn*, "" for nobody in particular."""
        self.reader = self._bound(dn, password)

    def find(self, dn: str, password: str) -> Connection | None:
        """Return a connection that reads, None if *dn* is nobody who may come in."""
        if self._proves:
            person = self._prove(dn, password)
            if person is None:
                return None
            self.reader = self.reader or person
        if self.reader is None or not self._is_there(self.reader, dn):
            return None
        self.dn = dn
        return self.reader

    def _prove(self, dn: str, password: str) -> Connection | None:
        if not (dn and password):  # would be an anonymous bind, which always succeeds
            return None
        try:
            return self._bound(dn, password)
        except LDAPOperationResult as error:
            if error.result in REFUSALS:
                return None
            raise

    def _is_there(self, reader: Connection, dn: str) -> bool:
        try:
            return bool(reader.search(dn, self._filter, search_scope=ldap3.BASE))
        except LDAPNoSuchObjectResult:
            return False

    def _bound(self, dn: str, password: str) -> Connection:
        connection = self._connect(dn, password)
        self._open.append(connection)
        return connection

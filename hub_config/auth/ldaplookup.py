"""DirectoryLookup: who somebody is, asked of an LDAP directory; all of it blocks, in threads.

How to look somebody up, bind and escape is LDAPAuthenticator's. Ours are the connections
(ldapservers.py), that they end (ldapvisit.py), and groups.
"""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ldap3.utils.conv import escape_filter_chars
from ldapauthenticator import LDAPAuthenticator
from traitlets import Integer, List, TraitError, Unicode

from hub_config.auth.ldapattributes import as_texts
from hub_config.auth.ldappassword import CREDENTIAL, lookup_password
from hub_config.auth.ldapservers import Connection, Servers
from hub_config.auth.ldapvisit import Visit


@dataclass(frozen=True, slots=True)
class Person:
    """What the directory knows of somebody who may have an account."""

    name: str
    groups: frozenset[str]
    attributes: Mapping[str, list[str]]


class DirectoryLookup(LDAPAuthenticator):  # type: ignore[misc]  # upstream has no types
    """``server_address``, ``tls_strategy`` and their like are not used."""

    servers = List(Unicode(), help="URLs of the servers, the preferred one first.").tag(config=True)
    ca_file = Unicode(help="Certificates of authorities; empty: the machine's.").tag(config=True)
    timeout = Integer(5, help="Seconds for connecting, and for each answer.").tag(config=True)
    bind_dn = Unicode(help="Who looks people up; empty: nobody in particular.").tag(config=True)
    bind_password_file = Unicode(
        help=f"Password of bind_dn, mode 0600; empty: the credential {CREDENTIAL} of the unit."
    ).tag(config=True)
    user_filter = Unicode("(objectClass=*)", help="What else is true of who comes in.").tag(
        config=True
    )
    group_search = Unicode(help="Where groups are; empty: none are looked up.").tag(config=True)
    group_attribute = Unicode("cn", help="A group's name.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        try:
            self._servers = Servers(list(self.servers), self.ca_file, self.timeout)
            self._password = lookup_password(self.bind_password_file) if self.bind_dn else ""
        except (OSError, ValueError) as error:
            raise TraitError(f"auth (ldap): {error}") from None
        self._visits = threading.local()

    def ask(self, name: str, password: str | None = None, probe: bool = False) -> Person | None:
        """Return who *name* is, None if nobody or not by this password. Raises NoAnswer."""

        def question(url: str) -> Person | None:
            return self._look(url, name, password)

        return self._servers.ask(question, self._failed, probe=probe)

    def _look(self, url: str, name: str, password: str | None) -> Person | None:
        def connect(dn: str, word: str) -> Connection:
            return self._servers.connect(url, dn, word)

        with Visit(connect, self.user_filter, proves=password is not None) as visit:
            if self.bind_dn or self.lookup_dn:
                visit.read_as(self.bind_dn, self._password)
            self._visits.current = visit
            # Upstream wants a password; it is used where find() proves one, and only there.
            form = {"username": name, "password": password or "unused"}
            found = asyncio.run(LDAPAuthenticator.authenticate(self, None, form))
            # A directory may know somebody by several names: only this one is theirs here.
            if found is None or found["name"].lower() != name:
                return None
            attributes = as_texts(found["auth_state"]["user_attributes"])
            return Person(name, self._groups(visit, name), attributes)

    def get_connection(self, userdn: str | None, password: str | None) -> Connection | None:
        """Return the connection upstream uses next: without *userdn* it looks somebody up."""
        visit: Visit = self._visits.current
        return visit.reader if userdn is None else visit.find(userdn, password or "")

    def _groups(self, visit: Visit, name: str) -> frozenset[str]:
        if not self.group_search or visit.reader is None:
            return frozenset()
        filter = self.group_search_filter.format(
            userdn=escape_filter_chars(visit.dn), uid=escape_filter_chars(name)
        )
        visit.reader.search(self.group_search, filter, attributes=[self.group_attribute])
        names = (as_texts(entry.entry_attributes_as_dict) for entry in visit.reader.entries)
        return frozenset(text for found in names for texts in found.values() for text in texts[:1])

    def _failed(self, url: str, error: Exception) -> None:
        self.log.error(
            "No answer that counts from %s: %s: %s", url, type(error).__name__, str(error)[:300]
        )

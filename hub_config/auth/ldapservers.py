"""The directory's servers: TLS that is always verified, timeouts, and who is asked first.

Everything here blocks and is called from threads.
"""

import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPOperationResult
from ldap3.core.results import RESULT_SUCCESS

from hub_config.auth.limits import Clock

REST_SECONDS = 60.0
"""A server that failed is asked after all others for so long."""

# A person's bind that ends like this was judged: noSuchObject (a template's DN that is nobody's),
# constraintViolation, inappropriateAuthentication, insufficientAccessRights, unwillingToPerform
# (how directories say "locked") and invalidCredentials. https://www.rfc-editor.org/rfc/rfc4511
REFUSALS = frozenset({19, 32, 48, 49, 50, 53})

_T = TypeVar("_T")


class NoAnswer(Exception):
    """No server of the directory gave an answer that can be relied on."""


class Connection(ldap3.Connection):  # type: ignore[misc]  # ldap3 has no types
    """A connection in which an incomplete search is an error, not an empty answer."""

    def search(self, *args: Any, **kwargs: Any) -> bool:
        """Search. Raises LDAPOperationResult also for time limits, size limits and referrals."""
        found: bool = super().search(*args, **kwargs)
        if self.result["result"] != RESULT_SUCCESS:  # ldap3 raises for all but these
            raise LDAPOperationResult(
                result=self.result["result"], description=self.result["description"]
            )
        return found


class _Tls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """TLS by one context of the standard library, which also compares the host's name.

    ldap3's own turns that off and compares names by code that Python 3.12 has dropped:
    https://github.com/cannatag/ldap3/blob/v2.9.1/ldap3/core/tls.py (``wrap_socket``)
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = True) -> None:
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host
        )


class Servers:
    """The servers *urls* (ldaps://, or ldap:// for StartTLS), in the order they are preferred.

    *timeout* is in seconds, for connecting and for each answer. Raises OSError if *ca_file*
    cannot be used; "" is the machine's own store.
    """

    def __init__(
        self, urls: list[str], ca_file: str, timeout: int, clock: Clock = monotonic
    ) -> None:
        self._urls, self._timeout, self._clock = urls, timeout, clock
        self._tls = _Tls(ssl.create_default_context(cafile=ca_file or None))
        self._rests_until: dict[str, float] = {}
        self._probe = Lock()

    def ask(
        self,
        question: Callable[[str], _T],
        failed: Callable[[str, Exception], object],
        *,
        probe: bool,
    ) -> _T:
        """Return what *question*, called with a URL, finds at the first server that answers.

        Every failure is told to *failed*. While all servers rest, only one caller with *probe*
        at a time tries again. Raises NoAnswer.
        """
        if not self._all_rest():
            return self._ask(question, failed)
        if not (probe and self._probe.acquire(blocking=False)):
            raise NoAnswer
        try:
            return self._ask(question, failed)
        finally:
            self._probe.release()

    def _ask(self, question: Callable[[str], _T], failed: Callable[[str, Exception], object]) -> _T:
        for url in sorted(self._urls, key=self._rests):
            try:
                answer = question(url)
            except Exception as error:  # ldap3 raises a bare KeyError for bytes that are no LDAP
                self._rests_until[url] = self._clock() + REST_SECONDS
                failed(url, error)
            else:
                self._rests_until.pop(url, None)
                return answer
        raise NoAnswer

    def _rests(self, url: str) -> bool:
        return self._clock() < self._rests_until.get(url, 0.0)

    def _all_rest(self) -> bool:
        return all(self._rests(url) for url in self._urls)

    def connect(self, url: str, dn: str, password: str) -> Connection:
        """Return a connection bound as *dn*, anonymous for ""; nothing is sent before TLS.

        Raises LDAPException and OSError.
        """
        parts = urlsplit(url)
        server = ldap3.Server(
            parts.hostname, parts.port, use_ssl=parts.scheme == "ldaps", tls=self._tls,
            get_info=ldap3.NONE, connect_timeout=self._timeout, mode=ldap3.IP_V4_PREFERRED,
        )  # fmt: skip
        # The password as bytes: other clients send it as it is, ldap3 would normalize its letters.
        connection = Connection(
            server, user=dn or None, password=password.encode() or None, raise_exceptions=True,
            auto_referrals=False, receive_timeout=self._timeout,
        )  # fmt: skip
        try:
            self._bind(connection)
        except BaseException:
            close(connection)
            raise
        return connection

    def _bind(self, connection: Connection) -> None:
        connection.open(read_server_info=False)
        if not connection.server.ssl:
            connection.start_tls(read_server_info=False)
        if not isinstance(connection.socket, ssl.SSLSocket):
            raise LDAPException("the connection is not encrypted")
        connection.bind(read_server_info=False)


def close(connection: Connection) -> None:
    """Say goodbye and close the socket, whatever state the connection is in."""
    opened = connection.socket  # which ldap3 forgets if connecting failed
    with suppress(LDAPException, OSError):
        connection.unbind()
    if opened is not None:
        opened.close()

"""Asks PAM about one password: who may be asked about, the password, then the account.

One PAM transaction, by pamela's bindings rather than its ``authenticate``: that one would
accept accounts without a password (``nullok`` in Debian's common-auth), would not tell a
wrong password from a locked account, and would sleep in our thread after a failure.
https://github.com/minrk/pamela/blob/main/pamela.py
"""

import pwd
from ctypes import CFUNCTYPE, c_char_p, c_int, c_uint, c_void_p, cast
from dataclasses import dataclass
from pathlib import Path

import pamela

from hub_config.auth.protocol import UNKNOWN_SOURCE, LoginRequest, Why

# https://github.com/linux-pam/linux-pam/blob/v1.5.2/libpam/include/security/_pam_types.h
PAM_DISALLOW_NULL_AUTHTOK = 0x0001
PAM_FAIL_DELAY = 10
# OPEN_ERR, SYMBOL_ERR, SERVICE_ERR, SYSTEM_ERR, BUF_ERR, AUTHINFO_UNAVAIL, ABORT,
# MODULE_UNKNOWN: the stack is broken or its server away; the password was not judged. (Debian's
# common-auth hides these from us: all that goes wrong is pam_deny's AUTH_ERR there.)
NOT_JUDGED = frozenset({1, 2, 3, 4, 5, 9, 26, 28})

SERVICE_FOLDERS = (Path("/etc/pam.d"), Path("/usr/lib/pam.d"))
NOBODY = 65534


# In the place of libpam's sleep after a failure (man 3 pam_fail_delay): the door waits instead,
# without a thread. A C function pointer, so it must live as long as the process.
_NO_DELAY = CFUNCTYPE(None, c_int, c_uint, c_void_p)(lambda _code, _microseconds, _data: None)


@dataclass(frozen=True, slots=True)
class PamStack:
    """Checks passwords by the PAM service *service* for users with a uid of *min_uid* or more."""

    service: str
    min_uid: int

    def check(self, request: LoginRequest) -> Why | None:
        """Return None if the user may log in. Blocks as long as PAM and NSS do."""
        if not self._is_person(request.user):
            return Why.CREDENTIALS
        try:
            return self._ask(request)
        except pamela.PAMError as error:
            raise RuntimeError(f"PAM service {self.service} could not be used: {error}") from error

    def _is_person(self, user: str) -> bool:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            return False
        # A directory may know the user by several names: only one of them may log in.
        return entry.pw_name == user and entry.pw_uid >= self.min_uid and entry.pw_uid != NOBODY

    def _ask(self, request: LoginRequest) -> Why | None:
        # PAM calls back through the conversation: it must live as long as the transaction.
        conversation = pamela.new_simple_password_conv((request.password,), "utf-8")
        handle = pamela.pam_start(self.service, request.user, conv_func=conversation)
        code = 0
        try:
            pamela.PAM_SET_ITEM(handle, PAM_FAIL_DELAY, cast(_NO_DELAY, c_char_p))
            if request.source != UNKNOWN_SOURCE:
                handle.set_item(pamela.PAM_RHOST, request.source)
            code = pamela.PAM_AUTHENTICATE(handle, PAM_DISALLOW_NULL_AUTHTOK)
            if code:
                return _why(code, Why.CREDENTIALS)
            code = pamela.PAM_ACCT_MGMT(handle, PAM_DISALLOW_NULL_AUTHTOK)
            return _why(code, Why.ACCOUNT) if code else None
        finally:
            pamela.PAM_END(handle, code)


def _why(code: int, refusal: Why) -> Why:
    return Why.BUSY if code in NOT_JUDGED else refusal


def service_file(service: str) -> Path:
    """Return the file of the PAM service.

    Raises FileNotFoundError: PAM itself would quietly use the service "other" (man 7 pam).
    """
    for folder in SERVICE_FOLDERS:
        if (folder / service).is_file():
            return folder / service
    raise FileNotFoundError(
        f"no PAM service {service!r} in {' or '.join(map(str, SERVICE_FOLDERS))}; install "
        f"{SERVICE_FOLDERS[0] / service} as docs/auth.md shows, or name another by --service"
    )

"""What the hub and the login service say to each other: one line of JSON each way.

``{"user": …, "password": …, "source": …}`` is answered by ``{"ok": true}`` or
``{"ok": false, "why": …}``. Standard library only.
"""

import json
from dataclasses import asdict, dataclass, field
from enum import Enum
from ipaddress import IPv6Address, ip_address
from typing import Any

from hub_config.auth.names import USERNAME

MAX_LINE = 4096
"""Bytes of a request or an answer, newline included; the longest password fits, escaped."""

MAX_PASSWORD = 512
"""Bytes. pam_unix looks at no more (PAM_MAX_RESP_SIZE), so a longer one would match by its start.
https://github.com/linux-pam/linux-pam/blob/v1.5.2/libpam/include/security/_pam_types.h"""

UNKNOWN_SOURCE = "unknown"


class Why(Enum):
    """Why a login is refused. ``BUSY``: nobody judged the password; try again later."""

    CREDENTIALS = "credentials"
    ACCOUNT = "account"
    LIMIT = "limit"
    REQUEST = "request"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """One password to check. ``source`` becomes ``canonical_source`` of what is given.

    Raises ValueError, with a text that quotes nothing, for what can be no user or password.
    """

    user: str
    password: str = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        if not (isinstance(self.user, str) and USERNAME.fullmatch(self.user)):
            raise ValueError("the user name is not one")
        if not (isinstance(self.password, str) and _is_password(self.password)):
            raise ValueError(f"the password is not 1 to {MAX_PASSWORD} bytes without NUL")
        object.__setattr__(self, "source", canonical_source(self.source))


def encode_request(request: LoginRequest) -> bytes:
    """Return the request line."""
    return json.dumps(asdict(request)).encode() + b"\n"


def parse_request(line: bytes) -> LoginRequest:
    """Return the request in *line*. Raises ValueError as LoginRequest does."""
    fields = _parse_object(line)
    if fields.keys() != {"user", "password", "source"}:
        raise ValueError("the fields are not user, password and source")
    return LoginRequest(**fields)


def encode_answer(why: Why | None) -> bytes:
    """Return the answer line; None is a yes."""
    answer = {"ok": True} if why is None else {"ok": False, "why": why.value}
    return json.dumps(answer).encode() + b"\n"


def parse_answer(line: bytes) -> Why | None:
    """Return the answer in *line*, None for a yes. Raises ValueError for anything else."""
    fields = _parse_object(line)
    if fields.get("ok") is True:
        return None
    if fields.get("ok") is not False:
        raise ValueError("neither a yes nor a no")
    return Why(fields.get("why"))


def canonical_source(source: object) -> str:
    """Return the address whose failures are counted together: an IPv6 subscriber has a whole /64.

    https://www.rfc-editor.org/rfc/rfc6177 (why one host's worth of IPv6 is never one address)
    """
    try:
        address = ip_address(source) if isinstance(source, str) else None
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64)
    return UNKNOWN_SOURCE if address is None else str(address)


def _parse_object(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise ValueError("not a whole line")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):  # from None: the decoder's text may quote the line
        raise ValueError("not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    return fields


def _is_password(text: str) -> bool:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return 0 < size <= MAX_PASSWORD and "\0" not in text  # NUL: C would see only the start

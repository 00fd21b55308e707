"""Password hashes for the dictionary: ``scrypt$n$r$p$salt$hash``, salt and hash in base64.

scrypt is RFC 7914, from the standard library; the cost is the one OWASP gives for 16 MiB.
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
"""

import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from getpass import getpass
from typing import TextIO

MAX_PASSWORD = 1024
"""Bytes of UTF-8; the least is 1."""

N, R, P = 2**14, 8, 5
MAX_N = 2**17
"""128 MiB per check."""
MAX_WORK = 8 * N * P
"""About 1.5 s per check."""
SALT_BYTES, HASH_BYTES = 16, 32

_STORED = re.compile(
    r"scrypt\$([0-9]{1,6})\$([0-9]{1,2})\$([0-9]{1,2})"
    r"\$([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=)"
)


@dataclass(frozen=True, slots=True)
class StoredHash:
    """A parsed hash. It may cost more than today's, never less; r is always R."""

    n: int
    p: int
    salt: bytes
    digest: bytes


def hash_password(password: str) -> str:
    """Return what to store for *password*. Raises ValueError unless it has 1 to 1024 bytes."""
    encoded = _encode(password)
    if encoded is None:
        raise ValueError(f"a password has 1 to {MAX_PASSWORD} bytes")
    salt = os.urandom(SALT_BYTES)
    return _format(StoredHash(N, P, salt, _scrypt(encoded, N, P, salt)))


def hash_of_nothing() -> str:
    """Return a hash no password has, as costly to check as a real one."""
    return _format(StoredHash(N, P, os.urandom(SALT_BYTES), os.urandom(HASH_BYTES)))


def verify(password: str, stored: str) -> bool:
    """Return whether *stored* was made of *password*, in a time that does not depend on it.

    Takes about 0.2 s and 16 MiB; releases the GIL. Raises ValueError as ``parse`` does.
    """
    known, encoded = parse(stored), _encode(password)
    if encoded is None:
        return False
    return hmac.compare_digest(known.digest, _scrypt(encoded, known.n, known.p, known.salt))


def parse(stored: str) -> StoredHash:
    """Return the parts of *stored*.

    Raises ValueError, without quoting it, if it is none of ours or if its cost is too low to
    protect or too high to pay.
    """
    match = _STORED.fullmatch(stored)
    if not match:
        raise ValueError("not a hash that `berth hash-password` writes: scrypt$n$r$p$salt$hash")
    n, r, p = (int(number) for number in match.group(1, 2, 3))
    if r != R or n & (n - 1) or not (N <= n <= MAX_N and N * P <= n * p <= MAX_WORK):
        raise ValueError(
            f"scrypt with n={n}, r={r}, p={p}: n is a power of 2 from {N} to {MAX_N}, r is {R}, "
            f"n times p is {N * P} to {MAX_WORK}; run `berth hash-password` again"
        )
    return StoredHash(n, p, *(b64decode(text) for text in match.group(4, 5)))


def prompt_and_hash(stdin: TextIO) -> str:
    """Ask for a password twice on a terminal, or read one line of a pipe; return its hash.

    Raises ValueError if the two differ or it has not 1 to 1024 bytes.
    """
    if not stdin.isatty():
        return hash_password(stdin.readline().removesuffix("\n"))
    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise ValueError("the two passwords differ; nothing was hashed")
    return hash_password(password)


def _format(stored: StoredHash) -> str:
    salt, digest = (b64encode(raw).decode() for raw in (stored.salt, stored.digest))
    return f"scrypt${stored.n}${R}${stored.p}${salt}${digest}"


def _encode(password: str) -> bytes | None:
    try:
        encoded = password.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    return encoded if 0 < len(encoded) <= MAX_PASSWORD else None


def _scrypt(password: bytes, n: int, p: int, salt: bytes) -> bytes:
    room = 256 * R * (n + p + 2)  # twice what OpenSSL needs; its own limit is too low for MAX_N
    return hashlib.scrypt(password, salt=salt, n=n, r=R, p=p, maxmem=room, dklen=HASH_BYTES)

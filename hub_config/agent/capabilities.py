"""The two rights that make the agent more than a program of anybody's: to become somebody else.

Root has them, and so has an account of the agent's own to which systemd gives CAP_SETUID and
CAP_SETGID. The kernel takes capabilities from a process that stops being root, but not from one
that changes between two other accounts: what becomes a user must give them up itself.
See capabilities(7), "Effect of user ID changes on capabilities". Linux only.
"""

import ctypes
import os
from pathlib import Path

_SETGID, _SETUID = 1 << 6, 1 << 7  # capability.h
SWITCHING = _SETGID | _SETUID
_VERSION_3 = 0x20080522  # capget(2); two sets of 32 bits


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def can_switch() -> bool:
    """Return whether this process may become other accounts."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [effective] = [line.split()[1] for line in lines if line.startswith("CapEff:")]
    return int(effective, 16) & SWITCHING == SWITCHING


def keep(capabilities: int) -> None:
    """Give up every capability but these, and let no program we start have any.

    What is not inheritable is not ambient either, so execve(2) passes nothing on. Raises OSError.
    """
    header, data = _Header(_VERSION_3, 0), (_Data * 2)(_Data(capabilities, capabilities, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")

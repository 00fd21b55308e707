"""The grammar of user names, one for the login page, the login service and the hub.

Stricter than useradd's (no dots, no capitals, no trailing ``$``), so that a name is the same
word in a path, a URL, a log line and on a command line. Standard library only.
"""

import re

USERNAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
"""For ``fullmatch``. 32 characters is what useradd accepts: ``man 8 useradd``, CAVEATS."""

USERNAME_PATTERN = rf"{USERNAME.pattern}\Z"
r"""For ``Authenticator.username_pattern``, which uses ``match``: ``$`` would let "alice\n" pass.
https://github.com/jupyterhub/jupyterhub/blob/main/jupyterhub/auth.py (``validate_username``)"""

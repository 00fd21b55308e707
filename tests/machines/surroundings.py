"""What this computer needs to reach its package mirrors, its machines need, too.

Certificate authorities of the site, name servers, proxies and mirrors; all are copied as they are.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from tests.testbed.shell import must

_FILES = (
    "/etc/pip.conf",
    "/etc/uv/uv.toml",
    "/etc/npmrc",
    "/etc/apt/apt.conf.d/*proxy*",
    "/usr/local/share/ca-certificates/*.crt",
)
_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "pip_index_url", "uv_default_index")


def files() -> Iterator[Path]:
    """Yield the files of this computer that say how to reach the mirrors."""
    for pattern in _FILES:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")))


def variables() -> dict[str, str]:
    """Return the environment variables that say how to reach the mirrors."""
    return {key: value for key, value in os.environ.items() if key.lower() in _VARIABLES}


def fingerprint() -> str:
    """Return a hash that changes when ``put_into`` would put other things into an image."""
    digest = hashlib.sha256(repr(sorted(variables().items())).encode())
    for path in files():
        digest.update(f"\0{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def put_into(tree: Path) -> None:
    """Give the image at ``tree`` what this computer has."""
    for path in files():
        target = tree / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        target.chmod(0o644)
    with (tree / "etc/environment").open("a") as environment:
        environment.writelines(f'{key}="{value}"\n' for key, value in variables().items())
    must(["/usr/sbin/chroot", str(tree), "/usr/sbin/update-ca-certificates"], timeout=120)


def name_servers() -> str:
    """Return /etc/resolv.conf, which may change while an image stays."""
    return Path("/etc/resolv.conf").read_text()

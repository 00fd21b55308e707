"""A certificate authority for the tests, made by openssl, and certificates that it signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.shell import must

_OPENSSL = "/usr/bin/openssl"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A new authority in ``folder``, as trustworthy as who puts its certificate into a store."""

    def __init__(self, folder: Path, name: str = "Berth test authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.own = Certificate(folder / "ca.crt", folder / "ca.key")
        # Python 3.13 refuses an authority without keyUsage.
        must([_OPENSSL, "req", "-x509", *_KEY, "-days", "30", "-subj", f"/CN={name}",
              "-addext", "basicConstraints=critical,CA:TRUE",
              "-addext", "keyUsage=critical,keyCertSign,cRLSign",
              "-keyout", str(self.own.key), "-out", str(self.own.certificate)])  # fmt: skip

    def sign(self, names: Sequence[str], *, days: int = 30, file: str = "") -> Certificate:
        """Return a server's certificate for ``names``: host names, or IP addresses.

        With ``days=0`` it has ended when it is made. ``file`` is the stem of its files.
        """
        stem = self.folder / (file or names[0])
        made = Certificate(stem.with_name(f"{stem.name}.crt"), stem.with_name(f"{stem.name}.key"))
        alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)
        must([_OPENSSL, "req", "-x509", *_KEY, "-days", str(days), "-subj", f"/CN={names[0]}",
              "-CA", str(self.own.certificate), "-CAkey", str(self.own.key),
              "-addext", "basicConstraints=critical,CA:FALSE",
              "-addext", "keyUsage=critical,digitalSignature",
              "-addext", "extendedKeyUsage=serverAuth",
              "-addext", f"subjectAltName={alternatives}",
              "-keyout", str(made.key), "-out", str(made.certificate)])  # fmt: skip
        return made


def _is_address(name: str) -> bool:
    return name.replace(".", "").isdecimal()

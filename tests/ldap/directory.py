"""A real slapd with a few people and groups, as a process of its own."""

import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from tests.ldap.authority import Authority
from tests.support.hubs import free_ports, until
from tests.testbed.shell import must

BASE = "dc=example,dc=org"
LOOKUP, LOOKUP_PASSWORD = f"cn=lookup,ou=services,{BASE}", "lookup-secret-word"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "root-secret-word"
HERE = Path(__file__).resolve().parent
PASSWORDS = {name: f"{name}-secret-word" for name in ("ann", "ben", "cat", "dan", "eve", "fay")}

CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
database mdb
suffix {base}
rootdn {root}
rootpw {root_password}
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{lookup}" read by self read by * none
"""


class Directory:
    """slapd in *folder*, not started; ``url`` is TLS, ``starttls`` wants to be upgraded."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder, self.authority = folder, authority
        self._port, self._tls_port = free_ports(2)
        self.url = f"ldaps://localhost:{self._tls_port}"
        self.starttls = f"ldap://localhost:{self._port}"
        self._local = f"ldapi://{quote(str(folder / 'ldapi'), safe='')}"
        self._process: subprocess.Popen[bytes] | None = None
        certificate, key = authority.certificate("localhost")
        (folder / "data").mkdir()
        self._config = folder / "slapd.conf"
        self._config.write_text(
            CONFIG.format(
                folder=folder, certificate=certificate, key=key, base=BASE, root=ROOT,
                root_password=ROOT_PASSWORD, lookup=LOOKUP,
            )
        )  # fmt: skip
        must(["/usr/sbin/slapadd", "-f", str(self._config), "-l", str(HERE / "people.ldif")])

    @property
    def address(self) -> tuple[str, int]:
        """Where it speaks TLS from the first byte."""
        return "127.0.0.1", self._tls_port

    def start(self) -> None:
        """Start slapd and return when it listens."""
        hosts = f"ldap://127.0.0.1:{self._port} ldaps://127.0.0.1:{self._tls_port} {self._local}"
        with (self.folder / "slapd.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/usr/sbin/slapd", "-d", "0", "-f", str(self._config), "-h", hosts],
                stdout=log, stderr=log,
            )  # fmt: skip
        until(self._listens, "slapd's first answer")

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(self.address, 5):
            return True
        return False

    def hang(self) -> None:
        """Let it take connections, and answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it: connections are refused from now on."""
        if self._process is not None:
            self.go_on()
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def change(self, ldif: str) -> None:
        """Change entries as ldapmodify reads it, ``BASE`` filled in for {base}."""
        must(
            ["/usr/bin/ldapmodify", "-x", "-H", self._local, "-D", ROOT, "-w", ROOT_PASSWORD],
            input=ldif.format(base=BASE),
        )

    def delete(self, dn: str) -> None:
        self.change(f"dn: {dn}\nchangetype: delete\n")

    def add_person(self, name: str) -> None:
        """Add (again) one of ``PASSWORDS``."""
        text = (HERE / "people.ldif").read_text()
        entry = next(part for part in text.split("\n\n") if part.startswith(f"dn: uid={name},"))
        self.change(entry.replace("\n", "\nchangetype: add\n", 1) + "\n")

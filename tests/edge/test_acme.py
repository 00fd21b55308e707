"""A certificate from a real ACME authority, Pebble, got by what the renewing unit runs."""

import json
import os
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.edge.front import HOST, ROLE, Front, certificate
from tests.support.hubs import free_ports, until

PEBBLE, NAMES = "/usr/bin/pebble", "/usr/bin/pebble-challtestsrv"


class Authority:
    """Pebble, which looks at HOST on the plain port of *front*, and a name server that knows it."""

    def __init__(self, folder: Path, front: Front) -> None:
        self.folder = folder
        self.port, management, self.dns, control = free_ports(4)
        self.url = f"https://127.0.0.1:{self.port}/dir"
        certificate(folder, "self-signed", "127.0.0.1")
        self.ca = folder / "ca.crt"
        config = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(folder / "site.crt"),
            "privateKey": str(folder / "site.key"),
            "httpPort": front.http_port,
            "tlsPort": front.port,
            "ocspResponderURL": "",
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
        self._processes = [
            self._start(
                NAMES, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01",
                f"127.0.0.1:{self.dns}", "-management", f"127.0.0.1:{control}",
                "-http01", "", "-https01", "", "-tlsalpn01", "",
            ),
            self._start(PEBBLE, "-config", str(folder / "pebble.json"),
                        "-dnsserver", f"127.0.0.1:{self.dns}"),
        ]  # fmt: skip
        until(lambda: _opens(self.port), "the authority listening")

    def _start(self, *argv: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            # Pebble refuses one nonce in twenty and waits before it looks, unless told not to.
            env = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
            return subprocess.Popen(argv, env=env, stdout=log, stderr=log)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def front() -> Iterator[Front]:
    """nginx with a certificate of the machine's own, and nothing behind it."""
    # Not below pytest's folder, which nginx's workers may not enter.
    front = Front(Path(tempfile.mkdtemp(prefix="berth-edge-")), "127.0.0.1:9")
    try:
        front.start()
        yield front
    finally:
        front.close()
        shutil.rmtree(front.folder)


@pytest.fixture
def authority(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    authority = Authority(tmp_path_factory.mktemp("authority"), front)
    try:
        yield authority
    finally:
        authority.close()


def test_a_certificate_is_got_shown_and_kept(front: Front, authority: Authority) -> None:
    assert "Berth" in issuer(front)
    unit = rendered(front, authority)
    first = renew(unit)
    assert first.returncode == 0, first.stdout + first.stderr
    given = front.folder / "acme" / "certs" / HOST
    told = certificate(
        front.folder / "ssl", "accept", given / "fullchain.pem", given / "privkey.pem", HOST
    )
    assert HOST in told
    assert front.process is not None
    front.process.send_signal(signal.SIGHUP)
    until(lambda: "Pebble" in issuer(front), "the authority's certificate")
    again = renew(unit)
    assert again.returncode == 0
    assert "Skipping renew" in again.stdout


def test_an_authority_that_nobody_vouches_for_is_not_asked(
    front: Front, authority: Authority
) -> None:
    done = renew(rendered(front, authority, berth_acme_ca=""))
    assert done.returncode != 0
    assert not list(front.folder.glob("acme/certs/*/fullchain.pem"))


def rendered(front: Front, authority: Authority, **changes: str) -> list[str]:
    """Write the role's dehydrated configuration; return the command line of its unit."""
    environment = Environment(  # noqa: S701 - not HTML
        loader=FileSystemLoader(ROLE / "templates"), trim_blocks=True, undefined=StrictUndefined
    )
    variables = {
        "berth_tls": "acme", "berth_acme_directory": authority.url, "berth_acme_email": "",
        "berth_acme_ca": "ca.crt", "tls_acme": str(front.folder / "acme"), "tls_host": HOST,
        "tls_webroot": str(front.folder / "webroot"), "tls_program": "certificate", **changes,
    }  # fmt: skip
    config = front.folder / "dehydrated"
    text = environment.get_template("dehydrated.j2").render(variables)
    config.write_text(text.replace("/etc/dehydrated/berth-ca.crt", str(authority.ca)))
    (front.folder / "acme").mkdir()
    unit = environment.get_template("berth-certificate.service.j2").render(variables)
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=/usr/bin/")]
    return shlex.split(
        line.removeprefix("ExecStart=").replace("/etc/dehydrated/berth", str(config))
    )


def renew(argv: list[str]) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=90)


def issuer(front: Front) -> str:
    """Return who signed what nginx shows now."""
    shown = ssl.get_server_certificate((HOST, front.port), timeout=60)
    read = ["/usr/bin/openssl", "x509", "-noout", "-issuer"]
    return subprocess.run(read, input=shown, check=True, capture_output=True, text=True).stdout


def _opens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

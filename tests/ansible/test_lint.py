"""ansible-lint, profile production: the same command as in CONTRIBUTING.md."""

from tests.ansible.plays import ansible


def test_ansible_lint_finds_nothing() -> None:
    done = ansible("ansible-lint", "--nocolor", "ansible")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "profile 'production'" in (done.stdout + done.stderr).replace("Profile", "profile")

"""What the roles compute from text, on what the tools really print."""

import hashlib
from pathlib import Path

import pytest

from tests.ansible.plays import plugin

berth = plugin("filter_plugins/berth.py")

# ss -Hltnp of iproute2 6.1 on Debian 12, and what `systemctl show --property=MainPID --value` adds.
LISTENERS = """\
LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=93,fd=3))
LISTEN 0      511        127.0.0.1:8000       0.0.0.0:*    users:(("MainThread",pid=4547,fd=21))
LISTEN 0      128        127.0.0.1:8081       0.0.0.0:*    users:(("python3",pid=77,fd=8))
LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=12,fd=6),("nginx",pid=10,fd=6))
LISTEN 0 511    [::]:443    [::]:* users:(("apache2",pid=5,fd=4),("apache2",pid=6,fd=4))
LISTEN 0      4096   *:9100 *:*
10
4547
0
"""


def test_a_port_of_somebody_else_is_named_with_its_program() -> None:
    assert berth.intruders(LISTENERS, [80, 443, 8000, 8081]) == [
        "port 443 at [::] is held by apache2 (pid 5)",
        "port 8081 at 127.0.0.1 is held by python3 (pid 77)",
    ]


def test_a_program_that_cannot_be_seen_is_one_all_the_same() -> None:
    assert berth.intruders(LISTENERS, [9100]) == [
        "port 9100 at * is held by a program that cannot be seen (pid ?)"
    ]


@pytest.mark.parametrize("ports", [[22222], [], [2], [808]])
def test_other_ports_do_not_matter(ports: list[int]) -> None:
    assert berth.intruders(LISTENERS, ports) == []


def test_a_misspelt_variable_is_told_with_its_likely_name() -> None:
    known = ["berth_shared_dir", "berth_slurm", "berth_tls"]
    assert berth.unknown(["berth_tls", "berth_shard_dir"], known) == [
        "berth_shard_dir: did you mean berth_shared_dir?"
    ]
    assert berth.unknown(["berth_colour_of_the_sky"], known) == [
        "berth_colour_of_the_sky: no role has a variable like it; remove it"
    ]
    assert berth.unknown(known, known) == []


def test_settings_are_the_values_alone() -> None:
    shown = '{"proxy.listen": {"value": "http://127.0.0.1:8000", "origin": "default"}}'
    assert berth.settings(shown) == {"proxy.listen": "http://127.0.0.1:8000"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://[::1]:8081/", "https://h:8081"])
def test_the_port_of_a_url(url: str) -> None:
    assert berth.port(url) == 8081


@pytest.mark.parametrize("url", ["http://127.0.0.1", "unix:///run/x", "", "8081"])
def test_no_port_is_no_number(url: str) -> None:
    with pytest.raises(ValueError, match="has no port"):
        berth.port(url)


# --- what was deployed, what is there, what is to be there ---------------------------------------


def sums(**texts: str) -> dict[str, str]:
    """File of the site -> checksum of its text; ``profile`` is a file of profiles.d."""
    names = {"site": "site.yml", "profile": "profiles.d/a.yml", "own": "profiles.d/own.yml"}
    return {names[name]: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}


def only(**found: list[str]) -> dict[str, list[str]]:
    """What ``compared`` finds, if it finds this and nothing else."""
    return {key: found.get(key, []) for key in ("new", "stale", "edited", "forgotten")}


def listing(files: dict[str, str]) -> str:
    return "".join(f"{checksum}  {name}\n" for name, checksum in files.items())


def looked(deployed: dict[str, str], live: dict[str, str]) -> str:
    return f"{listing(deployed)}--\n{listing(live)}"


BOTH = sums(site="1", profile="a")


def test_nothing_differs() -> None:
    found = berth.compared(looked(BOTH, BOTH), BOTH)
    assert found == only()


def test_a_first_deployment_is_all_new() -> None:
    found = berth.compared(looked({}, {}), BOTH)
    assert found == only(new=["profiles.d/a.yml", "site.yml"])


@pytest.mark.parametrize("text", ["--", "--\n", "", "\n--\n"])
def test_an_empty_machine_has_nothing(text: str) -> None:
    """Ansible takes away the newline at the end of what a command printed."""
    assert berth.compared(text, BOTH) == only(new=sorted(BOTH))
    assert berth.remembered(text, BOTH) == listing(dict(sorted(BOTH.items())))


def test_what_was_made_by_hand_before_the_first_deployment_is_an_edit() -> None:
    found = berth.compared(looked({}, BOTH), BOTH | sums(site="2"))
    assert found == only(new=["site.yml"], edited=["site.yml"], forgotten=["profiles.d/a.yml"])


def test_a_change_in_the_inventory_is_no_edit() -> None:
    new = BOTH | sums(site="2")
    assert berth.compared(looked(BOTH, BOTH), new) == only(new=["site.yml"])


def test_a_change_on_the_machine_is_an_edit() -> None:
    live = BOTH | sums(site="9")
    assert berth.compared(looked(BOTH, live), BOTH)["edited"] == ["site.yml"]


def test_the_same_change_on_both_sides_is_none() -> None:
    both = BOTH | sums(site="9")
    assert berth.compared(looked(BOTH, both), both) == only(forgotten=["site.yml"])


def test_different_changes_on_both_sides_are_an_edit() -> None:
    live, new = BOTH | sums(site="9"), BOTH | sums(site="2")
    found = berth.compared(looked(BOTH, live), new)
    assert (found["new"], found["edited"]) == (["site.yml"], ["site.yml"])


def test_a_file_that_the_machine_lost_is_just_new() -> None:
    live = sums(site="1")
    found = berth.compared(looked(BOTH, live), BOTH)
    assert found == only(new=["profiles.d/a.yml"])


def test_a_file_that_somebody_made_on_the_machine_is_an_edit() -> None:
    live = BOTH | sums(own="x")
    found = berth.compared(looked(BOTH, live), BOTH)
    assert (found["stale"], found["edited"]) == (["profiles.d/own.yml"], ["profiles.d/own.yml"])


def test_a_file_that_the_inventory_gave_up_is_stale_and_no_edit() -> None:
    found = berth.compared(looked(BOTH, BOTH), sums(site="1"))
    assert found == only(stale=["profiles.d/a.yml"])


def test_what_is_no_file_of_the_site_is_left_alone() -> None:
    live = BOTH | {"agent.toml": "0" * 64, "secrets/proxy-token": "0" * 64}
    assert berth.compared(looked(BOTH, live), BOTH) == only()  # fmt: skip


def test_a_run_for_profiles_sees_nothing_else() -> None:
    live = BOTH | sums(site="9", profile="b")
    found = berth.compared(looked(BOTH, live), BOTH | sums(site="2"), ["profiles.d"])
    assert found == only(new=["profiles.d/a.yml"], edited=["profiles.d/a.yml"])


def test_a_run_for_profiles_forgets_those_that_went() -> None:
    was = BOTH | sums(own="x")
    new = BOTH | sums(site="2")
    assert berth.remembered(looked(was, was), new, ["profiles.d"]) == listing(
        dict(sorted(BOTH.items()))
    )


def test_a_run_for_profiles_remembers_the_rest_as_it_was() -> None:
    new = sums(site="2") | sums(profile="b")
    told = berth.remembered(looked(BOTH, BOTH), new, ["profiles.d"])
    assert told == listing(dict(sorted((sums(site="1") | sums(profile="b")).items())))


def test_a_run_for_announcements_sees_nothing_else() -> None:
    note = {"announcements.d/note.md": "d" * 64}
    live = BOTH | sums(site="9", profile="b") | note
    found = berth.compared(looked(BOTH, live), BOTH, ["announcements.d"])
    assert found == only(stale=[*note], edited=[*note])
    assert berth.remembered(looked(BOTH, live), note, ["announcements.d"]) == listing(
        dict(sorted((BOTH | note).items()))
    )


def test_a_whole_run_remembers_what_it_brought() -> None:
    new = sums(site="2")
    assert berth.remembered(looked(BOTH, BOTH), new) == listing(new)


def test_the_sites_files_are_found_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "site.yml", "kernels.yml", "profiles.d/a.yml", "profiles.d/b.yaml", "munge.key",
        "jupyterhub_config.d/1.py", "profiles.d/notes.txt", "profiles.d/old/c.yml",
        "announcements.d/a.md", "announcements.d/.b.md", "announcements.d/c.md~",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert berth.files(str(tmp_path)) == [
        "announcements.d/a.md", "jupyterhub_config.d/1.py", "kernels.yml",
        "profiles.d/a.yml", "profiles.d/b.yaml", "site.yml",
    ]  # fmt: skip

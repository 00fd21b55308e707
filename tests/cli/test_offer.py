"""`berth form`."""

from pathlib import Path

import pytest

from hub_config.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


def form(capsys: pytest.CaptureFixture[str], *argv: str, site: str = "dkrz") -> list[str]:
    assert main(["form", *argv, "--site", str(EXAMPLES / site)]) == 0
    return capsys.readouterr().out.splitlines()


def row(lines: list[str], begin: str) -> str:
    [found] = [line for line in lines if line.startswith(f"  {begin} ")]
    return found


def test_presets_are_listed_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    lines = form(capsys, "alice")
    assert lines[0] == "Presets: asks for account (required), reservation, qos"
    assert [line.split()[0] for line in lines[2:11]] == [
        "shared-1", "shared-2", "shared-4", "compute-24", "prepost-1", "prepost-2", "prepost-4",
        "prepost-24", "miklip-1",
    ]  # fmt: skip
    assert "shared: 1 core, 2560M, 12:00:00" in row(lines, "shared-1")
    assert row(lines, "shared-1").endswith("free to take")


def test_a_locked_preset_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    lines = form(capsys, "alice")
    assert row(lines, "miklip-1").endswith("needs group miklip")
    assert not [line for line in lines if line.startswith("  miklip ")]


@pytest.mark.parametrize("argv", [["carol"], ["alice", "--groups", "x, miklip"]], ids=" ".join)
def test_groups_open_presets_and_partitions(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = form(capsys, *argv)
    assert row(lines, "miklip-1").endswith("free to take")
    assert row(lines, "miklip").split() == [
        "miklip", "1", "to", "…", "512M", "to", "…", "00:10:00", "to", "…", "0", "to", "…",
    ]  # fmt: skip


def test_ranges_are_the_admins(capsys: pytest.CaptureFixture[str]) -> None:
    shown = " ".join(row(form(capsys, "alice"), "shared").split())
    assert shown == "shared 1 to 48 512M to 120G 00:10:00 to 12:00:00 0 to …"


def test_a_site_with_one_partition(capsys: pytest.CaptureFixture[str]) -> None:
    lines = form(capsys, "demo", site="local")
    assert lines[0] == "Presets: asks for application"
    assert row(lines, "local").split()[:4] == ["local", "1", "to", "…"]


def test_accounts_lock_the_presets_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "profiles.d").mkdir()
    (tmp_path / "site.yml").write_text("auth: {method: pam}\nscheduler: {type: slurm}\n")
    (tmp_path / "profiles.d" / "a.yml").write_text(
        "presets:\n- {id: one, title: One, partition: p, memory: 1G, walltime: 1h, account: x}\n"
    )
    argv = ["form", "alice", "--site", str(tmp_path)]
    for accounts, ending in (
        (None, "free to take"),
        ("x,y", "free to take"),
        ("y", "needs account x"),
    ):
        assert main([*argv, *(["--accounts", accounts] if accounts else [])]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert row(lines, "one").endswith(ending)
        assert lines[-1] == "Advanced: not open to this user"


def test_a_broken_site_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "alice", "--site", str(tmp_path)]) == 1
    assert "site.yml:1:1" in capsys.readouterr().out

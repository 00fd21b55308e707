"""berth-kernel check: every way in which a kernel is broken, named, with its cure."""

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from hub_config.singleuser import berth_kernel
from tests.kernels.people import Person, empty_environment_in
from tests.load.nobody import as_nobody, readable_folder

__all__ = ["readable_folder"]


def only_finding(alice: Person, name: str = "mine") -> str:
    """What ``check`` says of a kernel with one mistake."""
    checked = alice.berth_kernel("check", name)
    assert checked.code == 1, checked.text
    (line,) = checked.text.splitlines()
    what, dash, cure = line.removeprefix(f"{name}: ").partition(" — ")
    assert dash, line
    assert cure, line
    return f"{what} — {cure}"


def test_a_good_kernel_is_ok(alice: Person) -> None:
    alice.kernel("mine")
    checked = alice.berth_kernel("check", "mine")
    assert (checked.code, checked.text) == (0, "mine: ok\n")


def test_without_a_name_all_are_checked(alice: Person) -> None:
    alice.kernel("good")
    alice.kernel("bad", argv=[])
    checked = alice.berth_kernel("check")
    assert checked.code == 1
    assert checked.text.startswith('bad: kernel.json has no "argv"')
    assert "good: ok\n" in checked.text
    assert "python3: ok\n" in checked.text


def test_an_unknown_kernel_is_told(alice: Person) -> None:
    checked = alice.berth_kernel("check", "nothing")
    assert (checked.code, checked.text) == (1, "there is no kernel nothing — berth-kernel list\n")


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"{\n  argv: []\n}", "kernel.json:2:3 is not JSON (Expecting property name"),
        (b"", "kernel.json:1:1 is not JSON (Expecting value)"),
        (b'{"argv": ["x"],}', "is not JSON"),
        (b'\xff{"argv": []}', "kernel.json is not UTF-8 text — save it as UTF-8"),
        (b"[" * 100_000, "kernel.json is nested too deeply"),
        (b"[]", "kernel.json is no JSON object — begin it with {"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(alice: Person, content: bytes, seen: str) -> None:
    (alice.kernel("mine") / "kernel.json").write_bytes(content)
    assert seen in only_finding(alice)


CONNECTED = ["-f", "{connection_file}"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"argv": None}, 'no "argv" that is a list of words'),
        ({"argv": "python3 -m ipykernel"}, 'no "argv" that is a list of words'),
        ({"argv": []}, 'no "argv" that is a list of words'),
        ({"argv": ["", *CONNECTED]}, 'no "argv" that is a list of words'),
        ({"argv": ["python3", 3, *CONNECTED]}, 'no "argv" that is a list of words'),
        ({"argv": ["python3", "a\0b", *CONNECTED]}, 'no "argv" that is a list of words'),
        ({"argv": ["python3", "\ud800", *CONNECTED]}, 'no "argv" that is a list of words'),
        ({"argv": ["python3", "-m", "ipykernel_launcher"]}, '"argv" lacks {connection_file}'),
        ({"display_name": None}, 'no "display_name" — add it, for example "My Python"'),
        ({"display_name": "  "}, 'no "display_name"'),
        ({"language": 3}, 'no "language" — add it, for example "python"'),
        ({"env": []}, '"env" is not a set of names with texts'),
        ({"env": {"A": 1}}, '"env" is not a set of names with texts'),
        ({"env": {"A=B": "1"}}, '"env" is not a set of names with texts'),
        ({"env": {"A": "\0"}}, '"env" is not a set of names with texts'),
        ({"interrupt_mode": "kill"}, '"interrupt_mode" is neither "signal" nor "message"'),
        ({"argv": ["nothing-like-it", *CONNECTED]}, "nothing-like-it is not among the programs"),
        ({"argv": ["/no/such/python", *CONNECTED]}, "/no/such/python does not exist"),
        ({"argv": ["/gone/bin/python", *CONNECTED]}, "the environment /gone is gone"),
        ({"argv": ["/usr/bin", *CONNECTED]}, "/usr/bin is a folder — name the program in it"),
        ({"argv": ["/etc/passwd", *CONNECTED]}, "is not executable — chmod +x /etc/passwd"),
        ({"argv": ["/etc/passwd/x", *CONNECTED]}, "cannot be used (Not a directory)"),
        ({"argv": ["/" + "x" * 300, *CONNECTED]}, "cannot be used (File name too long)"),
        ({"argv": ["/bin/bash", "/no/start.sh", *CONNECTED]}, "/no/start.sh"),
        ({"argv": ["/bin/sh", "/no/kernel.sh", *CONNECTED]}, "/no/kernel.sh does not exist"),
        (
            {"argv": ["python3", "-m", "no_such_kernel", *CONNECTED]},
            "has no package no_such_kernel — ",
        ),
    ],
)
def test_what_is_wrong_in_it_is_named(alice: Person, change: dict[str, Any], seen: str) -> None:
    alice.kernel("mine", **change)
    assert seen in only_finding(alice)


def test_several_mistakes_are_all_named(alice: Person) -> None:
    alice.kernel("mine", argv=["python3"], display_name=None, env=3)
    lines = alice.berth_kernel("check", "mine").text.splitlines()
    assert len(lines) == 3


def test_an_empty_folder_is_told(alice: Person) -> None:
    (alice.kernels / "mine").mkdir(parents=True)
    assert "kernel.json does not exist — berth-kernel remove mine" in only_finding(alice)


def test_what_is_no_kernel_is_left_alone(alice: Person) -> None:
    alice.kernel("mine")
    (alice.kernels / ".ipynb_checkpoints").mkdir()
    (alice.kernels / "notes.txt").touch()
    told = alice.berth_kernel("check").text
    assert "mine: ok\n" in told
    assert "checkpoints" not in told
    assert "notes" not in told


def test_a_folder_that_jupyter_path_names_too_is_looked_at_once(alice: Person) -> None:
    alice.kernel("mine")
    twice = {"JUPYTER_PATH": str(alice.kernels.parent)}
    assert alice.berth_kernel("list", **twice).text.count("mine ") == 1
    assert alice.berth_kernel("check", "mine", **twice).text == "mine: ok\n"


def test_a_pipe_is_not_waited_for(alice: Person) -> None:
    (alice.kernels / "mine").mkdir(parents=True)
    os.mkfifo(alice.kernels / "mine/kernel.json")
    assert "kernel.json is not a regular file" in only_finding(alice)


@pytest.mark.parametrize(("name", "better"), [("My Kernel", "my-kernel"), ("Ünder", "nder")])
def test_a_name_that_jupyter_does_not_take_is_told(alice: Person, name: str, better: str) -> None:
    alice.kernel(name)
    finding = only_finding(alice, name)
    assert "its name is not small letters, digits and . _ - alone" in finding
    assert finding.endswith(f"/{better}")


def test_two_kernels_of_one_name_are_told(alice: Person) -> None:
    alice.kernel("python3")
    lines = alice.berth_kernel("check", "python3").text.splitlines()
    assert "has the same name, and only one of them is shown — berth-kernel remove" in lines[0]


def test_a_deleted_environment_is_told(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "mine", "--venv", environment)
    shutil.rmtree(environment)
    assert f"the environment {environment} is gone — make the environment anew" in only_finding(
        alice
    )


def test_a_python_that_was_upgraded_away_is_told(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "mine", "--venv", environment)
    (environment / "bin/python").unlink()
    (environment / "bin/python").symlink_to("/usr/bin/python3.1")
    assert "/bin/python leads to /usr/bin/python3.1, which is gone" in only_finding(alice)


def test_a_lost_ipykernel_is_told(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "mine", "--venv", environment)
    next(environment.rglob("packages.pth")).unlink()
    python = environment / "bin/python"
    assert only_finding(alice) == (
        f"{python} has no package ipykernel — {python} -m pip install ipykernel"
    )


def test_a_broken_package_is_told_in_its_own_words(alice: Person) -> None:
    environment = empty_environment_in(alice.home / "envs/odd")
    packages = next(environment.rglob("site-packages"))
    (packages / "ipykernel_launcher.py").write_text("import zmq")
    (packages / "zmq.py").write_text("raise ImportError('libzmq.so.5: cannot open')")
    alice.kernel("mine", argv=[f"{environment}/bin/python", "-m", "ipykernel_launcher", *CONNECTED])
    assert "cannot be imported by" in (finding := only_finding(alice))
    assert "(ImportError: libzmq.so.5: cannot open)" in finding


def test_the_home_of_packages_is_not_the_current_directory(alice: Person) -> None:
    (alice.home / "ipykernel_launcher.py").write_text("raise SystemExit(9)")
    alice.kernel("mine")
    assert alice.berth_kernel("check", "mine", PYTHONPATH=str(alice.home)).text == "mine: ok\n"


def test_an_interpreter_that_hangs_is_ended(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    program = alice.home / "python"
    program.write_text("#!/bin/sh\nsleep 1000 & wait\n")
    program.chmod(0o755)
    monkeypatch.setattr(berth_kernel, "PROBE_SECONDS", 0.5)
    with pytest.raises(berth_kernel.KernelError, match=r"was not done after 0.5 s — is the file"):
        berth_kernel.probe([str(program), "-c", "import x"], alice.env())


@pytest.mark.parametrize(
    ("first", "seen"),
    [
        ("#!/bin/sh\r\n", "has line ends of Windows — sed -i 's/\\r$//' "),
        ("#!/no/such/shell\n", "is to be run by /no/such/shell, which does not exist"),
        ("#!\n", "is to be run by nothing, which does not exist"),
    ],
)
def test_a_script_that_cannot_start_is_told(alice: Person, first: str, seen: str) -> None:
    script = alice.home / "start-kernel.sh"
    script.write_text(first + "exec true\n", newline="")
    script.chmod(0o755)
    alice.kernel("mine", argv=[str(script), "{connection_file}"])
    assert seen in only_finding(alice)


def test_a_script_kernel_is_ok(alice: Person) -> None:
    script = alice.home / "start-kernel.sh"
    script.write_text('#!/bin/sh\nexec python3 -m ipykernel_launcher -f "$1"\n')
    script.chmod(0o755)
    alice.kernel("mine", argv=[str(script), "{connection_file}"])
    assert alice.berth_kernel("check", "mine").text == "mine: ok\n"


def test_a_lost_start_script_is_told(alice: Person, environment: Path) -> None:
    alice.berth_kernel("add", "mine", "--venv", environment)
    (alice.kernels / "mine/start.sh").unlink()
    assert "mine/start.sh cannot be read — remove the kernel and add it anew" in only_finding(alice)


def test_a_kernel_is_really_started(alice: Person) -> None:
    alice.kernel("mine")
    assert alice.berth_kernel("check", "mine", "--start").text == "mine: ok\n"


def test_a_kernel_that_ends_at_once_is_told_in_its_own_words(alice: Person) -> None:
    script = alice.home / "start-kernel.sh"
    script.write_text("#!/bin/sh\necho no licence left >&2\nexit 3\n")
    script.chmod(0o755)
    alice.kernel("mine", argv=[str(script), "{connection_file}"])
    assert alice.berth_kernel("check", "mine").code == 0
    started = alice.berth_kernel("check", "mine", "--start")
    assert started.code == 1
    assert "does not start (no licence left) — " in started.text


def test_closed_files_and_folders_are_told(readable_folder: Path) -> None:
    """In this process, since only so can root's tests be somebody else."""
    kernels = readable_folder / "kernels"
    folder = kernels / "mine"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({}))
    (folder / "kernel.json").chmod(0)
    os.chown(kernels, 65534, -1)
    kernel = berth_kernel.Found("mine", folder, own=True)
    with as_nobody():
        with pytest.raises(berth_kernel.KernelError, match=r"Permission denied\) — chmod -R u\+rX"):
            berth_kernel.read_spec(kernel)
        kernels.chmod(0)
        with pytest.raises(berth_kernel.KernelError, match=r"Permission denied\) — chmod u\+rwx"):
            berth_kernel.kernels_in(kernels, own=True)
        kernels.chmod(stat.S_IRWXU)


def test_a_program_below_a_closed_folder_is_told(readable_folder: Path) -> None:
    closed = readable_folder / "closed"
    (closed / "env/bin").mkdir(parents=True)
    python = closed / "env/bin/python"
    python.touch(0o755)
    closed.chmod(0o700)
    with as_nobody():
        finding = berth_kernel.executable_problem(python)
    assert finding.startswith(f"{python} cannot be used (Permission denied) — ") or (
        os.geteuid() != 0 and finding == ""
    )

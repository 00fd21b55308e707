"""Copy-on-write: a machine's root folder shows the image, and keeps the machine's changes apart."""

import shutil
from pathlib import Path

from tests.testbed.shell import must


def mount(image: Path, folder: Path) -> None:
    """Show ``image`` at ``folder/root``; nothing is left of an earlier machine in ``folder``."""
    unmount(folder)
    root, changes, work = folder / "root", folder / "changes", folder / "work"
    for path in (root, changes, work):
        path.mkdir(parents=True)
    # "volatile": nothing waits for the disk, since nothing has to outlive a crash of this computer.
    options = f"lowerdir={image},upperdir={changes},workdir={work},volatile"
    must(["/usr/bin/mount", "-t", "overlay", "berth-machine", "-o", options, str(root)])


def unmount(folder: Path) -> None:
    """Take the view and every change away."""
    if (folder / "root").is_mount():
        must(["/usr/bin/umount", str(folder / "root")])
    shutil.rmtree(folder, ignore_errors=True)

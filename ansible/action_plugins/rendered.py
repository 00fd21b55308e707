"""``rendered``: a template, and a header that tells whether somebody edited the file by hand.

    - rendered: {src: x.j2, dest: /etc/x, mode: "0644", owner: root, group: root, validate: x -t %s}

The first line (the second, below ``#!``) holds a checksum of all other lines. A file whose checksum
does not fit, or that has none, is somebody else's work: the play stops and shows the difference.
``-e berth_overwrite=true`` keeps that copy beside the new file instead. Arguments are those of
ansible.builtin.template that are named in ``_ARGUMENTS``, and ``comment``, which begins a comment.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible import constants

_ARGUMENTS = frozenset({"src", "dest", "mode", "owner", "group", "validate", "comment"})
_HEADER = "Made by Berth's playbook; change the inventory, not this file. sha256:"
_CHECKSUM = re.compile(re.escape(_HEADER) + r"([0-9a-f]{64})")
_DIFF_LINES = 20


class ActionModule(ActionBase):
    """See the module's docstring."""

    _VALID_ARGS = _ARGUMENTS
    TRANSFERS_FILES = True
    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Render, compare with what is there, copy."""
        variables = task_vars or {}
        super().run(tmp, variables)
        dest = self._argument("dest")
        text = with_header(self._rendered(variables), self._task.args.get("comment", "#"))
        if self._is_there(dest, text, variables):
            return {"changed": False, "dest": dest}
        there = self._there(dest, variables)
        if there is not None and there != text and not is_ours(there):
            if not boolean(variables.get("berth_overwrite", False)):
                raise AnsibleActionFail(complaint(dest, there, text))
            self._keep(dest, variables)
        return self._copied(text, variables)

    def _argument(self, name: str) -> str:
        value = self._task.args.get(name)
        if not isinstance(value, str) or not value:
            raise AnsibleActionFail(f"rendered: {name} is missing")
        return value

    def _rendered(self, variables: dict[str, Any]) -> str:
        lookup = self._shared_loader_obj.lookup_loader.get(
            "ansible.builtin.template", loader=self._loader, templar=self._templar
        )
        (text,) = lookup.run([self._argument("src")], variables=variables)
        return str(text)

    def _is_there(self, dest: str, text: str, variables: dict[str, Any]) -> bool:
        """Return whether file, mode and owners are right: the common case, in one step."""
        found = self._execute_module(
            module_name="ansible.builtin.stat",
            module_args={"path": dest, "checksum_algorithm": "sha256"},
            task_vars=variables,
        )
        now = found.get("stat", {})
        if now.get("islnk"):
            raise AnsibleActionFail(
                f"rendered: {dest} is a link to {now.get('lnk_target')}, and following it would"
                " change a file elsewhere; look who made it, remove it, and run this again"
            )
        names = {"mode": now.get("mode"), "owner": now.get("pw_name"), "group": now.get("gr_name")}
        wanted = {name: self._task.args[name] for name in names if name in self._task.args}
        return now.get("checksum") == _sum(text) and names == {**names, **wanted}

    def _there(self, dest: str, variables: dict[str, Any]) -> str | None:
        """Return what the file holds now, None if there is none."""
        found = self._execute_module(
            module_name="ansible.builtin.slurp", module_args={"src": dest}, task_vars=variables
        )
        if "content" in found:
            return base64.b64decode(found["content"]).decode(errors="replace")
        if "not found" in str(found.get("msg")):
            return None
        raise AnsibleActionFail(f"rendered: {dest} cannot be read: {found.get('msg')}")

    def _keep(self, dest: str, variables: dict[str, Any]) -> None:
        if self._task.check_mode:
            return
        copy = f"{dest}.edited-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        kept = self._execute_module(
            module_name="ansible.builtin.copy",
            module_args={"src": dest, "dest": copy, "remote_src": True, "mode": "preserve"},
            task_vars=variables,
        )
        if kept.get("failed"):
            raise AnsibleActionFail(f"rendered: {dest} cannot be kept as {copy}: {kept.get('msg')}")
        self._display.warning(f"{dest} was edited by hand; that copy is now {copy}")

    def _copied(self, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(dir=constants.DEFAULT_LOCAL_TMP))
        try:
            source = folder / Path(self._argument("dest")).name
            source.write_text(text, encoding="utf-8")
            task = self._task.copy()
            task.args = {**self._task.args, "src": str(source)}
            task.args.pop("comment", None)
            copy = self._shared_loader_obj.action_loader.get(
                "ansible.legacy.copy",
                task=task,
                connection=self._connection,
                play_context=self._play_context,
                loader=self._loader,
                templar=self._templar,
                shared_loader_obj=self._shared_loader_obj,
            )
            result: dict[str, Any] = copy.run(task_vars=variables)
            return result
        finally:
            shutil.rmtree(folder)
            self._remove_tmp_path(self._connection._shell.tmpdir)


def with_header(text: str, comment: str = "#") -> str:
    """Return *text* with the line that vouches for it, below a ``#!`` line if it has one."""
    text = text if text.endswith("\n") else f"{text}\n"
    first, newline, rest = text.partition("\n")
    header = f"{comment} {_HEADER}{_sum(text)}\n"
    return first + newline + header + rest if first.startswith("#!") else header + text


def is_ours(text: str) -> bool:
    """Return whether *text* is what ``with_header`` once made, unchanged since."""
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines[:2]):
        if found := _CHECKSUM.search(line):
            return _sum("".join(lines[:index] + lines[index + 1 :])) == found[1]
    return False


def complaint(dest: str, there: str, wanted: str) -> str:
    """Return what to tell somebody whose edit would be lost: the difference and both cures."""
    made = "was edited by hand" if _CHECKSUM.search(there) else "was not made by this playbook"
    lines = list(
        difflib.unified_diff(
            wanted.splitlines(), there.splitlines(), "the playbook's", "on the machine", n=0,
            lineterm="",
        )
    )  # fmt: skip
    more = [f"… and {len(lines) - _DIFF_LINES} more lines"] if len(lines) > _DIFF_LINES else []
    return "\n".join(
        [
            f"{dest} {made}, and this run would undo that:",
            *lines[:_DIFF_LINES],
            *more,
            "Either move the change to the inventory, or run again with -e berth_overwrite=true,"
            f" which keeps this copy as {dest}.edited-<date>.",
        ]
    )


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""From one release to another and back: all of it, or as if nothing had been tried.

The proxy is never touched, so that users with a running server notice nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hub_config.auth.passwords import parse as parse_password
from hub_config.load import load_site
from hub_config.model.site import Site
from hub_config.ops import attempt as attempts
from hub_config.ops import copies, hubhealth, settings
from hub_config.ops.attempt import Attempt
from hub_config.ops.database import Database
from hub_config.ops.failure import Failed
from hub_config.ops.files import turn
from hub_config.ops.layout import BESIDE, HUB, Layout
from hub_config.ops.release import Release, pointed, read
from hub_config.ops.units import Units
from hub_config.yaml12 import BadConfig


class Switch:
    """Switches the releases of one machine. *say* is told each step before it is taken."""

    def __init__(
        self,
        layout: Layout,
        units: Units,
        say: Callable[[str], None],
        patience: float = hubhealth.PATIENCE,
    ) -> None:
        self.layout, self.units, self.say, self.patience = layout, units, say, patience

    def activate(self, name: str) -> None:
        """Make *name* current. Raises Failed; then the release of before runs again."""
        target, left = read(self.layout, name), attempts.left(self.layout.attempt)
        if left is None and pointed(self.layout.current) == name:
            self.say(f"already current: {name}")
            self._keep_if_well(target)
            return
        if left and left.new == name and left.reached("start"):
            self._complete(left, self._finish)
            return
        if left:
            self._give_up(left)
        self._check(target)
        self._go(target, self._upgrade)

    def rollback(self, name: str = "") -> None:
        """Go back to *name*, or to the release before the current one. Raises Failed.

        A switch that was interrupted is undone, and that is all if *name* is not given.
        """
        left = attempts.left(self.layout.attempt)
        if left:
            self._give_up(left)
            if not name:
                return
        name = name or pointed(self.layout.previous)
        if not name:
            raise Failed("there is no previous release — see: berth release list")
        if pointed(self.layout.current) == name:
            self.say(f"already current: {name}")
            return
        target = read(self.layout, name)
        problems = settings.refused(self.layout, target)
        if problems:
            settings.need(self.layout, name, problems)
        self._go(target, self._go_back, swap=bool(problems))

    # --- the steps, in their order

    def _check(self, target: Release) -> None:
        self.say(f"check {self.layout.etc} with {target.name}")
        if problems := settings.refused(self.layout, target):
            raise Failed(f"{target.name} refuses the settings in {self.layout.etc}:\n{problems}")
        if not target.user.is_dir():
            raise Failed(f"{target.user} is not there — install {target.name} again")

    def _go(
        self, target: Release, convert: Callable[[Attempt, Release], None], *, swap: bool = False
    ) -> None:
        current, head = pointed(self.layout.current), self._database(target).head()
        attempt = Attempt(current, target.name, pointed(self.layout.previous), head=head)

        def all_steps(_attempt: Attempt) -> None:
            self._step(attempt, "stop", f"stop {HUB}")
            self.units.stop(HUB)
            # By the one that takes the settings of now: the other one may refuse them.
            ready = self._copy(attempt, read(self.layout, current) if swap else target)
            if swap:
                ready = self._swap(ready)
            if ready.converts:
                convert(ready, target)
            self._step(ready, "switch", f"switch from {current or 'nothing'} to {target.name}")
            self._point(target.name, ready)
            self._finish(ready)

        self._complete(attempt, all_steps)

    def _step(self, attempt: Attempt, step: str, words: str) -> Attempt:
        now = attempt.at(step, self.layout.attempt)
        self.say(words)
        return now

    def _copy(self, attempt: Attempt, by: Release) -> Attempt:
        attempt = self._step(attempt, "copy", f"copy the database to {self.layout.copies}")
        found = copies.make(self.layout.copies, self._database(by), attempt.old or by.name)
        if found is None:
            return attempt
        copies.prune(self.layout.copies)
        return attempt.copied(found.file, found.revision).kept(self.layout.attempt)

    def _swap(self, attempt: Attempt) -> Attempt:
        aside = self._set_aside()
        attempt = replace(attempt, aside=str(aside)).kept(self.layout.attempt)
        settings.put_back(self.layout, attempt.new)
        return attempt

    def _set_aside(self) -> Path:
        aside = settings.set_aside(self.layout)
        self.say(
            f"put back the settings of before, those of now are in {aside};"
            f" to bring them back: cp -a {aside}/. {self.layout.etc}/"
        )
        return aside

    def _upgrade(self, attempt: Attempt, target: Release) -> None:
        words = f"convert the schema from {attempt.revision} to {attempt.head}"
        self._step(attempt, "schema", words)
        self._database(target).upgrade()

    def _go_back(self, attempt: Attempt, target: Release) -> None:
        found = copies.newest(self.layout.copies, attempt.head)
        if found is None:
            raise Failed(
                f"{target.name} wants a database of schema {attempt.head}, and there is no copy"
                f" of one in {self.layout.copies} — look for a backup: berth restore FILE"
            )
        for line in copies.lost(found, copies.read(Path(attempt.copy))):
            self.say(f"note: {line}")
        self._step(attempt, "schema", f"put back {found.file}")
        self._database(target).load(found.path.read_bytes())

    def _point(self, name: str, attempt: Attempt) -> None:
        release = read(self.layout, name)
        turn(release.user.parent.parent / "current", release.user)
        turn(self.layout.current, release.folder)
        if attempt.old and attempt.old != name:
            turn(self.layout.previous, self.layout.releases / attempt.old)

    def _finish(self, attempt: Attempt) -> None:
        attempt = self._step(attempt, "start", f"start {HUB}")
        self._start()
        attempt = self._step(attempt, "health", "wait for the hub")
        report = hubhealth.wait(self._site(), self.units, attempt.new, self.patience)
        attempts.completed(attempt, self.layout.attempt, self.layout.history)
        self._keep(attempt.new)
        self.say(f"current: {attempt.new}, version {report['version']}")

    def _keep_if_well(self, release: Release) -> None:
        try:
            hubhealth.wait(self._site(), self.units, release.name, patience=1)
        except (Failed, BadConfig):
            return
        if not settings.refused(self.layout, release):
            self._keep(release.name)

    def _keep(self, name: str) -> None:
        try:
            settings.keep(self.layout, name)
        except (Failed, OSError) as error:  # no reason to give up a release that is well
            self.say(f"note: the settings of {name} could not be kept: {error}")

    # --- when it does not work

    def _complete(self, attempt: Attempt, steps: Callable[[Attempt], None]) -> None:
        try:
            steps(attempt)
        except (Exception, KeyboardInterrupt) as error:  # whatever it is, the hub must run again
            said = "\n".join(f"  {line}" for line in self.units.said(HUB))
            self.say(f"failed: {error or 'interrupted'}")
            went = self._undo_or_say(attempts.left(self.layout.attempt) or attempt)
            raise Failed(
                f"{attempt.new} is not current: {error or 'interrupted'}\n{went}\n"
                f"The hub's last lines before that:\n{said}"
            ) from error

    def _give_up(self, attempt: Attempt) -> None:
        self.say(f"a switch to {attempt.new} was interrupted at step {attempt.step}")
        self.say(self._undo(attempt))

    def _undo_or_say(self, attempt: Attempt) -> str:
        try:
            return self._undo(attempt)
        except Exception as error:  # nor may this end in a traceback
            return f"Going back failed, too: {error}\nCorrect that, then: berth release rollback"

    def _undo(self, attempt: Attempt) -> str:
        """Put everything back as it was before *attempt*; return how it is now."""
        if not attempt.old:
            # The first installation: there is nothing to go back to, and `berth` is needed.
            return f"No other release was current before. Correct it and activate {attempt.new}."
        self.say(f"go back to {attempt.old}")
        self.units.stop(HUB)
        old = read(self.layout, attempt.old)
        self._settings_for(old, attempt)
        self._restore(attempt, old)
        if attempt.reached("switch"):
            self._point(attempt.old, attempt)
            before = self.layout.releases / attempt.previous if attempt.previous else None
            turn(self.layout.previous, before)
        self._start()
        hubhealth.wait(self._site(), self.units, attempt.old, self.patience)
        self.layout.attempt.unlink(missing_ok=True)
        return f"{attempt.old} runs again."

    def _settings_for(self, old: Release, attempt: Attempt) -> None:
        if attempt.aside:
            self.say(f"put back the settings in {attempt.aside}")
            settings.bring_back(self.layout, Path(attempt.aside))
        elif problems := settings.refused(self.layout, old):
            settings.need(self.layout, old.name, problems)
            self._set_aside()
            settings.put_back(self.layout, old.name)

    def _restore(self, attempt: Attempt, old: Release) -> None:
        if not attempt.converts or not attempt.reached("schema"):
            return
        database = self._database(old)
        half_done, state = attempt.step == "schema", database.state()
        if half_done or state is None or state.revision != attempt.revision:
            self.say(f"put back {attempt.copy}")
            database.load(Path(attempt.copy).read_bytes())

    def _start(self) -> None:
        if current := pointed(self.layout.current):
            settings.tell(self.layout, read(self.layout, current))
        self.units.try_restart(*BESIDE)
        self.units.start(HUB)

    def _database(self, release: Release) -> Database:
        return Database(release.python, self.layout.site)

    def _site(self) -> Site:
        return load_site(self.layout.site, parse_password)

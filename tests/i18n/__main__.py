"""Bring the catalogs up to date with the sources: ``make messages``.

What is new comes without a translation into the catalog of its room, what nobody says any more goes
away, and what moved takes its translation along. Catalogs that are right stay as they are.
"""

import sys

from tests.i18n.catalogs import FOLDERS, outdated, update


def main() -> int:
    """Write; say what is left to translate, and return 1 if there is anything."""
    for folder in FOLDERS:
        update(folder)
    problems = [problem for folder in FOLDERS for problem in outdated(folder)]
    print("\n".join(problems) or "Every message is translated.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

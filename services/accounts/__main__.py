"""Run the accounts service: ``python -m services.accounts``."""

from services.accounts.web import make
from services.common.app import run

if __name__ == "__main__":
    run(make)

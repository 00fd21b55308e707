"""A real Slurm cluster, with accounting, on one Debian machine, for the tests of Berth.

``python -m tests.testbed up`` brings it up, ``down`` stops it; ``plugin`` has the pytest fixtures.
"""

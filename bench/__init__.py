"""Measures Berth beside a stock hub (ProfilesSpawner and SlurmSpawner) on one real Slurm.

``python -m bench`` is what ``make bench`` runs: both hubs in one run, counts and ratios out. It
needs root on Debian, as tests/testbed does, whose Slurm it uses with a cluster of its own.
"""

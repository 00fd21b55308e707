"""Faults on purpose: what happens to servers and jobs when the parts of a hub fail.

The same scenarios run against Berth ("ours") and against a stock hub, each on a real Slurm of its
own. ``python -m tests.chaos`` runs them and writes the table; ``test_chaos.py`` runs them small.
"""

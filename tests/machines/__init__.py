"""Debian machines with systemd, an ssh server and a network of their own, for the tests of Berth.

Each is a systemd-nspawn container with a copy-on-write view of a cached image, so that a fresh one
is there in two seconds. ``python -m tests.machines up`` boots the virtual machine of a newcomer,
``up cluster`` a Slurm cluster beside it; ``down`` takes all away.
"""

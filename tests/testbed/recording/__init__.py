"""Records what real Slurm commands print: ``python -m tests.testbed.recording [queue|nodes|…]``.

Every file of tests/fixtures/slurm/ comes from here. The commands are those that Berth runs; the
situations are brought about in beds of their own, so recording disturbs no running test bed.
"""

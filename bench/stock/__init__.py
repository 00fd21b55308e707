"""A hub as the READMEs of JupyterHub, wrapspawner and batchspawner tell one to set it up.

It is what Berth is measured against: ProfilesSpawner around SlurmSpawner, sudo, srun and every
default of theirs.
"""

"""Berth: a typed, layered configuration on top of JupyterHub for HPC centres."""

__version__ = "0.1.0"

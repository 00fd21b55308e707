"""Helpers shared by the tests of a running hub."""

"""Floor 0: the typed values everything else is made of.

``units`` and ``request`` use the standard library alone, because the privileged agent
imports them; the others describe the YAML files with pydantic (``site``, ``profiles``, with
``fields``, ``merge`` and ``space``) or what follows from them (``offer``, ``resolve``).
"""

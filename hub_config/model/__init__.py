"""Floor 0: the typed values everything else is made of.

``units`` and ``request`` use the standard library alone, because the privileged agent
imports them; ``site`` and ``profiles`` use pydantic.
"""

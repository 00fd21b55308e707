"""What a hub does first: take over the servers that run, wait, or should have ended.

``takeover`` leads. ``saved`` reads the database, ``resume`` goes on with starts, ``rebuild`` brings
back what the database has lost, and ``strays`` ends jobs that nobody wants.
"""

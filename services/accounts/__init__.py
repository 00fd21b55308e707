"""The accounts service: a visitor's projects, budgets, quotas and the features they can ask for.

It keeps nothing: all of it is what the hub tells its visitor, asked for with the visitor's token.
"""

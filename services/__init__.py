"""Small Tornado applications beside the hub, one folder each; the first ones arrive later."""

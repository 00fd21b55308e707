"""Statistics of use: what was started, how long it took, how it ended; names only for admins."""

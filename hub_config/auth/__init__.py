"""Who may log in: a dictionary of password hashes, or PAM behind a small separate service."""

"""The hub as its users meet it: log in, start servers, run cells; the smoke test."""

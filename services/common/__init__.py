"""What Berth's services have in common: who asks, how pages look, how errors read."""

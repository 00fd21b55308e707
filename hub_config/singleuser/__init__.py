"""What runs inside the batch job; installed as a file, never imported by the hub."""

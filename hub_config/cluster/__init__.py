"""Floor 2, the live side: reach the agent, one snapshot of the queue for all, cached facts."""

"""What the sweeper removes, a kind per module: what nobody needs any more, and never anything else."""

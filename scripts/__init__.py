"""What looks after the repository."""

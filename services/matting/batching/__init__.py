"""Many callers in front of one device: who waits, who goes next, how many at a time, and what when it fails."""

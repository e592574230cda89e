"""The rescue, step by step: what a frame shows, regions that its matte does not explain, which of them are effects, and
how opaque they are."""

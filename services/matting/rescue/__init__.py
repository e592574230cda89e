"""The rescue, step by step: what a frame shows, regions that its matte does not explain, which are effects, how opaque."""

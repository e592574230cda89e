"""A package, so that pytest stops its stack before the next area begins."""

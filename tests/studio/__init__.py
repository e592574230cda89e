"""A package, so that pytest stops its stack and browser before the next area begins."""

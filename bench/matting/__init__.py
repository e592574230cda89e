"""The benchmark of mattes: drawn frames with known truth, what a model makes of them, and how well methods mend it."""

"""The puppet: a character in one piece, moved by a smooth warp, with drawn effects. Two puppet backends use it."""

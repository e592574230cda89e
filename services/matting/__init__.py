"""Mattes: the alpha of each frame, with the effects that a matte wrongly removes put back."""

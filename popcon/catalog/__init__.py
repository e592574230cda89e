"""Presets, targets and limits: data only. No image library is imported here, so every service can read it."""

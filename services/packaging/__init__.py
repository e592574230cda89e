"""Packs: encoders, the checker, and the assembly of sets."""

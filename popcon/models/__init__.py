"""Weights on this machine: where they lie, whether they are what they should be, and how they get there.

folder   where the files of known models lie
digest   what a file is, by its SHA-256
pull     brings a file here from the hub, once
"""

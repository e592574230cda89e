"""Pure rules: no I/O, no clock. What may happen next is decided here and nowhere else."""

"""How much the control plane carries: `python -m bench.load`; what it measures stands in `__main__`."""

"""What the puppet makes, measured: `python -m bench.artist`. Figures go to bench/results/artist.md."""

"""`python -m bench.matting` is `popcon bench matting`."""

import sys

from popcon.cli.app import app

app(["bench", "matting", *sys.argv[1:]])

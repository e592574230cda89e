"""`python -m popcon.cli`."""

from popcon.cli import main

if __name__ == "__main__":
    main()

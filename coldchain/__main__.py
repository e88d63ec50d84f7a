"""`python -m coldchain WORD`, the same as `coldchain WORD`."""

from coldchain.cli import main

if __name__ == "__main__":
    main()

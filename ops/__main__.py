"""`python -m ops` is the `panhuo` command."""

from ops.cli import main

main()

"""`python -m envlint` is the command `envlint`."""

import sys

from envlint.cli import main

sys.exit(main())

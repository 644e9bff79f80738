"""`python -m envlint` is the command `envlint`."""

import os
import sys

# With -m, Python looks for modules in the current folder first, so a scanned project with a json.py of its own
# would be run by the first import. envlint itself has been found by now.
if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from envlint.cli import main

sys.exit(main())

"""Run the command line: ``python -m hvmc``."""

import sys

from hvmc.cli.main import main

sys.exit(main())

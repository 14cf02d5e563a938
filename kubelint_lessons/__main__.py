"""``python -m kubelint_lessons``: the same program as the ``kubelint`` console script.

Python puts the current directory first on its path for ``-m``; a scanned repository may hold a ``yaml.py`` there.
"""

import os
import sys

if __name__ == "__main__":
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]

    from kubelint_lessons.cli import program

    program()

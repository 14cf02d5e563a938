"""``python -m kubelint_lessons``: the same program as the ``kubelint`` console script."""

from kubelint_lessons.cli import main

if __name__ == "__main__":
    main()

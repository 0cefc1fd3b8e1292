"""python pipeline.py FOLDER: finds the garments in a folder of photos and their categories. See pipeline/cli.py."""

import sys

try:
    from pipeline.cli import main
except ModuleNotFoundError as error:
    print(f"{error}: run `make install`, then .venv/bin/python pipeline.py FOLDER", file=sys.stderr)
    raise SystemExit(2) from error

if __name__ == "__main__":
    raise SystemExit(main())
